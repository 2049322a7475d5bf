"""Routes by the hundred thousand: kept as the kernel sent them, and made into rows a datagram at a time.

The routes of a big table are alike but for their destinations and gateways. The messages of one datagram have one length then,
and one unpacking with their layout (``templates``) takes all of them apart; what is not alike is decoded one by one. The kernel
sends a table in the order of its addresses, which is the canonical one; a table that comes otherwise is sorted.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain, groupby, islice
from operator import attrgetter, itemgetter, lt
from typing import Protocol, TypeAlias, cast

from snapshot.collect.netlink.transport import NLMSG, Run
from snapshot.collect.route_rows import Columns, Place, Row, row_of, table_of
from snapshot.collect.templates import Templates
from snapshot.model.kinds import Fact
from snapshot.model.route import Route
from snapshot.model.snapshot import Batch, OutOfOrderError
from snapshot.model.timer import Timer
from snapshot.store.columns import CODECS
from snapshot.store.ordering import in_order

Part: TypeAlias = bytes | Run
"""One message's payload, or a datagram whose messages have one length."""


class Teller(Protocol):
    """What decodes single messages, and learns from them."""

    @property
    def templates(self) -> Templates: ...

    def tell(self, kind: str, payload: bytes, names: Mapping[int, str]) -> tuple[Fact | None, tuple[Timer, ...]]: ...


FEW = 1_000
"""Rows of a batch of a sorted table."""


class Routes:
    """The routes of one namespace; ``teller`` decodes what is not alike.

    ``timers`` are the lifetimes that run, once all rows have been gone through.
    """

    def __init__(self, parts: Sequence[Part], names: Mapping[int, str], teller: Teller) -> None:
        self._names = names
        self._teller = teller
        self._timers: dict[Timer, None] = {}
        self._tables: dict[tuple[str, str], list[Part]] = {}
        self._sorted: set[tuple[str, str]] = set()
        for part in parts:
            self._sort_in(part)

    @property
    def timers(self) -> tuple[Timer, ...]:
        """The lifetimes that run."""
        return tuple(self._timers)

    def __iter__(self) -> Iterator[Fact]:
        while True:
            try:
                facts = [fact for batch in self.batches() for fact in _facts(batch)]
            except OutOfOrderError:
                continue
            return iter(facts)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def batches(self) -> Iterator[Batch]:
        """All routes in canonical order, table by table."""
        for table in sorted(self._tables):
            yield from self._of_sorted(table) if table in self._sorted else self._of_table(table)

    def _sort_in(self, part: Part) -> None:
        """Put a part to its table; a datagram in which one table ends and another begins message by message."""
        if isinstance(part, Run):
            first, last = (self._route(part.payload(at)) for at in (0, part.messages - 1))
            if first is not None and last is not None and table_of(first) == table_of(last):
                self._tables.setdefault(table_of(first), []).append(part)
                return
            for payload in part.payloads():
                self._sort_in(payload)
            return
        found = self._route(part)
        if found is not None:
            self._tables.setdefault(table_of(found), []).append(part)

    def _route(self, payload: bytes) -> Route | None:
        """One route, None for what is none."""
        fact, timers = self._teller.tell("route", payload, self._names)
        self._timers.update(dict.fromkeys(timers))
        return cast(Route, fact) if fact is not None else None

    def _of_table(self, table: tuple[str, str]) -> Iterator[Batch]:
        last: Row | None = None
        waiting: list[Row] = []
        for part in self._tables[table]:
            if isinstance(part, bytes):
                waiting += self._single(part)
                if len(waiting) < FEW:
                    continue
            if waiting:
                last = self._checked(table, last, waiting)
                yield _batch(waiting)
                waiting = []
            if isinstance(part, Run):
                batch, last = self._of_run(table, part, last)
                yield batch
        if waiting:
            self._checked(table, last, waiting)
            yield _batch(waiting)

    def _single(self, payload: bytes) -> list[Row]:
        route = self._route(payload)
        return [] if route is None else [row_of(route)]

    def _checked(self, table: tuple[str, str], last: Row | None, rows: Sequence[Row]) -> Row | None:
        """The last of rows that continue a table. Raises ``OutOfOrderError`` if they do not, when the table has been sorted."""
        places = [row.place for row in ((last, *rows) if last is not None else rows)]
        if not all(map(lt, places, islice(places, 1, None))) or any(table_of(row.sample) != table for row in rows):
            self._sort(table)
            raise OutOfOrderError
        return rows[-1] if rows else last

    def _of_run(self, table: tuple[str, str], run: Run, last: Row | None) -> tuple[Batch, Row | None]:
        """The rows of a datagram."""
        layouts = self._teller.templates.layouts("route", run.length - NLMSG.size)
        for layout in layouts:
            taken = Columns.of(layout, run, self._names)
            if taken is None or None in taken.templates:
                continue
            samples: list[Route] = list(map(attrgetter("sample"), taken.templates))
            distinct = dict(zip(map(id, samples), samples, strict=True)).values()
            if any(table_of(sample) != table for sample in distinct):
                break
            addresses = taken.addresses
            ascending = all(map(lt, addresses, islice(addresses, 1, None)))
            if ascending and (last is None or last.address < addresses[0]):
                return Batch(taken.columns, samples), taken.row(-1, samples[-1])
            self._checked(table, last, [taken.row(at, sample) for at, sample in enumerate(samples)])
            return Batch(taken.columns, samples), taken.row(-1, samples[-1])
        rows = [row for payload in run.payloads() for row in self._single(payload)]
        return _batch(rows), self._checked(table, last, rows)

    def _sort(self, table: tuple[str, str]) -> None:
        """Put the messages of a table into order; those of other tables that were taken for its own go where they belong.

        A datagram that is in order and has no other route in its range stays one.
        """
        own: list[tuple[Place, Place, Part]] = []
        for part in self._tables.pop(table):
            ends = self._ends(table, part) if isinstance(part, Run) else None
            own += [(*ends, part)] if ends is not None else self._singles(table, part)
        own.sort(key=itemgetter(0))
        entangled: set[int] = set()
        furthest = 0
        for at in range(1, len(own)):
            if own[at][0] <= own[furthest][1]:
                entangled |= {at, furthest}
            if own[at][1] > own[furthest][1]:
                furthest = at
        if any(isinstance(own[at][2], Run) for at in entangled):
            apart = [[told] if at not in entangled else self._singles(table, told[2]) for at, told in enumerate(own)]
            own = sorted(chain.from_iterable(apart), key=itemgetter(0))
        self._tables[table] = [part for _, _, part in own]
        self._sorted.add(table)

    def _singles(self, table: tuple[str, str], part: Part) -> list[tuple[Place, Place, Part]]:
        """The messages of a part one by one, each with its place; not those of other tables."""
        own: list[tuple[Place, Place, Part]] = []
        for payload in part.payloads() if isinstance(part, Run) else (part,):
            route = self._route(payload)
            if route is None:
                continue
            if table_of(route) == table:
                place = row_of(route).place
                own.append((place, place, payload))
            else:
                self._tables.setdefault(table_of(route), []).append(payload)
                self._sorted.discard(table_of(route))
        return own

    def _ends(self, table: tuple[str, str], run: Run) -> tuple[Place, Place] | None:
        """The places of a datagram's first and last route, None if it is not in order or not of this table alone."""
        for layout in self._teller.templates.layouts("route", run.length - NLMSG.size):
            taken = Columns.of(layout, run, self._names)
            if taken is None or None in taken.templates:
                continue
            samples: list[Route] = list(map(attrgetter("sample"), taken.templates))
            distinct = dict(zip(map(id, samples), samples, strict=True)).values()
            ascending = all(map(lt, taken.addresses, islice(taken.addresses, 1, None)))
            if not ascending or any(table_of(sample) != table for sample in distinct):
                return None
            return taken.row(0, samples[0]).place, taken.row(-1, samples[-1]).place
        return None

    def _of_sorted(self, table: tuple[str, str]) -> Iterator[Batch]:
        """The rows of a table whose parts are in order; those of one place are put into order here."""
        for whole, parts in groupby(self._tables[table], key=lambda part: isinstance(part, Run)):
            if whole:
                yield from (self._of_run(table, cast(Run, part), None)[0] for part in parts)
            else:
                yield from self._of_singles(row for payload in parts for row in self._single(cast(bytes, payload)))

    def _of_singles(self, rows: Iterator[Row]) -> Iterator[Batch]:
        codec = CODECS["route"]
        waiting: list[Row] = []
        for _, same in groupby(rows, key=lambda row: row.place):
            alike = list(same)
            if len(alike) > 1:
                encoded = [codec.encode(row.sample) for row in alike]
                known = dict(zip(encoded, alike, strict=True))
                alike = [known[row] for row in in_order(encoded, codec.leading, codec.prefix)]
            waiting += alike
            if len(waiting) >= FEW:
                yield _batch(waiting)
                waiting = []
        if waiting:
            yield _batch(waiting)


def _facts(batch: Batch) -> Iterator[Fact]:
    """A batch's routes."""
    for destination, gateway, dev, source, sample in zip(*batch.columns, batch.samples, strict=True):
        own = {"dst": destination, "gateway": gateway, "dev": dev, "prefsrc": source}
        yield replace(cast(Route, sample), **own)


def _batch(rows: Sequence[Row]) -> Batch:
    columns = tuple(zip(*(row.own for row in rows), strict=True)) if rows else ((), (), (), ())
    return Batch(columns, [row.sample for row in rows])
