"""Reading the firewalls from before nftables: iptables-legacy, ip6tables, arptables, and ebtables-legacy.

Their tables come into being in a namespace when somebody first asks for them there. So the kernel's own list of those that are
there (/proc/net/ip_tables_names) is read first, and no tool is run for what is not.
"""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Mapping
from pathlib import Path

from snapshot.collect.firewall.native import without_dates
from snapshot.collect.firewall.payload import Header, pack
from snapshot.collect.firewall.tools import run
from snapshot.collect.kernel import loaded_tables_of_bridges
from snapshot.collect.namespaces.find import PROC
from snapshot.collect.netlink.plans import links_of
from snapshot.collect.netlink.reading import Reading
from snapshot.collect.netlink.transport import NetlinkError

FILES = {"ip": "ip_tables_names", "ip6": "ip6_tables_names", "arp": "arp_tables_names"}
TOOLS = {"ip": "iptables-legacy", "ip6": "ip6tables-legacy", "arp": "arptables-legacy"}
LOADING_NOTHING = ("-M", "/bin/true")
"""What to load modules with: the tools would call modprobe(8)."""

LAZY_SINCE = (5, 15)
"""The kernel from which on ebtables' tables, too, come into being when they are first asked for."""


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


def read_legacy(tables: Mapping[str, frozenset[str]]) -> list[bytes]:
    """All of these tables, as payloads. The kernel hands over a table as a whole, and tools put it there as a whole."""
    payloads = []
    for family, names in tables.items():
        tool = TOOLS[family]
        header = Header(
            backend=tool.replace("ip6tables", "iptables"),
            family=family,
            tables=tuple((family, name) for name in sorted(names)),
        )
        if family == "arp":
            # Its save tool is a script that asks whatever is called arptables, which may be the one for nftables.
            payloads += [_list(tool, family, table, "-L", "-v", "-n") for table in sorted(names)]
        else:
            payloads.append(pack(header, without_dates(_run(f"{tool}-save", "-c"))))
    return payloads


def _run(tool: str, *words: str) -> bytes:
    """These tools speak with the kernel through a raw socket."""
    try:
        return run(tool, *LOADING_NOTHING, *words)
    except NetlinkError as error:
        if "ermission denied" not in str(error) and "not permitted" not in str(error):
            raise
        raise NetlinkError("firewall", errno.EPERM, f"{tool} wants CAP_NET_RAW") from error


def bridge_tables(readings: Mapping[str, Reading]) -> tuple[str, ...]:
    """The tables of ebtables-legacy to read in the calling thread's namespace: they matter only where there is a bridge.

    Where asking for a table would make it, and nobody can tell whether it is there, the agent's own namespace is taken to have
    what the kernel has loaded. Raises ``NetlinkError`` in another one, and ``OSError``.
    """
    tables = loaded_tables_of_bridges()
    if not tables or not links_of(readings, "bridge"):
        return ()
    if kernel_release() >= LAZY_SINCE and not _at_home():
        names = ", ".join(tables)
        raise NetlinkError("firewall", message=f"ebtables-legacy ({names}): to ask for its tables would make them here")
    return tables


def _at_home() -> bool:
    """Whether the calling thread is in the namespace of the process's main thread."""
    here, home = Path(f"{PROC}/thread-self/ns/net").stat(), Path(f"{PROC}/self/ns/net").stat()
    return (here.st_dev, here.st_ino) == (home.st_dev, home.st_ino)


def read_bridge_tables(tables: tuple[str, ...]) -> list[bytes]:
    """These tables of ebtables-legacy, as payloads."""
    return [_list("ebtables-legacy", "bridge", table, "-L", "--Lc") for table in tables]


def _list(tool: str, family: str, table: str, *words: str) -> bytes:
    header = Header(backend=tool, family=family, tables=((family, table),))
    return pack(header, _run(tool, "-t", table, *words))


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
