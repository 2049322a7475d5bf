"""How much a change matters: what cuts traffic is critical, what may is a warning.

Each rule has a name that the report repeats, and a line in docs/severity.md that says why.
"""

from __future__ import annotations

from analyze.diff.critical_rules import CRITICAL
from analyze.diff.draft import Draft
from analyze.diff.losses import Losses, made_anew
from analyze.diff.severity_terms import SeverityRule
from analyze.diff.sides import Sides
from analyze.diff.warning_rules import WARNING

RULES = (WARNING[0], *CRITICAL, *WARNING[1:])
"""In the order in which they are tried: what is unknown is that before anything else."""

_BY_KIND: dict[str, tuple[SeverityRule, ...]] = {}


def settle_severities(sides: Sides, drafts: list[Draft]) -> None:
    """Judge every draft by the first rule that applies to it; what none applies to is ``info``."""
    losses = Losses.of(sides, drafts)
    for draft in drafts:
        rule = _rule(draft, losses)
        draft.severity, draft.severity_rule = ("info", None) if rule is None else (rule.severity, rule.name)


def _rule(draft: Draft, losses: Losses) -> SeverityRule | None:
    for rule in _rules_of(draft.kind):
        if _reaches(rule, draft) and rule.applies(draft, losses):
            return rule
    return None


def _rules_of(kind: str) -> tuple[SeverityRule, ...]:
    if kind not in _BY_KIND:
        _BY_KIND[kind] = tuple(rule for rule in RULES if not rule.kinds or kind in rule.kinds)
    return _BY_KIND[kind]


def _reaches(rule: SeverityRule, draft: Draft) -> bool:
    """What hangs under another change is told by that one, but for what a rule looks for there."""
    if draft.cause is None or rule.where == "anywhere":
        return True
    return rule.where == "anew" and made_anew(draft)
