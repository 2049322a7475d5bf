"""Whether a change lets less through than before: policies and verdicts of the firewall, policy rules, respelled routes."""

from __future__ import annotations

import re

from analyze.diff.draft import Draft
from analyze.diff.nexthops import LEADS
from reports.model import Facts

POLICY = re.compile(r"policy\s+(?P<policy>\w+)", re.IGNORECASE)
QUOTED = re.compile(r'"[^"]*"')
REFUSES = re.compile(r"(?:^|\s)(?:(?:-j|--jump)\s+(?:DROP|REJECT)|drop|reject)(?:\s|$)")
ACCEPTS = re.compile(r"(?:^|\s)(?:(?:-j|--jump)\s+ACCEPT|accept)(?:\s|$)")
REFUSES_ALL = re.compile(
    r"(?:-m comment --comment \S+ )?-j (?:DROP|REJECT(?: --reject-with \S+)?)"
    r"|(?:counter |log (?:prefix \S+ )?)*(?:drop|reject(?: with [\w -]+)?)(?: comment \S+)?"
)
"""A rule that selects nothing and refuses everything, quoted texts replaced (iptables(8), nft(8))."""
PATHS = frozenset({"input", "forward", "output"})
"""The chains through which all packets go, as iptables calls them and nft mostly does."""
SELECTORS = ("src", "dst", "iif", "oif", "fwmark", "ipproto", "sport", "dport", "uid_range", "l3mdev")


def policy_refuses(draft: Draft) -> bool:
    """Does a chain drop by policy now, and did not before?"""
    if (draft.after or {}).get("object") != "chain":
        return False
    return _policy(draft.after) == "drop" != _policy(draft.before)


def _policy(facts: Facts | None) -> str | None:
    found = POLICY.search(str((facts or {}).get("text")))
    return found["policy"].lower() if found else None


def refuses(draft: Draft) -> bool:
    """Is it a rule that drops or rejects?"""
    facts = draft.after or {}
    return facts.get("object") == "rule" and REFUSES.search(_unquoted(facts)) is not None


def refuses_what_passed(draft: Draft) -> bool:
    """A rule of one of the chains that all packets go through that accepted and refuses now, or refuses all."""
    facts = draft.after or {}
    if not refuses(draft) or str(facts.get("chain")).lower() not in PATHS or draft.action not in ("added", "changed"):
        return False
    if draft.action == "changed" and "text" not in draft.touched:
        return False
    if draft.before is not None:
        return ACCEPTS.search(_unquoted(draft.before)) is not None
    return REFUSES_ALL.fullmatch(_unquoted(facts)) is not None


def _unquoted(facts: Facts) -> str:
    return QUOTED.sub("_", str(facts.get("text")))


def selects_all(draft: Draft) -> bool:
    """Does a policy rule match every packet?"""
    facts = draft.after or {}
    return not any(facts.get(name) for name in SELECTORS) and not facts.get("invert")


def respelled(draft: Draft) -> bool:
    """Did a route change only how it says where it leads (analyze/diff/nexthops.py), and does one side tell where that is?"""
    shown = [facts.get(name) for facts in (draft.before, draft.after) if facts for name in LEADS]
    return draft.action == "changed" and draft.touched == {"nexthop_id"} and any(shown)
