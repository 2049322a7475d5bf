"""The formats that commands offer, and who writes each: loaded when it is asked for."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reports.drawing import Drawing
    from reports.model import CheckReport, Report


class Format(StrEnum):
    """Output formats of ``show``."""

    text = "text"
    json = "json"
    dot = "dot"
    mermaid = "mermaid"


class DiffFormat(StrEnum):
    """Output formats of ``diff``."""

    text = "text"
    json = "json"
    ndjson = "ndjson"
    markdown = "markdown"
    junit = "junit"
    sarif = "sarif"
    dot = "dot"
    mermaid = "mermaid"


class CheckFormat(StrEnum):
    """Output formats of ``check``."""

    text = "text"
    json = "json"
    junit = "junit"
    sarif = "sarif"


class VerifyFormat(StrEnum):
    """What ``verify`` is printed as."""

    text = "text"
    json = "json"


class Level(StrEnum):
    """Severities, for ``--fail-on``."""

    info = "info"
    warning = "warning"
    critical = "critical"


def compared(report: Report, wanted: DiffFormat, fail_on: Level, *, width: int, color: bool) -> Iterable[str]:
    """The report in a format, in pieces."""
    match wanted:
        case DiffFormat.json:
            from reports.json import render as render_json

            return (render_json(report),)
        case DiffFormat.ndjson:
            from reports.ndjson import lines

            return lines(report)
        case DiffFormat.markdown:
            from reports.markdown.diff import render as render_markdown

            return (render_markdown(report),)
        case DiffFormat.junit:
            from reports.junit import render as render_junit

            return (render_junit(report, fail_on=fail_on.value),)
        case DiffFormat.sarif:
            from reports.sarif import render as render_sarif

            return (render_sarif(report),)
        case DiffFormat.dot | DiffFormat.mermaid:
            return (drawn(report.drawing, wanted.value),)
        case DiffFormat.text:
            from reports.text.diff import render as render_text

            return (render_text(report, width=width, color=color),)


def checked(report: CheckReport, wanted: CheckFormat, *, width: int, color: bool) -> Iterable[str]:
    """The findings on one snapshot in a format, in pieces."""
    match wanted:
        case CheckFormat.json:
            from reports.json import render as render_json

            return (render_json(report),)
        case CheckFormat.junit:
            from reports.junit import render_check

            return (render_check(report),)
        case CheckFormat.sarif:
            from reports.sarif import render as render_sarif

            return (render_sarif(report),)
        case CheckFormat.text:
            from reports.text.check import render as render_text

            return (render_text(report, width=width, color=color),)


PICTURES = ("dot", "mermaid")
"""The formats that draw."""


def drawn(drawing: Drawing | None, wanted: str) -> str:
    """The picture as a graph; ``wanted`` is one of ``PICTURES``."""
    assert drawing is not None
    if wanted == "dot":
        from reports.graph.dot import render as render_dot

        return render_dot(drawing)
    from reports.graph.mermaid import render as render_mermaid

    return render_mermaid(drawing)
