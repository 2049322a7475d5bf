"""The headers of a file's snapshots: who, when, where."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from snapshot.model.snapshot import Header
from snapshot.store.columns import SHORT, parse_json
from snapshot.store.errors import DamagedError

if TYPE_CHECKING:
    from sqlite3 import Connection

COLUMNS = (
    "id, digest, label, note, hostname, machine_id, boot_id, kernel, tool"
    # one string in two
    ", started_at, finished_at, kinds, status, added_rows"
)


def read_headers(connection: Connection, schema: str) -> list[tuple[int, str, Header, int]]:
    """All snapshots of a file: number, root digest, header, rows it added. Raises ``DamagedError``."""
    query = f"SELECT {COLUMNS} FROM {schema}.snapshot ORDER BY id LIMIT 100000"
    return [_header(tuple(row)) for row in connection.execute(query)]


def read_header(connection: Connection, schema: str, number: int) -> tuple[str, Header]:
    """The root digest and the header of one snapshot that is known to be there. Raises ``DamagedError``."""
    query = f"SELECT {COLUMNS} FROM {schema}.snapshot WHERE id = ?"
    _, digest, header, _ = _header(connection.execute(query, (number,)).fetchone())
    return digest, header


def _header(row: tuple[Any, ...]) -> tuple[int, str, Header, int]:
    number, digest, label, note, hostname, machine, boot, kernel, tool, start, end, kinds, status, added = row
    texts = (digest, hostname, kernel, tool, start, end, kinds, status)
    if not all(type(value) is str for value in texts) or type(number) is not int or type(added) is not int:
        raise DamagedError("a snapshot's header cannot be read")
    if not all(value is None or type(value) is str for value in (label, note, machine, boot)):
        raise DamagedError("a snapshot's header cannot be read")
    if status not in ("complete", "partial"):
        raise DamagedError("a snapshot's status is none that was ever written")
    header = Header(
        label=label, note=note, hostname=hostname, machine_id=machine, boot_id=boot, kernel=kernel, tool=tool,
        started_at=start, finished_at=end, kinds=names(kinds), status=status,
    )  # fmt: skip
    return number, digest, header, added


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
