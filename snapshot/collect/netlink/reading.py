"""The outcome of reading one kind in one namespace."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True, kw_only=True)
class Reading:
    """What was drained. ``payloads`` is None when it failed, with the reason in ``error``."""

    kind: str
    payloads: tuple[bytes, ...] | None = None
    torn: bool = False
    error: str | None = None
    attempts: int = 0
