"""Namespace ids: what a link's ``link-netnsid`` means (RTM_GETNSID, linux/net_namespace.h, ip-netns(8)).

Asking does not assign: an id that is not there yet is answered with -1, and the host stays as it was.
"""

from __future__ import annotations

import struct
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from snapshot.collect.netlink.transport import NetlinkError, Requests
from snapshot.model.kinds import Fact
from snapshot.model.link import Link
from snapshot.model.namespace import NamespaceId

RTM_GETNSID = 90
NETNSA_NSID, NETNSA_FD = 1, 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidates:
    """Who could be meant: for each nsid of one namespace, the keys of those it may stand for, the likeliest first."""

    wanted: Mapping[int, tuple[str, ...]]


class LinkEnd(NamedTuple):
    """Of a link that leads into another namespace: its own index, and the index and namespace id of the other end."""

    ifindex: int
    link_index: int | None
    link_netnsid: int


def link_ends(links: Iterable[Fact]) -> tuple[LinkEnd, ...]:
    """The ends, among a namespace's links, that lead into others."""
    return tuple(
        LinkEnd(link.ifindex, link.link_index, link.link_netnsid)
        for link in links
        if isinstance(link, Link) and link.link_netnsid is not None
    )


def candidates(links: Mapping[str, Iterable[LinkEnd]]) -> dict[str, Candidates]:
    """From all namespaces' links, the candidates for each nsid in use: those with a link that points back."""
    holders: dict[tuple[int, int], list[str]] = defaultdict(list)
    for key, found in links.items():
        for link in found:
            if link.link_index is not None:
                holders[link.ifindex, link.link_index].append(key)
    result = {}
    for key, found in links.items():
        wanted: dict[int, dict[str, None]] = {}
        for link in found:
            likely = wanted.setdefault(link.link_netnsid, {})
            if link.link_index is not None:
                likely |= dict.fromkeys(holders.get((link.link_index, link.ifindex), ()))
        if wanted:
            result[key] = Candidates(wanted={nsid: tuple(likely) for nsid, likely in sorted(wanted.items())})
    return result


def resolve(own: str, asked: Candidates, handles: Mapping[str, int]) -> tuple[NamespaceId, ...]:
    """What the nsids of the calling thread's namespace stand for. ``handles`` are all namespaces' descriptors by key."""
    known: dict[str, int] = {}
    results = []
    with Requests() as requests:

        def means(key: str) -> int:
            if key not in known:
                known[key] = _nsid(requests, handles[key])
            return known[key]

        for nsid, likely in asked.wanted.items():
            tried = dict.fromkeys((*likely, own, *handles))
            target = next((key for key in tried if key in handles and means(key) == nsid), None)
            results.append(NamespaceId(nsid=nsid, target=target))
    return tuple(results)


def _nsid(requests: Requests, handle: int) -> int:
    """This namespace's id for the one behind a descriptor, -1 if it has none."""
    try:
        answer = requests.ask("nsid", RTM_GETNSID, struct.pack("=BxxxHHI", 0, 8, NETNSA_FD, handle))
    except NetlinkError:
        return -1
    offset = 4
    while offset + 8 <= len(answer):
        length, kind = struct.unpack_from("=HH", answer, offset)
        if kind == NETNSA_NSID:
            return int(struct.unpack_from("=i", answer, offset + 4)[0])
        if length < 4:
            break
        offset += (length + 3) & ~3
    return -1
