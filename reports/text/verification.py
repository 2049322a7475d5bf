"""What `netlapse verify` prints: the verdict, what is wrong, and whose each snapshot is."""

from __future__ import annotations

from collections.abc import Iterator

from reports.provenance import came_to_be
from reports.safe import make_visible
from reports.text.paint import Paint, flow
from reports.verification import Flaw, Verification, VerifiedSnapshot
from reports.words import redaction, when
from snapshot.model.plural import plural

SHOWN = 20
"""Problems that are printed; the JSON has them all."""
_SIGNED = {
    "good": "signed by {key}",
    "bad": "BAD signature of {key}",
    "unchecked": "says that it is signed by {key}; not checked, for no --key was given",
}


def render(verification: Verification, *, width: int, color: bool) -> str:
    """The verdict first; ends with a newline."""
    paint = Paint(color)
    name = make_visible(verification.file)
    counts = ", ".join(
        (
            plural(len(verification.snapshots), "snapshot"),
            plural(verification.sections, "section"),
            plural(verification.rows, "row"),
        )
    )
    if verification.verdict == "intact":
        lines = [
            paint(f"{name}: intact", "strong"),
            f"  {counts}: every digest holds, each snapshot follows the one before it",
        ]
    else:
        unsigned = ", or NOT signed by the key" if verification.keys else ""
        lines = [paint(f"{name}: NOT as it was written{unsigned}", "critical")]
        for problem in verification.problems[:SHOWN]:
            lines += flow([_problem(problem)], width=width, indent="  ")
        if len(verification.problems) > SHOWN:
            lines.append(f"  and {len(verification.problems) - SHOWN:,} more; -f json lists them")
    for snapshot in verification.snapshots:
        lines += ["", *_snapshot(snapshot, width, paint)]
    return "\n".join(lines) + "\n"


def _problem(problem: Flaw) -> str:
    where = [f"snapshot {problem.snapshot}"] if problem.snapshot is not None else []
    where += [make_visible(problem.scope)] if problem.scope is not None else []
    where += [make_visible(problem.kind)] if problem.kind is not None else []
    return ": ".join([*where, make_visible(problem.message)])


def _snapshot(verified: VerifiedSnapshot, width: int, paint: Paint) -> Iterator[str]:
    snapshot = verified.identity
    label = f" {make_visible(snapshot.label)}" if snapshot.label is not None else ""
    about = f"{make_visible(snapshot.host)}, {when(snapshot.started_at)}, {snapshot.status}"
    yield f"{paint(f'{snapshot.id}{label}', 'strong')}  {about}"
    yield f"    digest {make_visible(snapshot.digest)}"
    told = [_SIGNED[one.status].format(key=one.key or "something that is no signature") for one in verified.signatures]
    for line in told or ["not signed"]:
        yield from flow([line], width=width, indent="    ")
    if snapshot.redacted_with is not None:
        yield f"    {redaction(snapshot)}"
    for title, text in came_to_be(snapshot.provenance, (snapshot.started_at, snapshot.finished_at)):
        yield from flow([make_visible(f"{title.lower()}: {text}")], width=width, indent="    ")
