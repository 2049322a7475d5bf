"""Counts of the firewall's objects, which are no part of its configuration."""

from __future__ import annotations

from collections.abc import Iterator

from snapshot.model.counter import Counter


def counted(key: str, **values: str | int | None) -> Iterator[Counter]:
    """A counter, if anything was counted. ``key`` says of what: "backend family table chain position"."""
    found = {name: int(value) for name, value in values.items() if value is not None and int(value)}
    if found:
        yield Counter(of="firewall", key=key, values=found)
