"""Changes of rows: addresses, routes, rules, neighbours, FDB entries."""

from __future__ import annotations

from analyze.diff.draft import Draft
from analyze.diff.fields import differing
from analyze.diff.rename import translate
from analyze.diff.rows import pair_rows
from analyze.diff.sides import Sides
from analyze.facts import columns, row_name
from reports.model import Action
from snapshot.model.kinds import Fact
from snapshot.store.loaded import Place

ROW_KINDS = ("address", "route", "rule", "neighbour", "fdb")


def row_changes(sides: Sides) -> list[Draft]:
    """All of them, for namespaces that stayed, were re-created, came or went."""
    now = sides.now_called
    spots: list[tuple[str | None, str | None]] = [*now.items()]
    spots += [(ns.key, None) for ns in sides.matches.namespaces.removed]
    spots += [(None, ns.key) for ns in sides.matches.namespaces.added]
    return [draft for old, new in spots for kind in ROW_KINDS for draft in _rows(sides, kind, old, new)]


def _rows(sides: Sides, kind: str, old: str | None, new: str | None) -> list[Draft]:
    before = sides.pair.before_rows.get(Place(namespace=old, kind=kind), ()) if old is not None else ()
    after = sides.pair.after_rows.get(Place(namespace=new, kind=kind), ()) if new is not None else ()
    if not before and not after:
        return []
    names = sides.matches.names.get(old, {}) if old is not None else {}
    translated = [translate(row, names) for row in before]
    original = {id(now): row for now, row in zip(translated, before, strict=True)}
    drafts = []
    for pair in pair_rows(translated, after):
        was = original[id(pair.before)] if pair.before is not None else None
        drafts.append(_draft(sides, kind, (old, new), was, pair.before, pair.after))
    return drafts


def _draft(
    sides: Sides,
    kind: str,
    spot: tuple[str | None, str | None],
    was: Fact | None,
    translated: Fact | None,
    now: Fact | None,
) -> Draft:
    shown = now or was
    assert shown is not None
    action: Action = "changed"
    if now is None:
        action = sides.only("before", kind, *spot)
    elif was is None:
        action = sides.only("after", kind, spot[1], spot[0])
    fields = differing(kind, columns(translated), columns(now)) if translated is not None and now is not None else ()
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
