"""Changes in Markdown: each story folded, with all that follows from it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from reports.forest import Forest, forest
from reports.markdown.escape import code, html_code, prose, shown
from reports.markdown.room import Block, fitting, size_of
from reports.model import Change, Report
from reports.safe import make_visible
from reports.words import (
    ACTION_WORDS,
    SIGNS,
    action_word,
    ambiguity_text,
    fact_pairs,
    kind_word,
    matched_words,
    own_scope,
    value_text,
)
from snapshot.model.plural import plural

COMMAND = "`netlapse diff BEFORE AFTER -f json`"
LISTED = f"{COMMAND} lists them"
_LEVELS = ("info", "warning", "critical")
KINDS_COUNTED = 12
MOST_OF_A_STORY = 12_000
"""No story takes more room than this."""


def critical_block(report: Report, room: int) -> list[str]:
    """What is critical, at any depth, each with the change that explains it; what follows from another of them is left out."""
    by_id = {change.id: change for change in report.changes}
    blocks = []
    within: set[str | None] = set()
    for change in report.changes:
        below = change.cause in within
        if below or change.severity == "critical":
            within.add(change.id)
        if change.severity == "critical" and not below:
            cause = by_id.get(change.cause or "")
            follows = f", follows from {_thing(cause)} {action_word(cause)}" if cause is not None else ""
            blocks.append(Block(lines=(f"- {_line(change, None)}{follows}",)))
    if not blocks:
        return []
    return ["### Critical", "", *fitting(blocks, room, lambda left: f"- and {len(left):,} more critical: {LISTED}"), ""]


def stories(report: Report, room: int) -> list[str]:
    """The changes that stand by themselves, the worst first, with what follows from each."""
    trees = forest(report)
    if not trees.roots:
        return []
    roots = sorted(trees.roots, key=lambda root: -_worst(root, trees))
    blocks = [_story(root, trees) for root in roots]
    head: list[str] = []
    if sum(size_of(block.lines) for block in blocks) > room:
        head = [
            "",
            f"Not everything fits here: what follows from the later ones is only counted. {COMMAND} lists all.",
            "",
        ]
        room -= size_of(head)
        blocks = _shortened(roots, blocks, room // 2)

    def rest(left: Sequence[Block]) -> str:
        number, kinds = _counted(left)
        return f"\n**{plural(number, 'change')} left out here** for want of room ({kinds}): {LISTED}"

    told = fitting(blocks, room, rest)
    # The first story's empty line is the heading's.
    return ["### Changes", *(head or [""]), *(told if told[0] else told[1:]), ""]


def _shortened(roots: Sequence[Change], blocks: Sequence[Block], room: int) -> list[Block]:
    """The first stories in full, as far as there is room; of the others the change itself, in one line."""
    told = []
    for root, block in zip(roots, blocks, strict=True):
        room -= size_of(block.lines)
        follow = len(block.changes) - 1
        if room < 0 and follow:
            left = f", **{follow:,} more left out here** that {'follows' if follow == 1 else 'follow'}"
            told.append(Block(lines=(f"- {_line(root, None)}{left}",), changes=block.changes))
        else:
            told.append(block)
    return told


def _worst(root: Change, trees: Forest) -> int:
    """By what is worst of itself or under it."""
    worst, waiting = 0, [root]
    while waiting:
        change = waiting.pop()
        worst = max(worst, _LEVELS.index(change.severity))
        waiting += trees.under(change)
    return worst


def _story(root: Change, trees: Forest) -> Block:
    number = trees.count_under(root)
    if not number:
        return Block(lines=(f"- {_line(root, None)}", *_own(root, "  ")), changes=(root,))
    followers = list(_followers(root, trees, ""))

    def rest(left: Sequence[Block]) -> str:
        more, kinds = _counted(left)
        return f"\n**{more:,} more left out here** that {'follows' if more == 1 else 'follow'} ({kinds}): {LISTED}"

    told = fitting([Block(lines=tuple(_own(root, ""))), *followers], MOST_OF_A_STORY, rest)
    follows = "1 more follows" if number == 1 else f"{number:,} more follow"
    lines = ("", f"<details><summary>{_summary(root)} · {follows}</summary>", "", *told, "", "</details>", "")
    return Block(lines=lines, changes=(root, *(change for block in followers for change in block.changes)))


def _counted(left: Sequence[Block]) -> tuple[int, str]:
    """How many changes these tell of, and which: "3 routes removed, 1 link changed"."""
    changes = [change for block in left for change in block.changes]
    counts = Counter((change.kind, change.action) for change in changes).most_common()
    told = [f"{n:,} {prose(kind_word(kind, n))} {ACTION_WORDS[action]}" for (kind, action), n in counts[:KINDS_COUNTED]]
    others = sum(n for _, n in counts[KINDS_COUNTED:])
    return len(changes), ", ".join([*told, plural(others, "other")] if others else told)


def _followers(change: Change, trees: Forest, indent: str) -> Iterator[Block]:
    for child in trees.under(change):
        lines = (f"{indent}- {_line(child, change)}", *_own(child, f"{indent}  ", change))
        yield Block(lines=lines, changes=(child,))
        yield from _followers(child, trees, f"{indent}  ")


def _own(change: Change, indent: str, cause: Change | None = None) -> Iterator[str]:
    """What a change says beside its line, as a list: what follows from a ``cause`` without its facts."""
    if same := matched_words(change, None if cause is None else cause.matched_by):
        yield f"{indent}- {prose(same)}"
    if change.ambiguous is not None:
        yield f"{indent}- ambiguous: {prose(ambiguity_text(change.ambiguous))}"
    for field in change.fields:
        old, new = (value_text(value, short=True) for value in (field.before, field.after))
        if old == new:  # shortened alike: the difference is further back
            old, new = value_text(field.before), value_text(field.after)
        yield f"{indent}- {shown(field.name)}: {code(old)} → {code(new)}"
    if cause is None and not change.fields:
        told = change.after if change.after is not None else change.before
        pairs = [f"{prose(make_visible(name))} {code(value_text(value, short=True))}"
                 for name, value in fact_pairs(change.kind, told or {})]  # fmt: skip
        if pairs:
            yield f"{indent}- {', '.join(pairs)}"


def _thing(change: Change) -> str:
    return f"{prose(kind_word(change.kind))} {shown(change.name)}"


def _line(change: Change, cause: Change | None) -> str:
    where = (
        "" if own_scope(change) or (cause is not None and change.scope == cause.scope) else f" in {shown(change.scope)}"
    )
    told = f"`{SIGNS[change.action]}` {_thing(change)} {action_word(change)}{where}"
    return told + "".join(_marks(change, cause, "**"))


def _summary(change: Change) -> str:
    """The line of a folded story, which is HTML."""
    where = "" if own_scope(change) else f" in {html_code(make_visible(change.scope))}"
    kind = kind_word(change.kind)
    kind = kind if kind.replace(" ", "").isalpha() and kind.isascii() else html_code(kind)
    told = f"<code>{SIGNS[change.action]}</code> {kind} {html_code(make_visible(change.name))} {action_word(change)}{where}"
    return told + "".join(_marks(change, None, "<b>", "</b>"))


def _marks(change: Change, cause: Change | None, bold: str, end: str | None = None) -> Iterator[str]:
    if change.severity != "info" and (cause is None or change.action != "unknown"):
        yield f" {bold}{change.severity}{end or bold}"
    if change.selected is False:
        yield " (context)"
    if change.expected is not None and (cause is None or change.expected is not cause.expected):
        yield " (expected)" if change.expected else f" {bold}not expected{end or bold}"
