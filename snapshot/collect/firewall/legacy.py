"""Reading the firewalls from before nftables: iptables-legacy, ip6tables, arptables, and ebtables-legacy.

Their tables come into being in a namespace when somebody first asks for them there. So the kernel's own list of those that are
there (/proc/net/ip_tables_names) is read first, and no tool is run for what is not.
"""

from __future__ import annotations

import errno
from collections.abc import Mapping

from snapshot.collect.firewall.payload import Header, pack
from snapshot.collect.firewall.saved import without_remarks
from snapshot.collect.firewall.tools import run
from snapshot.collect.netlink.transport import NetlinkError

TOOLS = {"ip": "iptables-legacy", "ip6": "ip6tables-legacy", "arp": "arptables-legacy"}
LOADING_NOTHING = ("-M", "/bin/true")
"""What to load modules with: the tools would call modprobe(8)."""


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
            payloads.append(pack(header, without_remarks(_run(f"{tool}-save", "-c"))))
    return payloads


def _run(tool: str, *words: str) -> bytes:
    """These tools speak with the kernel through a raw socket."""
    try:
        return run(tool, *LOADING_NOTHING, *words)
    except NetlinkError as error:
        if "ermission denied" not in str(error) and "not permitted" not in str(error):
            raise
        raise NetlinkError("firewall", errno.EPERM, f"{tool} wants CAP_NET_RAW") from error


def read_bridge_tables(tables: tuple[str, ...]) -> list[bytes]:
    """These tables of ebtables-legacy, as payloads."""
    return [_list("ebtables-legacy", "bridge", table, "-L", "--Lc") for table in tables]


def _list(tool: str, family: str, table: str, *words: str) -> bytes:
    header = Header(backend=tool, family=family, tables=((family, table),))
    return pack(header, _run(tool, "-t", table, *words))
