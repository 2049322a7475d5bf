"""The sentences that open every report."""

from __future__ import annotations

import pytest

from reports.verdict import tell
from tests.reports import findings, samples
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


def test_news_of_the_checks_are_told_at_the_top() -> None:
    assert "1 new finding (1 critical), 2 unknown, 8 resolved: see Findings." in tell(findings.findings()).sentences
    found = {finding.status: finding for finding in findings.findings().findings}
    kept = Draft().report("same", findings=(found["persisting"],))
    assert tell(kept).sentences == ()
    resolved = Draft().report("same", findings=(found["resolved"], found["resolved"]))
    assert tell(resolved).sentences == ("2 resolved findings: see Findings.",)


def test_the_way_back_says_that_it_is() -> None:
    back = Draft().report("same", before=identity(2), after=identity(1))
    (said,) = tell(back).sentences
    assert said.startswith("The first snapshot is the later one, by its clock: ")
    assert tell(Draft().report("same", before=identity(1), after=identity(1))).sentences == ()


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
    report = Draft().report("same", before=identity(1, redacted_with=before), after=identity(2, redacted_with=after))
    assert tell(report).sentences[0] == f"{says}one thing has two names in them, and is told as removed and added."
