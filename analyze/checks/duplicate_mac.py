"""duplicate-mac: one MAC address at two links of a bridge's segment."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from analyze.checks.check import Check, Found
from analyze.checks.host import Host
from analyze.checks.segments import Segment
from analyze.checks.words import listed
from analyze.veths import End
from snapshot.model.link import Link

VRRP = ("00:00:5e:00:01:", "00:00:5e:00:02:")
"""Virtual routers' MACs, which several routers have and one uses (RFC 9568, section 7.3)."""


def find(host: Host) -> Iterator[Found]:
    """Among the links at which a segment ends, and between these and a bridge's ports, whose MACs the bridge keeps for itself.

    Alike by design are: a bridge and the port it took its MAC from (br_stp_recalculate_bridge_id), all ports of a bridge (Xen's
    and libvirt's backends), an ipvlan or a macvlan in mode passthru and what it stands on, whose MAC such a link always has.
    """
    for segment in host.segments:
        if not segment.bridges or not segment.flat:
            continue
        by: dict[str, list[End]] = defaultdict(list)
        for end in segment.members:
            mac = end.link.mac
            if mac is not None and mac.strip("0:") and not mac.startswith(VRRP) and not _shares(end.link):
                by[mac].append(end)
        for mac, ends in by.items():
            if len(ends) > 1 and _clash(ends):
                yield _found(host, segment, mac, ends)


def _shares(link: Link) -> bool:
    """Has it the MAC of the link it stands on, and takes it on when that changes?"""
    return link.link_kind == "ipvlan" or link.kind_data.get("macvlan_mode") == "passthru"


def _clash(ends: list[End]) -> bool:
    """Two ends of the segment; or one, and a port (of another link's) that has its MAC."""
    stations = [end for end in ends if end.link.master is None and "UP" in end.link.flags]
    if len(stations) != 1:
        return len(stations) > 1
    (station,) = stations
    ports = [end for end in ends if end.link.master is not None and "UP" in end.link.flags]
    own = (station.namespace, station.link.name)
    return any((port.namespace, port.link.master) != own for port in ports)


def _found(host: Host, segment: Segment, mac: str, ends: list[End]) -> Found:
    ordered = sorted(ends, key=lambda end: (host.scope(end.namespace), end.link.name))
    places = [host.where(end.namespace, end.link.name) for end in ordered]
    bridge = segment.bridges[0]
    return Found(
        namespace=bridge.namespace,
        subject=(mac,),
        message=f"{mac} is the MAC of {listed(places)} on bridge {bridge.link.name}",
        evidence=tuple(
            f"{host.where(end.namespace, end.link.name)}: index {end.link.ifindex}, master {end.link.master or 'none'}"
            for end in ordered[:10]
        ),
        rests_on=frozenset(end.namespace for end in ends),
    )


CHECK = Check(
    id="duplicate-mac",
    title="One MAC address twice on a bridge",
    why="The bridge sends frames to whichever port it heard that MAC from last: each of the two loses what the other gets.",
    severity="critical",
    confidence="strong",
    needs=("link", "nsid"),
    find=find,
)
