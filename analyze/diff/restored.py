"""What somebody had configured on what was made anew, and that did not come back with it.

A re-creation that restores it all loses nothing; nor is an entry lost that was about an address or MAC which is no more.
"""

from __future__ import annotations

from collections.abc import Iterator

from analyze.diff.draft import Draft
from analyze.diff.link_turns import BUILT_IN
from analyze.diff.losses import Losses, above, made_anew, stays
from snapshot.model.fdb import FdbEntry
from snapshot.model.neighbour import Neighbour
from snapshot.model.route import Route
from snapshot.model.sysctl import Sysctl

MADE_BY_ITSELF = frozenset({"kernel", "ra", "redirect"})
"""Protocols of routes that nobody has to set again."""
SETTINGS = frozenset(
    {"vlan", "vxlan", "geneve", "gre", "gretap", "ip6gre", "ip6gretap", "ipip", "sit", "ip6tnl", "vti", "vti6", "macvlan",
     "macvtap", "ipvlan", "ipvtap", "vrf", "xfrm", "bareudp"}
)  # fmt: skip
"""Kinds of links whose data are what somebody gave them; a bridge and a bond count and elect as well."""


def stands_or_lost(draft: Draft, losses: Losses) -> bool:
    """Is it a change that nothing explains, or of a configured row that what was made anew came back without?"""
    if draft.cause is None:
        return True
    if not stays(draft):
        return False
    row = draft.old
    match draft.kind:
        case "route":
            return isinstance(row, Route) and row.protocol not in MADE_BY_ITSELF and _lost_route(draft, row, losses)
        case "neighbour" | "fdb":
            return draft.action == "removed" and not any(map(losses.is_no_more, _named(row)))
        case "sysctl":
            return isinstance(row, Sysctl) and bool(_set_there(draft, row, losses))
        case "vlan":
            return True
    return (draft.action == "removed" and not _replaced(draft, losses)) or _is_default_now(draft)


def otherwise(draft: Draft) -> bool:
    """Was a link made anew that stands on another link now, or is set up otherwise: another VNI, VLAN id, mode, remote end?"""
    kinds = {(facts or {}).get("link_kind") for facts in (draft.before, draft.after)}
    if draft.action != "recreated" or kinds == {"veth"}:
        return False
    set_up = any(name.startswith("kind_data.") and not name.endswith("_link") for name in draft.touched)
    return len(kinds) > 1 or (bool(kinds & SETTINGS) and (set_up or "peer" in draft.touched))


def of_a_workload(draft: Draft) -> bool:
    """Does it hang under a workload that was made anew, which may have other addresses and links by right?"""
    return any(one.action == "recreated" and one.kind in ("pod", "container", "namespace") for one in above(draft))


def of_its_own(draft: Draft) -> bool:
    """Does a default route follow from a workload that was made anew, whose way out still leads over the same link?"""
    return made_anew(draft) and of_a_workload(draft) and "dev" not in draft.touched


def _lost_route(draft: Draft, route: Route, losses: Losses) -> bool:
    address, _, length = route.dst.partition("/")
    if length in ("32", "128") and losses.is_no_more(address):
        return False
    if of_a_workload(draft):
        return draft.action == "removed" and not _replaced(draft, losses)
    return draft.action in ("removed", "changed")


def _named(row: object) -> Iterator[str]:
    """The addresses that a neighbour or FDB entry is about."""
    if isinstance(row, Neighbour | FdbEntry) and row.mac is not None:
        yield row.mac
    if isinstance(row, Neighbour):
        yield row.address


def _set_there(draft: Draft, row: Sysctl, losses: Losses) -> frozenset[str]:
    """What was set of a link's own parameters, and is not what all links get now, nor their MTU."""
    if draft.action != "changed" or row.dev in (None, "all", "default"):
        return frozenset()
    family = row.path.partition(".conf.")[0]
    return draft.touched - {"values.mtu"} - losses.set_for_all.get((draft.namespaces[1], family), frozenset())


def _replaced(draft: Draft, losses: Losses) -> bool:
    """Did another of its kind come to the same link, as with another handle?"""
    beside = losses.children.get(id(draft.cause), ())
    dev = getattr(draft.old, "dev", None)
    return any(
        one.kind == draft.kind and one.action == "added" and getattr(one.new, "dev", None) == dev for one in beside
    )


def _is_default_now(draft: Draft) -> bool:
    return draft.kind == "qdisc" and draft.action == "changed" and (draft.after or {}).get("handle") == BUILT_IN
