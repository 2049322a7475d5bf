"""Processes that hide a network namespace: each makes one, keeps it in its own way, tells its inode and waits.

Run as ``python -m tests.lab.hiding WAY`` inside a bottle; it ends when its standard input does.
"""

from __future__ import annotations

import ctypes
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

CLONE_NEWNET, CLONE_NEWNS, CLONE_FILES = 0x40000000, 0x00020000, 0x00000400
SYS_EXIT = {"x86_64": 60, "aarch64": 93}
libc = ctypes.CDLL(None, use_errno=True)
kept: list[object] = []


def wait() -> None:
    sys.stdin.buffer.read()
    os._exit(0)


def checked(status: int) -> None:
    assert status == 0, os.strerror(ctypes.get_errno())


def away(do: Callable[[], object]) -> None:
    """Do something in a new namespace, tell its inode, and come home."""
    home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    checked(libc.unshare(CLONE_NEWNET))
    inode = Path("/proc/thread-self/ns/net").stat().st_ino
    kept.append(do())
    checked(libc.setns(home, CLONE_NEWNET))
    os.close(home)
    print(inode, flush=True)


def descriptor() -> None:
    away(lambda: os.open("/proc/thread-self/ns/net", os.O_RDONLY))


def path_only() -> None:
    away(lambda: os.open("/proc/thread-self/ns/net", os.O_PATH))


def unmounted() -> None:
    """A descriptor opened at a path where the namespace is not bound any more."""
    path = Path("/run/was-bound")
    path.touch()
    subprocess.run(["unshare", f"--net={path}", "true"], check=True)
    kept.append(os.open(path, os.O_RDONLY))
    print(path.stat().st_ino, flush=True)
    subprocess.run(["umount", "-l", path], check=True)


def a_socket() -> None:
    away(lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM))


def tun() -> None:
    away(lambda: os.open("/dev/net/tun", os.O_RDWR))


def proc_net() -> None:
    away(lambda: os.open("/proc/thread-self/net/route", os.O_RDONLY))


def veth_to_proc_net() -> None:
    """With a veth pair that leads into it."""

    def pair() -> int:
        subprocess.run(["ip", "link", "add", "far", "type", "veth", "peer", "name", "near", "netns", "1"], check=True)
        return os.open("/proc/thread-self/net/route", os.O_RDONLY)

    away(pair)


def thread_of_its_own(do: Callable[[], None]) -> None:
    """In a thread with descriptors of its own."""

    def run() -> None:
        checked(libc.unshare(CLONE_FILES))
        do()
        wait()

    threading.Thread(target=run).start()


def thread_descriptor() -> None:
    thread_of_its_own(descriptor)


def thread_socket() -> None:
    thread_of_its_own(a_socket)


def leader_ended() -> None:
    """A process whose first thread has ended, and another thread is in the namespace."""

    def run() -> None:
        checked(libc.unshare(CLONE_NEWNET))
        print(Path("/proc/thread-self/ns/net").stat().st_ino, flush=True)
        wait()

    threading.Thread(target=run).start()
    libc.syscall(SYS_EXIT[os.uname().machine], 0)


def zombie() -> None:
    """One that has ended in its namespace and that nobody has waited for; a descriptor keeps the namespace."""
    child = os.fork()
    if child == 0:
        checked(libc.unshare(CLONE_NEWNET))
        os.kill(os.getpid(), 19)
        os._exit(0)
    os.waitpid(child, os.WUNTRACED)
    kept.append(os.open(f"/proc/{child}/ns/net", os.O_RDONLY))
    inode = Path(f"/proc/{child}/ns/net").stat().st_ino
    os.kill(child, 18)
    os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
    print(inode, flush=True)


def mount_descriptor() -> None:
    """Bound in a mount namespace that only a descriptor keeps."""
    told, tell = os.pipe()
    child = os.fork()
    if child == 0:
        checked(libc.unshare(CLONE_NEWNS))
        subprocess.run(["mount", "--make-rprivate", "/"], check=True)
        subprocess.run(["mount", "-t", "tmpfs", "tmpfs", "/mnt"], check=True)
        Path("/mnt/deep").touch()
        subprocess.run(["unshare", "--net=/mnt/deep", "true"], check=True)
        os.write(tell, str(Path("/mnt/deep").stat().st_ino).encode())
        os.kill(os.getpid(), 19)
        os._exit(0)
    os.waitpid(child, os.WUNTRACED)
    kept.append(os.open(f"/proc/{child}/ns/mnt", os.O_RDONLY))
    os.kill(child, 18)
    os.waitpid(child, 0)
    print(os.read(told, 100).decode(), flush=True)


def main() -> None:
    globals()[sys.argv[1]]()
    wait()


if __name__ == "__main__":
    main()
