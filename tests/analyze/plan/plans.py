"""Plans as texts, and what they say of small hosts."""

from __future__ import annotations

import copy
from collections.abc import Callable
from textwrap import dedent

from analyze.compose import compose
from analyze.plan.document import Source
from analyze.plan.grammar import read_plan
from analyze.plan.rules import Plan
from reports.model import PlanRule, Report
from tests.analyze.hosts import Host, pair_of
from tests.analyze.test_changes import classic

HEAD = "format: netlapse/plan\nversion: 1\n"


def plan(text: str, name: str = "plan.yaml") -> Plan:
    """A plan with these sections."""
    return read_plan(Source(name=name, data=(HEAD + dedent(text)).encode()))


def judged(text: str, before: Host, after: Host) -> Report:
    """The report of two hosts, judged by a plan; ``must`` may ask for anything."""
    return compose(pair_of(before, after), "netlapse test", plan=plan(text), state=after.whole().rows)


def changed(text: str, *changes: Callable[[Host], None], base: Callable[[], Host] = classic) -> Report:
    """A host, and the same one after some changes, judged by a plan."""
    before = base()
    after = copy.deepcopy(before)
    for change in changes:
        change(after)
    return judged(text, before, after)


def rules(report: Report) -> list[PlanRule]:
    """What became of each rule."""
    assert report.plan is not None
    return list(report.plan.rules)


def statuses(report: Report) -> list[str]:
    """The status of each rule."""
    return [rule.status for rule in rules(report)]
