"""Changes of rows: all kinds but links, and what a runtime tells."""

from __future__ import annotations

from analyze.diff.draft import Draft
from analyze.diff.fields import differing
from analyze.diff.rename import Renamed, translate, translate_firewall
from analyze.diff.rows import RowPair, pair_rows
from analyze.diff.sides import Sides
from analyze.facts import columns
from analyze.names import row_name
from analyze.subjects import ROW_KINDS
from reports.model import Action, FieldChange
from snapshot.model.firewall import FirewallEntry
from snapshot.model.kinds import Fact
from snapshot.store.loaded import Place


def row_changes(sides: Sides) -> list[Draft]:
    """All of them, for namespaces that stayed, were re-created, came or went."""
    now = sides.now_called
    spots: list[tuple[str | None, str | None]] = [*now.items()]
    spots += [(ns.key, None) for ns in sides.matches.namespaces.removed]
    spots += [(None, ns.key) for ns in sides.matches.namespaces.added]
    # What one capture was not asked for at all is told by the coverage, not once more for each row.
    kinds = [kind for kind in ROW_KINDS if kind in sides.saw_before.kinds and kind in sides.saw_after.kinds]
    ruled = any(place.kind == "firewall" for rows in (sides.pair.before_rows, sides.pair.after_rows) for place in rows)
    unsettled = sides.unsettled if ruled else frozenset()
    return [draft for old, new in spots for kind in kinds for draft in _rows(sides, kind, old, new, unsettled)]


def _rows(sides: Sides, kind: str, old: str | None, new: str | None, unsettled: frozenset[str]) -> list[Draft]:
    before = sides.pair.before_rows.get(Place(namespace=old, kind=kind), ()) if old is not None else ()
    after = sides.pair.after_rows.get(Place(namespace=new, kind=kind), ()) if new is not None else ()
    if not before and not after:
        return []
    links = sides.matches.names.get(old, {}) if old is not None else {}
    renamed = Renamed(links=links, containers=sides.matches.container_ids)
    translated = [translate(row, renamed) for row in before]
    if kind == "firewall":
        translated = translate_firewall(translated, after, links)
    original = {id(now): row for now, row in zip(translated, before, strict=True)}
    drafts = []
    in_full = new == sides.after.host
    for pair in pair_rows(translated, after, unsettled):
        was = original[id(pair.before)] if pair.before is not None else None
        fields = _fields(kind, pair, in_full=in_full)
        if fields or pair.before is None or pair.after is None:
            drafts.append(_draft(sides, kind, (old, new), was, pair.after, fields))
    return drafts


def _fields(kind: str, pair: RowPair, *, in_full: bool) -> tuple[FieldChange, ...]:
    """``in_full``: in the host's own namespace, all of whose sysctls are read."""
    if pair.before is None or pair.after is None:
        return ()
    fields = differing(kind, columns(pair.before), columns(pair.after))
    if isinstance(pair.after, FirewallEntry) and not pair.moved:
        # A rule's number changes with every rule before it.
        fields = tuple(change for change in fields if change.name != "position")
    if kind == "sysctl" and not in_full:
        # Of a namespace that forwards for nobody few are read (docs/capture.md): one side's lack says nothing.
        fields = tuple(change for change in fields if change.before is not None and change.after is not None)
    return fields


def _draft(
    sides: Sides,
    kind: str,
    spot: tuple[str | None, str | None],
    was: Fact | None,
    now: Fact | None,
    fields: tuple[FieldChange, ...],
) -> Draft:
    shown = now or was
    assert shown is not None
    action: Action = "changed"
    if now is None:
        action = sides.only("before", kind, *spot)
    elif was is None:
        action = sides.only("after", kind, spot[1], spot[0])
    scope = sides.after.scopes[spot[1]] if spot[1] is not None else sides.before.scopes[spot[0] or ""]
    return Draft(
        kind=kind,
        action=action,
        scope=scope,
        name=row_name(shown),
        before=columns(was) if was is not None else None,
        after=columns(now) if now is not None else None,
        fields=fields,
        matched_by=None if action != "changed" else "same subject",
        confidence=None if action != "changed" else "strong",
        namespaces=spot,
        old=was,
        new=now,
    )
