"""A drafted plan to the letter: what a person is given to read and edit."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from analyze.plan.draft import draft_plan
from analyze.plan.draft_fields import LONGEST_NAME, LONGEST_VALUE, MOST_FIELDS, MOST_ITEMS, field_lines
from reports.model import Change, CoverageGap, FieldChange, Json
from tests.reports.drafting import Draft
from tests.reports.redacted import KEY, redacted

DRAFTED = Path(__file__).with_name("drafted.yaml")


def rehearsal() -> Draft:
    """A pod made anew, links and routes of all sorts, a crowd, a series, and something that could not be seen."""
    draft = Draft()
    pod = draft.say("pod", "recreated", "pod:shop/web-7d9c5b6f4-x2k4z", "shop/web-7d9c5b6f4-x2k4z", ("uid", "1", "2"))
    draft.say("veth", "recreated", "pod:shop/web-7d9c5b6f4-x2k4z", "veth1 - eth0", cause=pod)
    draft.say(
        "host", "changed", "host", "node-1", ("kernel", "6.18.0", "6.19.0"), ("boot_id", "a", "b"), severity="warning"
    )
    draft.say(
        "link",
        "changed",
        "host",
        "eth0",
        ("mtu", 1500, 9000),
        ("flags", [], ["UP"]),
        ("made_up", 1, 2),
        severity="critical",
    )
    draft.say(
        "container",
        "recreated",
        "container:db",
        "db",
        ("image", "db:1", "db:2"),
        ("pid", 7, 8),
        ("labels", {}, {"a": "b"}),
    )
    for number in range(13):
        facts = {
            "dst": f"10.2.{number}.0/24",
            "gateway": "10.1.27.3",
            "dev": "docker0",
            "table": "main",
            "type": "unicast",
        }
        draft.say("route", "added", "host", f"10.2.{number}.0/24 via 10.1.27.3 dev docker0", facts=facts)
    for number in range(5):
        draft.say(
            "link", "removed", "netns:[4026532001]", f"bond{number}", severity="warning" if number == 3 else "info"
        )
    draft.say("link", "removed", "host", "tap0")
    draft.say("link", "removed", "host", "tap1")
    draft.say("pod", "unknown", "pod:shop/cart-0", "shop/cart-0")
    return draft


def test_a_drafted_plan_to_the_letter() -> None:
    gap = CoverageGap(snapshot="after", scope="host", kind="socket", status="torn", error="kept changing")
    report = replace(rehearsal().report(), coverage=(gap,))
    assert draft_plan(report) == DRAFTED.read_text(encoding="ascii")


def test_a_plan_from_redacted_snapshots_says_with_which_key() -> None:
    """Its names are pseudonyms, and mean nothing on a host."""
    report = redacted()
    head = draft_plan(report).splitlines()[:3]
    assert [f"redacted with key {KEY}" in line for line in head] == [False, True, True]
    assert "redacted" not in draft_plan(rehearsal().report())


def changed(*fields: tuple[str, Json, Json], kind: str = "link", action: str = "changed") -> Change:
    told = tuple(FieldChange(name=name, before=before, after=after) for name, before, after in fields)
    return Change(id="c1", kind=kind, action=action, scope="host", name="x", before=None, after=None, fields=told)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("field", "line"),
    [
        (("mtu", 1500, 9000), "mtu: {before: 1500, after: 9000}"),
        (("alias", None, "up"), "alias: {before: null, after: up}"),
        (("alias", "a b", ""), 'alias: {before: "a b", after: ""}'),
        (("altnames", ("UP",), ["UP", "a*"]), 'altnames: {before: [UP], after: [UP, "a\\\\*"]}'),
        # What no plan may ask for, of a file that somebody made up, is left open.
        (("flags", ("UP",), ["UP", "a*"]), "flags: {before: [UP]}"),
        (("state", "ODD", "UP"), "state: {after: UP}"),
        (("mtu", 1500, -1), "mtu: {before: 1500}"),
        (("kind_data.x", True, False), "kind_data.x: {before: true, after: false}"),
        # What is new each time is left open, and so is what is too much or cannot be written.
        (("ifindex", 2, 3), "ifindex: {}"),
        (("mac", "02:00:00:00:00:01", "02:00:00:00:00:02"), "mac: {}"),
        (("alias", "x" * LONGEST_VALUE, "x" * (LONGEST_VALUE + 1)), f"alias: {{before: {'x' * LONGEST_VALUE}}}"),
        (("altnames", ["a"] * MOST_ITEMS, ["a"] * (MOST_ITEMS + 1)), f"altnames: {{before: [{', '.join('a' * MOST_ITEMS)}]}}"),
        (("altnames", ["x" * 999, "a"], []), "altnames: {after: []}"),
        (("alias", "\ud800", "x"), "alias: {after: x}"),
        (("kind_data.x", 1.5, 10**40), "kind_data.x: {}"),
        (("kind_data", {"a": 1}, None), "kind_data: {after: null}"),
    ],
)  # fmt: skip
def test_a_changed_field_in_a_drafted_plan(field: tuple[str, Json, Json], line: str) -> None:
    assert field_lines(changed(field)) == ((line,), False)


def test_which_fields_a_drafted_plan_has() -> None:
    mtu, other = ("mtu", 1500, 9000), ("made_up", 1, 2)
    assert field_lines(changed(mtu, other)) == (("mtu: {before: 1500, after: 9000}",), True)
    assert field_lines(changed(other)) == ((), False)
    assert field_lines(changed(mtu, action="added")) == ((), False)
    assert field_lines(changed(mtu, ("qdisc", "a", "b"), action="recreated")) == (
        ("mtu: {before: 1500, after: 9000}",),
        False,
    )
    assert field_lines(changed(("image", "a", "b"), action="recreated")) == ((), False)
    long = "kind_data." + "x" * (LONGEST_NAME - len("kind_data."))
    assert field_lines(changed((long, 1, 2), (f"{long}x", 1, 2))) == ((f"{long}: {{before: 1, after: 2}}",), True)
    many = [(f"kind_data.x{number}", 1, 2) for number in range(MOST_FIELDS + 1)]
    assert [len(field_lines(changed(*many[:number]))[0]) for number in (MOST_FIELDS, MOST_FIELDS + 1)] == [
        MOST_FIELDS
    ] * 2
    assert [field_lines(changed(*many[:number]))[1] for number in (MOST_FIELDS, MOST_FIELDS + 1)] == [False, True]
