"""What the text of a firewall's rule names: addresses, links and whatever else stands in it as a word, chains and sets."""

from __future__ import annotations

import re

WORD = re.compile(r'[^\s"\\{},()]+')
ADDRESS = re.compile(
    r"\[?(?P<ip>[0-9]{1,3}(?:\.[0-9]{1,3}){3}|[0-9A-Fa-f]*:[0-9A-Fa-f:.]*:[0-9A-Fa-f.]*)\]?(?P<rest>[/:-].*)?"
)
JUMP = re.compile(r"(?:^|\s)(?:-j|-g|--jump|--goto|jump|goto)\s+\"?(?P<chain>[^\s\"]+)")
SET = re.compile(r"(?:--match-set\s+|@)\"?(?P<name>[^\s\",}]+)")


def words(text: str) -> list[str]:
    """Everything that stands by itself: a link's name, an address, a prefix, an id in a comment."""
    return WORD.findall(text)


def address_in(word: str) -> str | None:
    """The address in a word: "10.1.27.2" of "10.1.27.2/32", "10.1.27.2:80" or "10.1.27.2-10.1.27.9"."""
    found = ADDRESS.fullmatch(word)
    return found["ip"] if found is not None else None


def jumps(text: str) -> list[str]:
    """The chains (and targets) that a rule jumps to."""
    return JUMP.findall(text)


def sets(text: str) -> list[str]:
    """The sets that a rule looks into."""
    return SET.findall(text)


def names_any(text: str, of: frozenset[str]) -> bool:
    """Does a rule name one of these links or addresses?"""
    return any(word in of or address_in(word) in of for word in words(text))
