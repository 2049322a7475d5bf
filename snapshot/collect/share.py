"""Reading a host's namespaces: entered, drained, decoded and packed, one after the other; on a host of many, by two processes.

Draining is the kernel's work and decoding Python's: a second process halves the time where there is a second core. It is
forked before there are threads, takes most of the namespaces, and leaves what it read in memory that it shares with the agent.
If it dies or is not done in time, its namespaces are skipped with that reason.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import pickle
import signal
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

from snapshot.collect.decode import Decoding
from snapshot.collect.firewall.tools import end_all
from snapshot.collect.namespaces.enter import tour
from snapshot.collect.namespaces.find import Found
from snapshot.collect.netlink.dumps import RawNamespace, netns_cookie, read_namespace
from snapshot.collect.nsids import LinkEnd, link_ends
from snapshot.collect.sources import SOURCES
from snapshot.collect.waiting import readable
from snapshot.model.kinds import Fact
from snapshot.model.plural import plural
from snapshot.model.snapshot import Section
from snapshot.model.timer import Timer

ALIKE = frozenset({"rule", "qdisc", *(kind for kind, source in SOURCES.items() if source.nameless)})
"""Kinds whose rows are often the same tuple in many namespaces."""

MANY = 24
"""Namespaces from which on a second process is worth its fork."""

OWN, OF = 4, 9
"""The agent itself reads so many of each so many namespaces. The host is among them, which has a port for each of the others to
decode; the second process has to hand over what it read."""

IDENTIFYING = 2.0
"""Seconds beyond the budget for asking namespaces who they are: 1,000 take a tenth of that."""

ENDING = 0.5
"""Seconds that the second process has for ending by itself."""

PR_SET_PDEATHSIG = 1

Pack = Callable[[str, Section], Section]
Progress = Callable[[str], None]


@dataclass(slots=True, kw_only=True)
class Outcome:
    """What became of one namespace. ``raw`` tells how the reading went, its payloads are gone; ``skipped`` why there was none.

    ``ends`` are its links that lead into other namespaces.
    """

    key: str
    raw: RawNamespace | None = None
    skipped: str | None = None
    sections: dict[str, Section] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)
    ends: tuple[LinkEnd, ...] = ()


def read_all(
    found: Sequence[Found], kinds: tuple[str, ...], deadline: float, pack: Pack, progress: Progress
) -> list[Outcome]:
    """Read all namespaces, in the order given. ``deadline`` is in ``time.monotonic()`` seconds."""
    if len(found) < MANY or len(os.sched_getaffinity(0)) < 2:
        return read_share(found, kinds, deadline, pack, progress)
    own, theirs = ([place for number, place in enumerate(found) if is_own(number) is mine] for mine in (True, False))
    with _Helper(theirs, kinds, deadline, pack) as helper:
        mine = iter(read_share(own, kinds, deadline, pack, progress))
        others = iter(helper.outcomes())
    return [next(mine if is_own(number) else others) for number in range(len(found))]


def is_own(number: int) -> bool:
    """Whether the agent itself reads the namespace of this number."""
    return number % OF < OWN


def read_share(
    found: Sequence[Found], kinds: tuple[str, ...], deadline: float, pack: Pack, progress: Progress
) -> list[Outcome]:
    """Read some namespaces in this process."""
    read = partial(read_namespace, kinds, {kind: source.read for kind, source in SOURCES.items() if kind in kinds})
    try:
        raws = tour([(None if f.host else f.handle, read) for f in found], deadline - time.monotonic())
    finally:
        end_all()
    outcomes: list[Outcome] = []
    for place, raw in zip(found, raws, strict=True):
        outcome = Outcome(key=f"inode:{place.inode}")
        outcomes.append(outcome)
        if isinstance(raw, TimeoutError):
            outcome.skipped = "the time budget was over; give more with --timeout"
        elif isinstance(raw, OSError):
            outcome.skipped = f"cannot be entered ({raw.strerror or raw}); run the agent as root"
        else:
            outcome.raw = raw
            if raw.cookie is not None:
                outcome.key = f"cookie:{raw.cookie}"
    progress(f"read {plural(len(found), 'namespace')}")
    _identify([(place, outcome) for place, outcome in zip(found, outcomes, strict=True) if outcome.raw is None])
    _settle(outcomes, deadline)
    _decode(outcomes, pack)
    return outcomes


def _settle(outcomes: list[Outcome], deadline: float) -> None:
    """Find out what can only be found out when all has been read."""
    raws = [outcome.raw for outcome in outcomes if outcome.raw is not None]
    for kind, source in SOURCES.items():
        if source.settle is None:
            continue
        readings = [raw.readings[kind] for raw in raws if kind in raw.readings and raw.readings[kind].payloads]
        taken = source.settle([reading.payloads or () for reading in readings], deadline)
        for reading, payloads in zip(readings, taken, strict=True):
            reading.payloads = payloads


def unread(found: Sequence[Found], reason: str) -> list[Outcome]:
    """Namespaces that are not read, with their identity nevertheless, lest they be taken for gone and for new."""
    outcomes = [Outcome(key=f"inode:{place.inode}", skipped=reason) for place in found]
    _identify(list(zip(found, outcomes, strict=True)))
    return outcomes


def _identify(unread: list[tuple[Found, Outcome]]) -> None:
    """Give what there was no time to read its identity nevertheless, lest it be taken for gone and for new."""
    cookies = tour([(place.handle, netns_cookie) for place, _ in unread], IDENTIFYING) if unread else []
    for (_, outcome), cookie in zip(unread, cookies, strict=True):
        if isinstance(cookie, int):
            outcome.key = f"cookie:{cookie}"


def _decode(outcomes: list[Outcome], pack: Pack) -> None:
    """Turn what was drained into facts, and pack them."""
    decoding = Decoding()
    packed: dict[tuple[str, int], tuple[tuple[Fact, ...], Section]] = {}

    def packed_once(kind: str, rows: tuple[Fact, ...]) -> Section:
        # Rows that many namespaces have alike come as one tuple, as do none at all.
        alike = packed.get((kind, id(rows)))
        if alike is None:
            alike = rows, pack(kind, rows)
            if kind in ALIKE or not rows:
                packed[kind, id(rows)] = alike
        return alike[1]

    for outcome in outcomes:
        if outcome.raw is None:
            continue
        sections, outcome.failures = decoding.namespace(outcome.raw.readings)
        outcome.ends = link_ends(sections.get("link", ()))
        late: tuple[Timer, ...] = ()
        for kind, rows in sections.items():
            if isinstance(rows, tuple):
                outcome.sections[kind] = packed_once(kind, (*rows, *late) if kind == "timer" and late else rows)
            else:
                outcome.sections[kind] = pack(kind, rows)
                # What runs among very many routes is known when these have been gone through.
                late = rows.timers
        for reading in outcome.raw.readings.values():
            reading.payloads, reading.parts = None, ()


class _Helper:
    """The second process, with a share of the namespaces."""

    def __init__(self, found: Sequence[Found], kinds: tuple[str, ...], deadline: float, pack: Pack) -> None:
        self._found = found
        self._deadline = deadline
        self._memory = os.memfd_create("netlapse-share")
        self._alive, writer = os.pipe()
        parent = os.getpid()
        self._pid = os.fork()
        if self._pid == 0:
            status = 1
            try:
                ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
                signal.signal(signal.SIGINT, signal.SIG_IGN)
                signal.signal(signal.SIGTERM, signal.default_int_handler)
                if os.getppid() == parent:
                    with os.fdopen(self._memory, "wb") as memory:
                        pickle.dump(read_share(found, kinds, deadline, pack, lambda _: None), memory, protocol=5)
                    status = 0
            finally:
                os._exit(status)
        os.close(writer)

    def __enter__(self) -> _Helper:
        return self

    def __exit__(self, *_: object) -> None:
        # It ends the tools that it runs, if it has a moment for it.
        for number in (signal.SIGTERM, signal.SIGKILL):
            with contextlib.suppress(OSError):
                os.kill(self._pid, number)
            if readable([self._alive], ENDING):
                break
        with contextlib.suppress(OSError):
            os.waitpid(self._pid, 0)
        os.close(self._alive)
        os.close(self._memory)

    def outcomes(self) -> list[Outcome]:
        """Its outcomes; waits for them a little longer than the deadline, for it may be identifying."""
        left = max(0.0, self._deadline - time.monotonic()) + IDENTIFYING
        ended = readable([self._alive], left)
        size = os.fstat(self._memory).st_size
        try:
            if ended and size:
                # Not a stranger's bytes: our own process wrote them, into memory nobody else has.
                with os.fdopen(os.dup(self._memory), "rb") as memory:
                    memory.seek(0)
                    outcomes: list[Outcome] = pickle.load(memory)  # noqa: S301
                return outcomes
        except (pickle.UnpicklingError, EOFError):
            pass
        reason = "the process that read it was ended; capture again" if ended else "the time budget was over"
        return unread(self._found, reason)
