"""Every scenario of docs/scenarios.md on a real host: exactly the story that the page tells, and what it says hangs below."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from tests.lab.bottle import top
from tests.scenarios.hosts import HOSTS, Shell
from tests.scenarios.page import Chapter, Scenario, chapters

AT_LEAST = 25
CHAPTERS = chapters()
STORIES = [(chapter, scenario) for chapter in CHAPTERS for scenario in chapter.scenarios]


class Stage:
    """The host of the chapter that is being played, which changes scenario by scenario."""

    def __init__(self) -> None:
        self.chapter: Chapter | None = None
        self.hosts = ExitStack()

    def on(self, chapter: Chapter) -> Shell:
        """Its host, as the scenario before left it."""
        if self.chapter is not chapter:
            self.hosts.close()
            self.chapter, self.shell = chapter, self.hosts.enter_context(HOSTS[chapter.title]())
            self.shell.do(chapter.build)
            self.shell.capture()
        return self.shell


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    stage = Stage()
    with stage.hosts:
        yield stage


def test_the_page_has_enough_of_them_on_every_engine() -> None:
    assert len(STORIES) >= AT_LEAST
    assert [chapter.title for chapter in CHAPTERS] == list(HOSTS)
    titles = [(chapter.title, scenario.title) for chapter, scenario in STORIES]
    assert len(set(titles)) == len(titles)


@pytest.mark.parametrize(("chapter", "scenario"), STORIES, ids=[f"{c.title}: {s.title}" for c, s in STORIES])
def test_the_story_is_told(stage: Stage, chapter: Chapter, scenario: Scenario) -> None:
    shell = stage.on(chapter)
    shell.do(scenario.script)
    shell.capture()
    report = shell.report()
    if scenario.undo:
        shell.do(scenario.undo)
        shell.capture()
    changes = top(report)
    told = "\n".join(_row(change) for change in changes) or "nothing"
    left = list(changes)
    for line in scenario.story:
        found = next((change for change in left if line.tells(change)), None)
        assert found is not None, f"no {line}\ntold was:\n{told}"
        left.remove(found)
    assert not left, f"told as well:\n{told}"
    below = {change["kind"] for change in report["changes"] if change["cause"] is not None}
    assert scenario.below <= below, f"below are {sorted(below)}"


def _row(change: dict[str, Any]) -> str:
    """A change as a row of the page."""
    fields = ", ".join(f"`{f['name']}`: {_cell(f['before'])} → {_cell(f['after'])}" for f in change["fields"])
    words = [
        change["kind"],
        change["action"],
        f"`{change['scope']}`",
        f"`{change['name']}`",
        change["severity"],
        fields,
    ]
    return f"| {' | '.join(words)} |"


def _cell(value: object) -> str:
    return "none" if value is None else f"`{value}`"
