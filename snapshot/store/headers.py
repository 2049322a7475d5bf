"""The heads of a file's snapshots: who, when, where, and the digests of what hangs on them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from snapshot.model.json import Json, canonical
from snapshot.model.provenance import Provenance
from snapshot.model.snapshot import Header
from snapshot.store.columns import SHORT, parse_json
from snapshot.store.digests import Parts, header_digest, provenance_digest, root_digest
from snapshot.store.errors import DamagedError

if TYPE_CHECKING:
    from sqlite3 import Connection

OWN = (
    "label", "note", "hostname", "machine_id", "boot_id", "kernel", "tool", "started_at", "finished_at", "kinds", "status",
    "redacted_with", "redacted_from",
)  # fmt: skip
"""The columns of ``snapshot`` that its header's digest is of, in this order."""
PARTS = ("header_digest", "provenance_digest", "members_digest", "coverage_digest", "previous")
COLUMNS = ", ".join(("id", "digest", "added_rows", *PARTS, *OWN))
TOLD = tuple(Provenance.__dataclass_fields__)
"""The columns of ``provenance``, but for the snapshot's number, in the table's order."""

OPTIONAL = frozenset({"label", "note", "machine_id", "boot_id", "redacted_with", "redacted_from"})
TEXTS = frozenset({"build", "sudo_user", "distribution"})
LISTS = frozenset({"command", "endpoints"})
VERDICTS = ("complete", "torn", "partial")


class Head(NamedTuple):
    """One snapshot of a file: its number, root digest, header, the digests of its parts, and how many rows it added."""

    number: int
    digest: str
    header: Header
    parts: Parts
    added_rows: int


def header_values(header: Header) -> tuple[Any, ...]:
    """A header as the columns that ``OWN`` names."""
    return tuple(canonical(header.kinds) if name == "kinds" else getattr(header, name) for name in OWN)


def provenance_values(provenance: Provenance) -> tuple[Any, ...]:
    """A provenance as the columns that ``TOLD`` names."""
    values = ((name, getattr(provenance, name)) for name in TOLD)
    return tuple(
        canonical(cast(Json, value)) if name in LISTS else int(value) if value.__class__ is bool else value
        for name, value in values
    )


def read_heads(connection: Connection, schema: str) -> list[Head]:
    """All snapshots of a file. Raises ``DamagedError``, also where a header is not what the root digest is of."""
    query = f"SELECT {COLUMNS} FROM {schema}.snapshot ORDER BY id LIMIT 100000"
    return [_checked(row) for row in connection.execute(query)]


def read_head(connection: Connection, schema: str, number: int) -> Head:
    """One snapshot that is known to be there. Raises ``DamagedError`` likewise."""
    return _checked(connection.execute(f"SELECT {COLUMNS} FROM {schema}.snapshot WHERE id = ?", (number,)).fetchone())


def _checked(row: Sequence[Any]) -> Head:
    head = head_of(row)
    number, parts = head.number, head.parts
    if header_digest(row[3 + len(PARTS) :]) != parts.header:
        raise DamagedError(f"the header of snapshot {number} is not what was written (its digest does not hold)")
    if root_digest(parts) != head.digest:
        raise DamagedError(f"snapshot {number} is not what was written (its root digest does not hold)")
    return head


def head_of(row: Sequence[Any]) -> Head:
    """A row of ``COLUMNS``, not held against its digests. Raises ``DamagedError`` for what cannot be read."""
    number, digest, added = row[:3]
    parts = Parts(*row[3 : 3 + len(PARTS)])
    values: Mapping[str, Any] = dict(zip(OWN, row[3 + len(PARTS) :], strict=True))
    texts = (digest, *parts[:-1], *(value for name, value in values.items() if name not in OPTIONAL))
    if not all(type(value) is str for value in texts) or type(number) is not int or type(added) is not int:
        raise DamagedError("a snapshot's header cannot be read")
    if not all(value is None or type(value) is str for value in (parts.previous, *map(values.get, OPTIONAL))):
        raise DamagedError("a snapshot's header cannot be read")
    if values["status"] not in VERDICTS:
        raise DamagedError("a snapshot's status is none that was ever written")
    header = Header(**{**values, "kinds": names(values["kinds"])})
    return Head(number=number, digest=digest, header=header, parts=parts, added_rows=added)


def read_provenance(connection: Connection, schema: str, head: Head) -> Provenance:
    """How a snapshot came to be. Raises ``DamagedError``, also where its digest does not hold."""
    query = f"SELECT {', '.join(TOLD)} FROM {schema}.provenance WHERE snapshot_id = ?"
    row = connection.execute(query, (head.number,)).fetchone()
    if row is None or provenance_digest(row) != head.parts.provenance:
        raise DamagedError(
            f"the provenance of snapshot {head.number} is not what was written (its digest does not hold)"
        )
    return provenance_of(row)


def provenance_of(row: Sequence[Any]) -> Provenance:
    """A row of ``TOLD``. Raises ``DamagedError`` for what cannot be read."""
    values = dict(zip(TOLD, row, strict=True))
    for name, value in values.items():
        if name in LISTS:
            values[name] = names(value)
        elif value is not None and type(value) is not (str if name in TEXTS else int):
            raise DamagedError("a snapshot's provenance cannot be read")
    if values["synchronised"] not in (None, 0, 1):
        raise DamagedError("a snapshot's provenance cannot be read")
    if values["synchronised"] is not None:
        values["synchronised"] = bool(values["synchronised"])
    return Provenance(**values)


def names(text: Any) -> tuple[str, ...]:
    """A list of names, of its JSON text. Raises ``DamagedError``."""
    if type(text) is str and len(text) <= SHORT:
        return _list(text)
    return _list.__wrapped__(text)


@lru_cache(maxsize=1_000)
def _list(text: Any) -> tuple[str, ...]:
    value = parse_json(text) if type(text) is str else None
    if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
        raise DamagedError("a list of names in it cannot be read")
    return tuple(value)
