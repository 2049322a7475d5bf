"""Changes of the firewall: rules as ordered lists, by what they mean."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyze.diff.chains import longest_common, rule_changes
from reports.model import Change, Report
from snapshot.model.firewall import FirewallEntry
from tests.analyze.hosts import Host
from tests.analyze.rows import chain, rules, set_rules
from tests.analyze.test_changes import classic, compare, net_of, pod_recreated, top

Told = list[tuple[str, str, str]]


def told(report: Report) -> Told:
    return [(c.kind, c.action, c.name) for c in top(report)]


def fields(change: Change) -> dict[str, tuple[object, object]]:
    return {f.name: (f.before, f.after) for f in change.fields}


def ruled(*words: str) -> Callable[[], Host]:
    """The classic host with these rules in INPUT."""

    def base() -> Host:
        host = classic()
        set_rules(host.root, "INPUT", *words)
        return host

    return base


ABCD = ("-s 10.0.0.1/32 -j A", "-s 10.0.0.2/32 -j B", "-s 10.0.0.3/32 -j C", "-s 10.0.0.4/32 -j D")
A, B, C, D = ABCD

LISTS: dict[str, tuple[tuple[str, ...], tuple[str, ...], list[tuple[str, str, set[str]]]]] = {
    "inserted at the top": (ABCD, ("-j LOG", *ABCD), [("added", "-j LOG", set())]),
    "inserted in the middle": (ABCD, (A, B, "-j LOG", C, D), [("added", "-j LOG", set())]),
    "removed at the top": (ABCD, (B, C, D), [("removed", A, set())]),
    "first and last changed places": ((A, B), (B, A), [("changed", A, {"position"})]),
    "moved to the end": (ABCD, (B, C, D, A), [("changed", A, {"position"})]),
    "moved to the top": (ABCD, (D, A, B, C), [("changed", D, {"position"})]),
    "moved while another came": (ABCD, ("-j LOG", D, A, B, C), [("added", "-j LOG", set()), ("changed", D, {"position"})]),
    "another target": (
        (A, "-s 10.0.0.0/8 -p tcp -m tcp --dport 22 -j ACCEPT", D),
        (A, "-s 10.0.0.0/8 -p tcp -m tcp --dport 22 -j DROP", D),
        [("changed", "-s 10.0.0.0/8 -p tcp -m tcp --dport 22 -j DROP", {"text"})],
    ),
    "another rule altogether": (
        (A, B, D), (A, "-p icmp -j LOG", D), [("added", "-p icmp -j LOG", set()), ("removed", B, set())],
    ),
    "one of equals removed": ((A, B, A, C), (B, A, C), [("removed", A, set())]),
    "one of many equals removed": ((A, A, A, B, A), (A, A, B, A), [("removed", A, set())]),
    "the last one gone": ((A,), (), [("removed", A, set())]),
    "nothing": (ABCD, ABCD, []),
}  # fmt: skip


@pytest.mark.parametrize("what", LISTS)
def test_a_chain_is_an_ordered_list(what: str) -> None:
    before, after, expected = LISTS[what]
    report = compare(lambda host: set_rules(host.root, "INPUT", *after), ruled(*before))
    found = [(c.action, c.name.partition(": ")[2], set(fields(c))) for c in top(report)]
    assert sorted(found, key=repr) == sorted(expected, key=repr)
    assert all(c.kind == "firewall" and c.scope == "host" for c in report.changes)


def test_a_moved_rule_tells_its_positions() -> None:
    report = compare(lambda host: set_rules(host.root, "INPUT", B, C, D, A), ruled(*ABCD))
    (change,) = top(report)
    assert (change.name, change.severity) == (f"ip filter INPUT: {A}", "warning")
    assert fields(change) == {"position": (0, 3)}


def test_chains_of_one_name_are_not_mixed_up() -> None:
    def move(host: Host) -> None:
        set_rules(host.root, "DOCKER", A, B)
        set_rules(host.root, "DOCKER", B, A, table="nat")

    def base() -> Host:
        host = classic()
        set_rules(host.root, "DOCKER", A, B, table="nat")
        set_rules(host.root, "DOCKER", B, A)
        return host

    found = compare(move, base)
    assert [c.name.partition(":")[0] for c in top(found)] == ["ip filter DOCKER", "ip nat DOCKER"]


words = st.lists(st.sampled_from("abcdef"), max_size=12)


@given(words, words)
def test_the_longest_common_list_is_one_and_no_longer_one_is(old: list[str], new: list[str]) -> None:
    kept = longest_common(old, new)
    assert all(old[i] == new[j] for i, j in kept)
    assert all(a < c and b < d for (a, b), (c, d) in pairwise(kept))
    lengths = [[0] * (len(new) + 1) for _ in range(len(old) + 1)]
    for i, a in enumerate(old):
        for j, b in enumerate(new):
            lengths[i + 1][j + 1] = lengths[i][j] + 1 if a == b else max(lengths[i][j + 1], lengths[i + 1][j])
    assert len(kept) == lengths[-1][-1]


@given(words, words)
def test_the_changes_of_a_chain_lead_from_the_old_one_to_the_new_one(old: list[str], new: list[str]) -> None:
    changes = list(rule_changes(rules("X", *old), rules("X", *new)))
    gone = [c.before.position for c in changes if c.before is not None]
    come = {c.after.position: c.after.text for c in changes if c.after is not None}
    left = iter([text for place, text in enumerate(old) if place not in gone])
    assert [come[place] if place in come else next(left) for place in range(len(new))] == new
    assert all(
        c.before is not None and c.after is not None and c.before.text == c.after.text for c in changes if c.moved
    )


def test_a_long_chain_shuffled_and_grown_is_quick() -> None:
    chance = random.Random(7)
    old = [f"-s 10.{i // 250}.{i % 250}.0/24 -j ACCEPT" for i in range(5000)]
    new = ["-j LOG", *old]
    chance.shuffle(new)
    assert sum(c.after is None for c in rule_changes(rules("X", *old), rules("X", *new))) == 0
    same = ["-j RETURN"] * 4000
    assert len(list(rule_changes(rules("X", "-j A", *same, "-j B"), rules("X", "-j C", *same)))) in (2, 3)


def test_a_flushed_chain_is_one_change() -> None:
    report = compare(lambda host: set_rules(host.root, "INPUT"), ruled(*ABCD))
    (change,) = top(report)
    assert (change.name, change.action, change.severity) == ("chain ip filter INPUT", "changed", "warning")
    assert fields(change) == {"rules": (4, 0)}
    assert [c.action for c in report.changes if c.cause == change.id] == ["removed"] * 4

    def flush(host: Host) -> None:
        set_rules(host.root, "FORWARD")
        host.root.more = [replace(row, text="policy DROP") if row == forward else row for row in host.root.more]

    forward = chain("FORWARD", policy="ACCEPT")
    (change,) = top(compare(flush))
    assert fields(change) == {"text": ("policy ACCEPT", "policy DROP"), "rules": (3, 0)}
    assert change.severity == "critical"


def test_a_flushed_table_is_one_change() -> None:
    def flush(host: Host) -> None:
        for name in ("INPUT", "FORWARD"):
            set_rules(host.root, name)

    report = compare(flush, ruled(*ABCD))
    (change,) = top(report)
    assert (change.name, change.action, change.severity) == ("table ip filter", "changed", "warning")
    assert fields(change) == {"rules": (7, 0)}
    below = [c for c in report.changes if c.cause == change.id]
    assert {c.name for c in below if c.action == "changed"} == {"chain ip filter FORWARD", "chain ip filter INPUT"}


def test_a_table_with_a_rule_left_was_not_flushed() -> None:
    """Also where the rule that is left is in a chain in which nothing changed."""

    def flush(host: Host) -> None:
        set_rules(host.root, "FORWARD")
        set_rules(host.root, "INPUT")

    def base() -> Host:
        host = ruled(*ABCD)()
        set_rules(host.root, "OUTPUT", "-j LOG")
        return host

    assert [c.name for c in top(compare(flush, base))] == ["chain ip filter FORWARD", "chain ip filter INPUT"]


def test_of_two_rules_that_changed_places_the_one_of_what_was_made_anew_moved() -> None:
    mine, other = "-d 10.1.27.3/32 -j ACCEPT", "-d 10.1.27.200/32 -j ACCEPT"
    for old, new in (
        ((mine, other), (other, mine)),
        ((other, mine), (mine, other)),
        ((A, mine, B, other), (A, B, other, mine)),
    ):

        def base(old: tuple[str, ...] = old) -> Host:
            host = classic()
            set_rules(host.root, "DOCKER", *old)
            return host

        def recreated(host: Host, new: tuple[str, ...] = new) -> None:
            host.remove(net_of(host, "web-2"))
            host.pod("web-2", "10.1.27.3", serial="2")
            set_rules(host.root, "DOCKER", *new)

        report = compare(recreated, base)
        assert [c.name for c in report.changes if c.kind == "firewall"] == [f"ip filter DOCKER: {mine}"]
        assert told(report) == [("pod", "recreated", "default/web-2")]


def test_a_rule_that_names_a_link_by_its_new_name_has_not_changed() -> None:
    def base() -> Host:
        host = classic()
        set_rules(host.root, "INPUT", "-i vethweb-21 -p tcp -j ACCEPT", A)
        return host

    def recreated(host: Host) -> None:
        pod_recreated(host)
        new = next(link.name for link in host.root.links if link.name.startswith("vethweb-22"))
        set_rules(host.root, "INPUT", f"-i {new} -p tcp -j ACCEPT", A)

    report = compare(recreated, base)
    assert not [c for c in report.changes if c.kind == "firewall"]
    assert told(report) == [("pod", "recreated", "default/web-2")]


@pytest.mark.parametrize(
    ("before", "after", "severity"),
    [
        ("policy ACCEPT", "policy DROP", "critical"),
        ("policy DROP", "policy ACCEPT", "warning"),
        ("type filter hook input priority filter; policy accept;", "type filter hook input priority filter; policy drop;",
         "critical"),
    ],
)  # fmt: skip
def test_a_policy_of_drop_is_critical(before: str, after: str, severity: str) -> None:
    def base() -> Host:
        host = classic()
        host.root.more.append(chain("INPUT", text=before, table="mangle"))
        return host

    def change(host: Host) -> None:
        host.root.more[-1] = chain("INPUT", text=after, table="mangle")

    (found,) = top(compare(change, base))
    assert (found.name, found.action, found.severity) == ("chain ip mangle INPUT", "changed", severity)


def test_a_rule_that_names_a_renamed_link_and_another_one_is_the_same_in_its_new_words() -> None:
    def base() -> Host:
        host = classic()
        set_rules(host.root, "FORWARD", "-i docker0 -o eth9 -j ACCEPT", '-o "docker0" ! -i eth9 -j DROP')
        return host

    def renamed(host: Host) -> None:
        host.root.links = [
            replace(link, name="br-new")
            if link.name == "docker0"
            else replace(link, master="br-new")
            if link.master == "docker0"
            else link
            for link in host.root.links
        ]
        set_rules(host.root, "FORWARD", "-i br-new -o eth9 -j ACCEPT", '-o "br-new" ! -i eth9 -j DROP')

    assert [(c.kind, c.action) for c in compare(renamed, base).changes if c.kind == "firewall"] == []


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("10.0.0.1 : accept", "10.0.0.1 : drop", ["changed"]),
        ('10.0.0.1 comment "a : b" : accept', '10.0.0.1 comment "a : b" : drop', ["changed"]),
        ("10.0.0.1 . 80 : goto a", "10.0.0.1 . 81 : goto a", ["added", "removed"]),
        ('10.0.0.1 comment "a : b"', '10.0.0.1 comment "a : c"', ["added", "removed"]),
        ("fd00::1", "fd00::2", ["added", "removed"]),
    ],
)
def test_an_element_of_a_map_is_what_is_looked_up(old: str, new: str, told: list[str]) -> None:
    def element(text: str) -> FirewallEntry:
        return FirewallEntry(backend="nft", family="ip", table="t", object="element", name="m", text=text)

    def base() -> Host:
        host = classic()
        host.root.more.append(element(old))
        return host

    def change(host: Host) -> None:
        host.root.more[-1] = element(new)

    assert sorted(c.action for c in top(compare(change, base))) == told
