"""neighbour-table-near-limit: almost as many neighbours are kept as the kernel will keep."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from analyze.checks.check import Check, Found
from analyze.checks.host import NOTHING, Host, Unknown
from snapshot.model.neighbour import Neighbour

NEAR = 80
"""Per cent of the limit; at the limit it is critical."""
KEPT = frozenset({"REACHABLE", "STALE", "DELAY", "PROBE", "INCOMPLETE"})
TABLES = (("inet", "net.ipv4.neigh.default", "ARP"), ("inet6", "net.ipv6.neigh.default", "NDP"))


def find(host: Host) -> Iterator[Found | Unknown]:
    """One table per protocol holds the neighbours of all namespaces, and a new one is refused at gc_thresh3 unless an old one
    can go (net/core/neighbour.c, neigh_alloc). Permanent entries, those of outside learning and proxies do not count there;
    what goes at once when there is need (failed ones, and those of multicast, which every IPv6 link has) is left out here.

    The neighbours of namespaces that were not read are missing in the sum, which is then too low: what is found is true
    nevertheless, and where nothing is found it is unknown.
    """
    home = host.topology.host
    if home is None:
        return
    unread = host.unread("neighbour")
    whole = host.sight.namespaces and not unread
    for family, path, name in TABLES:
        counts = _counts(host, family)
        total = sum(counts.values())
        limit = host.sysctls.get(path, {}).get("gc_thresh3")
        if not isinstance(limit, int) or limit <= 0:
            if total:
                yield Unknown(namespace=None, kind="sysctl", reason=f"{path}.gc_thresh3 was not read")
            continue
        share = 100 * total // limit
        if share >= NEAR:
            most = sorted((k for k in counts if counts[k]), key=lambda key: (-counts[key], host.scope(key)))[:5]
            yield Found(
                namespace=home,
                subject=(family,),
                message=f"{'' if whole else 'at least '}{total:,} {name} entries in all namespaces together, {share} % of "
                f"gc_thresh3 = {limit:,}",
                evidence=tuple(f"{host.scope(key)}: {counts[key]}" for key in most),
                severity="critical" if total >= limit else None,
            )
        elif not whole:
            yield Unknown(namespace=None, kind="neighbour", reason="not all namespaces' neighbours were read")


def _counts(host: Host, family: str) -> dict[str, int]:
    """By namespace. Rows may be doubled in what kept changing while it was read: that counts for nothing."""
    known: dict[int, int] = {}
    counts = {}
    for place in host.namespaces:
        key, extract = place.namespace.key, place.extracts.get("neighbour", NOTHING)
        # Most namespaces have the same neighbours, which are one value then.
        if id(extract) not in known:
            rows = zip(cast(tuple[Neighbour, ...], extract.rows), extract.counts, strict=True)
            known[id(extract)] = sum(n for row, n in rows if row.family == family and _limited(row))
        counts[key] = known[id(extract)] if known[id(extract)] and host.saw(key, "neighbour") else 0
    return counts


def _limited(row: Neighbour) -> bool:
    return not row.proxy and row.state in KEPT and "extern_learn" not in row.flags


CHECK = Check(
    id="neighbour-table-near-limit",
    title="Neighbour table near its limit",
    why='At the limit no new neighbour can be reached, in any namespace ("neighbour: arp_cache: neighbor table overflow!").',
    severity="warning",
    needs=("sysctl",),
    place="host",
    find=find,
)
