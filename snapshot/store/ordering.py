"""Canonical order: equal facts give equal digests, whatever order the kernel told them in."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import groupby
from operator import eq, itemgetter
from socket import AF_INET, AF_INET6, inet_pton
from typing import Any

from snapshot.model.json import canonical

Row = tuple[Any, ...]


def in_order(rows: list[Row], leading: Sequence[int], prefix: int | None = None) -> list[Row]:
    """Rows by their leading columns, NULL first; those that these do not tell apart, by their canonical JSON.

    ``prefix``: which of the leading columns is a prefix. Raises ``TypeError`` where a column holds values that cannot be
    compared.
    """
    if len(rows) < 2:
        return rows
    place = itemgetter(*leading) if len(leading) > 1 else lambda row, at=leading[0]: (row[at],)
    try:
        placed = (
            sorted(rows, key=place) if prefix is None else sorted(rows, key=lambda row: _by_prefix(place(row), prefix))
        )
        told = [place(row) for row in placed]
    except TypeError:
        # NULL, which is no value to compare: it comes first.
        keys = [
            tuple(
                (value is not None, value)
                for value in (place(row) if prefix is None else _by_prefix(place(row), prefix))
            )
            for row in rows
        ]
        pairs = sorted(zip(keys, rows, strict=True), key=itemgetter(0))
        placed, told = [row for _, row in pairs], [key for key, _ in pairs]
    if not any(map(eq, told, told[1:])):
        return placed
    settled: list[Row] = []
    for _, run in groupby(zip(told, placed, strict=True), key=itemgetter(0)):
        alike = [row for _, row in run]
        settled += alike if len(alike) == 1 else sorted(alike, key=canonical)
    return settled


def _by_prefix(values: Row, at: int) -> Row:
    return (*values[:at], prefix_key(values[at]), *values[at + 1 :])


@lru_cache(maxsize=10_000)
def prefix_key(text: str) -> tuple[int, bytes, int]:
    """Where a prefix stands among others: by address, the longest of one address first; what is no prefix last, as text."""
    address, _, length = text.rpartition("/")
    try:
        return 0, inet_pton(AF_INET6 if ":" in address else AF_INET, address), -int(length)
    except (OSError, ValueError):
        return 1, text.encode("utf-8", "surrogatepass"), 0
