"""Every format of every report, by name: what tests that hold for all of them go through."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from reports import junit, ndjson, sarif
from reports.html.document import render as render_html
from reports.json import render as render_json
from reports.markdown.diff import render as render_markdown
from reports.model import CheckReport, Report
from reports.text.check import render as render_check_text
from reports.text.diff import render as render_text

DIFF: Mapping[str, Callable[[Report], str]] = {
    "text": lambda report: render_text(report, width=80, color=False),
    "json": render_json,
    "ndjson": lambda report: "".join(ndjson.lines(report)),
    "markdown": render_markdown,
    "junit": junit.render,
    "sarif": sarif.render,
    "html": render_html,
}
CHECK: Mapping[str, Callable[[CheckReport], str]] = {
    "text": lambda report: render_check_text(report, width=80, color=False),
    "json": render_json,
    "junit": junit.render_check,
    "sarif": sarif.render,
}
GOLDEN = {"ndjson": "ndjson", "markdown": "md", "junit": "junit.xml", "sarif": "sarif"}
"""The formats whose golden files are held here, with what these files' names end in; the others have tests of their own."""
