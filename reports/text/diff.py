"""The diff in a terminal: the verdict first, then who was compared, then the changes with what follows from each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from reports.forest import Forest, forest
from reports.model import Ambiguity, Change, Ignored, Json, Report, SnapshotIdentity
from reports.provenance import who
from reports.safe import make_visible
from reports.text.findings import finding_lines
from reports.text.paint import Paint, columns, flow
from reports.text.plan import plan_block
from reports.verdict import tell
from reports.width import cells
from reports.words import (
    ACTION_WORDS,
    ACTIONS,
    SIGNS,
    action_word,
    ambiguity_text,
    called,
    fact_pairs,
    kind_word,
    matched_words,
    own_scope,
    value_text,
    when,
)
from snapshot.model.plural import plural

SHOWN_ALIKE = 4
"""So many changes of one kind and action are listed under a cause; more are counted."""


def render(report: Report, *, width: int, color: bool) -> str:
    """The report as lines of about ``width`` columns, ending with a newline. Names too long for a line are not cut."""
    paint = Paint(color)
    blocks = [
        _verdict(report, paint, width),
        _identities(report, paint, width),
        plan_block(report, paint, width),
        _numbers(report, paint),
        _changes(report, paint, width),
        _findings(report, paint, width),
        _coverage(report, paint, width),
        _ignored(report, paint),
    ]
    return "\n\n".join("\n".join(block) for block in blocks if block) + "\n"


def _verdict(report: Report, paint: Paint, width: int) -> list[str]:
    story = tell(report)
    headline = f"{paint(story.verdict, 'strong')}: {story.headline[:1].lower()}{story.headline[1:]}."
    return [
        *flow(headline.split(" "), width=width, indent="", separator=" "),
        *flow(" ".join(story.sentences).split(" "), width=width, indent="", separator=" "),
    ]


def _identities(report: Report, paint: Paint, width: int) -> list[str]:
    sides = [_identity("before", report.before), _identity("after", report.after)]
    if report.before.host == report.after.host:  # the verdict has named it
        sides = [[*side[:2], *side[3:]] for side in sides]
    rows = columns(sides)
    if report.before.kernel == report.after.kernel and any(cells("  ".join(row).rstrip()) + 2 > width for row in rows):
        rows = columns([[*side[:-3], *side[-2:]] for side in sides])
    return ["  " + "  ".join([paint(row[0], "dim"), paint(row[1], "strong"), *row[2:]]).rstrip() for row in rows]


def _identity(side: str, snapshot: SnapshotIdentity) -> list[str]:
    status = "" if snapshot.status == "complete" else make_visible(snapshot.status)
    host, kernel = make_visible(snapshot.host), make_visible(snapshot.kernel)
    return [side, called(snapshot), host, _taken(snapshot), kernel, make_visible(snapshot.digest[:12]), status]


def _taken(snapshot: SnapshotIdentity) -> str:
    by = make_visible(who(snapshot.provenance))
    return f"{when(snapshot.started_at)}{f' by {by}' if by else ''}"


def _numbers(report: Report, paint: Paint) -> list[str]:
    shown = [action for action in ACTIONS if action != "unknown" or any(row.unknown for row in report.summary)]
    if not report.summary:
        return []
    head = ["", *(ACTION_WORDS[action] for action in shown)]
    body = [[kind_word(row.kind, 2), *(f"{getattr(row, action):,}" for action in shown)] for row in report.summary]
    first, *rest = columns([head, *body], right=frozenset(range(1, len(head))))
    lines = ["  " + "  ".join(paint(cell, "dim") for cell in first).rstrip()]
    for row in rest:
        cells_ = [paint(cell, "dim" if cell.strip() == "0" else shown[i]) for i, cell in enumerate(row[1:])]
        lines.append("  " + "  ".join([row[0], *cells_]))
    return lines


def _changes(report: Report, paint: Paint, width: int) -> list[str]:
    trees = forest(report)
    blocks = ["\n".join(_tree(root, trees, paint, width)) for root in trees.roots]
    return ["\n".join(blocks)] if blocks else []


def _tree(root: Change, trees: Forest, paint: Paint, width: int) -> Iterator[str]:
    """A change that stands by itself: its line, its fields or facts one a line, and what follows from it."""
    yield _line(root, paint, "", None)
    if reason := matched_words(root):
        yield from _dim(reason.split(" "), paint, width, "    ")
    if root.ambiguous is not None:
        yield from flow(_ambiguous(root.ambiguous).split(" "), width=width, indent="    ", separator=" ")
    for field in root.fields:
        yield from flow([_field(field.name, field.before, field.after, paint)], width=width, indent="    ")
    if not root.fields:
        facts = root.after if root.after is not None else root.before
        pairs = [f"{make_visible(n)} {value_text(v, short=True)}" for n, v in fact_pairs(root.kind, facts or {})]
        yield from (paint(line, "dim") for line in flow(pairs, width=width, indent="    "))
    yield from _followers(root, trees, paint, width, "  ")


def _followers(change: Change, trees: Forest, paint: Paint, width: int, indent: str) -> Iterator[str]:
    below = trees.under(change)
    alike: dict[tuple[str, str], list[Change]] = {}
    for child in below:
        alike.setdefault((child.kind, child.action), []).append(child)
    folded: set[str] = set()
    for same in alike.values():
        if len(same) > SHOWN_ALIKE + 1:
            folded.update(child.id for child in same[SHOWN_ALIKE:] if not _counts(child))
    for child in below:
        if child.id not in folded:
            yield _line(child, paint, indent, change.scope, change.expected)
            if reason := matched_words(child, change.matched_by):
                yield from _dim(reason.split(" "), paint, width, f"{indent}    ")
            fields = [_field(f.name, f.before, f.after, Paint(False)) for f in child.fields]
            yield from flow(fields, width=width, indent=f"{indent}    ")
            if child.ambiguous is not None:
                said = _ambiguous(child.ambiguous).split(" ")
                yield from flow(said, width=width, indent=f"{indent}    ", separator=" ")
            yield from _followers(child, trees, paint, width, f"{indent}  ")
    for (kind, action), same in alike.items():
        left = [child for child in same if child.id in folded]
        if left:
            deeper = sum(trees.count_under(child) for child in left)
            with_more = f", with {plural(deeper, 'change')} under them" if deeper else ""
            words = f"and {len(left):,} more {kind_word(kind, len(left))} {ACTION_WORDS[action]}{with_more}"
            yield f"{indent}{paint(SIGNS[action], action)} {paint(f'{words} (-f json lists them)', 'dim')}"


def _counts(change: Change) -> bool:
    """Is it to be seen wherever it hangs? What is unknown there is told by what it hangs under."""
    return change.severity != "info" and change.action != "unknown"


def _dim(words: Iterable[str], paint: Paint, width: int, indent: str) -> Iterator[str]:
    return (paint(line, "dim") for line in flow(words, width=width, indent=indent, separator=" "))


def _line(change: Change, paint: Paint, indent: str, inside: str | None, cause_expected: bool | None = None) -> str:
    where = "" if own_scope(change) or change.scope == inside else f" in {make_visible(change.scope)}"
    words = f"{kind_word(change.kind)} {paint(make_visible(change.name), 'strong' if inside is None else None)}"
    line = f"{indent}{paint(SIGNS[change.action], change.action)} {words} {action_word(change)}{where}"
    if _counts(change) or (inside is None and change.severity != "info"):
        line += f"  {paint(f'[{change.severity}]', change.severity)}"
    if change.selected is False:
        line += f"  {paint('(context)', 'dim')}"
    if change.expected is not None and change.expected is not cause_expected:
        line += "  (expected)" if change.expected else "  (not expected)"
    return line


def _ambiguous(found: Ambiguity) -> str:
    return f"ambiguous: {ambiguity_text(found)}"


def _field(name: str, before: Json, after: Json, paint: Paint) -> str:
    old, new = (value_text(value, short=True) for value in (before, after))
    if old == new:  # shortened alike: the difference is further back
        old, new = (value_text(value) for value in (before, after))
    return f"{make_visible(name)} {paint(old, 'removed')} -> {paint(new, 'added')}"


def _findings(report: Report, paint: Paint, width: int) -> list[str]:
    if not report.findings:
        return []
    shown = [finding for finding in report.findings if finding.status != "persisting"]
    lines = [f"{paint('Findings', 'strong')}: what checks say of the host", *finding_lines(shown, paint, width)]
    kept = len(report.findings) - len(shown)
    if kept:
        words = f"{plural(kept, 'finding')} {'persists' if kept == 1 else 'persist'}: `netlapse check AFTER` lists them"
        lines.append(f"  {paint(words, 'dim')}")
    return lines


def _coverage(report: Report, paint: Paint, width: int) -> list[str]:
    if not report.coverage:
        return []
    rows = columns([[g.snapshot, make_visible(g.scope), make_visible(g.kind), g.status] for g in report.coverage])
    lines = [f"{paint('Coverage', 'strong')}: what the snapshots did not see"]
    for row, gap in zip(rows, report.coverage, strict=True):
        line = "  " + "  ".join(row)
        error = make_visible(gap.error) if gap.error is not None else ""
        if cells(line) + 2 + cells(error) > width:
            lines += [line.rstrip(), *flow(error.split(" "), width=width, indent="      ", separator=" ")]
        else:
            lines.append(f"{line}  {error}".rstrip())
    return lines


def _ignored(report: Report, paint: Paint) -> list[str]:
    if not report.ignored:
        return []
    by_default = [rule for rule in report.ignored if rule.source == "default"]
    own = [rule for rule in report.ignored if rule.source != "default"]
    head = paint("Ignored", "strong")
    lines = [f"{head}: changes that happen by themselves (--no-default-ignores reports them)"] if by_default else []
    lines += _rules([[f"{rule.count:,}", make_visible(rule.rule)] for rule in by_default])
    if own:
        lines.append(f"{head}: what the given rules left out, with what follows from it")
    told = [[f"{rule.count:,}", make_visible(rule.rule), make_visible(rule.source), _about(rule)] for rule in own]
    return [*lines, *_rules(told)]


def _rules(rows: list[list[str]]) -> list[str]:
    return ["  " + "  ".join(row).rstrip() for row in columns(rows, right=frozenset({0}))] if rows else []


def _about(rule: Ignored) -> str:
    words = [f"{rule.critical:,} of them critical"] if rule.critical else []
    words += [make_visible(rule.reason)] if rule.reason is not None else []
    return "; ".join(words)
