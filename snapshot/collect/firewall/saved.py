"""What a save tool prints (iptables-save(8), arptables-save, ebtables-save) as facts, its counters apart."""

from __future__ import annotations

import re
from collections.abc import Iterator

from snapshot.collect.firewall.counting import counted
from snapshot.collect.firewall.payload import Header
from snapshot.collect.netlink.transport import NetlinkError
from snapshot.model.counter import Counter
from snapshot.model.firewall import FirewallEntry
from snapshot.model.json import JsonObject

CHAIN = re.compile(r":(\S+) (\S+)(?: \[(\d+):(\d+)\])?")
RULE = re.compile(r"(?:\[(\d+):(\d+)\] )?-A (\S+) ?(.*)", re.DOTALL)
OPEN = re.compile(r'(?<!\S)"')
CLOSE = re.compile(r'(?:[^"\\]|\\.)*"(?!\S)', re.DOTALL)
COMMENT = re.compile(r'(?<!\S)--comment ("(?:[^"\\]|\\.)*"|\S+)', re.DOTALL)
LONGEST = 4096
"""More than any quoted text that a rule can hold: the kernel keeps 256 bytes of a comment."""

ESCAPED = re.compile(r"\\([\"'\\])")


def told(header: Header, text: str) -> Iterator[FirewallEntry | Counter]:
    """The tables, chains and rules of one output. Tables that another tool speaks for are left out.

    Raises ``NetlinkError`` for a table that it does not tell of, and for what is neither table, chain nor rule.
    """
    backend, family = header.backend, header.family
    wanted = {name for _, name in header.tables}
    missing = set(wanted)
    table, positions = "", dict[str, int]()
    for line in records(text):
        if line.startswith("*"):
            table, positions = line[1:], {}
            if table in wanted:
                missing.discard(table)
                dormant = table in header.dormant
                extra: JsonObject = {"flags": ("dormant",)} if dormant else {}
                words = "flags dormant" if dormant else ""
                yield FirewallEntry(
                    backend=backend, family=family, table=table, object="table", text=words, extra=extra
                )
        if table not in wanted:
            continue
        chain, rule = CHAIN.fullmatch(line), RULE.fullmatch(line)
        if chain is not None:
            name, policy, packets, size = chain.groups()
            has_policy = policy != "-"
            yield FirewallEntry(
                backend=backend, family=family, table=table, object="chain", chain=name,
                text=f"policy {policy}" if has_policy else "", extra={"policy": policy} if has_policy else {},
            )  # fmt: skip
            yield from counted(f"{backend} {family} {table} {name}", packets=packets, bytes=size)
        elif rule is not None:
            packets, size, name, words = rule.groups()
            position = positions[name] = positions.get(name, -1) + 1
            yield FirewallEntry(
                backend=backend, family=family, table=table, object="rule", chain=name, position=position,
                text=words.strip(), comment=comment(words),
            )  # fmt: skip
            yield from counted(f"{backend} {family} {table} {name} {position}", packets=packets, bytes=size)
        elif not line.startswith("*") and line != "COMMIT":
            raise NetlinkError("firewall", message=f"{backend} tells something odd of table {family} {table}")
    if missing:
        raise NetlinkError("firewall", message=f"{backend} tells nothing of table {family} {min(missing)}")


def without_remarks(output: bytes) -> bytes:
    """A save tool's output without its remarks, which tell the time. A line within a quoted text is none."""
    kept = [record for record in records(output.decode("latin-1")) if not record.startswith("# ")]
    return "".join(f"{record}\n" for record in kept).encode("latin-1")


def records(text: str) -> Iterator[str]:
    """The lines; one within which a quoted text holds a line's end is one all the same."""
    start, size = 0, len(text)
    while start < size:
        end = _end(text, start)
        opened = OPEN.search(text, start, end)
        while opened is not None:
            closing = CLOSE.match(text, opened.end(), opened.end() + LONGEST)
            # Without one it is no quoted text: an interface may have a quote in its name.
            after = closing.end() if closing is not None else opened.end()
            end = max(end, _end(text, after))
            opened = OPEN.search(text, after, end)
        if start < end:
            yield text[start:end]
        start = end + 1


def _end(text: str, start: int) -> int:
    end = text.find("\n", start)
    return len(text) if end < 0 else end


def comment(words: str) -> str | None:
    """A rule's comment, as it was given."""
    found = COMMENT.search(words)
    if found is None:
        return None
    text = found[1]
    return ESCAPED.sub(r"\1", text[1:-1]) if text.startswith('"') else text
