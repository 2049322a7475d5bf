"""Generated hosts as the reader would tell of them, plain or with pseudonyms, without a file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields, replace
from typing import Any, TypeVar

from snapshot.model.kinds import KIND_OF, Fact
from snapshot.redact.classes import COVERAGE, HEADER, NAMESPACE, RUNTIME, Class
from snapshot.redact.rows import Redaction
from snapshot.store.columns import CODECS
from snapshot.store.ordering import in_order
from tests.analyze.hosts import Host, Net

T = TypeVar("T")


def read(host: Host, by: Redaction | None = None) -> Host:
    """The host with its rows in the order in which a file has them; ``by``: and with pseudonyms."""

    def section(kind: str, facts: Iterable[Any]) -> list[Any]:
        codec = CODECS[kind]
        rows = [codec.encode(fact) for fact in facts]
        if by is not None:
            rows = [by.row(kind, row) for row in rows]
        return [codec.decode(row) for row in in_order(rows, codec.leading, codec.prefix)]

    def net(one: Net) -> Net:
        rows: dict[str, list[Fact]] = {}
        for fact in (row for of in (*one.lists(), one.nsids) for row in of):
            rows.setdefault(KIND_OF[type(fact)], []).append(fact)
        told = {kind: section(kind, facts) for kind, facts in rows.items()}
        own: Any = {name: told.pop(kind, []) for name, kind in OWN.items()}
        place = _named(one, NAMESPACE, ("names",), by)
        return replace(place, **own, more=[row for kind in sorted(told) for row in told[kind]])

    return replace(
        _named(host, HEADER, ("hostname", "machine_id", "boot_id", "kernel"), by),
        nets={key: net(one) for key, one in host.nets.items()},
        containers=section("container", host.containers),
        networks=section("network", host.networks),
        coverage=[_named(record, COVERAGE, [field.name for field in fields(record)], by) for record in host.coverage],
        endpoint=host.endpoint if by is None else by.value(RUNTIME["endpoint"], host.endpoint),
    )


OWN = {
    "links": "link", "addresses": "address", "routes": "route", "rules": "rule", "neighbours": "neighbour", "fdb": "fdb",
    "nsids": "nsid",
}  # fmt: skip
"""Lists of a namespace under construction that have a kind each."""


def _named(thing: T, classes: Mapping[str, Class], names: Iterable[str], by: Redaction | None) -> T:
    if by is None:
        return thing
    told: dict[str, Any] = {}
    for name in names:
        value = by.value(classes[name], getattr(thing, name))
        told[name] = tuple(value) if isinstance(value, list) else value
    return replace(thing, **told)  # type: ignore[type-var]
