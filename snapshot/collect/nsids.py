"""Namespace ids: what a link's ``link-netnsid`` means (RTM_GETNSID, linux/net_namespace.h, ip-netns(8)).

Asking does not assign: an id that is not there yet is answered with -1, and the host stays as it was.
"""

from __future__ import annotations

import struct
from collections import defaultdict
from collections.abc import Iterable, Mapping
from itertools import chain
from typing import NamedTuple

from snapshot.collect.netlink.transport import NetlinkError, Requests
from snapshot.model.kinds import Fact
from snapshot.model.link import Link
from snapshot.model.namespace import NamespaceId

RTM_GETNSID = 90
NETNSA_NSID, NETNSA_FD = 1, 3


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


class Meanings:
    """What the nsids in use stand for, found out namespace by namespace.

    ``ends`` are all namespaces' link ends by namespace key, ``handles`` their open descriptors.
    """

    def __init__(self, ends: Mapping[str, tuple[LinkEnd, ...]], handles: Mapping[str, int]) -> None:
        self._handles = handles
        self._ends = {key: found for key, found in ends.items() if found}
        self._pointing: dict[tuple[int, int | None], list[tuple[str, int]]] = defaultdict(list)
        for key, found in self._ends.items():
            for end in found:
                self._pointing[end.ifindex, end.link_index].append((key, end.link_netnsid))
        self._meant: dict[tuple[str, int], str | None] = {}

    @property
    def keys(self) -> tuple[str, ...]:
        """The namespaces that have ids to find out."""
        return tuple(self._ends)

    def told(self, key: str) -> tuple[NamespaceId, ...]:
        """What was found out about a namespace's ids; those that were not are without a target."""
        return tuple(NamespaceId(nsid=nsid, target=self._meant.get((key, nsid))) for nsid in self._used(key))

    def find_out(self, key: str) -> None:
        """Find out a namespace's ids, from within it. Raises ``OSError`` if no socket can be had.

        Who is asked about are first those with a link that points back. When they are the one, their own id for this
        namespace is known too without asking: of two links that point at each other each is the other's other end.
        """
        unknown = [nsid for nsid in self._used(key) if (key, nsid) not in self._meant]
        if not unknown:
            return
        known: dict[str, int] = {}
        with Requests() as requests:

            def means(other: str) -> int:
                if other not in known:
                    known[other] = _nsid(requests, self._handles[other])
                return known[other]

            for nsid in unknown:
                # The likely ones are nearly always right: the others, perhaps a thousand, are not even listed then.
                tried = chain(self._likely(key, nsid), (key,), self._handles)
                target = next((other for other in tried if other in self._handles and means(other) == nsid), None)
                self._meant[key, nsid] = target
                if target is not None:
                    self._conclude(key, nsid, target)

    def _used(self, key: str) -> list[int]:
        return sorted({end.link_netnsid for end in self._ends.get(key, ())})

    def _back(self, end: LinkEnd) -> list[tuple[str, int]]:
        """Those with a link that points back at this one: their key, and their id for where it points."""
        return [] if end.link_index is None else self._pointing.get((end.link_index, end.ifindex), [])

    def _likely(self, key: str, nsid: int) -> Iterable[str]:
        return (other for end in self._ends[key] if end.link_netnsid == nsid for other, _ in self._back(end))

    def _conclude(self, key: str, nsid: int, target: str) -> None:
        for end in self._ends[key]:
            if end.link_netnsid == nsid:
                for other, their in self._back(end):
                    if other == target:
                        self._meant[other, their] = key


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
