"""Looking whether a namespace has a firewall: most have none, and a glance is all that they take.

Legacy tables come into being in a namespace when somebody first asks for them there. So the kernel's own list of those that are
there (/proc/net/ip_tables_names) is read, and nothing is asked for that is not.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import NamedTuple

from snapshot.collect.kernel import has, loaded_tables_of_bridges
from snapshot.collect.namespaces.descriptors import PROC
from snapshot.collect.namespaces.enter import at_home
from snapshot.collect.netlink.netfilter import Netfilter, Table
from snapshot.collect.netlink.plans import links_of
from snapshot.collect.netlink.reading import Reading
from snapshot.collect.netlink.transport import NetlinkError

FILES = {"ip": "ip_tables_names", "ip6": "ip6_tables_names", "arp": "arp_tables_names"}

LAZY_SINCE = (5, 15)
"""The kernel from which on ebtables' tables, too, come into being when they are first asked for."""


class Seen(NamedTuple):
    """What there is, at a glance."""

    generation: int = 0
    tables: tuple[Table, ...] = ()
    legacy: Mapping[str, frozenset[str]] = {}
    bridges: tuple[str, ...] = ()
    ipsets: tuple[bytes, ...] = ()

    @property
    def anything(self) -> bool:
        return bool(self.tables or self.legacy or self.bridges or self.ipsets)


def look(netfilter: Netfilter | None, readings: Mapping[str, Reading]) -> Seen:
    """A glance at the calling thread's namespace. Raises ``NetlinkError`` and ``OSError``."""
    tables = netfilter.tables() if netfilter is not None and has("nf_tables") else ()
    return Seen(
        generation=netfilter.generation() if netfilter is not None and tables else 0,
        tables=tables,
        legacy=tables_of_files(),
        bridges=bridge_tables(readings),
        ipsets=netfilter.ipsets() if netfilter is not None and has("ip_set") else (),
    )


def tables_of_files() -> dict[str, frozenset[str]]:
    """The legacy tables of the calling thread's namespace: family -> names. Raises ``OSError``."""
    found = {}
    folder = os.open(f"{PROC}/thread-self/net", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for family, name in FILES.items():
            text = _read(name, folder)
            if text:
                found[family] = frozenset(text.decode("ascii", "replace").split())
    finally:
        os.close(folder)
    return found


def bridge_tables(readings: Mapping[str, Reading]) -> tuple[str, ...]:
    """The tables of ebtables-legacy to read in the calling thread's namespace: they matter only where there is a bridge.

    Where asking for a table would make it, and nobody can tell whether it is there, the agent's own namespace is taken to have
    what the kernel has loaded. Raises ``NetlinkError`` in another one, and ``OSError``.
    """
    tables = loaded_tables_of_bridges()
    if not tables or not links_of(readings, "bridge"):
        return ()
    if kernel_release() >= LAZY_SINCE and not at_home():
        names = ", ".join(tables)
        raise NetlinkError("firewall", message=f"ebtables-legacy ({names}): to ask for its tables would make them here")
    return tables


def kernel_release() -> tuple[int, ...]:
    """The kernel's version: (6, 1)."""
    numbers = re.match(r"(\d+)\.(\d+)", os.uname().release)
    return tuple(int(number) for number in numbers.groups()) if numbers is not None else ()


def _read(name: str, folder: int) -> bytes:
    try:
        handle = os.open(name, os.O_RDONLY | os.O_CLOEXEC, dir_fd=folder)
    except FileNotFoundError:
        return b""
    try:
        return os.read(handle, 4096)
    finally:
        os.close(handle)
