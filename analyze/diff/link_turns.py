"""What the kernel itself does to the rows of a link that was set up or down, or that found or lost its carrier.

Setting a link down (IFF_UP) drops its IPv6 addresses, all of its routes, nexthops and neighbours, the configured ones too
(net/ipv4/fib_frontend.c: fib_disable_ip; net/ipv6/addrconf.c: addrconf_ifdown; net/core/neighbour.c: neigh_ifdown). A lost
carrier only marks the routes, and drops nexthops, what neighbours were learnt and what a bridge learnt of the port
(fib_sync_down_dev, nexthop_flush_dev, neigh_carrier_down, br_stp_disable_port). Neither touches an IPv4 address, an FDB or
multicast entry that somebody wrote, a VLAN, a sysctl, or what shapes traffic; and no other flag or state touches anything.
What a fall takes away may come back with the rise, and nothing is lost by that.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from analyze.addresses import interface
from analyze.diff.draft import Draft
from analyze.diff.nexthops import MIRRORED, lead_alike
from analyze.diff.noise import DETECTION, flags_differ_in, learnt
from snapshot.model.address import Address
from snapshot.model.fdb import FdbEntry
from snapshot.model.frozen import frozen
from snapshot.model.link import Link
from snapshot.model.neighbour import Neighbour
from snapshot.model.route import Route
from snapshot.model.sysctl import Sysctl
from snapshot.model.traffic import Qdisc

DOWN = frozenset({"DOWN", "LOWERLAYERDOWN"})
"""Operational states in which nothing passes (RFC 2863, linux/if.h: IF_OPER_*)."""
BUILT_IN = "0:"
"""The handle of disciplines that the kernel gives a link when it is set up for the first time (dev_activate)."""


@frozen
class Turn:
    """What became of a link that is there on both sides: 1 it has that now, -1 it has it no more, 0 as before.

    up       set up by somebody (IFF_UP)
    carrier  able to send: its carrier, or its operational state
    """

    up: int = 0
    carrier: int = 0

    def takes(self, draft: Draft, *, carrier: bool = False) -> bool:
        """Did a row go as the link was set down (``carrier``: or lost its carrier), or come as it was set up again?"""
        way = {"removed": -1, "added": 1}.get(draft.action, 0)
        return way != 0 and (self.up == way or (carrier and self.carrier == way))


def turn_of(link: Draft) -> Turn:
    """How a link's change turned it."""
    if link.action != "changed" or not (isinstance(link.old, Link) and isinstance(link.new, Link)):
        return Turn()
    up = ("UP" in link.new.flags) - ("UP" in link.old.flags)
    return Turn(up=up, carrier=up or _sends(link.new) - _sends(link.old))


def _sends(link: Link) -> bool:
    return link.state not in DOWN and ("UP" not in link.flags or "LOWER_UP" in link.flags)


def turned(link: Draft, draft: Draft) -> bool:
    """Does a row's change follow from the turn of a link that it stands on, or from its new master or MTU?"""
    if link.action != "changed":
        return False
    if draft.kind in OF_A_PORT and "master" in link.touched:
        return True
    if draft.kind == "sysctl":
        return "mtu" in link.touched and _with_mtu(draft)
    turn, follows = turn_of(link), _FOLLOWS.get(draft.kind)
    return follows is not None and turn != Turn() and follows(turn, draft)


OF_A_PORT = frozenset({"fdb", "vlan", "mdb"})
"""Kinds of rows that a bridge has of its ports."""


def _with_mtu(draft: Draft) -> bool:
    """IPv6 takes over a link's MTU, and is no more where that is below 1280 (net/ipv6/addrconf.c: addrconf_notify)."""
    row = draft.old or draft.new
    return isinstance(row, Sysctl) and row.path.startswith("net.ipv6.") and draft.touched <= {"values.mtu"}


def _address(turn: Turn, draft: Draft) -> bool:
    row = draft.new or draft.old
    if not isinstance(row, Address) or row.family != "inet6":
        return False
    if draft.action == "added" and turn.carrier > 0:
        # A link-local address, or one of an advertised prefix, is made once there is a carrier; it outlives the carrier.
        return turn.up > 0 or interface(row.address).ip.is_link_local or "permanent" not in row.flags
    return turn.takes(draft) or (draft.touched == {"flags"} and flags_differ_in(draft, DETECTION))


def _route(turn: Turn, draft: Draft) -> bool:
    row = draft.new or draft.old
    if not isinstance(row, Route):
        return False
    advertised = row.protocol == "ra" and draft.action == "added" and turn.carrier > 0
    return turn.takes(draft) or advertised or _marked(draft)


def _marked(draft: Draft) -> bool:
    """Did only flags change by which a route, or each of its next hops, tells the state of its link?"""
    if draft.touched <= {"nexthops", "flags"} and isinstance(draft.old, Route) and isinstance(draft.new, Route):
        return flags_differ_in(draft, MIRRORED) and lead_alike(draft.old, draft.new)
    return draft.touched == {"flags"} and flags_differ_in(draft, MIRRORED)


def _nexthop(turn: Turn, draft: Draft) -> bool:
    return turn.takes(draft, carrier=True) or _marked(draft)


def _neighbour(turn: Turn, draft: Draft) -> bool:
    states = [row.state for row in (draft.old, draft.new) if isinstance(row, Neighbour)]
    if draft.action == "changed":
        # Nobody answers who did: that is by the link only if it can send no more.
        failed = states[-1 if turn.carrier > 0 else 0] == "FAILED"
        return learnt(draft) and not failed and draft.touched <= {"state", "flags"}
    failed = draft.action == "added" and states == ["FAILED"]
    return not failed and turn.takes(draft, carrier=learnt(draft))


def _fdb(turn: Turn, draft: Draft) -> bool:
    row = draft.new or draft.old
    # Groups that a link listens to (dev_mc_add): those of IPv6 come with the carrier.
    group = isinstance(row, FdbEntry) and bool(int(row.mac[:2], 16) & 1)
    return turn.takes(draft, carrier=True) and (group or learnt(draft))


def _vlan(turn: Turn, draft: Draft) -> bool:
    return draft.touched == {"state"}


def _mdb(turn: Turn, draft: Draft) -> bool:
    return turn.takes(draft, carrier=True) and learnt(draft)


def _qdisc(turn: Turn, draft: Draft) -> bool:
    rows = [row for row in (draft.old, draft.new) if isinstance(row, Qdisc)]
    return turn.takes(draft) and all(row.handle == BUILT_IN for row in rows)


_FOLLOWS: Mapping[str, Callable[[Turn, Draft], bool]] = {
    "address": _address,
    "route": _route,
    "nexthop": _nexthop,
    "neighbour": _neighbour,
    "fdb": _fdb,
    "vlan": _vlan,
    "mdb": _mdb,
    "qdisc": _qdisc,
}
"""Rows of other kinds come and go with the link itself, not with its turns."""
