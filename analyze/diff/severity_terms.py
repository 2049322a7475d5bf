"""What a rule of severity is, and the questions that several of them ask of a change."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal

from analyze.diff.draft import Draft
from analyze.diff.link_turns import DOWN, turn_of
from analyze.diff.losses import Losses
from analyze.ways_out import EVERYWHERE, REFUSING
from reports.model import Facts, Severity
from snapshot.model.frozen import frozen

FORWARDING = frozenset({"values.ip_forward", "values.forwarding"})
FOR_ALL = ("net.ipv4", "net.ipv4.conf.all", "net.ipv6.conf.all")
GONE_OR_OTHER = ("removed", "changed")

Where = Literal["alone", "anew", "anywhere"]


@frozen
class SeverityRule:
    """One rule.

    kinds    the kinds it judges; empty: all
    where    alone: only what nothing explains; anew: also what hangs under something re-created, which should be as it was;
             anywhere: wherever it hangs
    applies  does it apply to this change?
    """

    name: str
    severity: Severity
    kinds: tuple[str, ...]
    applies: Callable[[Draft, Losses], bool]
    where: Where = "alone"


def became(name: str, *values: object) -> Callable[[Draft], bool]:
    """Has a field of that name, or an end's, one of these values now?"""
    return lambda draft: any(
        (f.name == name or f.name.endswith(f".{name}")) and f.after in values for f in draft.fields
    )


goes_down = became("state", *DOWN)


def falls(draft: Draft) -> bool:
    """Did a link go down? One without carrier is down already, but has its routes until it is set down."""
    return goes_down(draft) or turn_of(draft).up < 0


def main_default(draft: Draft) -> bool:
    """Is it a default route of the table "main" that leads somewhere?"""
    facts = draft.before or draft.after or {}
    return (
        facts.get("table") == "main" and facts.get("dst") in EVERYWHERE.values() and facts.get("type") not in REFUSING
    )


def is_temporary(draft: Draft) -> bool:
    """Is it a temporary address (RFC 8981), of which a host makes one after the other by itself?"""
    return any("temporary" in getattr(row, "flags", ()) for row in (draft.old, draft.new))


def has_dependents(draft: Draft, losses: Losses) -> bool:
    """Did an address by which others reach the host, a route that somebody set, or another link go with a link?"""
    below = losses.children.get(id(draft), ())
    return any(
        child.kind == "link"
        or (child.kind == "address" and (child.before or {}).get("scope") not in ("host", "link"))
        or (child.kind == "route" and (child.before or {}).get("protocol") != "kernel")
        for child in below
        if child.action == "removed"
    )


def moves(draft: Draft) -> bool:
    """A link, or an end of a veth pair, that was moved to another namespace."""
    return draft.moved or (draft.kind == "veth" and any(name.endswith(".scope") for name in draft.touched))


def taken_away(draft: Draft, losses: Losses) -> bool:
    """Was it moved out of a namespace that is still there, which lost with it what ``has_dependents`` says? Of an end of a
    veth pair its pair is judged."""
    if draft.kind == "veth":
        return any(_left_behind(child, losses) for child in losses.children.get(id(draft), ()))
    return _left_behind(draft, losses) and not (draft.cause is not None and draft.cause.kind == "veth")


def _left_behind(link: Draft, losses: Losses) -> bool:
    return link.moved and link.namespaces[0] in losses.sides.now_called and has_dependents(link, losses)


def said(facts: Facts | None, name: str, *values: object) -> bool:
    """Is the value of a column one of these?"""
    return (facts or {}).get(name) in values


def forwarding_off(draft: Draft) -> bool:
    """Was forwarding turned off?"""
    return any(f.name in FORWARDING and f.before not in (0, None) and f.after == 0 for f in draft.fields)


def stopped_or_started(draft: Draft) -> bool:
    """Did it stop or start?"""
    return "state" in draft.touched


def runtime_restarted(draft: Draft) -> bool:
    """Did the runtime start it again by itself? Both counts grow only then."""
    counts = [(f.before or 0, f.after) for f in draft.fields if f.name in ("restarts", "attempt")]
    return any(isinstance(was, int) and isinstance(now, int) and now > was for was, now in counts)


def unpublished(draft: Draft) -> bool:
    """Does it publish less than before?"""
    told = [(draft.before or {}).get("ports"), (draft.after or {}).get("ports")]
    ports = [{str(p) for p in value} if isinstance(value, list | tuple) else set() for value in told]
    return draft.after is not None and bool(ports[0] - ports[1])


def left_without_routes(draft: Draft, losses: Losses) -> bool:
    """Did routes go with it?"""
    return any(child.kind == "route" and child.action == "removed" for child in losses.children.get(id(draft), ()))


def no_destination(draft: Draft) -> bool:
    """Has a service lost its last destination?"""
    return any(f.name == "destinations" and f.before and not f.after for f in draft.fields)


def configured(draft: Draft) -> bool:
    """An FDB entry or neighbour that somebody wrote, not one learnt from traffic."""
    facts: Mapping[str, object] = draft.before or {}
    flags = facts.get("flags")
    by_control_plane = isinstance(flags, list | tuple) and "extern_learn" in flags
    return facts.get("state") in ("PERMANENT", "permanent", "static") or by_control_plane


def is_group_mac(draft: Draft) -> bool:
    """Multicast entries are the kernel's own bookkeeping (net/core/dev_addr_lists.c): odd first octet."""
    return str((draft.before or {}).get("mac"))[1:2].lower() in tuple("13579bdf")


def has_flag(facts: Facts | None, flag: str) -> bool:
    """Is the flag set?"""
    flags = (facts or {}).get("flags")
    return isinstance(flags, list | tuple) and flag in flags
