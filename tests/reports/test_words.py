"""The sentences that open every report."""

from __future__ import annotations

import pytest

from reports.model import Json
from reports.words import tell, value_text, when
from tests.reports import samples
from tests.reports.drafting import Draft, identity
from tests.reports.redacted import KEY


@pytest.mark.parametrize(
    ("name", "headline", "first"),
    [
        ("empty", "Nothing changed on node-1", "4 changes that happen by themselves are left out: see Ignored."),
        (
            "classic",
            "7 changes on node-1",
            "1 pod re-created, 2 veth pairs changed, 1 veth pair removed, 1 address added, 1 route added, 1 route changed.",
        ),
        (
            "redacted",
            "2 changes on qwgfuo6o-1",
            "Both snapshots are redacted with key 3f0c9a1be2d47586: names and addresses in them are pseudonyms.",
        ),
        ("incomplete", "Part of node-1 could not be compared", "No difference was found in the rest."),
    ],
)
def test_the_verdict_is_a_sentence(name: str, headline: str, first: str) -> None:
    story = tell(samples.SAMPLES[name]())
    assert story.headline == headline
    assert story.sentences[0] == first


def test_two_hosts_are_both_named() -> None:
    report = Draft().report("same", before=identity(1, host="a"), after=identity(2, host="b"))
    assert tell(report).headline == "Nothing changed on a and b"


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        (KEY, None, f"The earlier snapshot is redacted with key {KEY}, the later not redacted: "),
        (None, KEY, f"The earlier snapshot is not redacted, the later redacted with key {KEY}: "),
        (KEY, "0" * 16, f"The earlier snapshot is redacted with key {KEY}, the later redacted with key {'0' * 16}: "),
    ],
)
def test_what_is_redacted_differently_is_told_first(before: str | None, after: str | None, says: str) -> None:
    """Compared with --force."""
    report = Draft().report(
        "same", before=identity(1, redacted_with=before), after=identity(2, redacted_with=after)
    )
    assert tell(report).sentences[0] == f"{says}one thing has two names in them, and is told as removed and added."


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "(none)"),
        ("", '""'),
        (True, "true"),
        (1500, "1500"),
        (("a", "b"), "a, b"),
        ((), "(none)"),
        ({"gateway": "10.0.0.1", "dev": "eth0"}, "{gateway 10.0.0.1, dev eth0}"),
    ],
)
def test_values_fit_on_one_line(value: Json, text: str) -> None:
    assert value_text(value) == text


def test_long_ids_are_shortened_as_docker_does_and_only_on_request() -> None:
    assert value_text("sha256:" + "ab" * 32, short=True) == "sha256:abababababab…"
    assert value_text("ab" * 32) == "ab" * 32
    assert value_text("de:ad:be:ef:00:01", short=True) == "de:ad:be:ef:00:01"


def test_a_time_that_is_none_is_shown_as_it_is() -> None:
    assert when("2026-01-01T02:10:00.120000Z") == "2026-01-01 02:10:00 UTC"
    assert when("yesterday\x1b") == "yesterday\\x1b"
