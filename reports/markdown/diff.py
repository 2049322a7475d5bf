"""A comparison as a comment on a pull request: GitHub-flavoured Markdown that fits into one."""

from __future__ import annotations

from dataclasses import dataclass

from reports.markdown.changes import LISTED, critical_block, stories
from reports.markdown.escape import cell, prose, shown
from reports.markdown.parts import coverage_block, findings_block, ignored_block, plan_block
from reports.markdown.room import LIMIT, Block, fitting, size, size_of, things
from reports.model import Report, SnapshotIdentity
from reports.provenance import who
from reports.safe import make_visible
from reports.verdict import tell
from reports.words import ACTION_WORDS, ACTIONS, kind_word, when
from snapshot.model.plural import plural

SENTENCE = 1_500
NUMBERS = 4_000
_ROOM = LIMIT - 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Rooms:
    """How much room each part may take. ``stories`` 0: what the others leave."""

    critical: int
    plan: int
    findings: int
    coverage: int
    ignored: int
    stories: int = 0


SHARES = Rooms(critical=8_000, plan=12_000, findings=9_000, coverage=5_000, ignored=3_000)
"""Where not everything fits."""


def render(report: Report) -> str:
    """The verdict, who was compared, numbers, what is critical, the plan, the stories, findings and gaps; under ``LIMIT``.

    What does not fit is counted where it would stand, with the command that lists it.
    """
    whole = _render(
        report, Rooms(critical=LIMIT, plan=LIMIT, findings=LIMIT, coverage=LIMIT, ignored=LIMIT, stories=LIMIT)
    )
    return whole if size(whole) < _ROOM else _render(report, SHARES)


def _render(report: Report, rooms: Rooms) -> str:
    head = [*_verdict(report), *_identities(report), *_numbers(report)]
    head += [*critical_block(report, rooms.critical), *plan_block(report, rooms.plan)]
    tail = [
        *findings_block(report, rooms.findings),
        *coverage_block(report, rooms.coverage),
        *ignored_block(report, rooms.ignored),
        f"<sub>{prose(make_visible(report.generator))}</sub>",
    ]
    left = rooms.stories or _ROOM - size_of([*head, *tail])
    return "\n".join([*head, *stories(report, left), *tail]) + "\n"


def _verdict(report: Report) -> list[str]:
    story = tell(report)
    headline = f"{story.headline[:1].lower()}{story.headline[1:]}"
    return [f"## {story.verdict}: {_sentence(headline)}", "", " ".join(map(_sentence, story.sentences)), ""]


def _sentence(visible: str) -> str:
    if len(visible) <= SENTENCE:
        return prose(visible)
    return f"{prose(visible[:SENTENCE])} ({plural(len(visible) - SENTENCE, 'character')} left out; {LISTED})"


def _identities(report: Report) -> list[str]:
    return [*_identity("before", report.before), *_identity("after", report.after), ""]


def _identity(side: str, snapshot: SnapshotIdentity) -> list[str]:
    label = f" {shown(snapshot.label)}" if snapshot.label is not None else ""
    told = [
        f"snapshot {snapshot.id}{label} of {shown(snapshot.host)}",
        prose(when(snapshot.started_at)),
        *([f"by {shown(by)}"] if (by := who(snapshot.provenance)) else []),
        f"kernel {shown(snapshot.kernel)}",
        f"sha256 {shown(snapshot.digest[:12])}",
    ]
    told += [] if snapshot.status == "complete" else [shown(snapshot.status)]
    told += [f"redacted with key {shown(snapshot.redacted_with)}"] if snapshot.redacted_with is not None else []
    note = [f"  - note: {prose(make_visible(snapshot.note))}"] if snapshot.note else []
    return [f"- **{side}**: {', '.join(told)}", *note]


def _numbers(report: Report) -> list[str]:
    if not report.summary:
        return []
    shown_actions = [a for a in ACTIONS if a != "unknown" or any(row.unknown for row in report.summary)]
    lines = [f"| | {' | '.join(ACTION_WORDS[a] for a in shown_actions)} |", f"|---|{'---:|' * len(shown_actions)}"]
    blocks = []
    for row in report.summary:
        counts = " | ".join(f"{getattr(row, action):,}" for action in shown_actions)
        blocks.append(Block(lines=(f"| {cell(kind_word(row.kind, 2))} | {counts} |",)))
    rows = fitting(blocks, NUMBERS, lambda left: f"\nand {plural(things(left), 'more kind')}: {LISTED}")
    return [*lines, *rows, ""]
