"""Reading ipsets (ipset(8)): `ipset save` as facts. Entries that run out by themselves are state, and only counted."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from snapshot.collect.firewall.counting import counted
from snapshot.collect.firewall.payload import Header, pack, readable
from snapshot.collect.firewall.tools import run
from snapshot.collect.netlink.transport import NetlinkError
from snapshot.model.counter import Counter
from snapshot.model.firewall import FirewallEntry

TWICE = 256 * 1024
"""Bytes of output up to which it is read again, to see whether it held still: ipsets have no generation."""

TOKEN = re.compile(r'"[^"]*"|\S+')
COMMENTED = ' comment "'
MOVING = re.compile(rb' (?:packets|bytes|timeout|initval|hashsize) \S+|"[^"]*"')


def read_ipsets(names: Iterable[bytes]) -> tuple[bytes, bool]:
    """The payload, and whether it was seen to change; ``names`` are those of the kernel. Raises ``NetlinkError``."""
    output = run("ipset", "save")
    torn = len(output) <= TWICE and _steady(output) != _steady(run("ipset", "save"))
    header = Header(backend="ipset", tables=tuple(("", readable(name)) for name in sorted(names)))
    return pack(header, output), torn


def told(header: Header, text: str) -> Iterator[FirewallEntry | Counter]:
    """Sets and their entries. Raises ``NetlinkError`` unless they are those that the kernel has."""
    names = sorted((name for _, name in header.tables), key=len, reverse=True)
    family: dict[str, str] = {}
    ordered: set[str] = set()
    position: dict[str, int] = {}
    running: dict[str, int] = {}
    for line in records(text):
        command, _, rest = line.partition(" ")
        # A name may hold spaces, and look like the beginning of a line.
        name = next((name for name in names if rest.startswith(f"{name} ")), None)
        words = TOKEN.findall(rest[len(name) :]) if name is not None else []
        if name is None or not words or command not in ("create", "add"):
            raise NetlinkError("firewall", message="ipset tells of something that the kernel does not have")
        if command == "create":
            kept, _ = _without(words, "initval", "hashsize")
            family[name] = "ip6" if "inet6" in kept else "ip" if "inet" in kept else "inet"
            if words[0] == "list:set":
                ordered.add(name)
            running[name] = 0
            yield FirewallEntry(
                backend="ipset", family=family[name], object="ipset", name=name, text=" ".join(kept),
                extra={"type": words[0]},
            )  # fmt: skip
            continue
        kept, taken = _without(words, "timeout", "packets", "bytes")
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
    if missing := set(names) - set(family):
        raise NetlinkError("firewall", message=f"ipset tells nothing of {min(missing)}")
    for name, number in running.items():
        yield from counted(f"ipset {name}", elements=number)


def records(text: str) -> Iterator[str]:
    """The lines; one within whose comment is a line's end is one all the same. A comment holds no quotes."""
    start, size = 0, len(text)
    while start < size:
        end = _end(text, start)
        opened = text.find(COMMENTED, start, end) if text.startswith("add ", start) else -1
        if opened >= 0:
            end = max(end, _end(text, text.find('"', opened + len(COMMENTED))))
        if start < end:
            yield text[start:end]
        start = end + 1


def _end(text: str, start: int) -> int:
    end = text.find("\n", start) if start >= 0 else -1
    return len(text) if end < 0 else end


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
