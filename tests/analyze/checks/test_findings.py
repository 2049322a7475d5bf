"""The findings of two snapshots: the same trouble is one finding, and what was not seen is never said."""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analyze.compose import compose, compose_check
from reports.model import Finding
from snapshot.model.coverage import Coverage
from snapshot.model.sysctl import Sysctl
from tests.analyze.hosts import ENDPOINT, Host, Net
from tests.analyze.pairs import sides_of
from tests.analyze.rows import address
from tests.analyze.test_changes import classic, net_of

LOST = ("no-default-route", "pod:default/web-2")


def up(net: Net, *names: str) -> None:
    """Set links up, as all links of a real host are."""
    net.links = [replace(link, flags=("LOWER_UP", "UP")) if link.name in names else link for link in net.links]


def whole() -> Host:
    """A host of four pods, all links up, of which everything was read that checks go by."""
    host = classic()
    host.kinds = (*host.kinds, "counter")
    limits = [Sysctl(path=f"net.{family}.neigh.default", values={"gc_thresh3": 1024}) for family in ("ipv4", "ipv6")]
    host.root.more += limits
    for net in host.nets.values():
        up(net, *(link.name for link in net.links))
    return host


def lose_way(host: Host, pod: str = "web-2") -> None:
    net = net_of(host, pod)
    net.routes = [route for route in net.routes if route.dst != "0.0.0.0/0"]


def recreate(host: Host, pod: str = "web-2", ip: str = "10.1.27.77") -> None:
    host.remove(net_of(host, pod))
    net = host.pod(pod, ip, serial="2")
    up(net, "eth0")
    up(host.root, f"veth{pod}2")


def take_down(host: Host, pod: str = "web-3") -> None:
    net = net_of(host, pod)
    net.links = [replace(link, flags=()) if link.name == "eth0" else link for link in net.links]


def give_twice(host: Host) -> None:
    for pod in ("web-1", "web-4"):
        net_of(host, pod).addresses.append(address("eth0", "10.1.27.99/24"))


def rename(host: Host, pod: str = "web-3") -> None:
    net = net_of(host, pod)
    net.links = [replace(link, name="net0") if link.name == "eth0" else link for link in net.links]
    net.addresses = [replace(a, dev="net0", label="net0") for a in net.addresses]
    net.routes = [replace(route, dev="net0") for route in net.routes]


def take_off(host: Host, pod: str = "web-1") -> None:
    host.root.links = [replace(link, master=None, port_kind=None) if link.name == f"veth{pod}1" else link
                       for link in host.root.links]  # fmt: skip


def shrink(host: Host, pod: str = "web-4") -> None:
    host.root.links = [replace(link, mtu=1400) if link.name == f"veth{pod}1" else link for link in host.root.links]


def told(before: Host, after: Host) -> list[tuple[str, str, str]]:
    findings = compose(sides_of(before, after), "netlapse test").findings
    return [(finding.check, finding.scope, finding.status) for finding in findings]


def seen_in(before: Host, after: Host) -> list[str | None]:
    return [finding.seen_in for finding in compose(sides_of(before, after), "netlapse test").findings]


def changed(host: Host, *steps: Callable[[Host], None]) -> Host:
    other = copy.deepcopy(host)
    for step in steps:
        step(other)
    return other


def test_a_healthy_host_has_no_findings() -> None:
    report = compose_check(whole().loaded(), "netlapse test")
    assert (report.findings, report.unchecked) == ((), ())
    assert len(report.checks) >= 14


def test_what_came_is_new_and_what_went_is_resolved() -> None:
    well, lost = whole(), changed(whole(), lose_way)
    assert told(well, lost) == [(*LOST, "new")]
    assert told(lost, well) == [(*LOST, "resolved")]
    assert told(lost, lost) == [(*LOST, "persisting")]
    assert seen_in(well, lost) == seen_in(lost, well) == seen_in(lost, lost) == [None]


def test_a_recreated_pod_takes_its_finding_along() -> None:
    lost = changed(whole(), lose_way)
    assert told(lost, changed(lost, recreate, lose_way)) == [(*LOST, "persisting")]
    assert told(lost, changed(lost, recreate)) == [(*LOST, "resolved")]


def test_a_renamed_link_takes_its_finding_along() -> None:
    down = changed(whole(), take_down)
    assert told(down, changed(down, rename)) == [("end-down", "pod:default/web-3", "persisting")]


def test_another_pod_with_the_same_trouble_is_another_finding() -> None:
    first = changed(whole(), lose_way)
    second = changed(whole(), lambda host: lose_way(host, "web-4"))
    assert told(first, second) == [(*LOST, "resolved"), ("no-default-route", "pod:default/web-4", "new")]


def test_a_pod_that_is_gone_has_no_trouble_any_more() -> None:
    lost = changed(whole(), lose_way)
    assert told(lost, changed(lost, lambda host: host.remove(net_of(host, "web-2")))) == [(*LOST, "resolved")]


def blind(kind: str, pod: str = "web-2") -> Callable[[Host], None]:
    def step(host: Host) -> None:
        key = net_of(host, pod).key
        host.coverage.append(Coverage(namespace=key, kinds=(kind,), status="torn", error="kept changing"))

    return step


@pytest.mark.parametrize("kind", ["route", "address", "link"])
def test_what_one_side_could_not_read_is_unknown(kind: str) -> None:
    lost = changed(whole(), lose_way)
    assert told(lost, changed(whole(), blind(kind))) == [(*LOST, "unknown")]
    assert told(changed(whole(), blind(kind)), lost) == [(*LOST, "unknown")]
    # Whether there is trouble now is another question than whether there was.
    assert seen_in(lost, changed(whole(), blind(kind))) == ["before"]
    assert seen_in(changed(whole(), blind(kind)), lost) == ["after"]
    # Elsewhere it was read.
    assert told(lost, changed(whole(), blind(kind, "web-1"))) == [(*LOST, "resolved")]


def test_without_its_runtime_nobody_is_a_workload() -> None:
    def silence(host: Host) -> None:
        host.coverage.append(
            Coverage(runtime=ENDPOINT, kinds=("container", "network"), status="failed", error="silent")
        )
        host.containers = []

    lost = changed(whole(), lose_way)
    statuses = {status for check, _, status in told(lost, changed(lost, silence)) if check == "no-default-route"}
    assert statuses == {"unknown"}


def test_what_could_not_be_checked_is_told_with_its_reason() -> None:
    report = compose_check(changed(whole(), lose_way, blind("route")).loaded(), "netlapse test")
    assert report.findings == ()
    (gap,) = report.unchecked
    assert (gap.scope, gap.kind, gap.reason) == ("pod:default/web-2", "route", "kept changing")
    assert "no-default-route" in gap.checks
    assert "end-down" not in gap.checks


def test_what_was_not_asked_for_is_told_once_for_the_whole_host() -> None:
    def fewer(host: Host) -> None:
        host.kinds = ("link", "nsid")

    report = compose_check(changed(whole(), take_down, fewer).loaded(), "netlapse test")
    assert [finding.check for finding in report.findings] == ["end-down"]
    assert all(gap.scope is None for gap in report.unchecked)
    assert len({gap.kind for gap in report.unchecked}) == len(report.unchecked)


def test_what_is_found_in_a_part_of_a_table_holds() -> None:
    """Of a table too large to be gone through, the default routes are known: one by a gateway that nobody has is wrong."""

    def mislead(host: Host) -> None:
        net = net_of(host, "web-2")
        net.routes = [
            replace(route, gateway="10.1.27.200") if route.dst == "0.0.0.0/0" else route for route in net.routes
        ]

    snapshot = changed(whole(), mislead).loaded()
    namespaces = tuple(
        replace(
            place,
            extracts={**place.extracts, "gateway": replace(place.extracts["gateway"], rows=(), counts=(), cut=True)},
        )
        for place in snapshot.namespaces
    )
    report = compose_check(replace(snapshot, namespaces=namespaces), "netlapse test")
    assert [(finding.check, finding.severity) for finding in report.findings] == [("gateway-nobody", "critical")]
    assert {check for gap in report.unchecked for check in gap.checks} == {
        "bridge-without-address", "gateway-nobody", "gateway-not-on-link",
    }  # fmt: skip


STEPS = (lose_way, take_down, give_twice, take_off, shrink, rename, recreate)
steps = st.lists(st.sampled_from(STEPS), max_size=4, unique=True)
SETTINGS = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
MIRROR = {"new": "resolved", "resolved": "new", "persisting": "persisting", "unknown": "unknown"}


def findings(before: Host, after: Host) -> tuple[Finding, ...]:
    return compose(sides_of(before, after), "netlapse test").findings


def alone(host: Host) -> Counter[tuple[str, str, str]]:
    return Counter((f.check, f.scope, f.message) for f in compose_check(host.loaded(), "netlapse test").findings)


@SETTINGS
@given(steps, steps)
def test_the_way_back_mirrors_the_way_there(
    first: list[Callable[[Host], None]], second: list[Callable[[Host], None]]
) -> None:
    base = whole()
    a, b = changed(base, *first), changed(base, *second)
    there, back = findings(a, b), findings(b, a)
    assert Counter((f.check, MIRROR[f.status]) for f in there) == Counter((f.check, f.status) for f in back)
    assert {f.status for f in findings(a, a)} <= {"persisting"}
    # Nothing is lost and nothing made up: what each side has alone, and what both have.
    for host, gone in ((a, "new"), (b, "resolved")):
        assert Counter(f.check for f in there if f.status != gone) == Counter(
            check for check, _, _ in alone(host).elements()
        )


@SETTINGS
@given(
    steps, steps, st.sampled_from(["link", "address", "route", "nsid"]), st.sampled_from(["web-1", "web-2", "web-3"])
)
def test_less_coverage_says_less_and_never_anything_else(
    first: list[Callable[[Host], None]], second: list[Callable[[Host], None]], kind: str, pod: str
) -> None:
    base = whole()
    a, b = changed(base, *first), changed(base, *second)
    full = {(f.check, f.scope, f.message, f.status) for f in findings(a, b)}
    for finding in findings(a, changed(b, blind(kind, pod))):
        said = (finding.check, finding.scope, finding.message)
        assert finding.status == "unknown" or (*said, finding.status) in full
