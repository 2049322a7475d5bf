"""The rows of one kind: what `netlapse show --kind K` prints."""

from __future__ import annotations

from collections.abc import Sequence

from reports.model import Facts
from reports.safe import make_visible
from reports.text.paint import Paint, columns, flow
from reports.width import cells
from reports.words import is_empty, value_text

GAP = "  "


def render(rows: Sequence[Facts], *, width: int, color: bool) -> str:
    """Rows as a table where it fits into ``width``, else as one paragraph a row. Ends with a newline.

    Columns that are empty in every row are left out; nothing else is.
    """
    if not rows:
        return "none\n"
    paint = Paint(color)
    names = [name for name in rows[0] if any(not is_empty(row.get(name)) for row in rows)]
    table = [[_cell(row, name) for name in names] for row in rows]
    head, *body = columns([[make_visible(name) for name in names], *table])
    if cells(GAP.join(head)) <= width:
        lines = [paint(GAP.join(head).rstrip(), "dim"), *(GAP.join(line).rstrip() for line in body)]
    else:
        lines = [line for row in rows for line in _paragraph(row, names, paint, width)]
    return "\n".join(lines) + "\n"


def _cell(row: Facts, name: str) -> str:
    value = row.get(name)
    return "" if is_empty(value) else value_text(value)


def _paragraph(row: Facts, names: Sequence[str], paint: Paint, width: int) -> list[str]:
    scope = paint(_cell(row, "scope"), "strong")
    rest = [f"{make_visible(name)} {_cell(row, name)}" for name in names if name != "scope" and _cell(row, name)]
    return [scope, *flow(rest, width=width, indent="    ")]
