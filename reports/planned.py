"""What became of a plan, in the order in which a reviewer asks: what failed, what came unplanned, what came as planned."""

from __future__ import annotations

from dataclasses import dataclass

from reports.model import PlanJudgement, PlanRule, RuleStatus
from reports.safe import make_visible


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The rules that came out alike. ``good`` None: it is not known."""

    title: str
    good: bool | None
    rules: tuple[PlanRule, ...]


_OUTCOMES: tuple[tuple[str, bool | None, frozenset[str], RuleStatus], ...] = (
    ("Planned and did not happen", False, frozenset({"expect"}), "unmet"),
    ("Happened more often than planned", False, frozenset({"expect"}), "violated"),
    ("Forbidden and happened", False, frozenset({"forbid"}), "violated"),
    ("Must hold and does not", False, frozenset({"must"}), "unmet"),
    ("Not known: the snapshots did not see enough", None, frozenset({"expect", "forbid", "must"}), "unknown"),
    ("Came as planned", True, frozenset({"expect"}), "met"),
    ("Did not happen, as is forbidden", True, frozenset({"forbid"}), "met"),
    ("Holds as it must", True, frozenset({"must"}), "met"),
)


def outcomes(plan: PlanJudgement) -> tuple[Outcome, ...]:
    """The plan's rules by what became of them, each in the file's order; what failed comes first."""
    found = []
    for title, good, sections, status in _OUTCOMES:
        rules = tuple(rule for rule in plan.rules if rule.section in sections and rule.status == status)
        if rules:
            found.append(Outcome(title=title, good=good, rules=rules))
    return tuple(found)


def counted_words(rule: PlanRule) -> str:
    """ "seen 11, wanted exactly 12"."""
    return f"seen {rule.seen:,}, wanted {make_visible(rule.wanted)}"
