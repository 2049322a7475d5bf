"""What a file says of its rows, held against the rows that are there: before anybody reads as many as it claims."""

from __future__ import annotations

from sqlite3 import Connection

from snapshot.model.kinds import KINDS
from snapshot.store.errors import DamagedError

COLUMNS = ("rows", "first_row")


def check_rows(connection: Connection, schema: str) -> None:
    """Raise ``DamagedError`` unless the sections of each kind together have just the rows that there are.

    A writer numbers the rows of a kind from 1 on and gives each to one section (docs/snapshot-format.md, "The rows").
    """
    odd = " OR ".join(f"typeof({column}) <> 'integer' OR {column} < 0" for column in COLUMNS)
    told = connection.execute(
        f"SELECT kind, total(rows), min(first_row), max(first_row + rows - 1), total({odd}) FROM {schema}.section "
        f"WHERE rows IS NOT 0 GROUP BY kind LIMIT {2 * len(KINDS)}"
    )
    found = {kind: tuple(values) for kind, *values in told}
    if not found.keys() <= KINDS.keys():
        raise DamagedError("a section in it is of no kind that there is")
    for kind in KINDS:
        ((most,),) = connection.execute(f'SELECT coalesce(max(number), 0) FROM {schema}."{kind}_row"')
        rows, first, last, wrong = found.get(kind, (0, 1, 0, 0))
        if wrong or (rows, first, last) != (most, 1, most):
            raise DamagedError(f"its sections claim other {kind} rows than it has")
