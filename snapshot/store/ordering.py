"""Canonical order: equal facts give equal digests, whatever order the kernel told them in."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from operator import eq, itemgetter
from typing import Any

from snapshot.model.json import canonical

Row = tuple[Any, ...]


def in_order(rows: list[Row], leading: Sequence[int]) -> list[Row]:
    """Rows by their leading columns, NULL first; those that these do not tell apart, by their canonical JSON.

    Raises ``TypeError`` where a column holds values that cannot be compared.
    """
    if len(rows) < 2:
        return rows
    place = itemgetter(*leading)
    try:
        placed = sorted(rows, key=place)
        told = [place(row) for row in placed]
    except TypeError:
        # NULL, which is no value to compare: it comes first.
        keys = [tuple((row[column] is not None, row[column]) for column in leading) for row in rows]
        pairs = sorted(zip(keys, rows, strict=True), key=itemgetter(0))
        placed, told = [row for _, row in pairs], [key for key, _ in pairs]
    if not any(map(eq, told, told[1:])):
        return placed
    settled: list[Row] = []
    for _, run in groupby(zip(told, placed, strict=True), key=itemgetter(0)):
        alike = [row for _, row in run]
        settled += alike if len(alike) == 1 else sorted(alike, key=canonical)
    return settled
