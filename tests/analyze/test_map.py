"""``--map OLD=NEW``: what a person says is above what the analyzer finds, and must make sense."""

from __future__ import annotations

import copy
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from netlapse import app
from reports.model import Report
from snapshot.model.container import Network
from snapshot.model.errors import UsageError
from snapshot.model.link import Link
from snapshot.store.writer import create
from tests.analyze.hosts import Host
from tests.analyze.messages import says
from tests.analyze.rows import address
from tests.analyze.workloads import container, one, pod, report, top
from tests.cases.captures import capture_of


def host() -> Host:
    made = Host.with_bridge()
    pod(made, "web-0", "10.1.27.2")
    container(made, "db", "10.1.27.40")
    made.root.link(Link(ifindex=3, name="eth0", type="ether", mac="3c:ec:ef:00:00:01", mtu=1500, state="UP"))
    made.root.addresses.append(address("eth0", "192.0.2.7/24"))
    made.veth(made.namespace("/run/netns/blue"), "vethblue", "10.1.27.50")
    made.networks.append(Network(id="a", name="back"))
    return made


def other() -> Host:
    """Everything under another name, with other numbers."""
    made = Host.with_bridge()
    pod(made, "api-0", "10.1.27.3")
    container(made, "database", "10.1.27.41")
    made.root.link(Link(ifindex=9, name="ens3", type="ether", mac="3c:ec:ef:00:00:99", mtu=1500, state="UP"))
    made.root.addresses.append(address("ens3", "192.0.2.8/24"))
    made.veth(made.namespace("/run/netns/green"), "vethgreen", "10.1.27.51")
    made.networks.append(Network(id="b", name="front"))
    return made


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("pod:default/web-0=pod:default/api-0", "pod"),
        ("container:db=container:database", "container"),
        ("netns:blue=netns:green", "namespace"),
        ("host/eth0=host/ens3", "link"),
        ("network:back=network:front", "network"),
    ],
)
def test_each_kind_of_thing_can_be_mapped(text: str, kind: str) -> None:
    told = report(host(), other(), text)
    mapped = [c for c in told.changes if c.matched_by == "--map" and c.cause is None]
    assert [(c.kind, c.action, c.confidence) for c in mapped] == [(kind, "recreated", "exact")]
    back = report(other(), host(), "=".join(reversed(text.split("="))))
    assert [(c.kind, c.action) for c in back.changes if c.matched_by == "--map" and c.cause is None] == [
        (kind, "recreated")
    ]


def test_all_of_them_together_leave_nothing_that_came_or_went() -> None:
    texts = (
        "pod:default/web-0=pod:default/api-0", "container:db=container:database", "netns:blue=netns:green",
        "host/eth0=host/ens3", "network:back=network:front",
    )  # fmt: skip
    told = report(host(), other(), *texts)
    assert {(kind, action) for kind, action, *_ in top(told)} == {
        ("pod", "recreated"), ("container", "recreated"), ("namespace", "recreated"), ("link", "recreated"),
        ("network", "recreated"),
    }  # fmt: skip


def test_it_overrides_a_pods_own_name() -> None:
    before, after = Host.with_bridge(), Host.with_bridge()
    for side, ip in ((before, 2), (after, 5)):
        pod(side, "blue", f"10.1.27.{ip}")
        pod(side, "green", f"10.1.27.{ip + 1}")
    told = report(before, after, "pod:default/blue=pod:default/green", "pod:default/green=pod:default/blue")
    pairs = {((c.before or {})["name"], (c.after or {})["name"]) for c in told.changes if c.kind == "pod"}
    assert pairs == {("blue", "green"), ("green", "blue")}


def test_the_end_of_a_veth_takes_its_pair_along() -> None:
    before, after = Host.with_bridge(), Host.with_bridge()
    for side, names in ((before, ("vetha", "eth0")), (after, ("vethb", "net1"))):
        net = side.namespace("/run/netns/blue")
        side.veth(net, names[0], None, end=names[1])
    veth = next(c for c in report(before, after, "netns:blue/eth0=netns:blue/net1").changes if c.kind == "veth")
    assert (veth.action, veth.matched_by) == ("recreated", "--map")


@pytest.mark.parametrize("crossed", [False, True])
def test_both_ends_of_a_pair_can_be_said_and_only_of_one_other_pair(crossed: bool) -> None:
    before, after = Host.with_bridge(), Host.with_bridge()
    for side, names in ((before, ("a", "b")), (after, ("x", "y"))):
        for far, name in enumerate(names, start=101):
            side.veth(side.root, f"{name}1", None, end=f"{name}2", far=far)
    ends = ("host/a1=host/x2", "host/a2=host/x1") if crossed else ("host/a1=host/x1", "host/a2=host/x2")
    told = [c for c in report(before, after, *ends).changes if c.kind == "link" and c.matched_by == "--map"]
    now = {(c.before or {})["name"]: (c.after or {})["name"] for c in told}
    assert now == ({"a1": "x2", "a2": "x1"} if crossed else {"a1": "x1", "a2": "x2"})
    with pytest.raises(UsageError) as caught:
        report(before, after, ends[0], "host/a2=host/y2")
    words = "contradicts another --map: the ends of a veth pair go together"
    assert str(caught.value) in [f"--map {text!r} {words}" for text in (ends[0], "host/a2=host/y2")]


@pytest.mark.parametrize(
    ("texts", "words"),
    [
        (("pod:default/web-0",), ": write OLD=NEW, such as pod:default/web-1=pod:default/web-2 or host/eth0=host/ens3"),
        (("=pod:default/api-0",), ": write OLD=NEW, ..."),
        (("pod:default/api-0=",), ": write OLD=NEW, ..."),
        (
            ("pod:default/nobody=pod:default/api-0",),
            ": there is no 'pod:default/nobody' in the first snapshot: `netlapse show` lists scopes and links",
        ),
        (
            ("pod:default/web-0=pod:default/web-0",),
            ": there is no 'pod:default/web-0' in the second snapshot: `netlapse show` lists scopes and links",
        ),
        (("host/eth7=host/ens3",), ": there is no 'host/eth7' in the first snapshot: ..."),
        (("pod:default/web-0=container:database",), ": a pod cannot be a container: name two of one kind"),
        (("pod:default/web-0=host/ens3",), ": a pod cannot be a link: name two of one kind"),
        (("netns:blue=host/ens3",), ": a namespace cannot be a link: name two of one kind"),
        (("container:db=network:front",), ": a container cannot be a network: name two of one kind"),
        (("host=netns:green",), ": the host cannot be a namespace: name two of one kind"),
        (
            ("netns:blue=netns:green", "netns:blue=pod:default/api-0"),
            " contradicts another --map: each thing has one other self",
        ),
        (
            ("container:db=container:database", "netns:blue=container:database"),
            " contradicts another --map: each thing has one other self",
        ),
        (("host/vethblue=host/ens3",), ": an end of a veth pair cannot be a link of another kind"),
        (("host/eth0=host/vethgreen",), ": a link of another kind cannot be an end of a veth pair"),
        (("pod:default/web-0/eth0=netns:green/eth0",), ": its two scopes are not each other's: map these as well"),
    ],
)
def test_what_makes_no_sense_is_wrong_usage(texts: tuple[str, ...], words: str) -> None:
    with pytest.raises(UsageError) as caught:
        report(host(), other(), *texts)
    assert says(str(caught.value), f"--map {texts[-1]!r}{words}")


def test_what_a_name_means_must_be_certain() -> None:
    before, after = host(), other()
    before.networks.append(Network(id="c", name="back"))
    with pytest.raises(UsageError) as caught:
        report(before, after, "network:back=network:front")
    assert str(caught.value) == "--map: several things are called 'network:back': `netlapse show` tells them apart"
    for side, names in ((before, ("a", "a=network:b")), (after, ("b=network:c", "c"))):
        side.networks = [Network(id=name, name=name) for name in names]
    with pytest.raises(UsageError) as caught:
        report(before, after, "network:a=network:b=network:c")
    assert str(caught.value) == "--map 'network:a=network:b=network:c' can be read in 2 ways"


def test_a_name_may_hold_an_equals_sign() -> None:
    before, after = host(), other()
    after.root.links = [replace(link, name="a=b") if link.name == "ens3" else link for link in after.root.links]
    assert one(report(before, after, "host/eth0=host/a=b"), "link").matched_by == "--map"


def test_the_same_pair_twice_is_no_contradiction() -> None:
    told: Report = report(host(), other(), *["netns:blue=netns:green"] * 2)
    assert one(told, "namespace").matched_by == "--map"


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, str]:
    """Two snapshots of one boot: two namespaces that differ, and that stayed."""
    before = Host.with_bridge()
    for name, ip in (("blue", "10.1.27.2"), ("green", "10.1.27.3")):
        before.veth(before.namespace(f"/run/netns/{name}"), f"veth{name}", ip)
    after = copy.deepcopy(before)
    for name, side in (("before", before), ("after", after)):
        create(tmp_path / name, capture_of(side.whole()))
    return str(tmp_path / "before"), str(tmp_path / "after")


def test_rows_are_held_against_those_of_the_namespace_that_was_named(files: tuple[str, str]) -> None:
    # Both namespaces are what they were, so the reader finds no difference: what is in them has to be read anew.
    maps = ["--map", "netns:blue=netns:green", "--map", "netns:green=netns:blue"]
    done = CliRunner().invoke(app, ["diff", *files, "--force", *maps])
    assert "2 namespaces re-created" in done.stdout
    assert "address 10.1.27.3/24 dev eth0 added" in done.stdout
    assert "address 10.1.27.2/24 dev eth0 removed" in done.stdout
    assert "sysctl" not in done.stdout


@pytest.mark.parametrize("command", [["diff"], ["report", "-o", "-"]])
def test_the_command_line_refuses_what_makes_no_sense(files: tuple[str, str], command: list[str]) -> None:
    done = CliRunner().invoke(app, [command[0], *files, *command[1:], "--force", "--map", "netns:red=netns:blue"])
    assert isinstance(done.exception, UsageError)
    assert done.exception.exit_code == 2
