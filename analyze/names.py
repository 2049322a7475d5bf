"""What a row is called: the words by which the kernel's own tools would show it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from snapshot.model.bpf import BpfProgram
from snapshot.model.fdb import FdbEntry
from snapshot.model.firewall import FirewallEntry
from snapshot.model.kinds import KIND_OF, Fact
from snapshot.model.mdb import MdbEntry
from snapshot.model.neighbour import Neighbour
from snapshot.model.nexthop import Nexthop
from snapshot.model.plural import plural
from snapshot.model.route import Route
from snapshot.model.rule import Rule
from snapshot.model.socket import Socket
from snapshot.model.traffic import TrafficFilter


def row_name(fact: Fact) -> str:
    """A row in the words of ``ip``, ``bridge``, ``tc``, ``iptables-save``, ``sysctl`` or ``ss``."""
    return _NAMES[KIND_OF[type(fact)]](fact)


def _told(**words: object) -> str:
    """ "dev eth0 vlan 7": each word that has a value, with it; an underscore after a word is Python's, not the tool's."""
    return "".join(f" {word.rstrip('_')} {value}" for word, value in words.items() if value is not None)


def _route(route: Route) -> str:
    words = [route.dst] if route.type == "unicast" else [route.type, route.dst]
    if route.src is not None:
        words += ["from", route.src]
    if route.tos:
        words += ["tos", str(route.tos)]
    if route.gateway is not None:
        words += ["via", route.gateway]
    if route.dev is not None:
        words += ["dev", route.dev]
    if route.nexthop_id is not None:
        words += ["nhid", str(route.nexthop_id)]
    if route.nexthops:
        words.append(f"({plural(len(route.nexthops), 'nexthop')})")
    if route.table not in ("main", "local"):
        words += ["table", route.table]
    return " ".join(words)


def _rule(rule: Rule) -> str:
    words = [f"{rule.priority}:"]
    if rule.invert:
        words.append("not")
    words += ["from", rule.src or "all"]
    for word, value in (("to", rule.dst), ("iif", rule.iif), ("oif", rule.oif)):
        if value is not None:
            words += [word, value]
    if rule.tos:
        words += ["tos", str(rule.tos)]
    if rule.fwmark is not None:
        mask = f"/{hex(rule.fwmask)}" if rule.fwmask not in (None, 0xFFFFFFFF) else ""
        words += ["fwmark", hex(rule.fwmark) + mask]
    if rule.table is not None:
        words += ["lookup", rule.table]
    elif rule.goto is not None:
        words += ["goto", str(rule.goto)]
    else:
        words.append(rule.action)
    return " ".join(words)


def _nexthop(nexthop: Nexthop) -> str:
    if nexthop.group:
        members = "/".join(str(hop["id"]) for hop in nexthop.group if isinstance(hop, Mapping) and "id" in hop)
        return f"id {nexthop.id} group {members}"
    what = " blackhole" if nexthop.blackhole else ""
    return f"id {nexthop.id}{what}{_told(via=nexthop.gateway, dev=nexthop.dev)}"


def _neighbour(entry: Neighbour) -> str:
    return f"{entry.address}{' proxy' if entry.proxy else ''}{_told(dev=entry.dev)}"


def _fdb(entry: FdbEntry) -> str:
    return f"{entry.mac}{_told(dev=entry.dev, vlan=entry.vlan, dst=entry.dst)}"


def _mdb(entry: MdbEntry) -> str:
    words = _told(port=entry.port, grp=entry.group, src=entry.source, vid=entry.vlan, dst=entry.dst)
    return f"dev {entry.dev}{words}"


def _traffic(thing: Any) -> str:
    at = thing.parent if thing.parent in ("root", "ingress", "clsact") else f"parent {thing.parent}"
    return f"{thing.qdisc} {thing.handle} dev {thing.dev} {at}"


def _filter(thing: TrafficFilter) -> str:
    where = _told(dev=thing.dev, block=thing.block)
    chain = _told(chain=thing.chain or None)
    handle = _told(handle=thing.handle)
    words = f"parent {thing.parent} protocol {thing.protocol} pref {thing.priority}"
    return f"{thing.classifier}{where} {words}{chain}{handle}"


def _bpf(program: BpfProgram) -> str:
    called = program.name or (f"tag {program.tag}" if program.tag is not None else f"id {program.program}")
    return f"{program.hook} {called} dev {program.dev}"


def _firewall(entry: FirewallEntry) -> str:
    """ "ip nat DOCKER: -i docker0 -j RETURN", "chain ip filter FORWARD", "set inet filter blocked"."""
    legacy = "legacy " if entry.backend.endswith("-legacy") else ""
    if entry.backend == "ipset":
        place = f"ipset {entry.name}"
    else:
        place = legacy + " ".join(word for word in (entry.family, entry.table, entry.chain or entry.name) if word)
    match entry.object:
        case "rule":
            return f"{place}: {entry.text}"
        case "element":
            return f"{place if entry.backend == 'ipset' else f'set {place}'}: {entry.text}"
        case "ipset":
            return place
        case _:
            return f"{entry.object} {place}"


def _socket(socket: Socket) -> str:
    host = f"[{socket.address}]" if ":" in socket.address else socket.address
    return f"{socket.protocol} {host}:{socket.port}{_told(dev=socket.dev)}"


_NAMES: Mapping[str, Callable[[Any], str]] = {
    "link": lambda row: str(row.name),
    "container": lambda row: str(row.name),
    "network": lambda row: str(row.name),
    "address": lambda row: f"{row.address} dev {row.dev}",
    "route": _route,
    "nexthop": _nexthop,
    "rule": _rule,
    "neighbour": _neighbour,
    "fdb": _fdb,
    "vlan": lambda row: f"{row.vlan} dev {row.dev}",
    "mdb": _mdb,
    "qdisc": _traffic,
    "class": _traffic,
    "filter": _filter,
    "bpf": _bpf,
    "wireguard": lambda row: f"{row.dev}{_told(peer=row.peer)}",
    "firewall": _firewall,
    "ipvs": lambda row: f"{row.protocol} {row.port if row.address is None else f'{row.address} port {row.port}'}",
    "sysctl": lambda row: str(row.path),
    "socket": _socket,
    "nsid": lambda row: str(row.nsid),
    "timer": lambda row: f"{row.of} {row.name}{_told(dev=row.dev)} {row.key}".rstrip(),
    "counter": lambda row: f"{row.of}{_told(dev=row.dev)} {row.key}".rstrip(),
}
