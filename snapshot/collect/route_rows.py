"""Routes of a large table on their way into batches: datagrams taken apart by columns, and single rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache, lru_cache, partial
from itertools import repeat
from operator import add
from socket import AF_INET, AF_INET6, inet_ntop, inet_pton
from struct import Struct
from typing import Any, NamedTuple, TypeAlias

from snapshot.collect.netlink.transport import NLMSG, Run
from snapshot.collect.routes import device
from snapshot.collect.templates import Layout, Template
from snapshot.model.route import Route

Place: TypeAlias = tuple[bytes, int, int, tuple[bool, int]]


class Row(NamedTuple):
    """A route on its way into a batch: its destination's bytes, its own values, and a route alike in all else."""

    address: bytes
    own: tuple[str | None, str | None, str | None, str | None]
    sample: Route

    @property
    def place(self) -> Place:
        """Where it stands in its table, but for routes that differ in device or gateway only."""
        length = -int(self.sample.dst.rpartition("/")[2])
        metric = self.sample.metric
        return self.address, length, self.sample.tos, (metric is not None, metric or 0)


class Columns(NamedTuple):
    """A datagram taken apart: its routes' own columns, the bytes of their destinations, the template of each."""

    columns: tuple[Sequence[str | None], ...]
    addresses: Sequence[bytes]
    templates: list[Template | None]

    @classmethod
    def of(cls, layout: Layout, run: Run, names: Mapping[int, str]) -> Columns | None:
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

    def row(self, at: int, sample: Route) -> Row:
        """One of the routes."""
        destination, gateway, dev, source = (column[at] for column in self.columns)
        return Row(self.addresses[at], (destination, gateway, dev, source), sample)


@lru_cache(maxsize=10_000)
def _ip(raw: bytes) -> str:
    """An address: gateways and sources are few."""
    return inet_ntop(AF_INET if len(raw) == 4 else AF_INET6, raw)


@cache
def _unpacker(layout: str, size: int) -> Callable[[bytes], Iterator[tuple[Any, ...]]]:
    """Takes apart all messages of a datagram; what is between the end of a message and the next is passed over."""
    told = Struct(f"={NLMSG.size}x{layout}")
    return Struct(f"={NLMSG.size}x{layout}{size - told.size}x").iter_unpack


def table_of(route: Route) -> tuple[str, str]:
    return route.family, route.table


def row_of(route: Route) -> Row:
    address = route.dst.rpartition("/")[0]
    packed = inet_pton(AF_INET6 if route.family == "inet6" else AF_INET, address)
    return Row(packed, (route.dst, route.gateway, route.dev, route.prefsrc), route)
