"""What `arptables-legacy -L -v -n` and `ebtables-legacy -L --Lc` print, as facts with their counters apart."""

from __future__ import annotations

import re
from collections.abc import Iterator

from snapshot.collect.firewall.counting import counted
from snapshot.collect.firewall.payload import Header
from snapshot.model.counter import Counter
from snapshot.model.firewall import FirewallEntry

ARP_CHAIN = re.compile(r"Chain (\S+) \((?:policy (\S+) .*|\d+ references.*)\)")
BRIDGE_CHAIN = re.compile(r"Bridge chain: (\S+), entries: \d+, policy: (\S+)")
COUNTS = re.compile(r" ?, pcnt ?= ?(\d+) -- bcnt ?= ?(\d+) ?$")


def told(header: Header, text: str) -> Iterator[FirewallEntry | Counter]:
    """The chains and rules of one table."""
    backend, family = header.backend, header.family
    ((_, table),) = header.tables
    yield FirewallEntry(backend=backend, family=family, table=table, object="table")
    chain, position = "", 0
    for line in text.splitlines():
        heading = ARP_CHAIN.fullmatch(line) or BRIDGE_CHAIN.fullmatch(line)
        if heading is not None:
            chain, position = heading[1], 0
            policy = heading[2]
            yield FirewallEntry(
                backend=backend, family=family, table=table, object="chain", chain=chain,
                text=f"policy {policy}" if policy else "", extra={"policy": policy} if policy else {},
            )  # fmt: skip
        elif chain and line.strip():
            counts = COUNTS.search(line)
            words = (line[: counts.start()] if counts is not None else line).strip()
            yield FirewallEntry(
                backend=backend, family=family, table=table, object="rule", chain=chain, position=position, text=words
            )
            if counts is not None:
                yield from counted(f"{backend} {family} {table} {chain} {position}", packets=counts[1], bytes=counts[2])
            position += 1
