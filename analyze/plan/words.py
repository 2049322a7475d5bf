"""A rule in words, as the report shows it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from analyze.plan.globs import Glob
from analyze.plan.rules import Count, Rule
from analyze.plan.values import (
    All,
    AnyOf,
    Between,
    Contains,
    Each,
    Has,
    Is,
    Like,
    Not,
    Pattern,
    Within,
    spelt,
)  # fmt: skip
from reports.model import Change, PlanRule, RuleStatus

LOOKED_AT = 500
"""So many changes of a kind are searched for one that comes close to a rule."""

ACTION_WORDS = {"added": "added", "removed": "removed", "changed": "changed", "recreated": "re-created"}


def outcome(
    rule: Rule, status: RuleStatus, seen: int, changes: tuple[str, ...] = (), detail: str | None = None
) -> PlanRule:
    """What became of a rule: ``seen`` so many, among them the changes of these ids."""
    return PlanRule(
        section=rule.section,
        line=rule.mark.line,
        text=rule_words(rule),
        why=rule.why,
        wanted=wanted_words(rule),
        status=status,
        seen=seen,
        changes=changes,
        detail=detail,
    )


def rule_words(rule: Rule) -> str:
    """ "pod re-created in pod:prod/web-*": what a rule speaks of."""
    selector = rule.selector
    if selector.checks:
        severe = f"{_alternatives(selector.severities)} " if selector.severities else ""
        where = f" in {_globs(selector.scopes)}" if selector.scopes else ""
        return f"{'new ' if rule.section == 'forbid' else ''}{severe}finding of {_globs(selector.checks)}{where}"
    what = _alternatives(selector.kinds) or "anything"
    named = f"{what} {_globs(selector.names)}" if selector.names else what
    severe = f"{_alternatives(selector.severities)} " if selector.severities else ""
    if rule.section == "must":
        words = [named]
    elif selector.actions:
        words = [f"{severe}{named}", _alternatives([ACTION_WORDS[action] for action in selector.actions])]
    else:
        words = [f"any {severe}change of {named}" if selector.kinds or selector.names else f"any {severe}change"]
    if rule.each_scope:
        words.append(f"in each {_globs(rule.each_scope)}")
    elif selector.scopes:
        words.append(f"in {_globs(selector.scopes)}")
    details = [
        field.name
        if field.before == field.after == All(())
        else f"{field.name} {_pattern(field.before)} -> {_pattern(field.after)}"
        for field in selector.fields
    ]
    details += [f"{fact.name} {_pattern(fact.value)}" for fact in selector.facts]
    return " ".join(words) + (f" with {', '.join(details)}" if details else "")


def wanted_words(rule: Rule) -> str:
    """ "exactly 12", "at least 1", "1 to 3", "none"; with "or none" for what is optional."""
    words = _count_words(rule.count)
    return f"{words} each" if rule.each_scope else words


def _count_words(count: Count) -> str:
    least, most = count.at_least, count.at_most
    if most == 0:
        return "none"
    if most is None:
        words = f"at least {least:,}" if least else "any number"
    elif least == most:
        words = f"exactly {most:,}"
    else:
        words = f"{least:,} to {most:,}" if least else f"at most {most:,}"
    return f"{words}, or none" if count.or_none and least else words


def hint(rule: Rule, unexpected: Mapping[str, Sequence[Change]]) -> str | None:
    """The unexpected change that all but one key of a rule speaks of: what was meant may have come out otherwise."""
    for change in (change for kind in rule.selector.kinds for change in unexpected.get(kind, ())[:LOOKED_AT]):
        missed = rule.selector.misses(change)
        if len(missed) == 1:
            told = f"{change.kind} {change.name} {ACTION_WORDS[change.action]} in {change.scope}"
            return f"{told} is like it but for its {missed[0]}"
    return None


def _alternatives(words: Iterable[str]) -> str:
    *head, last = [*dict.fromkeys(words)] or [""]
    return f"{', '.join(head)} or {last}" if head else last


def _globs(patterns: Iterable[Glob]) -> str:
    return _alternatives(pattern.text for pattern in patterns)


def _pattern(pattern: Pattern) -> str:
    match pattern:
        case Is():
            return "(none)" if pattern.value is None else str(spelt(pattern.value))
        case Like():
            return pattern.pattern.text or '""'
        case Each():
            return f"[{', '.join(map(_pattern, pattern.items))}]"
        case Between():
            ends = ("" if end is None else str(end) for end in (pattern.at_least, pattern.at_most))
            return "..".join(ends)
        case Within():
            return f"within {pattern.network}"
        case Contains():
            return f"containing {_pattern(pattern.item)}"
        case AnyOf():
            return " or ".join(map(_pattern, pattern.patterns))
        case Not():
            return f"not {_pattern(pattern.pattern)}"
        case Has():
            return f"having {', '.join(f'{name} {_pattern(value)}' for name, value in pattern.values)}"
        case All():
            return " and ".join(map(_pattern, pattern.patterns)) or "(any)"
