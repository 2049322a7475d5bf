"""Reading nftables: the tables that iptables-nft and its sisters made by their save tools, all others by nft.

A save tool itself tells which tables it can speak for ("# Table `x' is incompatible"). It passes over sets, stateful objects
and flowtables that somebody put into one of its tables, so these are asked of nft. `nft -j` is not asked: nft 1.0.6 ends in
mid-text, with success, at a table that is dormant, and leaves out chains' devices and comments, flags of sets, and comments
that are not UTF-8.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from snapshot.collect.firewall.payload import Header, pack, readable
from snapshot.collect.firewall.saved import without_remarks
from snapshot.collect.firewall.tools import run
from snapshot.collect.kernel import has, modular
from snapshot.collect.netlink.netfilter import Netfilter, Rule, Table

_ALWAYS = ("raw", "mangle", "nat", "filter", "security")
SAVED = {
    "ip": ("iptables-nft", _ALWAYS),
    "ip6": ("ip6tables-nft", _ALWAYS),
    "arp": ("arptables-nft", ("filter",)),
    "bridge": ("ebtables-nft", ("filter", "nat", "broute")),
}
"""Family -> the tool that may have made its tables, and what it calls them (iptables-nft(8))."""

REFUSED = re.compile(rb"^# Table `(.*)' (?:is incompatible|contains incompatible)", re.MULTILINE)

NEEDED = {
    "payload 2": ("xt_tcpudp",),
    "limit": ("xt_limit",),
    "log": ("xt_LOG", "xt_NFLOG"),
    "userdata": ("xt_comment",),
}
"""Modules that a save tool has the kernel load to tell of a rule that does without them."""


def read_tables(netfilter: Netfilter, tables: Iterable[Table]) -> list[bytes]:
    """All of these tables, as payloads. Raises ``NetlinkError``."""
    tables = list(tables)
    payloads: list[bytes] = []
    saved: set[tuple[str, bytes]] = set()
    for family in sorted({table.family for table in tables} & set(SAVED)):
        there = {table.name: table for table in tables if table.family == family}
        tool, names = SAVED[family]
        candidates = [name for name in names if name.encode() in there and _harmless(netfilter, family, name.encode())]
        if not candidates:
            continue
        # Without -t it lists all the tables it knows, in one call.
        everything = len(candidates) == sum(name.encode() in there for name in names)
        outputs = (
            [run(f"{tool}-save", "-c")] if everything else [run(f"{tool}-save", "-c", "-t", c) for c in candidates]
        )
        output = b"".join(outputs)
        refused = {name.decode("utf-8", "replace") for name in REFUSED.findall(output)}
        own = [name for name in candidates if name not in refused]
        saved |= {(family, name.encode()) for name in own}
        dormant = tuple(name for name in own if there[name.encode()].dormant)
        header = Header(
            backend=backend_of(tool), family=family, tables=tuple((family, name) for name in own), dormant=dormant
        )
        if own:
            payloads.append(pack(header, without_remarks(output)))
    natives = [(table.family, table.name) for table in tables if (table.family, table.name) not in saved]
    objects = sorted(saved & netfilter.with_objects()) if saved else []
    if natives or objects:
        rules = {table: netfilter.rules(*table) for table in natives}
        header = Header(
            backend="nft",
            tables=_texts(natives),
            objects=_texts(objects),
            rules=_handles(rules),
            opaque={
                f"{family} {readable(name)} {rule.handle}": rule.opaque
                for (family, name), told in rules.items()
                for rule in told
                if rule.opaque
            },
        )
        payloads.append(pack(header, run("nft", "-a", "list", "ruleset")))
    return payloads


def backend_of(tool: str) -> str:
    """ip6tables is iptables with another family."""
    return tool.replace("ip6tables", "iptables")


def _harmless(netfilter: Netfilter, family: str, table: bytes) -> bool:
    """Whether a save tool can tell of a table without having the kernel load a module for it."""
    if not modular():
        return True
    if not has("nft_compat"):
        return False  # no iptables-nft has been at work here
    return all(has(module) for use in netfilter.uses(family, table) for module in NEEDED.get(use, ()))


def _texts(tables: Iterable[tuple[str, bytes]]) -> tuple[tuple[str, str], ...]:
    return tuple((family, readable(name)) for family, name in tables)


def _handles(rules: Mapping[tuple[str, bytes], Iterable[Rule]]) -> dict[str, list[int]]:
    """What ``Header.rules`` holds."""
    found: dict[str, list[int]] = {}
    for (family, table), told in rules.items():
        for rule in told:
            found.setdefault(f"{family} {readable(table)} {readable(rule.chain)}", []).append(rule.handle)
    return found
