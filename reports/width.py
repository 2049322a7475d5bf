"""How wide text is on a grid of equal cells: a terminal's, or a monospaced font's."""

from __future__ import annotations

from collections.abc import Iterable

ELLIPSIS = "…"


def cells(text: str) -> int:
    """How many cells a text takes: East Asian wide characters take two, combining ones none."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len  # noqa: PLC0415  # few texts need it

    return cell_len(text)


def cut(text: str, limit: int) -> str:
    """``text`` in at most ``limit`` cells: an ellipsis stands for its middle, since names differ at both ends."""
    if cells(text) <= limit:
        return text
    room = max(limit - 1, 0)
    tail = _fitting(reversed(text), room * 2 // 5)[::-1]
    return _fitting(text, room - cells(tail)) + ELLIPSIS + tail


def _fitting(text: Iterable[str], room: int) -> str:
    kept = ""
    for char in text:
        if cells(kept + char) > room:
            break
        kept += char
    return kept
