"""One tool's output as a payload: a line of JSON that says what it is, then the output."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, field
from typing import Any

from snapshot.model.frozen import frozen


@frozen
class Header:
    """What an output is.

    backend   as in ``FirewallEntry``
    family    the family it is about; "" for an output about all, or none
    tables    of a tool that lists more than was asked for: the tables (family, name) that count. Of ipset the sets there are
    objects   tables of which only sets, stateful objects and flowtables count, for another tool has told the rest
    dormant   tables that are switched off
    rules     what the kernel has: "family table chain" -> its rules' handles in their order
    opaque    "family table handle" -> what of that rule is iptables' own, and so not told in full (see ``Rule``)
    """

    backend: str
    family: str = ""
    tables: tuple[tuple[str, str], ...] = ()
    objects: tuple[tuple[str, str], ...] = ()
    dormant: tuple[str, ...] = ()
    rules: Mapping[str, Sequence[int]] = field(default_factory=dict)
    opaque: Mapping[str, Sequence[str]] = field(default_factory=dict)


def pack(header: Header, output: bytes) -> bytes:
    """A payload."""
    return json.dumps(asdict(header), separators=(",", ":")).encode("ascii") + b"\n" + output


def unpack(payload: bytes) -> tuple[Header, str]:
    """A payload's header and text. What is not UTF-8 shows as ``\\xNN``."""
    first, _, output = payload.partition(b"\n")
    told: dict[str, Any] = json.loads(first)
    return (
        Header(
            backend=told["backend"],
            family=told["family"],
            tables=tuple((family, name) for family, name in told["tables"]),
            objects=tuple((family, name) for family, name in told["objects"]),
            dormant=tuple(told["dormant"]),
            rules=told["rules"],
            opaque=told["opaque"],
        ),
        readable(output),
    )


def readable(raw: bytes) -> str:
    """Text of bytes that need not be UTF-8: what is not shows as ``\\xNN``, and so do NULs, which no file could keep."""
    return raw.decode("utf-8", "backslashreplace").replace("\0", "\\x00")
