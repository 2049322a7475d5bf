"""A bottle with systemd as its first process, for what runs as a service.

Its root is an overlay of the machine's, kept in memory, /sys and all of /proc/sys that is not the network's are read-only, and
systemd knows no units but those of ``units``: it starts nothing of the machine's, and nothing it does reaches the machine.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

from tests.lab.bottle import Bottle
from tests.lab.waiting import wait_for
from tests.requirements import require, require_bottles

SYSTEMD = Path("/lib/systemd/systemd")
EMPTY = ("lab", "sysinit", "basic", "shutdown", "sockets", "timers", "paths", "slices", "local-fs", "network")
"""Targets that units belong to or come after, with nothing in them."""

PREPARE = """
mount --make-rprivate /
mount -t tmpfs tmpfs /mnt
mkdir /mnt/upper /mnt/work /mnt/root
mount -t overlay overlay -o lowerdir=/,upperdir=/mnt/upper,workdir=/mnt/work /mnt/root
cd /mnt/root
mount -t proc proc proc
mount --bind proc/sys proc/sys
mount --bind proc/sys/net proc/sys/net
mount -o remount,bind,ro proc/sys
mount -t sysfs -o ro sysfs sys
mount -t cgroup2 cgroup2 sys/fs/cgroup
mount --rbind /dev dev
mount -t tmpfs -o mode=755 tmpfs run
mkdir -p run/netns run/lock
mount -t tmpfs tmpfs run/netns
mount -t tmpfs -o mode=1777 tmpfs tmp
mkdir -p .{folder}
mount --bind {folder} .{folder}
pivot_root . mnt
umount -l /mnt
cd /
ip link set lo up
exec env -i container=lab PATH=/usr/sbin:/usr/bin:/sbin:/bin SYSTEMD_UNIT_PATH={folder}/units SYSTEMD_LOG_TARGET=null \
    {systemd} --system --unit=lab.target
"""


def require_systemd() -> None:
    """Skip where systemd cannot be started in a bottle."""
    require_bottles()
    has_overlay = "\toverlay\n" in Path("/proc/filesystems").read_text(encoding="ascii")
    require(SYSTEMD.exists() and has_overlay, "needs systemd, and overlayfs in the kernel")


class Machine(Bottle):
    """Use as a bottle."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="netlapse-lab-"))
        self.cgroups: set[str] = {"init.scope", "system.slice", "*.mount"}
        self.units = self.folder / "units"
        self.units.mkdir()
        for name in EMPTY:
            (self.units / f"{name}.target").write_text(f"[Unit]\nDescription={name}\nDefaultDependencies=no\n", "ascii")
        script = PREPARE.format(folder=self.folder, systemd=SYSTEMD)
        command = ["unshare", "-n", "-m", "-p", "-C", "--fork", "--mount-proc", "--kill-child", "sh", "-ec", script]
        self._keeper = subprocess.Popen(command, stdin=subprocess.DEVNULL, cwd="/")
        try:
            children = Path(f"/proc/{self._keeper.pid}/task/{self._keeper.pid}/children")
            wait_for("the machine", lambda: self._keeper.poll() is None and children.read_text("ascii").split() != [])
            self.init = int(children.read_text("ascii").split()[0])
            wait_for("systemd", lambda: Path(f"/proc/{self.init}/exe").resolve().name == "systemd")
            wait_for("its first target", lambda: self._state() == "running")
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Machine:
        return self

    def _state(self) -> str:
        return self.run("systemctl", "is-system-running", check=False).stdout.strip()

    def unit(self, source: Path) -> None:
        """Install a unit file."""
        shutil.copy(source, self.units)
        self.run("systemctl", "daemon-reload")
