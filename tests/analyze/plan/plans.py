"""Plans as texts, and what they say of small hosts."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace
from textwrap import dedent

from analyze.compose import compose
from analyze.plan.document import Source
from analyze.plan.grammar import read_plan
from analyze.plan.rules import Plan
from reports.model import PlanRule, Report
from snapshot.model.coverage import Coverage
from tests.analyze.hosts import ENDPOINT, Host
from tests.analyze.pairs import sides_of
from tests.analyze.rows import route
from tests.analyze.test_changes import classic, net_of

HEAD = "format: netlapse/plan\nversion: 1\n"


def plan(text: str, name: str = "plan.yaml") -> Plan:
    """A plan with these sections."""
    return read_plan(Source(name=name, data=(HEAD + dedent(text)).encode()))


def judged(text: str, before: Host, after: Host) -> Report:
    """The report of two hosts, judged by a plan; ``must`` may ask for anything."""
    return compose(sides_of(before, after), "netlapse test", plan=plan(text), state=after.whole().rows)


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


def recreate(*names: str) -> Callable[[Host], None]:
    def change(host: Host) -> None:
        for number, name in enumerate(names):
            host.remove(net_of(host, name))
            host.pod(name, f"10.1.27.{100 + number}", serial="2")

    return change


def add_route(host: Host) -> None:
    host.root.routes.append(route("10.2.0.0/16", "docker0", gateway="10.1.27.3"))


def smaller(host: Host) -> None:
    """The uplink's MTU, and nothing else."""
    host.root.links = [replace(link, mtu=1400) if link.name == "docker0" else link for link in host.root.links]


def expected_at_the_top(report: Report) -> dict[str, bool | None]:
    return {change.name: change.expected for change in report.changes if change.cause is None}


def torn(kind: str) -> Callable[[Host], None]:
    def change(host: Host) -> None:
        host.coverage += [
            Coverage(namespace=key, kinds=(kind,), status="torn", error="kept changing") for key in host.nets
        ]

    return change


def torn_on_the_host(host: Host) -> None:
    host.coverage.append(Coverage(namespace=host.root.key, kinds=("route",), status="torn", error="kept changing"))


def silent(host: Host) -> None:
    host.containers = []
    host.coverage.append(Coverage(runtime=ENDPOINT, kinds=("container", "network"), status="failed", error="no answer"))
