"""The rows of a section that tell one of some links, found without decoding the others."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from snapshot.model.json import canonical
from snapshot.model.kinds import KIND_OF, Fact
from snapshot.model.route import Route
from snapshot.store.columns import CODECS
from snapshot.store.sections import Spot

if TYPE_CHECKING:
    from sqlite3 import Connection

BY_INDEX = ("dev", "iif", "master", "port", "via")
"""Columns of links that the kernel knows by their index and the agent tells by their name."""
BY_NAME = frozenset({"link", "rule", "firewall"})
"""Kinds left out: links themselves, and what goes on naming a link by the name that it had (ip-rule(8), nft(8))."""


def columns_of(kind: str) -> tuple[str, ...]:
    """The columns of a kind that tell a link."""
    texts = {column.name for column in CODECS[kind].columns if column.type == "TEXT"}
    return () if kind in BY_NAME else tuple(name for name in BY_INDEX if name in texts)


def tells(fact: Fact, names: Collection[str]) -> bool:
    """Does a row tell one of these links? A route by any of its next hops."""
    if any(getattr(fact, column) in names for column in columns_of(KIND_OF[type(fact)])):
        return True
    hops = fact.nexthops if isinstance(fact, Route) else ()
    return any(isinstance(hop, Mapping) and hop.get("dev") in names for hop in hops)


def with_naming(connection: Connection, spot: Spot, names: Collection[str], rows: tuple[Fact, ...]) -> tuple[Fact, ...]:
    """The rows of a section that were read, and all that tell one of these links. Raises ``DamagedError``."""
    columns = columns_of(spot.kind)
    if not columns:
        return rows
    codec = CODECS[spot.kind]
    common = {codec.columns[number].name for number in codec.common}
    where = [f'{"f" if name in common else "r"}."{name}" IN (SELECT value FROM json_each(:names))' for name in columns]
    if spot.kind == "route":
        where.append('EXISTS (SELECT 1 FROM json_each(:hops) h WHERE instr(f."nexthops", h.value))')
    query = (
        f"SELECT {codec.selected} FROM {spot.schema}.section s JOIN {codec.source(spot.kind, spot.schema)} "
        f"WHERE s.id = :section AND r.number BETWEEN s.first_row AND s.first_row + s.rows - 1 AND ({' OR '.join(where)}) "
        "ORDER BY r.number"
    )
    values = {
        "section": spot.number,
        "names": json.dumps(list(names)),
        "hops": json.dumps([f'"dev":{canonical(name)}' for name in names]),
    }
    found = map(codec.decode, connection.execute(query, values))
    return *(row for row in rows if not tells(row, names)), *(row for row in found if tells(row, names))
