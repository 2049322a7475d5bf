"""What `netlapse check` says in a terminal: the verdict, the findings, and what could not be checked."""

from __future__ import annotations

from collections import Counter

from reports.model import CheckReport
from reports.safe import make_visible
from reports.text.findings import finding_lines
from reports.text.paint import Paint, flow
from reports.words import called, redaction, when
from snapshot.model.plural import plural

SHOWN_UNCHECKED = 20


def render(report: CheckReport, *, width: int, color: bool) -> str:
    """The findings on one snapshot as lines of about ``width`` columns, ending with a newline."""
    paint = Paint(color)
    blocks = [
        _verdict(report, paint, width),
        [*finding_lines(report.findings, paint, width)],
        _unchecked(report, paint, width),
    ]
    return "\n\n".join("\n".join(block) for block in blocks if block) + "\n"


def _verdict(report: CheckReport, paint: Paint, width: int) -> list[str]:
    snapshot = report.snapshot
    about = f"{make_visible(snapshot.host)}, snapshot {called(snapshot)} of {when(snapshot.started_at)}"
    about += f" ({redaction(snapshot)})" if snapshot.redacted_with is not None else ""
    if report.findings:
        counts = Counter(finding.severity for finding in report.findings)
        told = ", ".join(f"{counts[level]:,} {level}" for level in ("critical", "warning", "info") if counts[level])
        word, rest = "Findings", f"{plural(len(report.findings), 'finding')} on {about}: {told}."
    elif report.unchecked:
        word, rest = "Incomplete", f"part of {about} could not be checked; the rest holds."
    else:
        word, rest = "Sound", f"all {len(report.checks)} checks hold on {about}."
    return flow([f"{paint(word, 'strong')}:", *rest.split(" ")], width=width, indent="", separator=" ")


def _unchecked(report: CheckReport, paint: Paint, width: int) -> list[str]:
    if not report.unchecked:
        return []
    lines = [f"{paint('Unknown', 'strong')}: what could not be checked"]
    for gap in report.unchecked[:SHOWN_UNCHECKED]:
        scope = "the whole host" if gap.scope is None else make_visible(gap.scope)
        checks = ", ".join(map(make_visible, gap.checks))
        words = f"{make_visible(gap.kind)} in {scope}: {make_visible(gap.reason)} ({checks})"
        lines += flow(words.split(" "), width=width, indent="  ", separator=" ")
    left = len(report.unchecked) - SHOWN_UNCHECKED
    if left > 0:
        lines.append(f"  {paint(f'and {left:,} more (-f json lists them)', 'dim')}")
    return lines
