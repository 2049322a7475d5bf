"""Attributes by tables of our own, for the kinds that pyroute2 decodes in part or not at all.

What is not in a table is kept as hex under its number, and a value of another size than the table says as hex under its name.
Only attributes that do not fill their message are an error: then nobody knows what was lost.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Mapping
from typing import TypeAlias

from snapshot.collect.netlink.readers import NLA, NLA_TYPE_MASK, OtherwiseError, Reader, Table, skip
from snapshot.collect.netlink.transport import NetlinkError
from snapshot.model.json import Json

Tables: TypeAlias = Mapping[str, Table]
"""The tables of a nest that means something else for each kind of object (TCA_OPTIONS, IFLA_INFO_DATA)."""


def header(what: str, layout: struct.Struct, payload: bytes) -> tuple[int, ...]:
    """The fields of a message's fixed header. Raises ``NetlinkError`` for a message that is shorter."""
    if len(payload) < layout.size:
        raise NetlinkError(f"{what}: a message is shorter than its header")
    return layout.unpack_from(payload)


def walk(what: str, raw: bytes, offset: int = 0) -> Iterator[tuple[int, bytes]]:
    """The attributes from ``offset`` to the end: (number, value). Raises ``NetlinkError`` unless they fill it."""
    size = len(raw)
    unpack = NLA.unpack_from
    while offset < size:
        length, number = unpack(raw, offset) if offset + 4 <= size else (0, 0)
        if length < 4 or offset + length > size:
            raise NetlinkError(f"{what}: a message is cut within an attribute")
        yield number & NLA_TYPE_MASK, raw[offset + 4 : offset + length]
        offset += (length + 3) & ~3


def read_nest(what: str, table: Table, raw: bytes, offset: int = 0) -> dict[str, Json]:
    """The attributes by name; one that is there twice has a tuple of its values. Raises ``NetlinkError``."""
    found: dict[str, Json] = {}
    for number, value in walk(what, raw, offset):
        name, read = table.get(number) or (f"attr_{number}", bytes.hex)
        if read is skip:
            continue
        told = _told(read, value)
        if name in found:
            earlier = found[name]
            found[name] = (*earlier, told) if isinstance(earlier, tuple) else (earlier, told)
        else:
            found[name] = told
    return found


def _told(read: Callable[[bytes], Json], value: bytes) -> Json:
    try:
        return read(value)
    except OtherwiseError:
        return value.hex()


def nest(what: str, table: Table) -> Reader:
    """A reader of attributes within an attribute."""
    return lambda raw: read_nest(what, table, raw)


def listed(what: str, read: Reader) -> Reader:
    """A reader of a list: attributes within an attribute whose numbers only count."""
    return lambda raw: tuple(_told(read, value) for _, value in walk(what, raw))


def flag(raw: bytes) -> Json:
    """An attribute that says something by being there."""
    if raw:
        raise OtherwiseError
    return True


def chosen(names: tuple[str, ...], read: Reader) -> Reader:
    """A reader of a number by its name; one that has none as it is."""

    def told(raw: bytes) -> Json:
        number = read(raw)
        return names[number] if isinstance(number, int) and number < len(names) else number

    return told
