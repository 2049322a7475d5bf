"""Reading ipsets (ipset(8)): `ipset save` as facts. Entries that run out by themselves are state, and only counted."""

from __future__ import annotations

import re
from collections.abc import Iterator

from snapshot.collect.firewall.counting import counted
from snapshot.collect.firewall.payload import Header, pack
from snapshot.collect.firewall.tools import run
from snapshot.model.counter import Counter
from snapshot.model.firewall import FirewallEntry

TWICE = 256 * 1024
"""Bytes of output up to which it is read again, to see whether it held still: ipsets have no generation."""

TOKEN = re.compile(r'"[^"]*"|\S+')
MOVING = re.compile(rb' (?:packets|bytes|timeout|initval|hashsize) \S+|"[^"]*"')


def read_ipsets() -> tuple[bytes, bool]:
    """The payload, and whether it was seen to change. Raises ``NetlinkError``."""
    output = run("ipset", "save")
    torn = len(output) <= TWICE and _steady(output) != _steady(run("ipset", "save"))
    return pack(Header(backend="ipset"), output), torn


def told(text: str) -> Iterator[FirewallEntry | Counter]:
    """Sets and their entries."""
    family: dict[str, str] = {}
    ordered: set[str] = set()
    position: dict[str, int] = {}
    running: dict[str, int] = {}
    for line in text.splitlines():
        words = TOKEN.findall(line)
        if len(words) < 3 or words[0] not in ("create", "add"):
            continue
        name = words[1]
        if words[0] == "create":
            kept, _ = _without(words[2:], "initval", "hashsize")
            family[name] = "ip6" if "inet6" in kept else "ip" if "inet" in kept else "inet"
            if words[2] == "list:set":
                ordered.add(name)
            running[name] = 0
            yield FirewallEntry(
                backend="ipset", family=family[name], object="ipset", name=name, text=" ".join(kept),
                extra={"type": words[2]},
            )  # fmt: skip
            continue
        kept, taken = _without(words[2:], "timeout", "packets", "bytes")
        if int(taken.get("timeout", 0)):
            running[name] = running.get(name, 0) + 1
            continue
        place = None
        if name in ordered:
            place = position[name] = position.get(name, -1) + 1
        yield FirewallEntry(
            backend="ipset", family=family.get(name, "inet"), object="element", name=name, position=place,
            text=" ".join(kept), comment=_comment(kept),
        )  # fmt: skip
        yield from counted(f"ipset {name} {kept[0]}", packets=taken.get("packets"), bytes=taken.get("bytes"))
    for name, number in running.items():
        yield from counted(f"ipset {name}", elements=number)


def _without(words: list[str], *names: str) -> tuple[list[str], dict[str, str]]:
    """The words without some that have a value, and these."""
    kept, taken = [], {}
    left = iter(words)
    for number, word in enumerate(left):
        if number and word in names:
            taken[word] = next(left, "0")
        else:
            kept.append(word)
    return kept, taken


def _comment(words: list[str]) -> str | None:
    if "comment" not in words[1:-1]:
        return None
    return words[words.index("comment", 1) + 1].strip('"')


def _steady(output: bytes) -> list[bytes]:
    """What of it does not move by itself, in an order of its own: sets are hashes."""
    return sorted(MOVING.sub(lambda found: found[0] if found[0].startswith(b'"') else b"", output).splitlines())
