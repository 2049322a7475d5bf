"""The law of redaction: turned back by the key, the diff of two redacted snapshots says what the diff of the two says."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path
from typing import Any

from analyze.compose import compose
from analyze.diff.sides import Sides
from analyze.filters.filters import Filters
from analyze.loading import load
from snapshot.model.json import canonical
from snapshot.model.snapshot import Capture
from snapshot.redact.captures import redacted
from snapshot.redact.keys import Key
from snapshot.redact.rows import Redaction
from snapshot.store.reference import SnapshotRef
from snapshot.store.writer import create
from tests.analyze.hosts import Host
from tests.analyze.pairs import sides_of
from tests.snapshot.redact.in_memory import read

MORE = re.compile(r" and [0-9,]+ more\b")
BY = Redaction(Key(b"a key of the tests"))
KEYS = (BY, *(Redaction(Key(b"another key of the tests: " + bytes([number]))) for number in range(7)))
"""Under each of them names and addresses have another order."""


def hold(folder: Path, captures: Sequence[Capture]) -> int:
    """Hold the law for two captures, through files. Returns how many changes there are."""
    plain, there = [], []
    for number, capture in enumerate(captures):
        plain.append(SnapshotRef(path=folder / f"plain-{number}"))
        there.append(SnapshotRef(path=folder / f"redacted-{number}"))
        create(plain[-1].path, capture)
        create(there[-1].path, redacted(capture, BY))
    return hold_files(*plain, *there)


def hold_files(
    before: SnapshotRef, after: SnapshotRef, redacted_before: SnapshotRef, redacted_after: SnapshotRef
) -> int:
    """The same for snapshots that are redacted already."""
    return _hold(load(before, after), load(redacted_before, redacted_after))


def hold_hosts(before: Host, after: Host, by: Redaction = BY) -> int:
    """The same without files, which takes a third of the time."""
    return _hold(sides_of(read(before), read(after)), sides_of(read(before, by), read(after, by)), by)


def _hold(sides: Sides, redacted_sides: Sides, by: Redaction = BY) -> int:
    plain, found = _report(sides), _report(redacted_sides)
    assert _said(turned_back(found, by)) == _said(plain)
    return len(plain["changes"])


def _report(sides: Sides) -> dict[str, Any]:
    return asdict(compose(sides, "netlapse test", filters=Filters(default=True), pictured=False))


def turned_back(value: Any, by: Redaction = BY) -> Any:
    """A report's texts with what their pseudonyms stand for."""
    if isinstance(value, dict):
        return {_back(by, key): turned_back(item, by) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [turned_back(item, by) for item in value]
    return _back(by, value) if isinstance(value, str) else value


@lru_cache(maxsize=100_000)
def _back(by: Redaction, text: str) -> str:
    return by.texts.back(text)


def _said(report: dict[str, Any]) -> dict[str, Any]:
    """Each change with its cause, each finding and gap; what stands in the order of names sorted."""
    told = {
        change["id"]: canonical(_sorted({k: v for k, v in change.items() if k not in ("id", "cause")}))
        for change in report["changes"]
    }
    return {
        "verdict": report["verdict"],
        "summary": _sorted(report["summary"]),
        "changes": Counter((told[c["id"]], told.get(c["cause"])) for c in report["changes"]),
        "findings": Counter(canonical(_sorted(finding)) for finding in report["findings"]),
        "coverage": Counter(canonical(_sorted(gap)) for gap in report["coverage"]),
        "ignored": _sorted(report["ignored"]),
    }


def _sorted(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _sorted(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return sorted((_sorted(item) for item in value), key=canonical)
    if isinstance(value, str) and " " in value:
        # A sentence may list names, the first few of many.
        if MORE.search(value):
            return MORE.sub("", value).split()[0]
        return " ".join(sorted(value.replace(",", " ").replace(";", " ").split()))
    return value
