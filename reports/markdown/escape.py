"""Texts of strangers in GitHub-flavoured Markdown.

A backslash is not enough there: after the Markdown is read, mentions (``@team``), references (``#1``, commit digests), emoji
and addresses of mail are looked for in what is text by then. None of them is looked for in code, so that whatever is no plain
word stands in a code span.
"""

from __future__ import annotations

import html
import re

from reports.safe import make_visible
from snapshot.model.plural import plural

CUT = 400
"""A text longer than this, made visible, is shown without its middle, and says so."""
_WORD = re.compile(
    r"\(?[A-Za-z]+(?:[-'][A-Za-z]+)*'?\)?[.,;:?]*|\(?[0-9]{1,3}(?:,[0-9]{3})*%?[,;]?|\([0-9]+\)|[0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{2}:[0-9]{2}:[0-9]{2}",
    re.ASCII,
)
_DIGEST = re.compile(r"[0-9a-fA-F]{7,}", re.ASCII)
_TICKS = re.compile(r"`+")


def shown(text: str) -> str:
    """Any text, made visible, as a code span."""
    return code(make_visible(text))


def code(visible: str) -> str:
    """A text that has been made visible as a code span, whatever backticks it has."""
    kept, note = shorten(visible)
    ticks = "`" * (max(map(len, _TICKS.findall(kept)), default=0) + 1)
    padded = f" {kept} " if kept.startswith("`") or kept.endswith("`") or kept[:1] == kept[-1:] == " " else kept
    return f"{ticks}{padded}{ticks}{note}" if kept else '`""`'


def prose(visible: str) -> str:
    """Words that have been made visible: plain ones as they are, all others as code spans."""
    runs: list[tuple[bool, list[str]]] = []
    for word in visible.split(" "):
        plain = _is_plain(word)
        if runs and runs[-1][0] is plain:
            runs[-1][1].append(word)
        else:
            runs.append((plain, [word]))
    return " ".join(" ".join(words) if plain else _spanned(" ".join(words)) for plain, words in runs)


def _spanned(words: str) -> str:
    """A code span, without the sentence's punctuation behind it."""
    inside = words[:-1] if words[:-1] and words[-1] in ".,;:" else words
    return code(inside) + words[len(inside) :]


def html_code(visible: str) -> str:
    """A text that has been made visible as a code element, for where HTML stands in the Markdown."""
    kept, note = shorten(visible)
    return f"<code>{html.escape(kept) or '&quot;&quot;'}</code>{note}"


def cell(visible: str) -> str:
    """A text that has been made visible in a table: plain words as they are, others as code; a bar would end the cell."""
    return prose(visible).replace("|", "\\|")


def shorten(visible: str) -> tuple[str, str]:
    """A text of bearable length, and what to say of it where its middle was left out."""
    left = len(visible) - CUT
    if left <= 0:
        return visible, ""
    told = f" ({plural(left, 'character')} left out)"
    return f"{visible[: CUT * 3 // 5]}…{visible[len(visible) - CUT * 2 // 5 :]}", told


def _is_plain(word: str) -> bool:
    return bool(_WORD.fullmatch(word)) and not _DIGEST.search(word)
