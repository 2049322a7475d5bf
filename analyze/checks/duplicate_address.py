"""duplicate-address: one IP address at two links that hear each other, or twice in one namespace."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from analyze.checks.check import Check, Found
from analyze.checks.host import Host
from analyze.checks.weak_hosts import Bearer, WeakHosts
from analyze.checks.words import listed
from snapshot.model.address import Address
from snapshot.model.link import Link


def find(host: Host) -> Iterator[Found]:
    """Links that are down, loopback, and link-local addresses do not count by themselves, but where their namespace takes them
    for its own on a segment on which another has one of them. An address without a subnet (/32, /128) that several have does
    not: a virtual one, or the gateway that a point-to-point network gives to all of the host's ends.

    An address that the kernel itself found at another host (IFA_F_DADFAILED, RFC 4862) is one by that alone.
    """
    on_segment: dict[tuple[int, str, int], list[Bearer]] = defaultdict(list)
    within: dict[tuple[str, str | None, str, int], list[Bearer]] = defaultdict(list)
    for key, borne in host.borne.items():
        for link, address, told in borne:
            if told.link_local or "UP" not in link.flags:
                continue
            one = told.family, told.number
            bearer = Bearer(namespace=key, link=link, text=address.address, told=told, scope=address.scope)
            segment = host.segment_of[key, link.ifindex]
            if segment.flat:
                on_segment[segment.number, *one].append(bearer)
            if len(borne) > 1 and not told.single and address.peer is None:
                within[key, link.master if link.port_kind == "vrf" else None, *one].append(bearer)
            if "dadfailed" in address.flags:
                yield _refused(host, key, link, address)
    weak = WeakHosts(host)
    for (number, _, _), bearers in on_segment.items():
        bearers.extend(tuple(weak.others(host.segments[number], bearers)))
    said: set[tuple[tuple[str, int, str], ...]] = set()
    for bearers in (*on_segment.values(), *within.values()):
        if len(bearers) > 1 and _clash(bearers):
            spots = tuple(sorted((b.namespace, b.link.ifindex, b.text) for b in bearers))
            if spots not in said:
                said.add(spots)
                yield _found(host, bearers)


def _clash(bearers: list[Bearer]) -> bool:
    """On two links, and not all of them as an address without a subnet."""
    links = {(bearer.namespace, bearer.link.ifindex) for bearer in bearers}
    return len(links) > 1 and not all(bearer.told.single for bearer in bearers)


def _found(host: Host, bearers: list[Bearer]) -> Found:
    ordered = sorted(bearers, key=lambda bearer: (host.scope(bearer.namespace), bearer.link.name, bearer.text))
    first = min(bearers, key=lambda bearer: _seniority(host, bearer))
    places = dict.fromkeys(host.where(bearer.namespace, bearer.link.name) for bearer in ordered)
    text = next(bearer for bearer in ordered if bearer.by is None).text.partition("/")[0]
    return Found(
        namespace=first.namespace,
        subject=(text,),
        message=f"{text} is given to {listed(tuple(places))}",
        evidence=tuple(_evidence(host, bearer) for bearer in ordered[:10]),
        rests_on=frozenset(bearer.namespace for bearer in ordered),
    )


def _evidence(host: Host, bearer: Bearer) -> str:
    told = f"{host.where(bearer.namespace, bearer.link.name)}: {bearer.text}, "
    if bearer.by is None:
        return f"{told}MAC {bearer.link.mac}"
    if bearer.asked:
        return f"{told}answered for on {bearer.by.name}, MAC {bearer.by.mac}"
    return f"{told}kept by the gateway on {bearer.by.name}"


def _seniority(host: Host, bearer: Bearer) -> tuple[bool, int, int]:
    """The host's own first, then by the index of the link at the host that leads to it, which counts up."""
    key, link = bearer.namespace, bearer.by or bearer.link
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
    also=("sysctl", "route", "local", "nexthop"),
    find=find,
)
