"""Whole captures with pseudonyms: those that are being made, and those that a file holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any, TypeVar

from snapshot.model.snapshot import Capture, CapturedNamespace, CapturedRuntime, PackedSection, Section
from snapshot.redact.classes import COVERAGE, HEADER, NAMESPACE, PROVENANCE, RUNTIME, Class
from snapshot.redact.rows import Redaction

T = TypeVar("T")


def redacted(capture: Capture, by: Redaction, *, origin: str | None = None, packed: bool = False) -> Capture:
    """A capture with pseudonyms.

    origin  the root digest of what it was made of
    packed  sections that are packed have been redacted as they were: ``Redaction.section`` did it
    """

    def section(kind: str, rows: Section) -> PackedSection:
        return rows if packed and isinstance(rows, PackedSection) else by.section(kind, rows)

    header = replace(_record(capture.header, HEADER, by), redacted_with=by.key.id, redacted_from=origin)
    return Capture(
        header=header,
        namespaces=tuple(
            CapturedNamespace(
                namespace=_record(place.namespace, NAMESPACE, by),
                sections={kind: section(kind, rows) for kind, rows in place.sections.items()},
            )
            for place in capture.namespaces
        ),
        runtimes=tuple(
            CapturedRuntime(
                runtime=_record(told.runtime, RUNTIME, by),
                sections={kind: section(kind, rows) for kind, rows in told.sections.items()},
            )
            for told in capture.runtimes
        ),
        coverage=tuple(_record(record, COVERAGE, by) for record in capture.coverage),
        provenance=_record(capture.provenance, PROVENANCE, by),
    )


def _record(thing: T, classes: Mapping[str, Class], by: Redaction) -> T:
    """A record field by field."""
    told: dict[str, Any] = {}
    for field in fields(thing):  # type: ignore[arg-type]
        value = by.value(classes[field.name], getattr(thing, field.name))
        told[field.name] = tuple(value) if isinstance(value, list) else value
    return type(thing)(**told)
