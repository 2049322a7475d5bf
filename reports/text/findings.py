"""Findings in a terminal: the worst first, a few of each check with their evidence, the rest counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from reports.findings import seen_words
from reports.model import Finding
from reports.safe import make_visible
from reports.text.paint import Paint, flow
from reports.words import value_text
from snapshot.model.plural import plural

SHOWN = 5
"""So many findings of one check and status are listed; more are counted."""
SIGNS = {"new": "+", "resolved": "-", "unknown": "?", "present": "!"}
_STYLES = {"new": "added", "resolved": "removed", "unknown": "unknown"}


def finding_lines(findings: Iterable[Finding], paint: Paint, width: int) -> Iterator[str]:
    """Each finding as a line and its evidence. Where a check has many of one status, the rest as their number."""
    seen: Counter[tuple[str, str]] = Counter()
    for finding in findings:
        key = (finding.check, finding.status)
        seen[key] += 1
        if seen[key] <= SHOWN:
            yield from _finding(finding, paint, width)
    for (check, status), number in seen.items():
        if number > SHOWN:
            word = "" if status == "present" else f"{status} "
            words = f"and {plural(number - SHOWN, f'more {word}finding')} of {make_visible(check)} (-f json lists them)"
            yield f"  {paint(words, 'dim')}"


def _finding(finding: Finding, paint: Paint, width: int) -> Iterator[str]:
    sign = paint(SIGNS.get(finding.status, " "), _STYLES.get(finding.status))
    status = "" if finding.status == "present" else f" {finding.status}"
    severity = paint(f"[{finding.severity}]", finding.severity)
    yield f"  {sign} {paint(make_visible(finding.check), 'strong')}{status} in {make_visible(finding.scope)}  {severity}"
    yield from flow(make_visible(finding.message).split(" "), width=width, indent="      ", separator=" ")
    if (seen := seen_words(finding)) is not None:
        yield from flow(seen.split(" "), width=width, indent="      ", separator=" ")
    for item in finding.evidence:
        yield from (paint(line, "dim") for line in flow([value_text(item)], width=width, indent="        "))
