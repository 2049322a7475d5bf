"""JSON: the report as it is, and the facts of one snapshot. Same input, same bytes; one change or row a line."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from reports.inventory import Inventory
from reports.model import CheckReport, Json, PlanJudgement, Report
from reports.verification import Verification, VerifiedSnapshot

NOT_IN_JSON = frozenset({"drawing", "checks_made", "unchecked"})
"""Fields of a report that are for other formats only."""


def render(report: Report | CheckReport) -> str:
    """The contract's report JSON (``docs/report-json.md``), or that of one snapshot's findings; ends with a newline.

    Pure ASCII: no character in a name can act in a terminal. Numbers that JSON has not (NaN) become strings.
    """
    return _object(report, "") + "\n"


def _object(thing: Any, indent: str) -> str:
    """A report, what was verified, or the plan in a report: one member a line, and one item of its lists."""
    parts = []
    for field in fields(thing):
        if field.name not in NOT_IN_JSON or isinstance(thing, CheckReport):
            value = getattr(thing, field.name)
            if isinstance(value, tuple):
                text = _rows(value, f"{indent}  ")
            elif isinstance(value, PlanJudgement):
                text = _object(value, f"{indent}  ")
            else:
                text = dump(value)
            parts.append(f"{dump(field.name)}: {text}")
    return _lines("{}", parts, indent)


def render_inventory(inventory: Inventory, kind: str | None) -> str:
    """``show -f json``: each kind with the list of its facts; with a ``kind`` that list alone. Ends with a newline."""
    if kind is not None:
        return _lines("[]", map(dump, inventory.facts[kind]), "") + "\n"
    return _lines("{}", (f"{dump(name)}: {_rows(rows)}" for name, rows in inventory.facts.items()), "") + "\n"


def render_verification(verification: Verification) -> str:
    """``verify -f json`` (``docs/verify.schema.json``). Ends with a newline."""
    return _object(verification, "") + "\n"


def render_verifications(verifications: Iterable[Verification]) -> str:
    """The same of several files, as a list: of a bundle."""
    return _rows(verifications, "") + "\n"


def _rows(rows: Iterable[object], indent: str = "  ") -> str:
    return _lines("[]", map(dump, rows), indent)


def _lines(brackets: str, items: Iterable[str], indent: str) -> str:
    body = f",\n{indent}  ".join(items)
    return f"{brackets[0]}\n{indent}  {body}\n{indent}{brackets[1]}" if body else brackets


def dump(value: object) -> str:
    """Any value of the model on one line of ASCII; numbers that JSON has not (NaN) become strings."""
    try:
        return json.dumps(value, default=_plain, allow_nan=False)
    except ValueError:
        return json.dumps(_finite(value), allow_nan=False)


def _plain(value: Any) -> object:
    if isinstance(value, VerifiedSnapshot):
        identity = _members(value.identity)
        return {**identity, "provenance": identity["provenance"] or None, "signatures": value.signatures}
    if is_dataclass(value):
        return _members(value)
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} is no JSON value")


def _members(value: Any) -> dict[str, Any]:
    return {field.name: getattr(value, field.name) for field in fields(value)}


def _finite(value: object) -> Json:
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    if isinstance(value, str | int | float) or value is None:
        return value
    mapping = value if isinstance(value, Mapping) else _plain(value)
    assert isinstance(mapping, Mapping)
    return {str(name): _finite(item) for name, item in mapping.items()}
