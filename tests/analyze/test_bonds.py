"""A member of a bond or team that goes down: whether anything else carries its traffic."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.analyze.hosts import Host
from tests.analyze.severity_cases import base, bonded, both, links
from tests.analyze.test_changes import compare

Do = Callable[[Host], None]


def down(*names: str, state: str = "DOWN") -> Do:
    return lambda host: links(host.root, lambda link: link.name in names, state=state)


def off(name: str) -> Do:
    return lambda host: links(host.root, lambda link: link.name == name, master=None, port_kind=None)


def renamed(host: Host) -> None:
    host.root.links = [replace(k, name="lan") if k.name == "bond0" else k for k in host.root.links]
    links(host.root, lambda link: link.master == "bond0", master="lan")


def flags(*told: str) -> Do:
    return lambda host: links(host.root, lambda link: link.name == "eth1", state="DOWN", flags=told)


MEMBER, LAST = "bond-member-down", "link-down"


@pytest.mark.parametrize("kind", ["bond", "team"])
@pytest.mark.parametrize(
    ("before", "after", "rules"),
    [
        ((), down("eth1"), {"eth1": MEMBER}),
        ((), down("eth1", state="LOWERLAYERDOWN"), {"eth1": MEMBER}),
        ((), down("eth1", "eth2"), {"eth1": LAST, "eth2": LAST}),
        ((down("eth2"),), down("eth1"), {"eth1": LAST}),
        ((down("eth2", state="UNKNOWN"),), down("eth1"), {"eth1": MEMBER}),
        ((down("eth2", state="NOTPRESENT"),), down("eth1"), {"eth1": LAST}),
        ((off("eth2"),), down("eth1"), {"eth1": LAST}),
        ((), both(down("eth1"), off("eth2")), {"eth1": LAST, "eth2": "link-changed"}),
        # Without carrier before, and set down now.
        ((flags("UP"),), flags(), {"eth1": MEMBER}),
        ((flags("UP"), down("eth2")), flags(), {"eth1": LAST}),
        # Off it: the other one is left, or none is, which the bond itself tells.
        ((), off("eth1"), {"eth1": "link-changed"}),
        ((), both(off("eth1"), down("eth1")), {"eth1": MEMBER}),
        ((down("eth2"),), both(off("eth1"), down("bond0")), {"eth1": "link-changed", "bond0": LAST}),
        # The bond itself, and under another name.
        ((), down("bond0"), {"bond0": LAST}),
        ((), both(down("eth1"), renamed), {"eth1": MEMBER, "lan": None}),
    ],
)
def test_what_is_said_of_its_members(
    kind: str, before: tuple[Do, ...], after: Do, rules: dict[str, str | None]
) -> None:
    report = compare(after, base(lambda host: bonded(host, port_kind=kind), *before))
    told = {change.name: change.severity_rule for change in report.changes if change.kind == "link"}
    assert told == rules


def test_ports_of_a_bridge_do_not_stand_in_for_each_other() -> None:
    report = compare(down("eth1"), base(lambda host: bonded(host, port_kind="bridge")))
    assert {c.name: c.severity_rule for c in report.changes if c.kind == "link"}["eth1"] == LAST
