"""What was read, what was not, and why."""

from __future__ import annotations

from typing import Literal

from snapshot.model.frozen import frozen

Status = Literal["complete", "torn", "failed", "skipped"]


@frozen
class Coverage:
    """The outcome of reading some kinds in one place; kinds with the same outcome share a record.

    namespace    ``Namespace.key``, or None
    runtime      ``Runtime.endpoint``, or None. Both None: it is about the host as a whole
    place        what to call a place that has neither (a namespace that vanished before its key was known)
    kinds        kinds concerned, sorted ("namespace" stands for finding namespaces themselves)
    status       complete: read, and true at one moment. torn: read, but it kept changing meanwhile, rows may be missing
                 or doubled. failed: an error. skipped: not tried (vanished, no time left, no privilege)
    error        one line, None when complete
    attempts     how often the dump was tried
    started_us, finished_us   microseconds after the snapshot's ``started_at``
    """

    namespace: str | None = None
    runtime: str | None = None
    place: str | None = None
    kinds: tuple[str, ...]
    status: Status
    error: str | None = None
    attempts: int = 1
    started_us: int = 0
    finished_us: int = 0
