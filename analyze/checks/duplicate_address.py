"""duplicate-address: one IP address at two links that hear each other, or twice in one namespace."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from analyze.checks.check import Check, Found
from analyze.checks.host import Host
from analyze.checks.prefixes import Prefix
from analyze.checks.words import listed
from snapshot.model.address import Address
from snapshot.model.link import Link

Bearer = tuple[str, Link, Address, Prefix]


def find(host: Host) -> Iterator[Found]:
    """Links that are down, loopback, and link-local addresses do not count. Nor does an address without a subnet (/32, /128)
    that several have: a virtual one, or the gateway that a point-to-point network gives to all of the host's ends.

    An address that the kernel itself found at another host (IFA_F_DADFAILED, RFC 4862) is one by that alone.
    """
    on_segment: dict[tuple[int, str, int], list[Bearer]] = defaultdict(list)
    within: dict[tuple[str, str | None, str, int], list[Bearer]] = defaultdict(list)
    for key, borne in host.borne.items():
        for link, address, told in borne:
            if told.link_local or "UP" not in link.flags:
                continue
            one = told.family, told.number
            segment = host.segment_of[key, link.ifindex]
            if segment.flat:
                on_segment[segment.number, *one].append((key, link, address, told))
            if len(borne) > 1 and not told.single and address.peer is None:
                within[key, link.master if link.port_kind == "vrf" else None, *one].append((key, link, address, told))
            if "dadfailed" in address.flags:
                yield _refused(host, key, link, address)
    said: set[tuple[tuple[str, int, str], ...]] = set()
    for bearers in (*on_segment.values(), *within.values()):
        if len(bearers) > 1 and _clash(bearers):
            spots = tuple(sorted((key, link.ifindex, address.address) for key, link, address, _ in bearers))
            if spots not in said:
                said.add(spots)
                yield _found(host, bearers)


def _clash(bearers: list[Bearer]) -> bool:
    """On two links, and not all of them as an address without a subnet."""
    links = {(key, link.ifindex) for key, link, _, _ in bearers}
    return len(links) > 1 and not all(told.single for _, _, _, told in bearers)


def _found(host: Host, bearers: list[Bearer]) -> Found:
    ordered = sorted(bearers, key=lambda bearer: (host.scope(bearer[0]), bearer[1].name))
    key, _, address, _ = min(bearers, key=lambda bearer: _seniority(host, bearer))
    places = [host.where(k, link.name) for k, link, _, _ in ordered]
    text = address.address.partition("/")[0]
    return Found(
        namespace=key,
        subject=(text,),
        message=f"{text} is given to {listed(places)}",
        evidence=tuple(f"{host.where(k, link.name)}: {a.address}, MAC {link.mac}" for k, link, a, _ in ordered[:10]),
        rests_on=frozenset(k for k, _, _, _ in ordered),
    )


def _seniority(host: Host, bearer: Bearer) -> tuple[bool, int, int]:
    """The host's own first, then by the index of the link at the host that leads to it, which counts up."""
    key, link, _, _ = bearer
    veth = host.topology.veth_at.get((key, link.ifindex))
    first = veth.near.link if veth is not None and veth.near is not None else link
    return key != host.topology.host, first.ifindex, host.topology.namespaces[key].namespace.inode


def _refused(host: Host, key: str, link: Link, address: Address) -> Found:
    text = address.address.partition("/")[0]
    return Found(
        namespace=key,
        subject=(text, "dadfailed"),
        message=f"{text} on {link.name} is refused: the kernel found it at another host (duplicate address detection)",
        evidence=(f"{host.where(key, link.name)}: {address.address}, flags {', '.join(address.flags)}",),
    )


CHECK = Check(
    id="duplicate-address",
    title="One address given twice",
    why="Whoever was heard last gets the packets: connections break, come back and break again, and each side looks well.",
    severity="critical",
    confidence="strong",
    needs=("link", "nsid", "address"),
    find=find,
)
