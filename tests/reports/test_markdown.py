"""Markdown for pull requests: safe on GitHub, under its limit, and honest about what is left out."""

from __future__ import annotations

import html
import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from reports.markdown.diff import render
from reports.markdown.escape import CUT, cell, code, html_code, prose
from reports.markdown.room import LIMIT, size
from reports.model import Change, CoverageGap, Ignored, Report
from reports.safe import make_visible
from tests import hostile
from tests.reports import filled, samples
from tests.reports.drafting import Draft, identity
from tests.reports.html.pages import read

GITHUB = MarkdownIt("commonmark").enable(["table", "strikethrough"])
ACTS = {"link_open", "image", "em_open", "s_open", "blockquote_open", "fence", "code_block", "hr", "ordered_list_open"}
OUR_HTML = {"details", "summary", "code", "b", "sub"}
ACTING = re.compile(r"https?:|ftp:|www\.|@|#\d|GH-\d|:\w+:|[0-9a-f]{7,40}|\$|<|&")
"""What GitHub makes something of in text that is no code."""


def tokens(markdown: str) -> list[Token]:
    """All tokens of a text, blocks and what is in them."""
    found: list[Token] = []
    for token in GITHUB.parse(markdown):
        found += [token, *(token.children or ())]
    return found


def plain(found: list[Token]) -> list[str]:
    """The text that stands outside of code: what GitHub looks through for mentions, references and addresses."""
    outside = [token.content for token in found if token.type == "text"]
    for block in html_of(found):
        outside += re.split(r"<[^>]*>", re.sub(r"<code>.*?</code>", "", block))
    return outside


def html_of(found: list[Token]) -> list[str]:
    return [token.content for token in found if token.type in ("html_block", "html_inline")]


def shown(found: list[Token]) -> str:
    """The text that a reader sees."""
    told = [token.content for token in found if token.type in ("code_inline", "text")]
    for block in html_of(found):
        told += map(html.unescape, re.split(r"<[^>]*>", block))
    return "".join(told)


def squeezed(text: str) -> str:
    return re.sub(r"\s", "", text)


@pytest.mark.parametrize("family", sorted(hostile.FAMILIES))
def test_a_hostile_text_is_text_and_nothing_else(family: str) -> None:
    structure = [token.type for token in tokens(render(filled.report(lambda _: "'")))]
    for text in hostile.FAMILIES[family]:
        markdown = render(filled.report(lambda _, text=text: text))  # type: ignore[misc]
        found = tokens(markdown)
        kinds = {token.type for token in found}
        assert not kinds & ACTS, ascii(text)
        blocks = [token.type for token in found if token.type not in ("text", "code_inline")]
        assert blocks == [kind for kind in structure if kind not in ("text", "code_inline")], ascii(text)
        for element in read("".join(html_of(found))).elements:
            assert element.tag in OUR_HTML, ascii(text)
            assert not element.attributes, ascii(text)
        for outside in plain(found):
            assert not ACTING.search(outside), (ascii(text), outside)
        assert all(char.isprintable() or char == "\n" for char in markdown), ascii(text)
        assert squeezed(make_visible(text)) in squeezed(shown(found)), ascii(text)


@pytest.mark.parametrize("text", hostile.STRINGS[::7])
def test_code_spans_give_back_what_was_put_in(text: str) -> None:
    visible = make_visible(text)
    for form in (code(visible), f"- {code(visible)}", f"x {code(visible)} y"):
        (inline,) = [token.content for token in tokens(form) if token.type == "code_inline"]
        assert inline.strip() == visible.strip()


def test_prose_leaves_words_alone() -> None:
    assert prose("no answer within 5 s: is it there?") == "no answer within 5 s: is it there?"
    assert prose("from 6.1.0 to 6.18.0.") == "from `6.1.0` to `6.18.0`."
    assert prose("ask @octocat in #12 about deadbeef") == "ask `@octocat` in `#12` about `deadbeef`"


def test_the_verdict_comes_first_and_what_is_critical_next() -> None:
    text = render(samples.classic())
    assert text.startswith("## Different: 7 changes on `node-1`\n")
    assert text.index("### Critical") < text.index("### Changes") < text.index("### Ignored")


def test_a_critical_change_deep_in_a_story_is_listed_with_its_cause() -> None:
    draft = Draft()
    pod = draft.say("pod", "recreated", "pod:default/a", "default/a")
    draft.say("route", "removed", "pod:default/a", "0.0.0.0/0 via 10.1.27.1 dev eth0", cause=pod, severity="critical")
    line = "- `-` route `0.0.0.0/0 via 10.1.27.1 dev eth0` removed in `pod:default/a` **critical**"
    assert f"{line}, follows from pod `default/a` re-created" in render(draft.report()).splitlines()


def test_a_warning_within_a_story_is_marked() -> None:
    draft = Draft()
    bridge = draft.say("link", "recreated", "host", "br0")
    draft.say("route", "removed", "host", "10.9.0.0/16 dev br0", cause=bridge, severity="warning")
    assert "- `-` route `10.9.0.0/16 dev br0` removed **warning**" in render(draft.report()).splitlines()


def many(number: int) -> Report:
    """Routes and re-created pods without number."""
    draft = Draft()
    for n in range(number):
        draft.pod(f"web-{n}", n, f"10.{n % 250}.27.2", f"10.{n % 250}.27.9")
        draft.say("route", "added", "host", f"10.{n % 250}.{n // 250}.0/24 via 10.1.27.3 dev docker0")
    return draft.report()


def told_and_left_out(markdown: str) -> int:
    """How many changes the text tells, listed and counted."""
    body = markdown.partition("### Changes")[2].partition("\n### ")[0]
    listed = len(re.findall(r"^ *- `[±+~?-]` |^<details><summary><code>[±+~?-]</code>", body, re.MULTILINE))
    left = sum(
        int(n.replace(",", ""))
        for n in re.findall(r"\*\*([0-9,]+) (?:changes?|more) left out here\*\*", body, re.MULTILINE)
    )
    return listed + left


@pytest.mark.parametrize("number", [0, 1, 30, 800])
def test_everything_is_listed_or_counted_and_it_fits(number: int) -> None:
    report = many(number)
    markdown = render(report)
    assert size(markdown) < LIMIT
    assert told_and_left_out(markdown) == len(report.changes)
    if number == 800:
        assert size(markdown) > LIMIT * 0.9, "room is used"
        assert "left out here** for want of room" in markdown
        assert "`netlapse diff BEFORE AFTER -f json` lists them" in markdown
        assert (
            len(re.findall("^- `±` pod .*, \\*\\*12 more left out here\\*\\* that follow$", markdown, re.MULTILINE))
            > 200
        )
        assert markdown.count("<details>") > 10


def test_what_fits_is_told_in_full() -> None:
    markdown = render(many(30))
    assert "left out here" not in markdown
    assert "Not everything fits" not in markdown


@given(st.text(st.characters(exclude_categories=())))
def test_any_text_at_all_stays_text(text: str) -> None:
    visible = make_visible(text)
    listed = f"- {code(visible)}\n  - {prose(visible)}\n\n| a |\n|---|\n| {cell(visible)} |\n"
    found = tokens(f"{listed}\n<details><summary>{html_code(visible)}</summary>\n\n</details>\n")
    assert not {token.type for token in found} & ACTS
    assert [e.tag for e in read("".join(html_of(found))).elements] == ["details", "summary", "code"]
    for outside in plain(found):
        assert not ACTING.search(outside), outside


def test_one_story_alone_cannot_fill_the_comment() -> None:
    draft = Draft()
    off = draft.say("link", "removed", "host", "eth0", severity="critical")
    for n in range(5_000):
        draft.say("route", "removed", "host", f"10.{n // 250}.{n % 250}.0/24 dev eth0", cause=off)
    draft.say("link", "added", "host", "eth7")
    report = draft.report()
    markdown = render(report)
    assert "`+` link `eth7` added" in markdown
    assert told_and_left_out(markdown) == len(report.changes)
    assert size(markdown) < LIMIT
    assert re.search(
        r"\*\*[0-9,]+ more left out here\*\* that follow \([0-9,]+ routes removed\): `netlapse diff", markdown
    )


def test_everything_at_its_longest_fits() -> None:
    text = "\U0001f47e`" * 600
    made = filled.report(lambda _: text)
    change: Change = made.changes[0]
    report = replace(
        made,
        before=identity(1, note=text, host=text, kernel=text, label=text),
        summary=made.summary * 50,
        changes=tuple(replace(change, id=f"c{n}", severity="critical") for n in range(1, 200)),
        findings=made.findings * 300,
        coverage=tuple(CoverageGap(snapshot="after", scope=text, kind=text, status="failed", error=text) for _ in range(300)),
        ignored=tuple(Ignored(rule=text, count=1, source=text, reason=text) for _ in range(300)),
    )  # fmt: skip
    markdown = render(report)
    assert size(markdown) < LIMIT
    assert markdown.count("characters left out)") > 10
    for words in (
        "more critical: ",
        "changes left out here",
        "more findings: ",
        "more gaps: ",
        "more rules: ",
        "more kinds: ",
    ):
        assert words in markdown


def test_a_long_text_is_cut_in_its_middle_and_says_so() -> None:
    shown_text = code("a" * CUT + "b" * 50)
    assert shown_text.endswith("` (50 characters left out)")
    assert shown_text.startswith("`aaa")
    assert "bbb" in shown_text


def test_the_size_is_counted_by_the_strictest_of_the_ways() -> None:
    assert size("a\n") == 3
    assert size("\U0001f47e") == 2
