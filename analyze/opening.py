"""The files of a comparison, held open, and what a second process does with them while this one gets on.

It looks them through while this one imports what compares them; then it reads them for itself, and makes the checks, while this
one matches and explains.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from analyze.aside import aside
from snapshot.model.frozen import frozen
from snapshot.store.connecting import Files
from snapshot.store.opening import check_seals, held, look_through
from snapshot.store.reference import SnapshotRef

if TYPE_CHECKING:
    from analyze.checks.run import Judged

MUCH = 500_000
"""Bytes that are worth a process: to look through so many takes twice as long as to begin it, and their checks much longer."""


@frozen
class Opened:
    """One file or two that are held open.

    looked_through  waits for what was found, and raises it; None where nobody looks at their structure
    judged          waits for what the checks say of either; None where nobody makes them
    """

    files: Files
    looked_through: Callable[[], None] | None = None
    judged: Callable[[], tuple[Judged, Judged]] | None = None


@contextmanager
def opened_pair(before: SnapshotRef, after: SnapshotRef) -> Iterator[Opened]:
    """The files of two snapshots. Raises ``FileError``; without a second process also for bytes that are not those written."""
    with held(before.path, after.path) as files:
        much = sum(file.size for file in files) >= MUCH
        with aside(lambda: look_through(files), lambda: _judged(files, before, after), worth=much) as working:
            if working.beside:
                yield Opened(files=files, looked_through=working.first, judged=working.then)
            else:
                # Who reads them looks at their structure by the connection that it has.
                check_seals(files)
                yield Opened(files=files)


def _judged(files: Files, before: SnapshotRef, after: SnapshotRef) -> tuple[Judged, Judged]:
    from analyze.checks.findings import judged_pair
    from snapshot.store.pairs import checked_beside

    return judged_pair(*checked_beside(files, before, after))
