"""What the text of a firewall's rule names: addresses, links and whatever else stands in it as a word, chains and sets."""

from __future__ import annotations

import re

WORD = re.compile(r'[^\s"\\{},()]+')
ADDRESS = re.compile(
    r"\[?(?P<ip>[0-9]{1,3}(?:\.[0-9]{1,3}){3}|[0-9A-Fa-f]*:[0-9A-Fa-f:.]*:[0-9A-Fa-f.]*)\]?(?P<rest>[/:-].*)?"
)
JUMP = re.compile(r"(?:^|\s)(?:-j|-g|--jump|--goto|jump|goto)\s+\"?(?P<chain>[^\s\"]+)")
SET = re.compile(r"(?:--match-set\s+|@)\"?(?P<name>[^\s\",}]+)")
OPTION = re.compile(r"--?[A-Za-z][A-Za-z0-9-]*")
INTERFACES = frozenset({
    "-i", "-o", "--in-interface", "--out-interface", "--physdev-in", "--physdev-out", "--logical-in", "--logical-out",
    "-logical-in", "-logical-out",
})  # fmt: skip
"""Options behind which a link's name stands (iptables(8), iptables-extensions(8), ebtables(8))."""


def words(text: str) -> list[str]:
    """Everything that stands by itself and is no option: a link's name, an address, a prefix, an id in a comment.

    A link may be called like an option: where a rule names a link, it is that.
    """
    found, before = [], ""
    for word in WORD.findall(text):
        if before in INTERFACES or OPTION.fullmatch(word) is None:
            found.append(word)
            before = ""
        else:
            before = word
    return found


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
