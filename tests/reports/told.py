"""The changes that an output tells, read from the output alone: each as "KIND NAME ACTION", as a person reads it."""

from __future__ import annotations

import json
import re
from collections import Counter
from html import unescape
from html.parser import HTMLParser

from reports.safe import make_visible
from reports.words import ACTION_WORDS, kind_word
from tests.reports.test_markdown import html_of, tokens

_TOLD = re.compile(rf"(.+?) ({'|'.join(ACTION_WORDS.values())}|rebooted)(?: .*)?", re.DOTALL)
Told = Counter[str]


def in_json(text: str) -> Told:
    """From ``-f json``."""
    return Counter(map(_said, json.loads(text)["changes"]))


def in_ndjson(text: str) -> Told:
    """From ``-f ndjson``."""
    lines = map(json.loads, text.splitlines())
    return Counter(_said(line) for line in lines if line["record"] == "change")


def _said(change: dict[str, object]) -> str:
    fields = change["fields"]
    assert isinstance(fields, list)
    reboot = change["kind"] == "host" and any(field["name"] == "boot_id" for field in fields)
    action = "rebooted" if reboot else ACTION_WORDS[str(change["action"])]
    return f"{kind_word(str(change['kind']))} {make_visible(str(change['name']))} {action}"


def in_text(text: str) -> tuple[Told, int]:
    """From ``-f text``: what is listed, and how many more are counted."""
    told: Told = Counter()
    more = 0
    (block,) = [b for b in text.split("\n\n") if re.match(r"[±+~?-] ", b)] or [""]
    for line in block.splitlines():
        folded = re.match(
            r" *[±+~?-] and ([0-9,]+) more .*?(?:with ([0-9,]+) changes? under them)?(?: \(-f json.*)?$", line
        )
        if folded:
            more += sum(int(number.replace(",", "")) for number in folded.groups() if number)
        elif re.match(r" *[±+~?-] ", line):
            told[_words(line.lstrip()[2:])] += 1
    return told, more


def in_markdown(text: str) -> Told:
    """From ``-f markdown``, of the changes and what follows from them."""
    part = text.partition("### Changes")[2].partition("\n### ")[0]
    told: Told = Counter()
    for token in tokens(part):
        children = token.children or ()
        if children and children[0].type == "code_inline" and children[0].content in "±+~?-":
            told[_words("".join(child.content for child in children[1:]).strip())] += 1
    for block in html_of(tokens(part)):
        if "<summary>" in block:
            told[_words(_plain(block).strip()[2:])] += 1
    return told


def in_html(text: str) -> Told:
    """From the HTML report: what stands between each change's anchor and the link to it."""
    reader = _Anchors()
    reader.feed(text)
    return Counter(_words(" ".join("".join(words).split())) for words in reader.found.values())


def _words(line: str) -> str:
    match = _TOLD.fullmatch(line)
    assert match, line
    return f"{match[1]} {match[2]}"


def _plain(html: str) -> str:
    return unescape(re.sub(r"<[^>]*>", "", html))


class _Anchors(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: dict[str, list[str]] = {}
        self._open: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        name = said.get("id") or ""
        if re.fullmatch("c[0-9]+", name):
            self._open = name
            self.found[name] = []
        elif self._open is not None and said.get("href") == f"#{self._open}":
            self._open = None

    def handle_data(self, data: str) -> None:
        if self._open is not None:
            self.found[self._open].append(data)
