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
    keys: list[list[Any]] = []
    for column in leading:
        distinct = {row[column] for row in rows}
        # A column in which all rows are alike decides nothing; most columns of a big table are.
        if len(distinct) == 1:
            continue
        values = [row[column] for row in rows]
        keys.append([(False,) if value is None else (True, value) for value in values] if None in distinct else values)
    if not keys:
        return sorted(rows, key=canonical)
    placed = sorted(zip(zip(*keys, strict=True), rows, strict=True), key=itemgetter(0))
    told = [key for key, _ in placed]
    if not any(map(eq, told, told[1:])):
        return [row for _, row in placed]
    settled: list[Row] = []
    for _, run in groupby(placed, key=itemgetter(0)):
        alike = [row for _, row in run]
        settled += alike if len(alike) == 1 else sorted(alike, key=canonical)
    return settled
