"""Taking attributes out of a message one by one, so that what nobody asked for is left over and kept."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping

from snapshot.collect.netlink.transport import NetlinkError
from snapshot.model.json import Json


class Attributes:
    """The attributes of one message; each ``take`` removes one. Raises ``NetlinkError`` for one of an unexpected type."""

    def __init__(self, kind: str, attributes: Mapping[str, Json]) -> None:
        self._kind = kind
        self._left = dict(attributes)

    def number(self, name: str) -> int | None:
        """An integer, None if it is not there."""
        value = self._left.pop(name, None)
        if value is None or isinstance(value, int):
            return value
        raise self._odd(name)

    def needed(self, name: str) -> int:
        """An integer that has to be there."""
        value = self.number(name)
        if value is None:
            raise NetlinkError(self._kind, message=f"a message has no {name}")
        return value

    def flag(self, name: str) -> bool:
        """Whether it is there, for an attribute that has no value."""
        value = self._left.pop(name, False)
        if isinstance(value, bool):
            return value
        raise self._odd(name)

    def hex_number(self, name: str) -> int | None:
        """An integer in the host's byte order that pyroute2 left undecoded, None if it is not there."""
        value = self.text(name)
        return None if value is None else int.from_bytes(bytes.fromhex(value), sys.byteorder)

    def text(self, name: str) -> str | None:
        """A text, None if it is not there."""
        value = self._left.pop(name, None)
        if value is None or isinstance(value, str):
            return value
        raise self._odd(name)

    def nested(self, name: str) -> dict[str, Json]:
        """A nested set of attributes, empty if it is not there."""
        value = self._left.pop(name, None)
        if value is None:
            return {}
        if isinstance(value, Mapping):
            return dict(value)
        raise self._odd(name)

    def items(self, name: str) -> tuple[Json, ...]:
        """A list, empty if it is not there."""
        value = self._left.pop(name, None)
        if value is None:
            return ()
        return tuple(value) if isinstance(value, tuple | list) else (value,)

    def drop(self, names: Iterable[str]) -> None:
        """Leave out what belongs to another kind (counters, ages)."""
        for name in names:
            self._left.pop(name, None)

    def rest(self) -> dict[str, Json]:
        """What is left: kept as it is."""
        return self._left

    def _odd(self, name: str) -> NetlinkError:
        return NetlinkError(f"{self._kind}: attribute {name} is of an unexpected type")
