"""Whether two snapshots are of one boot: only then do cookies, indexes and inodes mean the same thing in both."""

from __future__ import annotations

from analyze.topology import Topology


def one_boot(before: Topology, after: Topology) -> bool:
    """Both tell the same boot_id; where one tells none, nothing is taken for granted."""
    boot = before.snapshot.header.boot_id
    return boot is not None and boot == after.snapshot.header.boot_id


def rebooted(before: Topology, after: Topology) -> bool:
    """Both tell a boot_id, and they differ."""
    boots = before.snapshot.header.boot_id, after.snapshot.header.boot_id
    return None not in boots and boots[0] != boots[1]
