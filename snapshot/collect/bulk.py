"""Routes by the hundred thousand: kept as the kernel sent them, and made into rows a datagram at a time.

The routes of a big table are alike but for their destinations and gateways. The messages of one datagram have one length then,
and one unpacking with their layout (``templates``) takes all of them apart; what is not alike is decoded one by one. The kernel
sends a table in the order of its addresses, which is the canonical one; a table that comes otherwise is sorted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache, lru_cache, partial
from itertools import groupby, islice, repeat
from operator import add, attrgetter, itemgetter, lt
from socket import AF_INET, AF_INET6, inet_ntop, inet_pton
from struct import Struct
from typing import Any, NamedTuple, Protocol, TypeAlias, cast

from snapshot.collect.netlink.transport import NLMSG, Run
from snapshot.collect.routes import device
from snapshot.collect.templates import Layout, Template, Templates
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


class _Row(NamedTuple):
    """A route on its way into a batch: its destination's bytes, its own values, and a route alike in all else."""

    address: bytes
    own: tuple[str | None, str | None, str | None, str | None]
    sample: Route

    @property
    def place(self) -> tuple[bytes, int, int, tuple[bool, int]]:
        """Where it stands in its table, but for routes that differ in device or gateway only."""
        length = -int(self.sample.dst.rpartition("/")[2])
        metric = self.sample.metric
        return self.address, length, self.sample.tos, (metric is not None, metric or 0)


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
            if first is not None and last is not None and _table(first) == _table(last):
                self._tables.setdefault(_table(first), []).append(part)
                return
            for payload in part.payloads():
                self._sort_in(payload)
            return
        found = self._route(part)
        if found is not None:
            self._tables.setdefault(_table(found), []).append(part)

    def _route(self, payload: bytes) -> Route | None:
        """One route, None for what is none."""
        fact, timers = self._teller.tell("route", payload, self._names)
        self._timers.update(dict.fromkeys(timers))
        return cast(Route, fact) if fact is not None else None

    def _of_table(self, table: tuple[str, str]) -> Iterator[Batch]:
        last: _Row | None = None
        waiting: list[_Row] = []
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

    def _single(self, payload: bytes) -> list[_Row]:
        route = self._route(payload)
        return [] if route is None else [_row(route)]

    def _checked(self, table: tuple[str, str], last: _Row | None, rows: Sequence[_Row]) -> _Row | None:
        """The last of rows that continue a table. Raises ``OutOfOrderError`` if they do not, when the table has been sorted."""
        places = [row.place for row in ((last, *rows) if last is not None else rows)]
        if not all(map(lt, places, islice(places, 1, None))) or any(_table(row.sample) != table for row in rows):
            self._sort(table)
            raise OutOfOrderError
        return rows[-1] if rows else last

    def _of_run(self, table: tuple[str, str], run: Run, last: _Row | None) -> tuple[Batch, _Row | None]:
        """The rows of a datagram."""
        layouts = self._teller.templates.layouts("route", run.length - NLMSG.size)
        for layout in layouts:
            taken = _Columns.of(layout, run, self._names)
            if taken is None or None in taken.templates:
                continue
            samples: list[Route] = list(map(attrgetter("sample"), taken.templates))
            distinct = dict(zip(map(id, samples), samples, strict=True)).values()
            if any(_table(sample) != table for sample in distinct):
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
        """Put the messages of a table into order; those of other tables that were taken for its own go where they belong."""
        own: list[tuple[tuple[Any, ...], bytes]] = []
        for part in self._tables.pop(table):
            for payload in part.payloads() if isinstance(part, Run) else (part,):
                route = self._route(payload)
                if route is None:
                    continue
                if _table(route) == table:
                    own.append((_row(route).place, payload))
                else:
                    self._tables.setdefault(_table(route), []).append(payload)
                    self._sorted.discard(_table(route))
        own.sort(key=itemgetter(0))
        self._tables[table] = [payload for _, payload in own]
        self._sorted.add(table)

    def _of_sorted(self, table: tuple[str, str]) -> Iterator[Batch]:
        """The rows of a table whose messages are in order; those of one place are put into order here."""
        codec = CODECS["route"]
        rows = (row for payload in cast(list[bytes], self._tables[table]) for row in self._single(payload))
        waiting: list[_Row] = []
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


class _Columns(NamedTuple):
    """A datagram taken apart: its routes' own columns, the bytes of their destinations, the template of each."""

    columns: tuple[Sequence[str | None], ...]
    addresses: Sequence[bytes]
    templates: list[Template | None]

    @classmethod
    def of(cls, layout: Layout, run: Run, names: Mapping[int, str]) -> _Columns | None:
        """Take apart a datagram by one layout, None if that is not the one of its first message."""
        parts = list(zip(*_unpacker(layout.format, run.size)(run.datagram), strict=True))
        templates = list(map(layout.templates.get, zip(*parts[::2], strict=True)))
        if templates[0] is None:
            return None
        columns: dict[str, Sequence[Any]] = {slot.name: parts[at] for at, slot in layout.read}
        distinct = {id(template): template for template in templates if template is not None}
        addresses = columns.get("dst")
        if addresses is None:
            addresses = [bytes(16 if templates[0].fixed["family"] == "inet6" else 4)] * len(templates)
        family = AF_INET if len(addresses[0]) == 4 else AF_INET6
        shown = map(inet_ntop, repeat(family), addresses)
        lengths = {number: f"/{template.fixed['dst'].rpartition('/')[2]}" for number, template in distinct.items()}
        if len(distinct) == 1:
            (length,) = lengths.values()
            destinations = [f"{address}{length}" for address in shown]
        else:
            destinations = list(map(add, shown, map(lengths.get, map(id, templates), repeat(""))))

        def told(name: str, column: str, read: Callable[[Any], str | None]) -> Sequence[str | None]:
            """A column of values of which there are few."""
            if name in columns:
                values = columns[name]
                return list(map({value: read(value) for value in set(values)}.__getitem__, values))
            return [None if template is None else template.fixed[column] for template in templates]

        gateways = told("gateway", "gateway", _ip)
        devs = told("oif", "dev", partial(device, names=names))
        sources = told("prefsrc", "prefsrc", _ip)
        return cls((destinations, gateways, devs, sources), addresses, templates)

    def row(self, at: int, sample: Route) -> _Row:
        """One of the routes."""
        destination, gateway, dev, source = (column[at] for column in self.columns)
        return _Row(self.addresses[at], (destination, gateway, dev, source), sample)


@lru_cache(maxsize=10_000)
def _ip(raw: bytes) -> str:
    """An address: gateways and sources are few."""
    return inet_ntop(AF_INET if len(raw) == 4 else AF_INET6, raw)


def _facts(batch: Batch) -> Iterator[Fact]:
    """A batch's routes."""
    for destination, gateway, dev, source, sample in zip(*batch.columns, batch.samples, strict=True):
        own = {"dst": destination, "gateway": gateway, "dev": dev, "prefsrc": source}
        yield replace(cast(Route, sample), **own)


@cache
def _unpacker(layout: str, size: int) -> Callable[[bytes], Iterator[tuple[Any, ...]]]:
    """Takes apart all messages of a datagram; what is between the end of a message and the next is passed over."""
    told = Struct(f"={NLMSG.size}x{layout}")
    return Struct(f"={NLMSG.size}x{layout}{size - told.size}x").iter_unpack


def _table(route: Route) -> tuple[str, str]:
    return route.family, route.table


def _row(route: Route) -> _Row:
    address = route.dst.rpartition("/")[0]
    packed = inet_pton(AF_INET6 if route.family == "inet6" else AF_INET, address)
    return _Row(packed, (route.dst, route.gateway, route.dev, route.prefsrc), route)


def _batch(rows: Sequence[_Row]) -> Batch:
    columns = tuple(zip(*(row.own for row in rows), strict=True)) if rows else ((), (), (), ())
    return Batch(columns, [row.sample for row in rows])
