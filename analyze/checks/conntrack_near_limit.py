"""conntrack-near-limit: almost as many connections are tracked as the kernel will track."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from analyze.checks.check import Check, Found, NamespaceOf
from analyze.checks.host import Host, Unknown
from snapshot.model.counter import Counter

NEAR, FULL = 80, 95
"""Per cent of the limit: a warning from the first, critical from the second."""


def find(host: Host) -> Iterator[Found | Unknown]:
    """A new connection is refused in a namespace whose nf_conntrack_count is beyond nf_conntrack_max, unless one that nobody
    answered can be dropped early (net/netfilter/nf_conntrack_core.c, __nf_conntrack_alloc). Each namespace has its own count,
    and the limit is one for all (nf_conntrack-sysctl.rst), read where the capture was started."""
    home = host.topology.host
    limit = host.sysctls.get("net.netfilter", {}).get("nf_conntrack_max")
    keys = [place.namespace.key for place in host.namespaces]
    counts = {key: max(map(_count, cast(tuple[Counter, ...], host.rows(key, "counter"))), default=0) for key in keys}
    if not isinstance(limit, int):
        if any(counts.values()) or home is None or not host.saw(home, "sysctl"):
            yield Unknown(namespace=None, kind="sysctl", reason="net.netfilter.nf_conntrack_max was not read")
        return
    for key, count in counts.items():
        # No limit is written 0.
        share = 100 * count // limit if limit > 0 else 0
        if share >= NEAR:
            yield Found(
                namespace=key,
                subject=(NamespaceOf(key),),
                message=f"{count:,} connections are tracked, {share} % of the limit of {limit:,}",
                evidence=(f"nf_conntrack_count = {count}", f"net.netfilter.nf_conntrack_max = {limit}"),
                severity="critical" if share >= FULL else None,
                rests_on=frozenset({home}) if home is not None else frozenset(),
            )


def _count(row: Counter) -> int:
    told = row.values.get("count") if row.of == "conntrack" else None
    return told if isinstance(told, int) else 0


CHECK = Check(
    id="conntrack-near-limit",
    title="Connection tracking near its limit",
    why='At the limit the kernel drops the first packet of new connections ("nf_conntrack: table full, dropping packet").',
    severity="warning",
    needs=("counter",),
    find=find,
)
