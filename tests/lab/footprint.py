"""What a guest could leave on a host: in what processes hold, mounts, namespace ids, the firewall, sysctls, modules.

``python -m tests.lab.footprint`` prints it as JSON, of the host it runs in. It leaves out itself and what started it.
"""

from __future__ import annotations

import ctypes
import json
import os
import socket
import struct
import subprocess
from pathlib import Path
from typing import Any

NETLINK_NETFILTER, NFT_MSG_GETGEN, NFTA_GEN_ID = 12, 0x0A10, 1
CLONE_NEWNET = 0x40000000
libc = ctypes.CDLL(None, use_errno=True)


def inside(folder: str) -> list[str]:
    return sorted(path.name for path in Path(folder).iterdir())


def generation() -> int | None:
    """The number of changes that nftables has seen in the own namespace; None where there are no nftables."""
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_NETFILTER) as asking:
        asking.settimeout(5)
        asking.send(struct.pack("=IHHIIBBH", 20, NFT_MSG_GETGEN, 1, 1, 0, 0, 0, 0))
        answer = asking.recv(4096)
    offset = 20
    while offset + 8 <= len(answer) and answer[4:6] != b"\2\0":
        length, kind = struct.unpack_from("=HH", answer, offset)
        if kind == NFTA_GEN_ID:
            return int(struct.unpack_from(">I", answer, offset + 4)[0])
        offset += (length + 3) & ~3
    return None


def in_namespaces(names: list[str]) -> dict[str, Any]:
    """Of each named namespace and of the own: the firewall's generation, namespace ids, links, addresses, routes, rules."""
    told: dict[str, Any] = {}
    home = os.open("/proc/self/ns/net", os.O_RDONLY)
    for name in ("", *names):
        handle = home if not name else os.open(f"/run/netns/{name}", os.O_RDONLY)
        assert libc.setns(handle, CLONE_NEWNET) == 0
        if name:
            os.close(handle)
        commands = ("netns list-id", "-o link", "-o addr", "route show table all", "-6 route show table all", "rule")
        told[name] = {command: ip(command) for command in commands}
        told[name]["generation"] = generation()
        if len(told) <= 3:
            told[name]["sysctls"] = sysctls()
    assert libc.setns(home, CLONE_NEWNET) == 0
    os.close(home)
    return told


def ip(command: str) -> list[str]:
    words = subprocess.run(["ip", *command.split()], check=True, capture_output=True, text=True).stdout
    return [line for line in words.splitlines() if "churn" not in line]


def sysctls() -> dict[str, str]:
    found = {}
    for folder in ("ipv4", "ipv6"):
        for path in sorted(Path(f"/proc/sys/net/{folder}").rglob("*")):
            if path.is_file() and path.stat().st_mode & 0o400 and "churn" not in str(path):
                try:
                    found[str(path)] = path.read_text(encoding="utf-8")
                except OSError:
                    continue
    return found


def processes() -> dict[str, Any]:
    """Of each process: when it started, its descriptors with what they are, its namespaces, its mounts, its root."""
    ancestors = {os.getpid()}
    stat = Path("/proc/self/stat").read_text(encoding="utf-8")
    while (parent := int(stat.rpartition(")")[2].split()[1])) > 1:
        ancestors.add(parent)
        stat = Path(f"/proc/{parent}/stat").read_text(encoding="utf-8")
    told = {}
    for name in inside("/proc"):
        if not name.isdigit() or int(name) in ancestors:
            continue
        try:
            words = Path(f"/proc/{name}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
            told[f"{name} since {words[19]}"] = {
                "name": Path(f"/proc/{name}/comm").read_text(encoding="utf-8").strip(),
                "priority": words[16],
                "descriptors": {fd: str(Path(f"/proc/{name}/fd/{fd}").readlink()) for fd in inside(f"/proc/{name}/fd")},
                "namespaces": {ns: str(Path(f"/proc/{name}/ns/{ns}").readlink()) for ns in inside(f"/proc/{name}/ns")},
                "mounts": [
                    line
                    for line in Path(f"/proc/{name}/mountinfo").read_text(encoding="utf-8").splitlines()
                    if "churn" not in line
                ],
            }
        except OSError:
            continue
    return told


def main() -> None:
    names = [name for name in inside("/run/netns") if "churn" not in name]
    modules = Path("/proc/modules")
    print(
        json.dumps(
            {
                "modules": [line.split()[0] for line in modules.read_text(encoding="utf-8").splitlines()]
                if modules.exists()
                else [],
                "namespaces": in_namespaces(names),
                "processes": processes(),
                "files": inside("/run"),
            }
        )
    )


if __name__ == "__main__":
    main()
