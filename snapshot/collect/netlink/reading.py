"""The outcome of reading one kind in one namespace."""

from __future__ import annotations

from dataclasses import dataclass

from snapshot.collect.netlink.transport import Run


@dataclass(slots=True, kw_only=True)
class Reading:
    """What was drained. ``payloads`` is None when it failed, with the reason in ``error``.

    A dump of very many routes is left as it came: ``parts`` holds it then, and ``payloads`` is empty.
    """

    kind: str
    payloads: tuple[bytes, ...] | None = None
    parts: tuple[bytes | Run, ...] = ()
    torn: bool = False
    error: str | None = None
    attempts: int = 0
