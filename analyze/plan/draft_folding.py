"""Many entries that differ in a name only, as few: a plan is for a person to read."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import replace
from ipaddress import ip_interface

from analyze.plan.draft_fields import possible
from analyze.plan.entries import Entry
from analyze.plan.generalise import common, stem, text_pattern
from analyze.plan.yaml_text import word, writable
from reports.model import Change

SHORT = 4
"""So many of a series (db-0, db-1, ...) are listed one by one; more are one pattern and a count."""
LISTED = 12
"""So many of any other kind that are alike but for their names."""
MOST = 300
"""More entries than this are folded further, whatever they say."""
PREFIX_OF = {"route": "dst", "address": "address"}
SHARED = {"route": ("gateway", "dev", "table", "type"), "address": ("dev",)}
"""Facts by which a crowd of routes or addresses is known."""


def folded(entries: Sequence[Entry]) -> list[Entry]:
    """The entries, with series and crowds as one entry each; every change has its entry still."""
    found = _fold(entries, _series, SHORT)
    found = _fold(
        found, lambda entry: (entry.kind, entry.action, entry.scope, entry.fields, entry.other_fields), LISTED
    )
    if len(found) > MOST:
        found = _fold(found, lambda entry: (entry.kind, entry.action, entry.fields, entry.other_fields), 1)
    if len(found) > MOST:
        found = _fold([_open(entry) for entry in found], lambda entry: (entry.kind, entry.action), 1)
    return found


def _series(entry: Entry) -> Hashable:
    """Entries of one series have this alike: what their names have before their number."""
    begin = stem(entry.name)
    if begin is None:
        return entry.key
    scope = stem(entry.scope) if entry.kind == "pod" else entry.scope
    return entry.kind, entry.action, scope, begin, entry.fields, entry.other_fields


def _fold(entries: Iterable[Entry], alike: Callable[[Entry], Hashable], listed: int) -> list[Entry]:
    groups: dict[Hashable, list[Entry]] = {}
    for entry in entries:
        groups.setdefault(alike(entry), []).append(entry)
    found: list[Entry] = []
    for group in groups.values():
        found += [_one(group)] if len(group) > listed else group
    return found


def _one(group: Sequence[Entry]) -> Entry:
    first = group[0]
    changes = tuple(change for entry in group for change in entry.changes)
    return replace(
        first,
        scope=common(entry.scope for entry in group),
        name=common(entry.name for entry in group),
        facts=_shared_facts(first.kind, changes),
        changes=changes,
    )


def _open(entry: Entry) -> Entry:
    """An entry that says nothing of fields."""
    return replace(entry, fields=(), other_fields=False, facts=())


def _shared_facts(kind: str, changes: Sequence[Change]) -> tuple[str, ...]:
    """What all of a crowd have alike, and the network they are in."""
    facts = [change.after if change.after is not None else change.before or {} for change in changes]
    lines = []
    column = PREFIX_OF.get(kind)
    network = _network([str(each.get(column)) for each in facts]) if column is not None else None
    if network is not None:
        lines.append(f"{column}: {{within: {network}}}")
    for name in SHARED.get(kind, ()):
        values = {each.get(name) for each in facts if isinstance(each.get(name), str | None)}
        if len(values) == 1 and len(facts) > 1:
            (value,) = values
            asked = isinstance(value, str) and writable(value) and possible(kind, name, value)
            if isinstance(value, str) and asked and all(name in each for each in facts):
                lines.append(f"{name}: {word(text_pattern(value))}")
    return tuple(lines)


def _network(prefixes: Sequence[str]) -> str | None:
    """The smallest network that holds all of them; None where none but the whole of IPv4 or IPv6 does."""
    try:
        networks = [ip_interface(prefix).network for prefix in prefixes]
    except ValueError:
        return None
    if len({network.version for network in networks}) != 1:
        return None
    smallest = min(networks, key=lambda network: network.prefixlen)
    lowest = min(int(network.network_address) for network in networks)
    highest = max(int(network.broadcast_address) for network in networks)
    while smallest.prefixlen and not (
        int(smallest.network_address) <= lowest and highest <= int(smallest.broadcast_address)
    ):
        smallest = smallest.supernet()
    return str(smallest) if smallest.prefixlen else None
