"""Where a rule may look: which scopes there are, and which of them a kind can be in (analyze/scopes.py makes them)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Literal

from analyze.plan.errors import a, one_of, shown
from analyze.plan.globs import Glob
from analyze.plan.languages import ANY_TEXT, DIGITS, Language, Texts, either, sequence, word
from analyze.scopes import HOST

Looked = Literal["changes", "things"]
"""What a rule speaks of: changes of the report, or what is there."""
Group = Literal["host", "pod", "container", "netns", "twin"]

_TEXTS: dict[Group, Texts] = {
    "host": word(HOST),
    # Of two that would be called the same each has its inode behind the name; none but a made-up file has two hosts.
    "twin": sequence(word(f"{HOST}["), DIGITS, word("]")),
    "pod": sequence(word("pod:"), ANY_TEXT, word("/"), ANY_TEXT),
    "container": sequence(word("container:"), ANY_TEXT),
    "netns": sequence(word("netns:"), ANY_TEXT),
}
_WORDS: dict[Group, str] = {
    "host": HOST, "pod": "pod:NAMESPACE/NAME", "container": "container:NAME", "netns": "netns:NAME",
}  # fmt: skip
EVERYWHERE: tuple[Group, ...] = ("host", "pod", "container", "netns", "twin")
_OF_A_KIND: dict[str, tuple[Group, ...]] = {
    "host": ("host",),
    "network": ("host",),
    # A pod's own scope, on the host's network too.
    "pod": ("pod",),
    # A namespace that a container runs in is the host's, or is called after a container.
    "container": ("host", "pod", "container", "twin"),
}
_OF_A_CHANGE: dict[str, tuple[Group, ...]] = {
    # What changes of the host's own is told of the host; of one that has containers, of them, unless their runtime kept
    # silent (analyze/diff/workloads.py).
    "namespace": ("pod", "container", "netns", "twin"),
}


def wrong_scope(pattern: Glob, kinds: Sequence[str], looked: Looked) -> str | None:
    """What is wrong with a pattern for scopes that can mean none of any of the kinds; no kinds: of all. None: nothing is."""
    if not _language(EVERYWHERE).meets(pattern):
        return f"{shown(pattern.text)} can be no scope: {one_of(pattern.text, _WORDS.values())}"
    groups = [_groups(kind, looked) for kind in kinds]
    if not groups or any(_language(one).meets(pattern) for one in groups):
        return None
    possible = [told for group, told in _WORDS.items() if any(group in one for one in groups)]
    return f"{shown(pattern.text)} can be no scope of {_kinds(kinds)}: {one_of(pattern.text, possible)}"


def _groups(kind: str, looked: Looked) -> tuple[Group, ...]:
    if looked == "changes" and kind in _OF_A_CHANGE:
        return _OF_A_CHANGE[kind]
    return _OF_A_KIND.get(kind, EVERYWHERE)


@cache
def _language(groups: tuple[Group, ...]) -> Language:
    return Language(either(*(_TEXTS[group] for group in groups)))


def _kinds(kinds: Sequence[str]) -> str:
    return a(kinds[0]) if len(kinds) == 1 else "these kinds"
