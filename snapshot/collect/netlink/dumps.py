"""One namespace's dumps, kind by kind, taken again while they were disturbed: the dirty window."""

from __future__ import annotations

import errno
import socket
import struct
import time
from collections.abc import Callable, Mapping
from dataclasses import field
from typing import NamedTuple

from snapshot.collect.netlink import plans
from snapshot.collect.netlink.plans import Plan, Request
from snapshot.collect.netlink.reading import Reading
from snapshot.collect.netlink.transport import Dump, NetlinkError, Requests
from snapshot.collect.netlink.watch import PF_BRIDGE, Watch
from snapshot.model.frozen import frozen

RTM_GETLINK, RTM_GETADDR, RTM_GETROUTE, RTM_GETNEIGH, RTM_GETRULE = 18, 22, 26, 30, 34
RTM_GETQDISC, RTM_GETNEXTHOP = 38, 106
IFLA_EXT_MASK, RTEXT_FILTER_VF, RTEXT_FILTER_SKIP_STATS = 29, 1, 8
NTF_PROXY = 8
TRIES = 10
SECONDS = 2.0
"""A kind that is still disturbed after so many tries or seconds is kept as it is and called torn."""
PAUSE = 0.003
"""Seconds between two tries: changes come in bursts."""

LEFT_WHOLE = frozenset({"route"})
"""Kinds of which a very large dump is not taken apart into messages: ``bulk`` makes its rows from datagrams."""
MANY = 50_000
"""Messages of a dump that is very large."""

IMPLIED = {
    "link": ("route", "nexthop", "qdisc", "class", "filter", "vlan", "mdb"),
    "address": ("route",),
    "nexthop": ("route",),
    "qdisc": ("class", "filter"),
}
"""What is not announced because its cause is: IPv4 routes and nexthops that go with a link, an address or a nexthop; the
default qdiscs of a new link. And dumps that go by a place in the list of links miss one when a link is removed meanwhile."""

CAUSES = {kind: frozenset(cause for cause, implied in IMPLIED.items() if kind in implied) for kind in IMPLIED["link"]}
"""Kind -> what implies a change of it."""

POINTS_TO = {
    "link": frozenset({"vlan", "mdb"}),
    "qdisc": frozenset({"class", "filter"}),
    "class": frozenset({"filter"}),
}
"""Kind -> those whose questions follow from it (``plans``): asked anew whenever it is read anew, and torn when it is."""

OPTIONAL = frozenset({"nexthop", "mdb", "qdisc", "class", "filter"})
"""Kinds that a kernel may not have, by its age or its configuration: rtnetlink then has nobody to ask and says EOPNOTSUPP.

Any other error is a failure: EINVAL, for one, would mean that this request is wrong.
"""

RTMSG = struct.Struct("=BBBBBBBBI")
NDMSG = struct.Struct("=BBHiHBB")
IFINFOMSG = struct.Struct("=BxHiII")


def _link() -> bytes:
    mask = RTEXT_FILTER_VF | RTEXT_FILTER_SKIP_STATS
    return IFINFOMSG.pack(0, 0, 0, 0, 0) + struct.pack("=HHI", 8, IFLA_EXT_MASK, mask)


def _families(pack: struct.Struct) -> tuple[bytes, ...]:
    return tuple(pack.pack(family, 0, 0, 0, 0, 0, 0, 0, 0) for family in (socket.AF_INET, socket.AF_INET6))


REQUESTS: dict[str, tuple[Request, ...] | Plan] = {
    "link": ((RTM_GETLINK, _link()),),
    "address": ((RTM_GETADDR, struct.pack("=BBBBI", 0, 0, 0, 0, 0)),),
    "nexthop": ((RTM_GETNEXTHOP, struct.pack("=BBBBI", 0, 0, 0, 0, 0)),),
    "route": tuple((RTM_GETROUTE, body) for body in _families(RTMSG)),
    "rule": tuple((RTM_GETRULE, body) for body in _families(RTMSG)),
    "neighbour": (
        (RTM_GETNEIGH, NDMSG.pack(0, 0, 0, 0, 0, 0, 0)),
        (RTM_GETNEIGH, NDMSG.pack(0, 0, 0, 0, 0, NTF_PROXY, 0)),
    ),
    "fdb": ((RTM_GETNEIGH, NDMSG.pack(PF_BRIDGE, 0, 0, 0, 0, 0, 0)),),
    "vlan": plans.vlans,
    "mdb": plans.groups,
    "qdisc": ((RTM_GETQDISC, plans.TCMSG.pack(0, 0, 0, 0, 0)),),
    "class": plans.classes,
    "filter": plans.filters,
}
"""What to ask for each kind, in this order: a kind is the sum of its dumps. Some depend on what was read before them."""


class Taken(NamedTuple):
    """What a source took: its payloads, whether they were true at one moment, and how often it tried."""

    payloads: tuple[bytes, ...]
    torn: bool = False
    attempts: int = 1


TakeSource = Callable[[Requests, Mapping[str, Reading]], Taken]


@frozen
class RawNamespace:
    """What was drained in one namespace. Times are ``time.time()`` seconds."""

    cookie: int | None
    readings: dict[str, Reading] = field(default_factory=dict)
    started: float
    finished: float


def read_namespace(kinds: tuple[str, ...], sources: Mapping[str, TakeSource] | None = None) -> RawNamespace:
    """Read the kinds asked for in the namespace of the calling thread, by dumps and then from ``sources`` (kind -> how).

    Raises ``OSError`` if no socket can be had.
    """
    started = time.time()
    limit = time.monotonic() + SECONDS
    readings = {kind: Reading(kind=kind) for kind in kinds if kind in REQUESTS}
    with Requests() as requests:
        cookie = requests.cookie()
        pending = _in_window(requests, set(readings), readings)
        while pending:
            # What changed is read again kind by kind: the shorter a window, the likelier nothing happens in it.
            time.sleep(PAUSE)
            dirty: set[str] = set()
            for kind in REQUESTS:
                if kind in pending:
                    dirty |= _in_window(requests, {kind}, readings)
                    # Where to look for some others was found in what is now read anew.
                    pending |= POINTS_TO.get(kind, frozenset()) & readings.keys()
            pending = {kind for kind in dirty if readings[kind].attempts < TRIES} if time.monotonic() < limit else set()
        for kind, pointed in POINTS_TO.items():
            for other in pointed & readings.keys() if kind in readings else ():
                readings[other].torn = readings[other].torn or readings[kind].torn
        for kind, take in (sources or {}).items():
            readings[kind] = _from_source(kind, take, requests, readings)
    return RawNamespace(cookie=cookie, readings=readings, started=started, finished=time.time())


def _in_window(requests: Requests, kinds: set[str], readings: Mapping[str, Reading]) -> set[str]:
    """Take the dumps of some kinds while listening for changes of them; returns those that were disturbed, which are torn."""
    # A new one for each try: where changes come faster than they can be drained, the old one's queue is never empty.
    with Watch(kinds.union(*(CAUSES.get(kind, ()) for kind in kinds))) as watch:
        interrupted = {kind for kind in REQUESTS if kind in kinds and _take(requests, readings[kind], readings)}
        dirty = _with_implied(watch.drain() | interrupted) & kinds
    for kind in kinds:
        readings[kind].torn = kind in dirty
    return {kind for kind in dirty if readings[kind].error is None}


def _from_source(kind: str, take: TakeSource, requests: Requests, readings: Mapping[str, Reading]) -> Reading:
    try:
        taken = take(requests, readings)
    except NetlinkError as error:
        return Reading(kind=kind, error=str(error), attempts=1)
    except OSError as error:
        return Reading(kind=kind, error=f"{kind}: {error.strerror or error}", attempts=1)
    return Reading(kind=kind, payloads=taken.payloads, torn=taken.torn, attempts=taken.attempts)


def netns_cookie() -> int | None:
    """The cookie of the calling thread's namespace. Raises ``OSError`` if no socket can be had."""
    with Requests() as requests:
        return requests.cookie()


def _with_implied(dirty: frozenset[str] | set[str]) -> set[str]:
    return set(dirty).union(*(IMPLIED.get(kind, ()) for kind in dirty))


def _take(requests: Requests, reading: Reading, readings: Mapping[str, Reading]) -> bool:
    """Take all dumps of one kind; says whether the kernel flagged one of them."""
    reading.attempts += 1
    reading.error = None
    dumps: list[Dump] = []
    try:
        asked = REQUESTS[reading.kind]
        for message, body in asked(readings) if callable(asked) else asked:
            try:
                dumps.append(requests.dump(reading.kind, message, body))
            except NetlinkError as error:
                if error.errno != errno.EOPNOTSUPP or reading.kind not in OPTIONAL:
                    raise
    except NetlinkError as error:
        reading.error = str(error)
        reading.payloads, reading.parts = None, ()
        return False
    if reading.kind in LEFT_WHOLE and sum(dump.messages for dump in dumps) >= MANY:
        reading.payloads, reading.parts = (), tuple(part for dump in dumps for part in dump.parts)
    else:
        reading.payloads, reading.parts = tuple(payload for dump in dumps for payload in dump.payloads), ()
    return any(dump.interrupted for dump in dumps)
