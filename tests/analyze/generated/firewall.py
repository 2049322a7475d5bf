"""What happens to the firewall of generated hosts."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from snapshot.model.firewall import FirewallEntry
from tests.analyze.hosts import Host
from tests.analyze.rows import chain, set_rules, texts


def _chains(host: Host) -> list[FirewallEntry]:
    return [
        row
        for row in host.root.more
        if isinstance(row, FirewallEntry) and row.object == "chain" and row.backend == "iptables-nft"
    ]


def chain_edited(host: Host, chance: Random) -> None:
    """Rules put in, taken out, moved, doubled, made other ones, or all of them flushed."""
    found = _chains(host)
    if not found:
        return
    picked = chance.choice(found)
    table, name = str(picked.table), str(picked.chain)
    lines = [
        row.text
        for row in sorted(host.root.more, key=lambda row: getattr(row, "position", None) or 0)
        if isinstance(row, FirewallEntry) and row.object == "rule" and (row.table, row.chain) == (table, name)
    ]
    spot = chance.randrange(len(lines) + 1)
    addresses = [a.address.partition("/")[0] for net in host.nets.values() for a in net.addresses] or ["10.9.9.9"]
    link = chance.choice(host.root.links).name
    line = chance.choice((f"-d {chance.choice(addresses)}/32 -j ACCEPT", f"-i {link} -j DROP", "-j LOG",
                          "-m set --match-set peers src -j DROP", "-j DOCKER"))  # fmt: skip
    match chance.randrange(6):
        case 0 | 1:
            lines.insert(spot, line)
        case 2 if lines:
            lines.pop(spot % len(lines))
        case 3 if lines:
            lines.insert(spot, lines.pop(chance.randrange(len(lines))))
        case 4 if lines:
            lines[spot % len(lines)] += " -m comment --comment x"
        case _:
            lines = []
    set_rules(host.root, name, *lines, table=table)


def policy_edited(host: Host, chance: Random) -> None:
    root = host.root
    root.more = [
        replace(row, text="policy DROP")
        if isinstance(row, FirewallEntry) and row.chain == "FORWARD" and row.object == "chain"
        else row
        for row in root.more
    ]


def chain_come(host: Host, chance: Random) -> None:
    name = f"CNI-{chance.randrange(4)}"
    if not any(row.chain == name for row in _chains(host)):
        host.root.more.append(chain(name))
        set_rules(host.root, name, f"-s 10.1.0.{chance.randrange(9)}/32 -j ACCEPT", "-j RETURN")
        set_rules(host.root, "FORWARD", f"-j {name}", *texts(host.root, "FORWARD"))


def firewall_gone(host: Host, chance: Random) -> None:
    host.root.more = [
        row
        for row in host.root.more
        if not (isinstance(row, FirewallEntry) and chance.random() < 0.2 and row.object != "rule")
    ]


def element_come(host: Host, chance: Random) -> None:
    new = FirewallEntry(
        backend="ipset", family="ip", object="element", name="peers", text=f"192.0.2.{chance.randrange(9)}"
    )
    if new not in host.root.more:
        host.root.more.append(new)


FIREWALL_CHANGES = (
    chain_edited,
    chain_edited,
    policy_edited,
    chain_come,
    firewall_gone,
    element_come,
)
