"""The snapshots in a file, one a line: what `netlapse ls` prints."""

from __future__ import annotations

from collections.abc import Sequence

from reports.listing import Listed
from reports.safe import make_visible
from reports.text.paint import Paint, columns
from reports.width import cells
from reports.words import redaction, when
from snapshot.model.plural import plural

_HEAD = ("id", "label", "host", "taken", "namespaces", "containers", "rows", "new rows", "status", "digest", "note")
_RIGHT = frozenset({0, 4, 5, 6, 7})
_NEEDED = 6
"""So many of the first columns are in the table at any width; the rest moves to a second line when it does not fit."""


def render(rows: Sequence[Listed], *, width: int, color: bool) -> str:
    """The snapshots of a file as a table, ending with a newline; two lines each where one would not fit."""
    paint = Paint(color)
    if not rows:
        return "no snapshots in this file\n"
    head, *body = columns([_HEAD, *map(_cells, rows)], right=_RIGHT)
    if cells("  ".join(head[:-1])) <= width:
        lines = ["  ".join(line).rstrip() for line in (head, *body)]
        return "\n".join([paint(lines[0], "dim"), *lines[1:]]) + "\n"
    lines = [paint("  ".join(head[:_NEEDED]).rstrip(), "dim")]
    for listed, line in zip(rows, body, strict=True):
        more = [f"{plural(listed.rows, 'row')} ({listed.added_rows:,} new)", *(c.strip() for c in line[8:])]
        lines += ["  ".join(line[:_NEEDED]).rstrip(), paint("    " + ", ".join(word for word in more if word), "dim")]
    return "\n".join(lines) + "\n"


def _cells(listed: Listed) -> tuple[str, ...]:
    snapshot = listed.snapshot
    return (
        str(snapshot.id),
        make_visible(snapshot.label) if snapshot.label is not None else "",
        make_visible(snapshot.host),
        when(snapshot.started_at),
        f"{listed.namespaces:,}",
        f"{listed.containers:,}",
        f"{listed.rows:,}",
        f"{listed.added_rows:,}",
        ", ".join(word for word in (make_visible(snapshot.status), redaction(snapshot)) if word),
        make_visible(snapshot.digest[:12]),
        make_visible(snapshot.note) if snapshot.note is not None else "",
    )
