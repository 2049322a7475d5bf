"""Hearing of changes while a table is dumped (rtnetlink(7), linux/rtnetlink.h).

The kernel does not promise that a dump is one moment's truth, and its own flag (NLM_F_DUMP_INTR) misses changes of
IPv6 routes and FDB entries. So a second socket listens to the multicast groups of what is dumped, from before the
dump until after it: whatever it hears makes that kind dirty.
"""

from __future__ import annotations

import errno
import socket
import time
from collections.abc import Iterable

from snapshot.collect.netlink.transport import MSG_TRUNC, NETLINK_ROUTE, SOL_NETLINK, NetlinkSocket, messages

NETLINK_ADD_MEMBERSHIP = 1
SO_RCVBUFFORCE = 33
WATCH_BUFFER = 4 * 1024 * 1024
DRAINING = 0.2
"""Seconds to listen to what changed at most: 4 MB of notifications take a tenth of that."""

GROUPS = {
    "link": (1,),
    "neighbour": (3,),
    "fdb": (3,),
    "qdisc": (4,),
    "class": (4,),
    "filter": (4,),
    "address": (5, 9),
    "route": (7, 11),
    "rule": (8, 19),
    "mdb": (26,),
    "nexthop": (32,),
    "vlan": (33,),
}
"""RTNLGRP_* of each kind (linux/rtnetlink.h)."""

BOUND_GROUPS = 32
"""Groups that bind(2) has bits for; the others are joined one by one (NETLINK_ADD_MEMBERSHIP)."""

ABOUT = {
    16: "link", 17: "link", 20: "address", 21: "address", 24: "route", 25: "route", 32: "rule", 33: "rule",
    36: "qdisc", 37: "qdisc", 40: "class", 41: "class", 44: "filter", 45: "filter", 48: "filter", 49: "filter",
    84: "mdb", 85: "mdb", 100: "filter", 101: "filter", 104: "nexthop", 105: "nexthop", 112: "vlan", 113: "vlan",
}  # fmt: skip
"""RTM_NEW* and RTM_DEL* by the kind they change: 48 are the actions of filters, 100 their chains."""

NEIGHBOUR_MESSAGES = (28, 29)
PF_BRIDGE = 7


class Watch(NetlinkSocket):
    """A socket that hears of changes of the given kinds."""

    def __init__(self, kinds: Iterable[str]) -> None:
        self._kinds = frozenset(kinds)
        super().__init__(NETLINK_ROUTE)

    def _prepare(self) -> None:
        try:
            self._socket.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, WATCH_BUFFER)
        except OSError:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, WATCH_BUFFER)
        groups = {group for kind in self._kinds for group in GROUPS.get(kind, ())}
        # Only a bound socket hears anything.
        self._socket.bind((0, sum(1 << (group - 1) for group in groups if group <= BOUND_GROUPS)))
        for group in groups:
            if group > BOUND_GROUPS:
                self._join(group)
        self._socket.setblocking(False)

    def _join(self, group: int) -> None:
        try:
            self._socket.setsockopt(SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, group)
        except OSError as error:
            # A kernel that does not know the group does not know the kind.
            if error.errno != errno.EINVAL:
                raise

    def drain(self) -> frozenset[str]:
        """The kinds that changed since the last call; all of them if notifications were lost, or come without end."""
        dirty: set[str] = set()
        end = time.monotonic() + DRAINING
        while time.monotonic() < end:
            try:
                count, _, flags, _ = self._socket.recvmsg_into([self._buffer])
            except BlockingIOError:
                return frozenset(dirty & self._kinds)
            except OSError:
                # ENOBUFS: some were dropped, nobody knows which.
                dirty |= self._kinds
                continue
            if flags & MSG_TRUNC:
                dirty |= self._kinds
                continue
            for kind, _, _, payload in messages("a notification", self._buffer, count):
                if kind in NEIGHBOUR_MESSAGES:
                    dirty.add("fdb" if payload[:1] == bytes((PF_BRIDGE,)) else "neighbour")
                elif kind in ABOUT:
                    dirty.add(ABOUT[kind])
        return self._kinds
