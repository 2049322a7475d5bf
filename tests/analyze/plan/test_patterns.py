"""Patterns mean what the page says, in linear time, whatever a stranger writes."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyze.plan.globs import glob, quoted
from analyze.plan.rules import FactPattern
from reports.model import Json
from tests.analyze.plan.plans import plan

small = st.text("ab*?\\\n", max_size=8)


def by_regex(pattern: str, text: str) -> bool:
    """What a pattern means, in the words of ``re``."""
    words, escaped = [], False
    for char in pattern:
        if escaped:
            words.append(re.escape(char))
            escaped = False
        elif char == "\\":
            escaped = True
        else:
            words.append({"*": ".*", "?": "."}.get(char, re.escape(char)))
    return re.fullmatch("".join(words), text, re.DOTALL) is not None


@given(small, small)
def test_a_pattern_means_what_it_says(pattern: str, text: str) -> None:
    try:
        found = glob(pattern)
    except ValueError:
        assert re.search(r"(?<!\\)(\\\\)*\\\Z", pattern)
        return
    assert found.matches(text) == by_regex(pattern, text)


@given(st.text(max_size=50), st.text(max_size=50))
def test_a_quoted_text_means_itself_and_nothing_else(text: str, other: str) -> None:
    found = glob(quoted(text))
    assert found.matches(text)
    assert found.literal == text
    assert found.matches(other) == (other == text)


def test_no_pattern_takes_long() -> None:
    pattern = glob("*a?b" * 200)
    text = "ab" * 50_000
    begun = time.process_time()
    assert not pattern.matches(text)
    assert time.process_time() - begun < 1


def fact(kind: str, name: str, text: str) -> FactPattern:
    (rule,) = plan(f"must: [{{kind: {kind}, facts: {{{name}: {text}}}}}]").rules
    return rule.selector.facts[0]


@pytest.mark.parametrize(
    ("name", "text", "yes", "no"),
    [
        ("mtu", "1400", [1400], [1500, None, "x", True, 1400.5]),
        ("mtu", "{at_least: 1400, at_most: 1500}", [1400, 1450, 1500], [1399, 1501, None, True]),
        ("mtu", "{not: 1500}", [1400, None], [1500]),
        ("mtu", "14*", [1400, 1450, 14], [1500, None]),
        ("mtu", '"1400"', [1400], [1500, -1400, 14]),
        ("mtu", "{at_least: 1400}", [1400, 9000], [1399, None]),
        ("mtu", "{at_most: 1400}", [1400, 0], [1401, None]),
        ("mtu", "{at_least: 1400, at_most: 1400}", [1400], [1399, 1401]),
        ("mtu", "null", [None], [0, 1500]),
        ("mtu", "{any_of: [1400, 1500]}", [1400, 1500], [1450]),
        ("state", "UP", ["UP"], ["DOWN", None, "up"]),
        ("state", "{any_of: [UP, UNKNOWN]}", ["UP", "UNKNOWN"], ["DOWN"]),
        ("alias", '"no"', ["no"], [None, False]),
        ("alias", "no", ["no"], [None, False]),
        ("master", "null", [None], ["null", ""]),
        ("master", '"null"', ["null"], [None]),
        ("master", "br-*", ["br-0123456789ab"], ["docker0", None]),
        ("mac", "02:42:*", ["02:42:0a:00:00:01"], ["aa:bb:0a:00:00:01"]),
        ("flags", "[LOWER_UP, UP]", [("LOWER_UP", "UP")], [("UP", "LOWER_UP"), ("UP",), ()]),
        ("flags", "[]", [()], [("UP",), None]),
        ("flags", "{contains: UP}", [("A", "UP")], [("A",), (), None]),
        ("flags", "{not: {contains: NOARP}}", [("UP",)], [("NOARP",)]),
        ("kind_data", "{has: {br_stp_state: 1}}", [{"br_stp_state": 1, "x": 2}], [{"x": 2}, {"br_stp_state": 0}]),
        ("kind_data", "{has: {a: 1, b: {not: 2}}}", [{"a": 1, "b": 3}, {"a": 1}], [{"a": 1, "b": 2}, {"b": 3}, None]),
        ("kind_data", "{contains: a}", [], [{"b": 1}, None]),
        ("kind_data.br_stp_state", "1", [1, "1"], [0, True]),
    ],
)  # fmt: skip
def test_values_of_links(name: str, text: str, yes: list[Json], no: list[Json]) -> None:
    pattern = fact("link", name, text).value
    assert [value for value in (*yes, *no) if pattern.matches(value)] == yes


@pytest.mark.parametrize(
    ("text", "yes", "no"),
    [
        (
            "{within: 10.1.0.0/16}",
            ["10.1.0.0/16", "10.1.2.0/24", "10.1.2.3/32", "10.1.2.3"],
            ["10.0.0.0/8", "0.0.0.0/0", "10.2.0.0/24", "::/0", "x", "", "10.1.2.3/33", "10.1.2.3/24 dev " + "x" * 99],
        ),
        ("{within: fd00::/8}", ["fd00::/64", "fd12::1/128"], ["fe80::/64", "10.0.0.0/8"]),
        ("10.1.*", ["10.1.0.0/16", "10.1.2.3/32"], ["10.10.0.0/16"]),
        ("default", ["0.0.0.0/0", "::/0"], ["default", "0.0.0.0/1", "::/1"]),
        ("{not: default}", ["0.0.0.0/1"], ["0.0.0.0/0", "::/0"]),
    ],
)  # fmt: skip
def test_addresses(text: str, yes: list[str], no: list[str]) -> None:
    pattern = fact("route", "dst", text).value
    assert [value for value in (*yes, *no) if pattern.matches(value)] == yes


def test_a_table_that_is_spelt_like_a_number_is_a_text() -> None:
    assert fact("route", "table", "100").value.matches("100")
    assert not fact("route", "table", "100").value.matches("main")


def test_a_truth_value_may_stand_in_quotes() -> None:
    for text in ('"true"', "true"):
        assert fact("nexthop", "blackhole", text).value.matches(True)
        assert not fact("nexthop", "blackhole", text).value.matches(False)
    assert fact("nexthop", "blackhole", '"false"').value.matches(False)


def test_a_gateway_may_be_of_another_family() -> None:
    facts = plan(
        """
        must:
          - {kind: route, facts: {family: inet, gateway: "inet6 fe80::1", dst: default}}
          - {kind: route, facts: {family: inet*, dst: "::/0"}}
          - {kind: firewall, facts: {family: inet, name: "a:b"}}
        """
    )
    assert len(facts.rules) == 3
