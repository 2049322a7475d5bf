"""strict-rp-filter: a way out whose link takes only packets that would be answered by it, where answers go another way."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import cast

from analyze.checks.check import Check, Found, LinkAt
from analyze.checks.host import Host
from analyze.firewall.rule import prefix
from snapshot.model.link import Link
from snapshot.model.route import Route
from snapshot.model.rule import Rule

EVERYWHERE = "0.0.0.0/0"
STRICT = 1
DEFAULTS = Mapping[str, frozenset[str]]
"""Table -> the links of its best default route; empty where it leads nowhere or is not understood."""
MOST_RULES = 1_000
MOST_ADDRESSES = 256


def find(host: Host) -> Iterator[Found]:
    """rp_filter is the larger of a link's own and "all"'s (ip-sysctl.rst). With 1 the kernel looks up the way back to a
    packet's source, from the packet's destination and without a mark unless src_valid_mark is set, and drops the packet
    unless one of that route's nexthops is the link it came by (net/ipv4/fib_frontend.c, __fib_validate_source). So two
    default routes of different metrics or a rule by mark are asymmetric; one multipath route over both links is not, nor is
    a rule by source.

    Only links with a default route of their own are looked at, for the sources that a default route leads to. What depends on
    rules that cannot be followed (ports, users, jumps) is not judged.
    """
    home = host.topology.host
    if home is None:
        return
    rules = sorted(
        (r for r in cast(tuple[Rule, ...], host.rows(home, "rule")) if r.family == "inet"), key=lambda r: r.priority
    )[:MOST_RULES]
    defaults, devs = _defaults(host.routes(home))
    for dev in sorted(devs):
        link = host.topology.by_name.get((home, dev))
        if link is None or "UP" not in link.flags or link.master is not None or _filter(host, dev) != STRICT:
            continue
        for address in host.addresses.get((home, dev), ())[:MOST_ADDRESSES]:
            own = address.address.partition("/")[0]
            back = _way_back(host, rules, defaults, own, dev) if address.family == "inet" else None
            if back and dev not in back:
                yield _found(host, home, link, own, back)
                break


def _filter(host: Host, dev: str) -> int | None:
    """The filter that is in force, None where it is not known."""
    told = [host.sysctls.get(f"net.ipv4.conf.{name}", {}).get("rp_filter") for name in ("all", dev.replace(".", "/"))]
    values = [value for value in told if isinstance(value, int)]
    return max(values) if len(values) == len(told) else None


def _defaults(routes: Iterable[Route]) -> tuple[DEFAULTS, frozenset[str]]:
    """Each table's way out, and all links that some default route of some table leads by."""
    by_table: dict[str, list[Route]] = defaultdict(list)
    for route in routes:
        if route.family == "inet" and route.dst == EVERYWHERE and route.tos == 0 and "dead" not in route.flags:
            by_table[route.table].append(route)
    devs = frozenset(dev for found in by_table.values() for route in found for dev in _devs(route))
    best = {table: _devs(min(found, key=lambda r: r.metric or 0)) for table, found in by_table.items()}
    return best, devs


def _devs(route: Route) -> frozenset[str]:
    if route.type != "unicast":
        return frozenset()
    hops = (str(hop["dev"]) for hop in route.nexthops if isinstance(hop, Mapping) and hop.get("dev") is not None)
    return frozenset([route.dev] if route.dev is not None else hops)


def _way_back(host: Host, rules: list[Rule], defaults: DEFAULTS, own: str, dev: str) -> frozenset[str] | None:
    """The links by which a packet to ``own`` that came from far away would be answered; None where that cannot be told."""
    for rule in rules:
        matches = _matches(host, rule, own, dev)
        if matches is None or (matches and rule.action not in ("to_tbl", "nop")):
            return None
        if not matches or rule.action == "nop" or rule.table is None:
            continue
        if rule.suppress_ifgroup is not None:
            return None
        if rule.suppress_prefixlength is None and rule.table in defaults:
            return defaults[rule.table]
    return None


def _matches(host: Host, rule: Rule, own: str, dev: str) -> bool | None:
    """Does a rule look up the way back to a source far away? None where it cannot be told."""
    if rule.ipproto is not None or rule.sport or rule.dport or rule.uid_range or rule.tos or rule.oif is not None:
        return None
    if rule.l3mdev:
        # For packets of a VRF's ports; ``dev`` is a port of nothing.
        return False
    if rule.fwmark is not None and _marked(host, dev) is not False:
        return None
    source = prefix(rule.src) if rule.src is not None else None
    destination = prefix(rule.dst) if rule.dst is not None else None
    address = prefix(own)
    if address is None or (rule.src is not None and source is None) or (rule.dst is not None and destination is None):
        return None
    if destination is not None and destination.prefixlen > 0:
        # About some destinations only: not about all that lie far away.
        return None if rule.invert else False
    mark = rule.fwmark is None or (rule.fwmark & (rule.fwmask if rule.fwmask is not None else 0xFFFFFFFF)) == 0
    taken = (source is None or source.overlaps(address)) and rule.iif in (None, "lo") and mark
    return taken != rule.invert


def _marked(host: Host, dev: str) -> bool | None:
    """Does the look-up go by the packet's mark? The link's own value or "all"'s."""
    values = [
        host.sysctls.get(f"net.ipv4.conf.{name}", {}).get("src_valid_mark") for name in ("all", dev.replace(".", "/"))
    ]
    return None if None in values else any(values)


def _found(host: Host, home: str, link: Link, own: str, back: frozenset[str]) -> Found:
    way = ", ".join(sorted(back))
    values = {name: host.sysctls.get(f"net.ipv4.conf.{name.replace('.', '/')}", {}) for name in ("all", link.name)}
    defaults = [r for r in host.routes(home) if r.family == "inet" and r.dst == EVERYWHERE]
    return Found(
        namespace=home,
        subject=(LinkAt(home, link.ifindex),),
        message=f"{link.name} has a default route and filters strictly, but {own} answers by {way}: "
        f"what comes in by {link.name} from beyond its subnet is dropped",
        evidence=(
            *(f"net.ipv4.conf.{name}.rp_filter = {told.get('rp_filter')}" for name, told in values.items()),
            *(
                f"table {r.table}: default"
                + (f" via {r.gateway}" if r.gateway else "")
                + f" dev {', '.join(sorted(_devs(r)))}"
                f" metric {r.metric or 0}"
                for r in defaults[:10]
            ),
        ),
    )


CHECK = Check(
    id="strict-rp-filter",
    title="Strict reverse path filter where answers go another way",
    why="The kernel drops packets that come by one link and would be answered by another, and says nothing.",
    severity="warning",
    confidence="strong",
    needs=("link", "address", "route", "rule", "sysctl"),
    place="host",
    find=find,
)
