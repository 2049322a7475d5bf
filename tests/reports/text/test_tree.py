"""`show`: which containers share which namespace, through which veth pair, on which bridge, and the way out."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from reports.inventory import TreePort
from reports.text.tree import render
from tests.reports import inventories
from tests.reports.golden_files import check_golden
from tests.reports.redacted import KEY

CASES = {"classic": inventories.classic, "unusual": inventories.unusual, "hostile": inventories.hostile}


@pytest.mark.parametrize("name", CASES)
def test_golden(name: str) -> None:
    check_golden(f"{name}.tree.txt", render(CASES[name](), width=80, color=False))


def test_the_counts_come_first() -> None:
    first = render(inventories.classic(), width=80, color=False).splitlines()[0]
    assert first == "8 containers in 4 namespaces, 4 pods, 4 veth pairs, 1 bridge"


def test_containers_are_in_namespaces_only_where_all_are() -> None:
    first = render(inventories.unusual(), width=80, color=False).splitlines()[0]
    assert first == "5 containers, 3 namespaces, 4 veth pairs, 1 bridge"


def test_each_pod_shows_bridge_ends_address_containers_and_way_out() -> None:
    text = render(inventories.classic(), width=80, color=False)
    block = text[text.index("veth2a2b3c4") : text.index("veth3a2b3c4")]
    for word in ("(8)", "eth0 (7)", "pod:default/web-2", "10.1.27.3/24", "via 10.1.27.1 dev eth0", "pause", "app"):
        assert word in block


def test_what_is_unusual_is_said() -> None:
    text = render(inventories.unusual(), width=100, color=False)
    assert "other end not found: its namespace was not found" in text
    assert "[mtu 1500 and 1400]" in text
    assert "[p1 down]" in text
    assert "not seen route: torn" in text
    assert "macvlan, up, mtu 1500 to host/eth0" in text
    assert "/run/docker.sock  container  failed  no answer" in text


def test_that_a_snapshot_is_redacted_is_told() -> None:
    inventory = inventories.classic()
    told = replace(inventory, snapshot=replace(inventory.snapshot, redacted_with=KEY))
    assert f"complete, redacted with key {KEY}" in render(told, width=200, color=False)
    assert "redacted" not in render(inventory, width=200, color=False)


def test_a_namespace_without_anything_says_so() -> None:
    assert render(inventories.unusual(), width=100, color=False).count("no link but lo") == 1
    bare = replace(
        inventories.unusual(),
        namespaces=(inventories.place("host", 4026531840, (), ways_out=()),),
        bridges=(),
        loose=(),
    )
    assert "\nhost  net:[4026531840]\n   no link but lo\n" in render(bare, width=100, color=False)


def test_containers_in_no_namespace_are_told_too() -> None:
    text = render(inventories.unusual(), width=100, color=False)
    told = (
        "\ncontainers in none of these namespaces\n   init (busybox, exited), lost (busybox), old (no image, exited)\n"
    )
    assert told in text
    assert "in none of these" not in render(inventories.classic(), width=100, color=False)
    many = tuple(inventories.container(f"c{number}") for number in range(21))
    text = render(replace(inventories.classic(), elsewhere=many), width=100, color=False)
    assert "and 1 more (--kind container lists them)" in " ".join(text.split())


def test_a_namespace_is_told_once() -> None:
    text = render(inventories.unusual(), width=100, color=False)
    assert text.count("containers router") == 1
    assert text.count("(told above)") == 1


@pytest.mark.parametrize("name", CASES)
def test_colour_only_repeats_what_the_words_say(name: str) -> None:
    plain = re.sub(r"\x1b\[[0-9;]*m", "", render(CASES[name](), width=80, color=True))
    assert plain == render(CASES[name](), width=80, color=False)


def test_a_link_is_not_hidden_by_its_namesake_in_another_namespace() -> None:
    near = inventories.link("eth9", 44)
    inventory = inventories.unusual()
    host = replace(inventory.namespaces[0], links=(inventories.link("p0", 99, "macvlan"),))
    loose = (TreePort(near=near, end=None, scope="netns:blue"), *inventory.loose)
    text = render(replace(inventory, namespaces=(host,), loose=loose), width=80, color=False)
    assert "link p0 (99)  macvlan" in text


def test_nothing_in_a_name_reaches_the_terminal() -> None:
    text = render(inventories.hostile(), width=80, color=False)
    assert all(char.isprintable() or char == "\n" for char in text)
    text.encode("utf-8")
