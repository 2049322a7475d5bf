"""Findings of two snapshots in words: how many of each status there are, and which snapshot has one that is unknown."""

from __future__ import annotations

from collections import Counter

from reports.model import Finding, Report
from snapshot.model.plural import plural

_SEEN_IN = {
    "before": "the first snapshot has it, the second could not be checked for it",
    "after": "the second snapshot has it, the first could not be checked for it",
}


def seen_words(finding: Finding) -> str | None:
    """Of a finding that is unknown, which snapshot has it: one that there is now is another matter than one that there was."""
    return _SEEN_IN.get(finding.seen_in or "")


def findings_sentence(report: Report) -> str | None:
    """ "1 new finding (1 critical), 1 unknown, 8 resolved: see Findings."; None where there is no news."""
    counts = Counter(finding.status for finding in report.findings)
    critical = sum(finding.status == "new" and finding.severity == "critical" for finding in report.findings)
    told: list[str] = []
    for status in ("new", "unknown", "resolved"):
        if counts[status]:
            words = f"{counts[status]:,} {status}" if told else plural(counts[status], f"{status} finding")
            told.append(f"{words} ({critical:,} critical)" if status == "new" and critical else words)
    return f"{', '.join(told)}: see Findings." if told else None
