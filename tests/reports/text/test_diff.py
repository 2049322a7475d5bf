"""The diff as a person reads it in a terminal."""

from __future__ import annotations

import re

import pytest

from reports.text.diff import render
from reports.width import cells
from tests.reports import samples
from tests.reports.drafting import Draft, identity
from tests.reports.golden_files import check_golden

SGR = re.compile(r"\x1b\[[0-9;]*m")


@pytest.mark.parametrize("name", samples.SAMPLES)
def test_golden(name: str) -> None:
    check_golden(f"{name}.diff.txt", render(samples.SAMPLES[name](), width=80, color=False))


def test_golden_in_colour() -> None:
    check_golden("classic.diff.ansi", render(samples.classic(), width=80, color=True))


@pytest.mark.parametrize("width", [40, 54, 80, 100])
@pytest.mark.parametrize("name", samples.SAMPLES)
def test_colour_only_repeats_what_the_words_say(name: str, width: int) -> None:
    report = samples.SAMPLES[name]()
    assert SGR.sub("", render(report, width=width, color=True)) == render(report, width=width, color=False)


def test_the_verdict_comes_first() -> None:
    assert render(samples.classic(), width=80, color=False).startswith("Different: 7 changes on node-1.\n")
    assert render(samples.empty(), width=80, color=False).startswith("Same: nothing changed on node-1.\n")


def test_a_recreated_pod_is_one_line_at_the_margin() -> None:
    lines = render(samples.pods(3), width=80, color=False).splitlines()
    assert [line for line in lines if line.startswith("±")] == [
        f"± pod default/web-7d9c5b6f4-0000{i} re-created  [warning]" for i in range(3)
    ]


def test_readable_in_eighty_columns() -> None:
    for report in (samples.classic(), samples.incomplete(), samples.empty()):
        verdict, identities, *rest = render(report, width=80, color=False).split("\n\n")
        assert not [line for block in (verdict, *rest) for line in block.splitlines() if cells(line) > 80]
        assert len(identities.splitlines()) == 2


def test_a_kernel_that_both_have_is_told_where_there_is_room() -> None:
    wide, narrow = (render(samples.classic(), width=width, color=False).split("\n\n")[1] for width in (82, 81))
    assert all("  6.18.0  " in line for line in wide.splitlines())
    assert [line.replace("  6.18.0  ", "  ") for line in wide.splitlines()] == narrow.splitlines()
    other = Draft().report(before=identity(1, kernel="6.12.9"))
    assert "  6.12.9  " in render(other, width=40, color=False)


def test_a_long_host_name_takes_lines_of_its_own() -> None:
    host = "ip-10-1-27-2.eu-central-1.compute.internal"
    report = Draft().report("incomplete", before=identity(1, host=host), after=identity(2, host=host))
    verdict, *_ = render(report, width=40, color=False).split("\n\n")
    assert verdict.splitlines()[:4] == [
        "Incomplete: part of",
        host,
        "could not be compared.",
        "No difference was found in the rest.",
    ]


def test_many_alike_are_counted_never_dropped_silently() -> None:
    draft = Draft()
    pod = draft.say("pod", "removed", "pod:default/a", "default/a")
    for i in range(20):
        child = draft.say("route", "removed", "pod:default/a", f"10.{i}.0.0/16 dev eth0", cause=pod)
        draft.say("neighbour", "removed", "pod:default/a", f"10.{i}.0.1", cause=child)
    text = render(draft.report(), width=80, color=False)
    shown = text.count("- route ")
    assert f"- and {20 - shown} more routes removed, with {20 - shown} changes under them (-f json lists them)" in text
    assert 0 < shown < 20


def test_changes_that_stand_by_themselves_are_all_listed() -> None:
    draft = Draft()
    for i in range(500):
        draft.say("route", "added", "host", f"10.{i // 256}.{i % 256}.0/24 dev br0")
    assert render(draft.report(), width=80, color=False).count("+ route ") == 500


def test_nothing_in_a_name_reaches_the_terminal() -> None:
    text = render(samples.hostile(), width=80, color=False)
    assert all(char.isprintable() or char == "\n" for char in text)
    text.encode("utf-8")


def test_an_id_that_differs_late_is_shown_whole() -> None:
    draft = Draft()
    draft.say("container", "changed", "host", "a", ("id", "ab" * 20 + "01", "ab" * 20 + "02"))
    assert f"id {'ab' * 20}01 -> {'ab' * 20}02" in render(draft.report(), width=100, color=False)
