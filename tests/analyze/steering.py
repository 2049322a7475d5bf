"""What the tests of steering kinds share: hosts with some rows more, and changes of these."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from reports.model import Report
from snapshot.model.kinds import Fact
from snapshot.model.sysctl import Sysctl
from tests.analyze.hosts import Host, Net
from tests.analyze.test_changes import classic, top

Told = list[tuple[str, str, str]]
Change = Callable[[Host], None]


def told(report: Report) -> Told:
    return [(c.kind, c.action, c.name) for c in top(report)]


def ignored(report: Report) -> dict[str, int]:
    return {rule.rule: rule.count for rule in report.ignored}


def having(*rows: Fact) -> Callable[[], Host]:
    def base() -> Host:
        host = classic()
        host.root.more += rows
        return host

    return base


def put(net: Net, old: Iterable[Fact], new: Iterable[Fact]) -> None:
    net.more = [row for row in net.more if row not in list(old)] + list(new)


def swap(old: Iterable[Fact], new: Iterable[Fact]) -> Change:
    return lambda host: put(host.root, old, new)


def set_sysctl(net: Net, where: Callable[[Sysctl], bool], **values: int) -> None:
    net.more = [
        replace(row, values={**row.values, **values}) if isinstance(row, Sysctl) and where(row) else row
        for row in net.more
    ]
