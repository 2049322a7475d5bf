"""Captures as JSON that a person can read and a diff can show: one fact a line."""

from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path
from typing import Any

from snapshot.model.container import Runtime
from snapshot.model.coverage import Coverage
from snapshot.model.json import canonical
from snapshot.model.kinds import KINDS, Fact
from snapshot.model.namespace import Namespace
from snapshot.model.snapshot import Capture, CapturedNamespace, CapturedRuntime, Header
from snapshot.store.loaded import Whole


def capture_of(whole: Whole) -> Capture:
    """A snapshot as the capture it was made of."""
    kinds = [kind for kind in KINDS.values() if kind.owner == "namespace"]
    return Capture(
        header=whole.snapshot.header,
        namespaces=tuple(
            CapturedNamespace(
                namespace=place.namespace,
                sections={
                    kind.name: rows
                    for kind in kinds
                    for at, rows in whole.rows.items()
                    if at.namespace == place.namespace.key and at.kind == kind.name
                },
            )
            for place in whole.snapshot.namespaces
        ),
        runtimes=tuple(
            CapturedRuntime(runtime=told.runtime, sections={"container": told.containers, "network": told.networks})
            for told in whole.snapshot.runtimes
        ),
        coverage=whole.snapshot.coverage,
    )


def write_capture(path: Path, capture: Capture) -> None:
    """Write a capture as JSON."""
    told = {
        "header": _plain(capture.header),
        "namespaces": [[_plain(c.namespace), _sections(c.sections)] for c in capture.namespaces],
        "runtimes": [[_plain(c.runtime), _sections(c.sections)] for c in capture.runtimes],
        "coverage": [_plain(record) for record in capture.coverage],
    }
    text = json.dumps(told, indent=1, ensure_ascii=True)
    path.write_text(text + "\n", encoding="ascii")


def read_capture(path: Path) -> Capture:
    """Read a capture of JSON."""
    told = json.loads(path.read_text(encoding="ascii"))
    return Capture(
        header=_made(Header, told["header"]),
        namespaces=tuple(
            CapturedNamespace(namespace=_made(Namespace, of), sections=_facts(rows)) for of, rows in told["namespaces"]
        ),
        runtimes=tuple(
            CapturedRuntime(runtime=_made(Runtime, of), sections=_facts(rows)) for of, rows in told["runtimes"]
        ),
        coverage=tuple(_made(Coverage, record) for record in told["coverage"]),
    )


def _plain(thing: Any) -> dict[str, Any]:
    return {f.name: getattr(thing, f.name) for f in fields(thing)}


def _sections(sections: Any) -> dict[str, list[str]]:
    """A fact is one string, so that it stays on one line; empty columns are left out."""
    return {
        kind: [
            canonical({k: v for k, v in _plain(row).items() if v is not None and v is not False and v not in ((), {})})
            for row in rows
        ]
        for kind, rows in sections.items()
    }


def _facts(sections: dict[str, list[str]]) -> dict[str, tuple[Fact, ...]]:
    return {kind: tuple(_made(KINDS[kind].fact, json.loads(row)) for row in rows) for kind, rows in sections.items()}


def _made(kind: Any, values: dict[str, Any]) -> Any:
    return kind(**{name: tuple(value) if isinstance(value, list) else value for name, value in values.items()})
