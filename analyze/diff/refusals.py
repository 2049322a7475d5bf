"""Whether a change refuses something: a rule or policy of the firewall, a policy rule; and respelled routes."""

from __future__ import annotations

import re

from analyze.diff.draft import Draft
from analyze.diff.nexthops import LEADS
from analyze.firewall.ruleset import policy_of
from reports.model import Facts
from snapshot.model.firewall import FirewallEntry

QUOTED = re.compile(r'"[^"]*"')
REFUSES = re.compile(r"(?:^|\s)(?:(?:-j|--jump)\s+(?:DROP|REJECT)|drop|reject)(?:\s|$)")


def refuses(draft: Draft) -> bool:
    """Is it a rule that drops or rejects, or a chain that drops by policy?"""
    entry, facts = draft.new, draft.after or {}
    if facts.get("object") == "chain":
        return isinstance(entry, FirewallEntry) and policy_of(entry) == "drop"
    return facts.get("object") == "rule" and REFUSES.search(_unquoted(facts)) is not None


def _unquoted(facts: Facts) -> str:
    return QUOTED.sub("_", str(facts.get("text")))


def respelled(draft: Draft) -> bool:
    """Did a route change only how it says where it leads (analyze/diff/nexthops.py), and does one side tell where that is?"""
    shown = [facts.get(name) for facts in (draft.before, draft.after) if facts for name in LEADS]
    return draft.action == "changed" and draft.touched == {"nexthop_id"} and any(shown)
