"""Reports turned back: pseudonyms replaced by what they stand for, in whatever format a report was written.

Only words are replaced by words, which hold nothing but letters and figures: what the renderer wrote around them stays, and
with it whatever it had to escape. Letters that show nothing are escaped as the format does.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import NamedTuple

from snapshot.redact.errors import NotAReportError
from snapshot.redact.texts import Texts

LARGEST = 256_000_000
"""Bytes of a report."""
LITERAL = re.compile(r'"(?:[^"\\\x00-\x1f]|\\.)*"')
ESCAPE = re.compile(r"(\\(?:[nrtl\\]|x[0-9a-f]{2}|u[0-9a-f]{4}|U[0-9a-f]{8}))")
"""As ``reports.safe`` and the graph formats write what shows nothing."""
CODE = re.compile(
    r"<(?P<element>script|style)\b(?P<attributes>[^>]*)>(?P<code>.*?)</(?P=element)>", re.DOTALL | re.IGNORECASE
)
MARKS = re.compile(r"</?mark>")
"""What differs within a word: of pseudonyms that says nothing about what they stand for."""
IN_PAGE = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "'": "\\u0027"}
"""Letters that JSON within a page escapes."""


class Turned(NamedTuple):
    """A report turned back, and how many words in it were pseudonyms."""

    text: str
    words: int


class TurningBack:
    """Turns texts back by one key."""

    def __init__(self, texts: Texts) -> None:
        self._texts = texts
        self._words = 0

    def report(self, text: str) -> Turned:
        """A report: JSON by its strings, a page without its program and its style, anything else as text."""
        self._words = 0
        start = text.lstrip("\ufeff \t\r\n")[:1]
        if start in ("{", "["):
            told = self._json(text)
        elif start == "<":
            told = self._page(text)
        else:
            told = self._text(text)
        return Turned(text=told, words=self._words)

    def _json(self, text: str, *, in_page: bool = False) -> str:
        def literal(found: re.Match[str]) -> str:
            try:
                value = json.loads(found[0])
            except ValueError:
                return found[0]
            told = self._texts.back(value)
            if told == value:
                return found[0]
            self._words += 1
            spelt = json.dumps(told, ensure_ascii=not told.isprintable())
            return "".join(IN_PAGE.get(letter, letter) for letter in spelt) if in_page else spelt

        return LITERAL.sub(literal, text)

    def _page(self, text: str) -> str:
        text = MARKS.sub("", text)
        pieces, done = [], 0
        for found in CODE.finditer(text):
            pieces.append(self._text(text[done : found.start()]))
            is_data = "json" in found["attributes"]
            code = self._json(found["code"], in_page=True) if is_data else found["code"]
            pieces.append(f"<{found['element']}{found['attributes']}>{code}</{found['element']}>")
            done = found.end()
        return "".join([*pieces, self._text(text[done:])])

    def _text(self, text: str) -> str:
        return "".join(
            part if at % 2 else self._texts.back_each(part, self._shown) for at, part in enumerate(ESCAPE.split(text))
        )

    def _shown(self, word: str) -> str:
        self._words += 1
        if word.isprintable():
            return word
        return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in word)


def read_report(path: Path) -> str:
    """A report's text. Raises ``NotAReportError``."""
    try:
        if not path.is_file():
            raise NotAReportError(f"{path}: no such file")
        if path.stat().st_size > LARGEST:
            raise NotAReportError(f"{path}: larger than {LARGEST // 1_000_000} MB, so no report of netlapse's")
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise NotAReportError(f"{path}: cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise NotAReportError(
            f"{path}: not a text, so no report; a snapshot is not turned back: keep what it was made of"
        ) from error
