"""The words that text and HTML share: kinds, actions, snapshots, values and facts."""

from __future__ import annotations

import re
from collections.abc import Mapping

from reports.model import Action, Ambiguity, Change, Facts, Json, SnapshotIdentity
from reports.safe import make_visible
from snapshot.model.plural import plural

ACTIONS: tuple[Action, ...] = ("added", "removed", "recreated", "changed", "unknown")
"""In the order of every table."""
ACTION_WORDS: Mapping[str, str] = {
    "added": "added",
    "removed": "removed",
    "recreated": "re-created",
    "changed": "changed",
    "unknown": "unknown",
}
SIGNS: Mapping[str, str] = {"added": "+", "removed": "-", "recreated": "±", "changed": "~", "unknown": "?"}
_WITH_IDENTITY = frozenset(("namespace", "pod", "container", "network", "veth", "link"))
HEADLINE_KINDS = ("veth", "pod", "route", "address")
"""The kinds that every report counts, zero or not."""

_KIND_WORDS = {
    "veth": ("veth pair", "veth pairs"),
    "address": ("address", "addresses"),
    "fdb": ("FDB entry", "FDB entries"),
    "vlan": ("VLAN", "VLANs"),
    "mdb": ("MDB entry", "MDB entries"),
    "class": ("traffic class", "traffic classes"),
    "filter": ("traffic filter", "traffic filters"),
    "bpf": ("BPF program", "BPF programs"),
    "wireguard": ("WireGuard entry", "WireGuard entries"),
    "firewall": ("firewall entry", "firewall entries"),
    "ipvs": ("IPVS service", "IPVS services"),
    "socket": ("listening socket", "listening sockets"),
}
_TIME = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.\d+)?Z")
_LONG_ID = re.compile(r"([a-z0-9]+:)?(?:([0-9a-f]{12})[0-9a-f]{20,}|(q[a-z2-7]{13}[aeio])q[a-z2-7]{45}[aeio])")
"""An id; or its pseudonym, which begins with that of the short id (docs/redaction.md)."""
SHORTENED_FROM = 32
"""Nothing that is shorter is a long id."""
_END_WORDS = (("ifindex", "index"), ("mac", "MAC"), ("mtu", "MTU"), ("state", "state"))


def kind_word(kind: str, number: int = 1) -> str:
    """The word for so many of a kind: "veth pair", "routes"."""
    one, many = _KIND_WORDS.get(kind) or (make_visible(kind), f"{make_visible(kind)}s")
    return one if number == 1 else many


def counted(number: int, kind: str) -> str:
    """ "1 route", "2 routes", "10,000 routes"."""
    return f"{number:,} {kind_word(kind, number)}"


def action_word(change: Change) -> str:
    """The action in one word; a host of which another boot_id is told was rebooted."""
    return "rebooted" if is_reboot(change) else ACTION_WORDS[change.action]


def is_reboot(change: Change) -> bool:
    """Was the host started anew between the snapshots?"""
    return change.kind == "host" and any(field.name == "boot_id" for field in change.fields)


def ambiguity_text(found: Ambiguity) -> str:
    """ "could be any of 3 (container name): container:a, container:b and 1 more"."""
    named = ", ".join(map(make_visible, found.candidates))
    more = found.count - len(found.candidates)
    names = f"{named} and {more:,} more" if more else named
    reason = make_visible(found.reason)
    others = f", as could {plural(found.rivals, 'other')}" if found.rivals else ""
    lead = f"could be any of {found.count:,} ({reason}): {names}" if found.count > 1 else f"could be {names} ({reason})"
    return f"{lead}{others}"


def when(time: str) -> str:
    """An RFC 3339 time in UTC for people, to the second; anything else as it is."""
    match = _TIME.fullmatch(time)
    return f"{match[1]} {match[2]} UTC" if match else make_visible(time)


def matched_words(change: Change, told: str | None = None) -> str:
    """Why something is believed to be what it was: "matched by pod identity (exact)".

    Empty for what has no identity of its own (a route is its destination), unless even that is weak, and where the change
    above has ``told`` the same reason.
    """
    weak = change.confidence == "weak"
    if not weak and (change.kind not in _WITH_IDENTITY or change.matched_by in (None, told)):
        return ""
    return f"matched by {make_visible(change.matched_by or 'circumstances')} ({change.confidence})"


def called(snapshot: SnapshotIdentity) -> str:
    """A snapshot's number and label: "2 after-upgrade"."""
    return f"{snapshot.id} {make_visible(snapshot.label)}" if snapshot.label is not None else str(snapshot.id)


def redaction(snapshot: SnapshotIdentity) -> str:
    """ "redacted with key 3f0c9a1be2d47586"; empty for what is as it was captured."""
    return "" if snapshot.redacted_with is None else f"redacted with key {make_visible(snapshot.redacted_with)}"


def is_empty(value: Json) -> bool:
    """Does a fact say nothing?"""
    return value is None or value in ("", [], (), {})


def value_text(value: Json, *, short: bool = False) -> str:
    """A value on one line. ``short`` cuts long hexadecimal ids to twelve digits and an ellipsis, as docker shows them."""
    if type(value) is str:  # most are
        return _string(value, short)
    match value:
        case None:
            return "(none)"
        case bool():
            return "true" if value else "false"
        case int() | float():
            return str(value)
        case str():
            return _string(value, short)
        case Mapping():
            return "{" + ", ".join(f"{make_visible(k)} {value_text(v, short=short)}" for k, v in value.items()) + "}"
        case _:
            return ", ".join(value_text(item, short=short) for item in value) or "(none)"


def _string(value: str, short: bool) -> str:
    if not value:
        return '""'
    match = _LONG_ID.fullmatch(value) if short and len(value) >= SHORTENED_FROM else None
    return f"{match[1] or ''}{match[2] or match[3]}…" if match else make_visible(value)


def fact_pairs(kind: str, facts: Facts) -> list[tuple[str, Json]]:
    """What to tell of a thing that came or went: its facts that say something, a veth pair's ends in words."""
    pairs: list[tuple[str, Json]] = []
    for name, value in facts.items():
        if kind == "firewall" and name == "extra":
            # A rule taken apart, which ``text`` says on one line as its own tool writes it.
            continue
        if kind == "veth" and name == "ends" and isinstance(value, list | tuple):
            pairs += zip(("host end", "workload end"), map(_end_words, value), strict=False)
        elif not is_empty(value):
            pairs.append((name, value))
    return pairs


def _end_words(end: Json) -> str:
    if not isinstance(end, Mapping):
        return "not seen"
    place = f"{end.get('scope')}/{end.get('name')}"
    return ", ".join([place, *(f"{word} {end[key]}" for key, word in _END_WORDS if end.get(key) is not None)])


def own_scope(change: Change) -> bool:
    """Does the change's name already say its scope? (pod default/web-1 in pod:default/web-1)"""
    return change.scope == f"{change.kind}:{change.name}" or change.kind == change.scope == "host"
