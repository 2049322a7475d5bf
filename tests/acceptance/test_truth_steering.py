"""Nexthops, VLANs, multicast groups, traffic control and statistics against the kernel's own tools, in every namespace."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.bytes.record_steering import HOST
from tests.lab import truth_steering as truth
from tests.lab.bottle import Bottle
from tests.requirements import require_bottles

SCOPES = {"host": (), "netns:blue": ("blue",), "netns:red": ("red",)}
FILTERS: dict[str, dict[tuple[str | None, str], str]] = {
    "host": {
        ("vblue", "1:"): "dev vblue parent 1:", ("vblue", "1:10"): "dev vblue parent 1:10",
        ("vred", "ffff:fff2"): "dev vred ingress", ("vred", "ffff:fff3"): "dev vred egress", (None, "block"): "block 7",
    },
    "netns:blue": {},
    "netns:red": {("eth0", "ffff:fff2"): "dev eth0 ingress"},
}  # fmt: skip
"""Where the lab's host has filters, and how to ask tc(8) for them."""


@pytest.fixture(scope="module")
def bottle() -> Iterator[Bottle]:
    require_bottles()
    with Bottle() as made:
        made.sh(HOST)
        made.settle()
        # tc(8) tells an encapsulation's id as a second "id": that nexthop is held by its recorded bytes.
        made.sh("ip nexthop del id 18")
        yield made


def told(bottle: Bottle, scope: str) -> dict[str, Any]:
    """What the tools tell of one namespace."""

    def ask(tool: str, words: str, *, check: bool = True) -> str:
        where = ("-n", *SCOPES[scope]) if SCOPES[scope] else ()
        return bottle.run(tool, *where, *words.split(), check=check).stdout

    links = truth.parse(ask("ip", "-s -s -j link"))
    return {
        "nexthop": truth.told(truth.parse(ask("ip", "-j -d nexthop"))),
        "mdb": truth.parse(ask("bridge", "-j -d mdb show"))[0]["mdb"],
        # A kernel without bridge VLANs says so when asked: then there must be none.
        "vlan": truth.vlans_told(ask("bridge", "-j vlan show", check=False)),
        "qdisc": [truth.discipline_told(one) for one in truth.parse(ask("tc", "-j -d qdisc show"))],
        "class": {
            link["ifname"]: [
                truth.class_told(line) for line in ask("tc", f"-d class show dev {link['ifname']}").splitlines()
            ]
            for link in links
        },
        "filter": {
            place: truth.parse(ask("tc", f"-j -d filter show {words}")) for place, words in FILTERS[scope].items()
        },
        "counter": {link["ifname"]: counts for link in links if (counts := truth.counted(link))},
    }


def ours(facts: dict[str, list[dict[str, Any]]], scope: str) -> dict[str, Any]:
    """The same of a capture."""
    own = {kind: [fact for fact in found if fact.get("scope") == scope] for kind, found in facts.items()}
    index = {link["name"]: link["ifindex"] for link in own["link"]}
    classes: dict[str, list[dict[str, Any]]] = {name: [] for name in index}
    for fact in own["class"]:
        classes[fact["dev"]].append(truth.class_words(fact))
    filters: dict[tuple[str | None, str], list[dict[str, Any]]] = {}
    for fact in own["filter"]:
        filters.setdefault((fact["dev"], fact["parent"]), []).append(truth.filter_words(fact))
    return {
        "nexthop": [truth.nexthop_words(fact) for fact in own["nexthop"]],
        "mdb": [truth.mdb_words(fact, index) for fact in own["mdb"]],
        "vlan": [truth.vlan_words(fact) for fact in own["vlan"] if set(fact["options"]) != {"global"} or fact["flags"]],
        "qdisc": [truth.qdisc_words(fact) for fact in own["qdisc"]],
        "class": classes,
        "filter": filters,
        "counter": {
            fact["dev"]: {name: count for name, count in fact["values"].items() if name in NAMES}
            for fact in own["counter"]
            if fact["of"] == "link"
        },
    }


NAMES = {*truth.RX.values(), *truth.TX.values()}


def still(bottle: Bottle) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """A capture during which the tools told the same before and after."""

    def ask() -> dict[str, dict[str, Any]]:
        return {scope: told(bottle, scope) for scope in SCOPES}

    for _ in range(20):
        before = ask()
        path = bottle.capture()
        after = ask()
        if before == after:
            return bottle.show(path), after
    raise AssertionError("the host did not come to rest")


@pytest.fixture(scope="module")
def seen(bottle: Bottle) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    return still(bottle)


@pytest.mark.parametrize("scope", SCOPES)
@pytest.mark.parametrize("kind", ["nexthop", "mdb", "vlan", "qdisc"])
def test_objects(seen: tuple[dict[str, Any], dict[str, dict[str, Any]]], scope: str, kind: str) -> None:
    facts, theirs = seen
    assert truth.in_any_order(ours(facts, scope)[kind]) == truth.in_any_order(theirs[scope][kind])


@pytest.mark.parametrize("scope", SCOPES)
@pytest.mark.parametrize("kind", ["class", "filter"])
def test_objects_of_a_place(seen: tuple[dict[str, Any], dict[str, dict[str, Any]]], scope: str, kind: str) -> None:
    facts, theirs = seen
    mine = ours(facts, scope)[kind]
    assert set(mine) == set(theirs[scope][kind])
    for place, found in theirs[scope][kind].items():
        assert truth.in_any_order(mine[place]) == truth.in_any_order(found)


@pytest.mark.parametrize("scope", SCOPES)
def test_statistics(seen: tuple[dict[str, Any], dict[str, dict[str, Any]]], scope: str) -> None:
    facts, theirs = seen
    assert ours(facts, scope)["counter"] == theirs[scope]["counter"]


def test_no_row_for_a_link_that_counted_nothing(seen: tuple[dict[str, Any], dict[str, dict[str, Any]]]) -> None:
    facts, _ = seen
    assert {fact["dev"] for fact in facts["counter"] if fact["scope"] == "netns:red"} == {"eth0"}


def test_a_part_of_it_is_read_with_what_says_where_to_look(bottle: Bottle) -> None:
    path = bottle.capture("filters", "--kinds", "filter,vlan")
    facts = bottle.show(path)
    assert len(facts["filter"]) == 17
    assert facts["qdisc"] == facts["class"] == []
