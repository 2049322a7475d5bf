"""What is told of each thing that can happen to a generated host: change by change with its cause, drawn, and the way back."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from analyze.compose import compose
from analyze.drawing.whole import draw
from analyze.plan.draft import draft_plan
from analyze.topology import resolve
from reports.model import Change, Report
from snapshot.model.link import Link
from snapshot.model.namespace import NamespaceId
from tests.analyze.drawn import drawn
from tests.analyze.generated.blinding import GAPS, blinded, hidden
from tests.analyze.generated.changes import CHANGES, changed
from tests.analyze.generated.changes import Change as Step
from tests.analyze.generated.hosts import made
from tests.analyze.hosts import Host
from tests.analyze.pairs import sides_of
from tests.analyze.plan.plans import judged
from tests.analyze.rows import address

FOLDER = Path(__file__).with_name("stories")
SEEDS = (0, 7, 16)
"""Of the hosts, and of what exactly happens."""
HISTORIES = range(24)
"""Seeds of hosts to which several things happen."""


def story(step: Step) -> str:
    """Both ways on each host, as text."""
    parts = []
    for seed in SEEDS:
        before = made(seed)
        after = before.fork()
        step(after, Random(seed))
        for way, sides in (("there", (before, after)), ("back", (after, before))):
            report = compose(sides_of(*sides), "netlapse test", pictured=way == "there")
            parts.append(f"# host {seed}, {way}\n" + told(report))
    return "\n".join(parts)


def told(report: Report) -> str:
    """A report's changes, each below what explains it, and what was left out."""
    said = [f"{report.verdict}"]
    depth: dict[str, int] = {}
    for change in report.changes:
        depth[change.id] = depth[change.cause] + 1 if change.cause is not None else 0
        said.append("  " * depth[change.id] + _line(change))
    if report.drawing is not None:
        said += drawn(report.drawing)
    said += [f"{gap.snapshot} {gap.status}: {gap.scope} {gap.kind} {gap.error}" for gap in report.coverage]
    if report.plan is not None:
        said += [f"plan {r.status} {r.seen}: {r.text}, {r.wanted}; {r.detail}" for r in report.plan.rules]
    said += [f"ignored: {one.rule} {one.count}" for one in report.ignored]
    said += [f"{f.status}: {f.check} {f.scope} {f.message}" for f in report.findings if f.status != "persisting"]
    return lines(*said)


def lines(*words: str) -> str:
    return "".join(ascii(line)[1:-1] + "\n" for line in words)


def _line(change: Change) -> str:
    fields = "; ".join(f"{field.name}: {field.before!r} -> {field.after!r}" for field in change.fields)
    by = f" by {change.matched_by} ({change.confidence})" if change.matched_by is not None else ""
    severity = f"{change.severity}{f' ({change.severity_rule})' if change.severity_rule is not None else ''}"
    text = f"{change.kind} {change.action} {severity} {change.scope} {change.name}{by}"
    if change.ambiguous is not None:
        doubt = change.ambiguous
        text += f" ({doubt.reason}: {doubt.count} {', '.join(doubt.candidates)}; {doubt.rivals} rivals)"
    return f"{text} [{fields}]" if fields else text


def known(name: str, now: str) -> str:
    """What a file has was read before it was put there; NETLAPSE_UPDATE_GOLDEN=1 writes it anew."""
    file = FOLDER / f"{name}.txt"
    if os.environ.get("NETLAPSE_UPDATE_GOLDEN"):
        file.write_text(now, encoding="ascii")
    return file.read_text(encoding="ascii")


@pytest.mark.parametrize("step", CHANGES, ids=lambda step: step.__name__)
def test_what_is_told(step: Step) -> None:
    now = story(step)
    assert now == known(step.__name__, now)


def nested() -> Host:
    """A host on which a namespace has a bridge of its own, with a namespace on it."""
    host = made(7)
    red = next(net for net in host.nets.values() if net.names)
    inside = host.namespace("/run/netns/inside")
    red.link(Link(ifindex=500, name="br-in", type="ether", link_kind="bridge", mtu=1500, state="UP", flags=("UP",)))
    red.addresses.append(address("br-in", "10.77.0.1/24"))
    red.nsids.append(NamespaceId(nsid=77, target=inside.key))
    inside.nsids.append(NamespaceId(nsid=78, target=red.key))
    veth = Link(
        ifindex=501, name="vin", type="ether", link_kind="veth", mtu=1500, state="UP", link_index=502, link_netnsid=77
    )
    red.link(replace(veth, master="br-in", port_kind="bridge"))
    inside.link(replace(veth, ifindex=502, name="eth0", link_index=501, link_netnsid=78))
    inside.addresses.append(address("eth0", "10.77.0.2/24"))
    return host


def within(host: Host, change: str) -> Host:
    """What is inside of such a namespace has changed."""
    after = host.fork()
    inside = next(net for net in after.nets.values() if "inside" in "".join(net.names))
    red = next(net for net in after.nets.values() if any(link.name == "br-in" for link in net.links))
    if change == "address":
        inside.addresses.append(address("eth0", "10.77.0.3/24"))
    elif change == "off":
        red.links = [replace(k, master=None, port_kind=None) if k.name == "vin" else k for k in red.links]
    else:
        red.links = [replace(k, mtu=1400) if k.name == "br-in" else k for k in red.links]
    return after


@pytest.mark.parametrize("change", ["address", "bridge", "off"])
def test_what_is_told_of_a_bridge_in_a_namespace(change: str) -> None:
    host = nested()
    ways = [
        compose(sides_of(*pair), "netlapse test")
        for pair in ((host, within(host, change)), (within(host, change), host))
    ]
    now = "\n".join(map(told, ways))
    assert now == known(f"nested-{change}", now)


def test_what_is_drawn_of_a_host_by_itself() -> None:
    """And of one a namespace of which was not found."""
    hosts = {str(seed): made(seed) for seed in SEEDS}
    hosts |= {f"{seed}, less seen": blinded(host, [(GAPS.index(hidden), 5)]) for seed, host in hosts.items()}
    hosts["nested"] = nested()
    now = "\n".join(lines(f"# host {name}", *drawn(draw(resolve(host.loaded())))) for name, host in hosts.items())
    assert now == known("whole_host", now)


PLAN = """
expect:
  - {kind: pod, action: [added, removed, recreated], optional: true}
  - {kind: link, action: changed, fields: {mtu: {}}, count: {at_most: 1}}
  - {kind: route, action: [added, removed, changed], scope: host, optional: true}
forbid:
  - {severity: critical}
  - {kind: network}
  - {check: '*', severity: [critical, warning]}
must:
  - {kind: route, each_scope: 'pod:*', facts: {dst: 0.0.0.0/0}, count: 1}
  - {kind: link, scope: host, name: docker0, facts: {mtu: 1500}}
  - {check: [no-default-route, duplicate-*]}
"""


@pytest.mark.parametrize("seed", HISTORIES)
def test_several_things_at_once_by_a_plan(seed: int) -> None:
    """Of every third pair of hosts something was not seen."""
    chance = Random(seed)
    before = made(100 + seed)
    after = changed(before, [(chance.randrange(len(CHANGES)), chance.randrange(2**16)) for _ in range(5)])
    if seed % 3 == 0:
        gap = [(chance.randrange(len(GAPS)), chance.randrange(2**16))]
        before, after = (blinded(before, gap), after) if seed % 2 else (before, blinded(after, gap))
    report = judged(PLAN, before, after)
    drafted = draft_plan(compose(sides_of(before, after), "netlapse test"))
    now = f"{told(report)}\n{drafted}"
    assert now == known(f"history-{seed}", now)


def test_every_file_is_of_a_change() -> None:
    assert {file.stem for file in FOLDER.iterdir()} == {
        "whole_host",
        *(step.__name__ for step in CHANGES),
        *(f"history-{seed}" for seed in HISTORIES),
        *(f"nested-{change}" for change in ("address", "bridge", "off")),
    }
