"""Mermaid: every line is one of a few forms, and no name is anything but text in it."""

from __future__ import annotations

import re

import pytest

from reports.graph.mermaid import MOST, render
from reports.safe import make_visible
from tests import hostile
from tests.reports import samples
from tests.reports.golden_files import check_golden
from tests.reports.graph.drawings import DRAWINGS, GOLDEN, filled_with, of

NAME = r"[a-z][a-z0-9_]*"
TEXT = r"(?:[A-Za-z0-9 .,/:=?]|[^\x00-\x7f]|#[0-9]{1,3};|<br/>)+"
"""What stands between quotes: nothing that could end them, nor mean anything in Mermaid, HTML or Markdown."""
NODE = rf'{NAME}(?:\[\["{TEXT}"\]\]|\(\["{TEXT}"\]\)|\("{TEXT}"\)|\["{TEXT}"\])(?::::{NAME})?'
FORMS = (
    r"flowchart LR",
    rf"  accTitle: {TEXT}",
    rf'  subgraph {NAME}\["{TEXT}"\]',
    r"  end",
    rf"  (?:  )?{NODE}",
    rf'  {NAME} (?:---|===|-\.-)(?:\|"{TEXT}"\|)? {NAME}',
    rf"  classDef {NAME} [a-z0-9:#, -]+",
    r"  linkStyle [0-9,]+ stroke:#[0-9a-f]{6}(?:,stroke-width:3px)?",
)
GRAMMAR = re.compile("|".join(f"(?:{form})" for form in FORMS))


def check(text: str) -> None:
    for line in text.removesuffix("\n").split("\n"):
        assert GRAMMAR.fullmatch(line), line
        for told in re.findall(r'"([^"]*)"', line):
            for part in told.split("<br/>"):
                assert not re.match(r"\s*(?:[-+*]|[0-9]+[.)]) ", part), "no list of Markdown"
    nodes = set(re.findall(rf"^ +({NAME})[\[(]", text, re.MULTILINE)) | set(re.findall(rf"subgraph ({NAME})", text))
    ends = re.findall(rf'^  ({NAME}) (?:---|===|-\.-)(?:\|"[^"]*"\|)? ({NAME})$', text, re.MULTILINE)
    assert {end for pair in ends for end in pair} <= nodes
    assert text.count("  subgraph ") == len(re.findall(r"^  end$", text, re.MULTILINE))
    styled = [int(n) for found in re.findall(r"linkStyle ([0-9,]+)", text) for n in found.split(",")]
    assert all(number < len(ends) for number in styled)


def read(text: str) -> str:
    """The text with its numbers as the characters they stand for."""
    return re.sub(r"#([0-9]+);", lambda found: chr(int(found[1])), text)


@pytest.mark.parametrize("name", GOLDEN)
def test_what_was_accepted(name: str) -> None:
    check_golden(f"{name}.mermaid", render(DRAWINGS[name]()))


@pytest.mark.parametrize("name", DRAWINGS)
def test_every_line_is_of_a_known_form(name: str) -> None:
    check(render(DRAWINGS[name]()))


@pytest.mark.parametrize("family", sorted(hostile.FAMILIES))
def test_a_name_is_text_and_nothing_else(family: str) -> None:
    for text in hostile.FAMILIES[family]:
        made = render(filled_with(text))
        check(made)
        assert read(made).count(make_visible(text)) >= 8, ascii(text)


@pytest.mark.parametrize("number", [200, 1000])
def test_it_keeps_to_what_mermaid_takes_and_says_what_it_left_out(number: int) -> None:
    made = render(of(samples.pods(number)))
    check(made)
    assert len(made) < 50_000
    assert len(re.findall(r"(?:---|===|-\.-)", made)) < 500
    assert f"± {number - MOST:,} more namespaces re-created" in read(made)
    assert f"{number - MOST:,} namespaces counted, not drawn one by one" in read(made)


def test_a_namespace_on_two_bridges_is_one_box() -> None:
    assert read(render(DRAWINGS["host"]())).count("container:router") == 1
