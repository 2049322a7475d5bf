"""A drafted plan: what happened in the rehearsal is as it expects, another host's run is too, and nothing of a name acts."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from analyze.cli import exit_code
from analyze.compose import compose
from analyze.diff.sides import Sides
from analyze.loading import load
from analyze.plan.document import Source
from analyze.plan.draft import draft_plan
from analyze.plan.draft_folding import LISTED, MOST, SHORT
from analyze.plan.generalise import bounded, common, name_pattern, scope_pattern
from analyze.plan.globs import glob
from analyze.plan.grammar import read_plan
from analyze.plan.judge import judge
from analyze.plan.rules import Plan
from analyze.plan.state import State
from analyze.plan.yaml_text import inline, word
from analyze.topology import resolve
from reports.model import Report
from snapshot.model.link import Link
from snapshot.store.reference import SnapshotRef
from snapshot.store.writer import create
from tests.analyze.generated.changes import changed as mutate
from tests.analyze.generated.histories import SOME, Steps, seeds, steps
from tests.analyze.generated.hosts import made
from tests.analyze.hosts import Host
from tests.analyze.pairs import sides_of
from tests.analyze.plan.plans import HEAD, rules, torn
from tests.analyze.rows import route
from tests.analyze.test_changes import classic
from tests.cases.captures import read_capture
from tests.cases.record import RECORDED
from tests.reports.samples import HOSTILE

CASES = Path(__file__).parents[2] / "cases"
GAPPED = frozenset({"runtime-silent"})
MADE_UP = "bcdfghjklmnpqrstvwxz2456789"


def drafted(sides: Sides) -> tuple[str, Plan]:
    text = draft_plan(compose(sides, "netlapse test"))
    return text, read_plan(Source(name="plan.yaml", data=text.encode("ascii")))


def judge_itself(sides: Sides) -> Report:
    text, plan = drafted(sides)
    report = compose(sides, "netlapse test", plan=plan)
    assert {rule.status for rule in rules(report)} <= {"met"}, text
    assert report.verdict in ("expected", "same"), text
    assert exit_code(report) == 0
    return report


def hosts(change: Callable[[Host], None], base: Callable[[], Host] = classic) -> Sides:
    before = base()
    after = copy.deepcopy(before)
    change(after)
    return sides_of(before, after)


@SOME
@given(seeds, steps, steps)
def test_a_rehearsal_is_as_its_own_plan_expects(seed: int, first: Steps, second: Steps) -> None:
    """Unless part of it could not be compared: a runtime that is not there any more makes its containers unknown."""
    sides = sides_of(mutate(made(seed), first), mutate(made(seed), second))
    assume(all(change.action != "unknown" for change in compose(sides, "netlapse test").changes))
    judge_itself(sides)


@SOME
@given(st.lists(st.text(min_size=1, max_size=40), min_size=1, max_size=6, unique=True), st.booleans())
def test_whatever_things_are_called(names: list[str], added: bool) -> None:
    """Names as strangers choose them: wildcards, quotes, controls, and what looks like YAML."""

    def name_them(host: Host) -> None:
        for number, name in enumerate(names):
            host.root.link(Link(ifindex=500 + number, name=name, type="ether", link_kind="dummy", mtu=1500, state="UP"))
            if not name.startswith("ghost"):
                host.pod(name, f"10.1.27.{150 + number}", host_end=f"v{number}")

    before, after = classic(), classic()
    name_them(after)
    judge_itself(sides_of(before, after) if added else sides_of(after, before))


@pytest.mark.parametrize("name", sorted(set(RECORDED) - GAPPED))
def test_real_hosts(name: str, tmp_path: Path) -> None:
    for side in ("before", "after"):
        create(tmp_path / side, read_capture(CASES / name / f"{side}.json"))
    report = judge_itself(load(SnapshotRef(path=tmp_path / "before"), SnapshotRef(path=tmp_path / "after")))
    assert report.changes
    assert all(change.expected for change in report.changes)


def with_replicas(number: int, generation: str, host_ends: str = "veth") -> Host:
    host = Host.with_bridge()
    for n in range(number):
        suffix = MADE_UP[n] * 5
        host.pod(f"web-{generation}-{suffix}", f"10.1.27.{n + 2}", host_end=f"{host_ends}{n:08x}", serial=generation)
    return host


def test_a_rolling_update_is_a_pattern_and_a_count() -> None:
    """Twelve replicas of one Deployment, each with a name of its own, before and after."""
    before, after = with_replicas(12, "7d9c5b6f4"), with_replicas(12, "5f8c6d7b9")
    text, plan = drafted(sides_of(before, after))
    assert {name for rule in plan.rules for name in (rule.selector.names[0].text,)} == {"default/web-*"}
    assert {rule.selector.scopes[0].text for rule in plan.rules} == {"pod:default/web-*"}
    assert {rule.count.at_most for rule in plan.rules} == {12}
    assert len(plan.rules) <= 2  # re-created, or one for those that went and one for those that came
    assert "7d9c5b6f4" not in text.replace("# pod default/web-7d9c5b6f4", "")


def test_the_plan_of_one_host_serves_another() -> None:
    """Other names of pods and veths, other addresses, another name of the host; the same thing done."""
    _, plan = drafted(sides_of(with_replicas(3, "7d9c5b6f4"), with_replicas(3, "5f8c6d7b9")))
    before, after = with_replicas(3, "6c4d5f7b8", "cali"), with_replicas(3, "9d8f7c6b5", "cali")
    before.hostname = after.hostname = "node-2"
    report = compose(sides_of(before, after), "netlapse test", plan=plan)
    assert report.verdict == "expected"
    fewer = compose(sides_of(before, with_replicas(2, "9d8f7c6b5", "cali")), "netlapse test", plan=plan)
    assert fewer.verdict == "different"


def test_a_reboot_is_planned_without_naming_the_host() -> None:
    def reboot(host: Host) -> None:
        host.boot_id = "boot-2"

    text, plan = drafted(hosts(reboot))
    (rule,) = plan.rules
    assert (rule.selector.kinds, rule.selector.names[0].text) == (("host",), "*")
    assert "boot_id: {}" in text
    judge_itself(hosts(reboot))


def test_what_the_kernel_makes_up_is_not_in_a_plan() -> None:
    def recreate(host: Host) -> None:
        key = next(c.namespace or "" for c in host.containers if c.pod_name == "web-1")
        host.remove(host.nets[key])
        host.pod("web-1", "10.1.27.77", serial="2", host_end="veth0a1b2c3")

    text, _ = drafted(hosts(recreate))
    entries = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
    for word_ in ("ifindex", "mac", "10.1.27.77", "uid", "veth0a1b2c3", "node-1", "pid"):
        assert word_ not in entries


def test_the_values_that_matter_are_kept() -> None:
    def smaller(host: Host) -> None:
        host.root.links = [replace(link, mtu=1400) if link.name == "docker0" else link for link in host.root.links]

    text, _ = drafted(hosts(smaller))
    assert "      mtu: {before: 1500, after: 1400}" in text.splitlines()


def test_a_crowd_of_routes_is_one_entry_with_its_network() -> None:
    def many(host: Host) -> None:
        host.root.routes += [route(f"10.7.{n}.0/24", "docker0", gateway="10.1.27.3") for n in range(200)]

    text, plan = drafted(hosts(many))
    (rule,) = plan.rules
    assert rule.count.at_most == 200
    assert "dst: {within: 10.7.0.0/16}" in text
    assert 'gateway: "10.1.27.3"' in text
    judge_itself(hosts(many))


def test_a_short_series_is_listed_and_a_long_one_counted() -> None:
    def series(number: int) -> Callable[[Host], None]:
        def change(host: Host) -> None:
            for n in range(number):
                host.root.link(Link(ifindex=600 + n, name=f"bond{n}", type="ether", mtu=1500, state="UP"))

        return change

    assert len(drafted(hosts(series(SHORT)))[1].rules) == SHORT
    (rule,) = drafted(hosts(series(SHORT + 1)))[1].rules
    assert (rule.selector.names[0].text, rule.count.at_most) == ("bond*", SHORT + 1)


def test_a_plan_of_very_many_things_stays_readable() -> None:
    before = classic()
    for n in range(MOST + 20):
        name = f"{chr(97 + n % 26)}{chr(97 + n // 26)}x"
        before.root.links.append(Link(ifindex=600 + n, name=name, type="ether", mtu=1500 + n, state="UP", alias=name))
    after = copy.deepcopy(before)
    after.root.links = [
        replace(link, mtu=link.mtu + 1, alias=f"{link.alias}!") if link.alias and link.mtu else link
        for link in after.root.links
    ]
    report = compose(sides_of(before, after), "netlapse test")
    plan = read_plan(Source(name="plan.yaml", data=draft_plan(report).encode("ascii")))
    assert len(plan.rules) <= LISTED
    judged = judge(plan, report.changes, (), State(topology=resolve(after.loaded())))
    assert all(change.expected for change in judged.changes)


def test_nothing_changed_is_an_empty_plan() -> None:
    text, plan = drafted(sides_of(classic(), classic()))
    assert plan.rules == ()
    assert "expect: []  # nothing: the rehearsal changed nothing" in text


def test_a_rehearsal_with_gaps_says_so() -> None:
    text, _ = drafted(hosts(torn("route")))
    assert "# The rehearsal did not see everything (5 gaps, 0 changes unknown): what" in text


def test_no_name_acts_in_the_file_or_is_lost() -> None:
    def name_them(host: Host) -> None:
        for number, name in enumerate(HOSTILE):
            host.root.link(Link(ifindex=500 + number, name=name, type="ether", mtu=1500, state="UP"))

    text, plan = drafted(hosts(name_them))
    assert text.isascii()
    assert all(char.isprintable() or char == "\n" for char in text)
    found = {rule.selector.names[0] for rule in plan.rules}
    for name in HOSTILE:
        assert any(pattern.matches(name) for pattern in found)


@given(
    st.text().filter(lambda text: "\\" not in text)
)  # which takes the next character as it is, and is none at the end
def test_a_text_reads_back_as_it_was_written(text: str) -> None:
    plan = read_plan(Source(name="p", data=f"{HEAD}must: [{{kind: link, facts: {{alias: {word(text)}}}}}]".encode()))
    value = plan.rules[0].selector.facts[0].value
    assert value.matches(text)


@pytest.mark.parametrize(
    "value", [None, True, False, 0, -5, 10**18, "null", "~", "true", "1", "-1.5", "", "a: b", "a #b", "-", "@", "0x10", ".5"]
)  # fmt: skip
def test_a_value_reads_back_as_what_it_was(value: None | bool | int | str) -> None:
    text = f"{HEAD}must: [{{kind: sysctl, facts: {{values.x: {inline(value)}}}}}]"
    pattern = read_plan(Source(name="p", data=text.encode())).rules[0].selector.facts[0].value
    assert pattern.matches(value)
    if value is None or isinstance(value, bool):
        assert not pattern.matches(str(value))


@pytest.mark.parametrize(
    ("kind", "name", "pattern"),
    [
        ("pod", "prod/web-7d9c5b6f4-x2x9z", "prod/web-*"),
        ("pod", "kube-system/kube-proxy-4k2bx", "kube-system/kube-proxy-*"),
        ("pod", "default/db-0", "default/db-0"),
        ("pod", "p/nginx-proxy", "p/nginx-proxy"),
        ("pod", "p/mysql-abcde", "p/mysql-abcde"),
        ("veth", "veth1a2b3c4d - eth0", "veth* - eth0"),
        ("veth", "vblue - eth0", "vblue - eth0"),
        ("link", "br-0123456789ab", "br-*"),
        ("link", "br-lan", "br-lan"),
        ("link", "veth0", "veth0"),
        ("route", "10.1.2.3/32 dev cali0123456789a", "10.1.2.3/32 dev cali*"),
        ("sysctl", "net.ipv4.conf.veth1a2b3c4", "net.ipv4.conf.veth*"),
        ("fdb", "02:42:0a:01:1b:02 dev veth1a2b3c4", "* dev veth*"),
        ("address", "fd00:aabb:ccdd:eeff:1122::1/64 dev x", "fd00:aabb:ccdd:eeff:1122::1/64 dev x"),
        ("firewall", "ip nat DOCKER: -i br-0123456789ab -j A*", "ip nat DOCKER: -i br-* -j A\\*"),
        ("container", "k8s_app_web_default_6f1c2d3e-0000-1111-2222-333344445555_0", "k8s_app_web_default_*_0"),
    ],
)  # fmt: skip
def test_names_for_other_hosts(kind: str, name: str, pattern: str) -> None:
    assert name_pattern(kind, name) == pattern


@pytest.mark.parametrize(
    ("scope", "pattern"),
    [
        ("host", "host"),
        ("pod:prod/web-7d9c5b6f4-x2x9z", "pod:prod/web-*"),
        ("container:shop-web-1", "container:shop-web-1"),
        ("netns:blue", "netns:blue"),
        ("netns:[4026532999]", "netns:[*]"),
        ("netns:cni-6f1c2d3e-0000-1111-2222-333344445555", "netns:cni-*"),
    ],
)
def test_scopes_for_other_hosts(scope: str, pattern: str) -> None:
    assert scope_pattern(scope) == pattern


@given(st.sampled_from(["pod", "veth", "route"]), st.text("a/-*?\\[:0bcd \udcff", max_size=60))
def test_a_pattern_means_what_it_was_made_of(kind: str, name: str) -> None:
    assert glob(name_pattern(kind, name)).matches(name) or (kind == "pod" and "/" not in name)
    assert glob(scope_pattern(f"pod:{name}")).matches(f"pod:{name}") or "/" not in name
    assert glob(scope_pattern(f"netns:{name}")).matches(f"netns:{name}")


@given(st.lists(st.text("ab*?\\", max_size=12), min_size=1, max_size=5))
def test_what_is_common_means_each(names: list[str]) -> None:
    pattern = glob(common(name_pattern("link", name) for name in names))
    assert all(pattern.matches(name) for name in names)


@settings(max_examples=20)
@given(st.text("a\\*", min_size=900, max_size=1500))
def test_a_long_name_is_cut_and_still_meant(name: str) -> None:
    text = bounded(name_pattern("link", name))
    assert len(text) <= 1000
    assert glob(text).matches(name)
