"""SARIF 2.1.0 (OASIS): findings for code scanning and whatever else collects alerts.

The standard has no word for a network namespace: a finding's place is its scope as a logical location, and, for readers that
list files only, a path of host and scope.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from reports.findings import seen_words
from reports.json import dump
from reports.model import CheckInfo, CheckReport, Finding, Report, SnapshotIdentity, Unchecked
from reports.safe import make_visible
from reports.words import value_text

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
"""What tools know the format by; nobody has to fetch it."""
FINGERPRINT = "checkScopeMessage/v1"
LEVELS = {"critical": "error", "warning": "warning", "info": "note"}
BASELINE = {"new": "new", "persisting": "unchanged", "resolved": "absent", "after": "new", "before": "absent"}
"""Of two snapshots, the first is the baseline. Where one result has a state all shall (3.27.24), so that what is unknown has
the one that is true of what was found: it was not found in the other snapshot. Its message says that it could not be.
"""

Object = dict[str, Any]


def render(report: CheckReport | Report) -> str:
    """The findings on one snapshot, or of two with what became of each; pure ASCII, ends with a newline."""
    snapshot = report.snapshot if isinstance(report, CheckReport) else report.after
    checks = report.checks if isinstance(report, CheckReport) else report.checks_made or report.checks
    places = {info.id: number for number, info in enumerate(checks)}
    version = report.generator.removeprefix("netlapse ")
    run: Object = {
        "tool": {"driver": {"name": "netlapse", "version": version, "rules": list(map(_rule, checks))}},
        "automationDetails": {"id": f"netlapse/{_part(snapshot.host)}/"},
        "invocations": [
            {
                "executionSuccessful": True,
                "toolExecutionNotifications": [_notification(gap, snapshot) for gap in report.unchecked],
            }
        ],
        "columnKind": "unicodeCodePoints",
        "results": [_result(finding, places, snapshot) for finding in report.findings],
        "properties": {"snapshot": json.loads(dump(snapshot))},
    }
    told = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(told, indent=2) + "\n"


def _rule(info: CheckInfo) -> Object:
    page = f"docs/checks.md#{info.id}"
    return {
        "id": info.id,
        "name": "".join(word.capitalize() for word in info.id.split("-")),
        "shortDescription": _text(info.title),
        "fullDescription": _text(f"{info.title}. {info.why}"),
        "help": {
            "text": _escaped(f"{info.why} How to confirm and mend it: {page}"),
            "markdown": f"{_escaped(info.why)}\n\nHow to confirm and mend it: `{page}` in netlapse's documentation.",
        },
        "defaultConfiguration": {"level": LEVELS[info.severity]},
        "properties": {
            "precision": _PRECISION[info.confidence],
            "severity": info.severity,
            "confidence": info.confidence,
        },
    }


_PRECISION = {"exact": "very-high", "strong": "high", "weak": "low"}
"""Our confidence in the words that code scanning sorts by."""


def _result(finding: Finding, places: Mapping[str, int], snapshot: SnapshotIdentity) -> Object:
    seen = seen_words(finding)
    lines = [make_visible(finding.message), *([seen] if seen is not None else [])]
    lines += [value_text(item) for item in finding.evidence]
    told: Object = {
        "ruleId": finding.check,
        "level": LEVELS[finding.severity],
        "message": _text(f"{make_visible(finding.scope)}: {'; '.join(lines)}", visible=True),
        "locations": [_location(finding.scope, snapshot)],
        "partialFingerprints": {FINGERPRINT: _digest(finding.check, finding.scope, finding.message)},
        "properties": json.loads(dump(finding)),
    }
    if finding.check in places:
        told["ruleIndex"] = places[finding.check]
    state = BASELINE.get(finding.seen_in or finding.status)
    if state is not None:
        told["baselineState"] = state
    return told


def _notification(gap: Unchecked, snapshot: SnapshotIdentity) -> Object:
    where = "the whole host" if gap.scope is None else make_visible(gap.scope)
    words = (
        f"{make_visible(gap.kind)} in {where}: {make_visible(gap.reason)} ({', '.join(map(make_visible, gap.checks))})"
    )
    return {
        "level": "warning",
        "message": _text(f"Not checked: {words}", visible=True),
        "locations": [_location(gap.scope or "host", snapshot)],
        "properties": json.loads(dump(gap)),
    }


def _location(scope: str, snapshot: SnapshotIdentity) -> Object:
    return {
        "physicalLocation": {
            "artifactLocation": {"uri": f"{_part(snapshot.host)}/{_part(scope)}"},
            "region": {"startLine": 1},
        },
        "logicalLocations": [
            {"name": make_visible(scope), "fullyQualifiedName": make_visible(scope), "kind": "namespace"}
        ],
    }


def _part(text: str) -> str:
    """A text as one part of a path (RFC 3986), never a dot-segment or empty."""
    part = quote(make_visible(text), safe="")
    return part if part.strip(".") else part.replace(".", "%2E") or "%20"


def _text(text: str, *, visible: bool = False) -> Object:
    return {"text": _escaped(text if visible else make_visible(text))}


def _escaped(text: str) -> str:
    """A message string (SARIF 2.1.0, 3.11): a stranger's braces make no placeholder, his brackets no link."""
    if "](" in text:
        text = text.replace("[", "\\[").replace("]", "\\]")
    return text.replace("{", "{{").replace("}", "}}")


def _digest(*parts: str) -> str:
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()
