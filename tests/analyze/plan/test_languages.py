"""Can a pattern mean one of a set of texts? Held against trying them all."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyze.plan.globs import glob
from analyze.plan.languages import (
    ANY_TEXT,
    DIGITS,
    NOTHING_MORE,
    Language,
    Texts,
    char,
    either,
    many,
    maybe,
    sequence,
    some,
    word,
    words,
)
from analyze.plan.places import wrong_scope
from analyze.plan.vocabulary import KIND_NAMES

SHORT = ["".join(chars) for size in range(9) for chars in product("ab", repeat=size)]
"""Texts longer than any that a pattern of the tests needs."""
patterns = st.text("ab?*", max_size=5)


@given(st.sets(st.sampled_from(SHORT[:60]), min_size=1, max_size=5), patterns)
def test_words(known: set[str], text: str) -> None:
    language, pattern = Language(words(known)), glob(text)
    assert language.meets(pattern) == any(pattern.matches(one) for one in known)
    assert {one for one in SHORT if language.has(one)} == known


@pytest.mark.parametrize(
    ("texts", "is_one"),
    [
        (NOTHING_MORE, lambda t: not t),
        (ANY_TEXT, lambda t: True),
        (some(word("ab")), lambda t: t and t == "ab" * (len(t) // 2)),
        (many(either(word("ab"), word("b"))), lambda t: "aa" not in t and not t.endswith("a")),
        (sequence(maybe(char("a")), word("b"), many(char("b"))), lambda t: "b" in t and "a" not in t[1:]),
        (sequence(word("a"), ANY_TEXT, word("b")), lambda t: t.startswith("a") and t.endswith("b")),
        (sequence(char(None), char("b")), lambda t: len(t) == 2 and t[1] == "b"),
    ],
)
@given(patterns)
def test_expressions(texts: Texts, is_one: Callable[[str], bool], text: str) -> None:
    language, pattern, known = Language(texts), glob(text), [one for one in SHORT if is_one(one)]
    assert [one for one in SHORT if language.has(one)] == known
    assert language.meets(pattern) == any(pattern.matches(one) for one in known)


def test_what_no_place_takes_ends_it() -> None:
    assert not Language(DIGITS).meets(glob("1x*"))
    assert Language(DIGITS).meets(glob("*1*2?"))
    assert Language(sequence(word("x"), ANY_TEXT)).has("x\u20ac\n")


# --- scopes ---

names = st.text("abt[]0:/ho*?\\-", max_size=6)
scopes = st.one_of(
    st.just("host"),
    st.builds("pod:{}/{}".format, names, names),
    st.builds("container:{}".format, names),
    st.builds("netns:{}".format, names),
    st.just("netns:[4026532001]"),
    st.builds("pod:{}/{}[4026532001]".format, names, names),
)


@given(scopes, st.data())
def test_no_pattern_that_means_a_scope_is_refused(scope: str, data: st.DataObject) -> None:
    pieces = []
    for one in scope:
        own = f"\\{one}"
        pieces.append(data.draw(st.sampled_from([own, own, own, "?", "*", f"{own}*", f"*{own}"])))
    pattern = glob("".join(pieces))
    assert pattern.matches(scope)
    assert wrong_scope(pattern, (), "changes") is None
    assert wrong_scope(pattern, KIND_NAMES, "changes") is None


@pytest.mark.parametrize(
    "text",
    [
        "*",
        "p*",
        "?ost",
        "h??t",
        "*/*",
        "pod:*",
        "pod:a*",
        "*b",
        "????",
        "netns:",
        "netns:[*",
        "c*:*",
        "host[1]",
        "p*s:",
        "n*s?",
    ],
)
def test_what_can_be_a_scope(text: str) -> None:
    assert wrong_scope(glob(text), (), "things") is None


@pytest.mark.parametrize(
    "text",
    ["pod:a", "???", "[hp]o*", "host?", "ho?s", "pods:*", "pod", "netns", "Host", "netnss?", "?", "\\*", "host[a]"],
)
def test_what_cannot(text: str) -> None:
    assert wrong_scope(glob(text), (), "things") is not None
