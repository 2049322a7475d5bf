"""NDJSON: the report as one JSON object a line, for those who read it as it comes (``jq``, log pipelines, databases).

The first line is the report without its lists, with how many lines of each record follow: whoever counts sees what was cut off.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields

from reports.json import dump
from reports.model import Json, PlanRule, Report

RECORDS = {
    "summary": "summary",
    "check": "checks",
    "plan_rule": "plan",
    "change": "changes",
    "finding": "findings",
    "coverage": "coverage",
    "ignored": "ignored",
}
"""What a line after the first is -> the member of the report it comes from, in the order of the lines."""


def lines(report: Report) -> Iterator[str]:
    """The report's lines (``docs/ndjson.schema.json``), each ending with a newline; pure ASCII, as in ``reports.json``."""
    items = {record: _items(report, member) for record, member in RECORDS.items()}
    head: dict[str, object] = {"record": "report"}
    for name in ("format", "version", "generator", "before", "after", "verdict", "selection"):
        head[name] = getattr(report, name)
    head["plan"] = None if report.plan is None else {"name": report.plan.name, "digest": report.plan.digest}
    head["counts"] = {record: len(found) for record, found in items.items()}
    yield dump(head) + "\n"
    for record, found in items.items():
        for item in found:
            yield dump({"record": record, **_members(item)}) + "\n"


def _items(report: Report, member: str) -> tuple[object, ...]:
    if member == "plan":
        rules: tuple[PlanRule, ...] = () if report.plan is None else report.plan.rules
        return rules
    found: tuple[object, ...] = getattr(report, member)
    return found


def _members(item: object) -> dict[str, Json]:
    return {field.name: getattr(item, field.name) for field in fields(item)}  # type: ignore[arg-type]  # a dataclass
