"""What a comment tells besides changes: the plan, the findings, what was not seen, what was left out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from reports.findings import seen_words
from reports.forest import unplanned
from reports.markdown.changes import LISTED
from reports.markdown.escape import code, prose, shown
from reports.markdown.room import Block, fitting, things
from reports.model import Change, Finding, PlanRule, Report
from reports.planned import outcomes
from reports.safe import make_visible
from reports.words import ACTION_WORDS, SIGNS, kind_word, own_scope, value_text
from snapshot.model.plural import plural

MOST_OF_A_RULE = 5
_STATUSES = ("new", "unknown", "resolved", "persisting", "present")


def plan_block(report: Report, room: int) -> list[str]:
    """What became of the plan: what failed is open, what came as planned is folded."""
    plan = report.plan
    if plan is None:
        return []
    by_id = {change.id: change for change in report.changes}
    blocks: list[Block] = []
    found = outcomes(plan)
    for outcome in found:
        if outcome.good is not True:
            blocks += [Block(lines=(f"**{outcome.title}**", ""), things=0)]
            blocks += [_rule(rule, by_id) for rule in outcome.rules] + [Block(lines=("",), things=0)]
    others = unplanned(report)
    if others:
        blocks.append(Block(lines=("**Happened and is not in the plan**", ""), things=0))
        blocks += [Block(lines=(f"- {_change(change)}",)) for change in others] + [Block(lines=("",), things=0)]
    good = [outcome for outcome in found if outcome.good is True]
    if good:
        number = sum(len(outcome.rules) for outcome in good)
        head = f"<details><summary>{plural(number, 'rule')} met</summary>"
        lines = [f"- {outcome.title}: {_rule_words(rule)}" for outcome in good for rule in outcome.rules]
        kept = fitting(
            [Block(lines=(line,)) for line in lines], room // 3, lambda left: f"- and {things(left):,} more: {LISTED}"
        )
        blocks.append(Block(lines=(head, "", *kept, "", "</details>", ""), things=number))
    title = f"### Plan {shown(plan.name)}"
    told = fitting(blocks, room, lambda left: f"\n**{things(left):,} more of the plan left out here**: {LISTED}")
    return [title, "", f"sha256 {shown(plan.digest[:12])}", "", *told, ""]


def _rule(rule: PlanRule, by_id: Mapping[str, Change]) -> Block:
    lines = [f"- {_rule_words(rule)}"]
    lines += [f"  - {prose(make_visible(rule.detail))}"] if rule.detail is not None else []
    lines += [f"  - why: {prose(make_visible(rule.why))}"] if rule.why is not None else []
    changes = [by_id[change] for change in rule.changes if change in by_id]
    lines += [f"  - {_change(change)}" for change in changes[:MOST_OF_A_RULE]]
    more = len(changes) - MOST_OF_A_RULE
    return Block(lines=(*lines, f"  - and {more:,} more: {LISTED}") if more > 0 else tuple(lines))


def _rule_words(rule: PlanRule) -> str:
    seen = f"seen {rule.seen:,}, wanted {prose(make_visible(rule.wanted))}"
    return f"line {rule.line}: {prose(make_visible(rule.text))} ({seen})"


def _change(change: Change) -> str:
    where = "" if own_scope(change) else f" in {shown(change.scope)}"
    severity = "" if change.severity == "info" else f" **{change.severity}**"
    thing = f"{prose(kind_word(change.kind))} {shown(change.name)}"
    return f"`{SIGNS[change.action]}` {thing} {ACTION_WORDS[change.action]}{where}{severity}"


def findings_block(report: Report, room: int) -> list[str]:
    """The findings by check, each check with what it means; those that persist are folded."""
    shown_first = [finding for finding in report.findings if finding.status != "persisting"]
    kept = [finding for finding in report.findings if finding.status == "persisting"]
    if not report.findings:
        return []
    blocks = list(_by_check(report, shown_first))

    def rest(left: Sequence[Block]) -> str:
        return f"- and {plural(things(left), 'more finding')}: {LISTED}"

    lines = fitting(blocks, room * 2 // 3, rest)
    if kept:
        inside = fitting(list(_by_check(report, kept)), room // 3, rest)
        words = f"{plural(len(kept), 'finding')} {'persists' if len(kept) == 1 else 'persist'}"
        lines += ["", f"<details><summary>{words}</summary>", "", *inside, "", "</details>"]
    return ["### Findings", "", *lines, ""]


def _by_check(report: Report, findings: Iterable[Finding]) -> Iterable[Block]:
    by: dict[str, list[Finding]] = {}
    for finding in sorted(findings, key=lambda finding: _STATUSES.index(finding.status)):
        by.setdefault(finding.check, []).append(finding)
    known = {info.id: info for info in report.checks}
    for check, found in by.items():
        info = known.get(check)
        about = "" if info is None else f": {prose(make_visible(info.title))}. {prose(make_visible(info.why))}"
        yield Block(lines=(f"- {shown(check)}{about}",), things=0)
        for finding in found:
            evidence = [f"    - {code(value_text(item))}" for item in finding.evidence]
            words = f"**{finding.status}** in {shown(finding.scope)}: {prose(make_visible(finding.message))}"
            seen = f" ({told})" if (told := seen_words(finding)) is not None else ""
            severity = "" if finding.severity == "info" else f" **{finding.severity}**"
            yield Block(lines=(f"  - {words}{seen}{severity}", *evidence))


def coverage_block(report: Report, room: int) -> list[str]:
    """What the snapshots did not see."""
    blocks = [
        Block(lines=(f"- {gap.snapshot}: {shown(gap.scope)} {prose(make_visible(gap.kind))} {gap.status}"
                     + ("" if gap.error is None else f": {prose(make_visible(gap.error))}"),))
        for gap in report.coverage
    ]  # fmt: skip
    if not blocks:
        return []
    return [
        "### Coverage",
        "",
        "What the snapshots did not see:",
        "",
        *fitting(blocks, room, lambda left: f"- and {plural(things(left), 'more gap')}: {LISTED}"),
        "",
    ]


def ignored_block(report: Report, room: int) -> list[str]:
    """Which rules left out how many changes."""
    blocks = []
    for rule in report.ignored:
        source = "" if rule.source == "default" else f", given by {shown(rule.source)}"
        critical = f", {rule.critical:,} of them critical" if rule.critical else ""
        reason = f": {prose(make_visible(rule.reason))}" if rule.reason is not None else ""
        blocks.append(Block(lines=(f"- {rule.count:,} by {shown(rule.rule)}{source}{critical}{reason}",)))
    if not blocks:
        return []
    return [
        "### Ignored",
        "",
        "Changes that were left out:",
        "",
        *fitting(blocks, room, lambda left: f"- and {plural(things(left), 'more rule')}: {LISTED}"),
        "",
    ]
