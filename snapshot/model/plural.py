"""A number and its word, as people write it."""

from __future__ import annotations


def plural(number: int, one: str, many: str | None = None) -> str:
    """ "1 route", "2 routes", "10,000 routes"; ``many`` is for a word that takes more than an s."""
    return f"{number:,} {one if number == 1 else many or f'{one}s'}"
