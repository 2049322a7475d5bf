"""What `nft -a list ruleset` prints (nft(8)) as facts, its counters apart.

Its text is told as it is, without handles and without what moves by itself: counts, used quotas, remaining lifetimes. Sets are
hashes, whose elements come in any order: each is a row, and rows are sorted. In a set that packets fill, or whose elements run
out, elements are state: they are counted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from snapshot.collect.firewall.counting import counted
from snapshot.collect.firewall.payload import Header
from snapshot.collect.netlink.transport import NetlinkError
from snapshot.model.counter import Counter
from snapshot.model.firewall import FirewallEntry
from snapshot.model.json import Json

TABLE = re.compile(r"table (\S+) (.+?) \{(?: #(?: handle \d+)?(?: progname .*)?)?", re.DOTALL)
BLOCK = re.compile(r"\t(chain|set|map|flowtable|(?:ct )?[a-z]+) (.+) \{(?: # handle \d+)?", re.DOTALL)
RULE = re.compile(r"\t\t(.*) # handle (\d+)", re.DOTALL)
HOOK = re.compile(r"type (\S+) hook (\S+)(?: (?:device|devices =) (.+?))? priority ([^;]+);(?: policy (\S+);)?")
COMMENT = re.compile(r'(?<!\S)comment "([^"]*)"$', re.DOTALL)
QUOTED = re.compile(r'"[^"]*"')
STATE = re.compile(
    r'"[^"]*"|(?<=\bcounter) packets (?P<packets>\d+) bytes (?P<bytes>\d+)'
    r"|(?<=\S) used (?P<used>\d+) (?P<unit>[kmg]?bytes)|(?<=\blast) (?:used \S+|never)| expires \S+"
)
INNER_HANDLE = re.compile(r" # handle \d+$", re.MULTILINE)
COUNT = re.compile(r"\s*# count \d+$")
"""How many elements a set has, which newer nft tells behind its size."""

COUNTS = re.compile(r"packets (\d+) bytes (\d+)")
ELEMENT = re.compile(r'(?:[^",]|"[^"]*")+')
NAMELESS = "__chain"
"""What the kernel calls a chain that stands within a rule."""

UNITS = {"bytes": 1, "kbytes": 1024, "mbytes": 1024**2, "gbytes": 1024**3}


@dataclass(slots=True)
class _Block:
    """A chain, set, map, flowtable or stateful object, line by line without indentation."""

    object: str
    name: str
    lines: list[str] = field(default_factory=list)
    rules: list[tuple[str, int]] = field(default_factory=list)
    elements: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Table:
    family: str
    name: str
    lines: list[str] = field(default_factory=list)
    blocks: list[_Block] = field(default_factory=list)


def told(header: Header, text: str) -> Iterator[FirewallEntry | Counter]:
    """The tables asked for. Raises ``NetlinkError`` if the listing is not what the kernel has."""
    tables = {(table.family, table.name): table for table in _tables(text)}
    for place in header.tables:
        table = tables.get(place)
        if table is None:
            raise NetlinkError("firewall", message=f"nft tells nothing of table {' '.join(place)}")
        _check(table, header)
        flags = _flags(table.lines)
        yield FirewallEntry(
            backend="nft", family=table.family, table=table.name, object="table", text="; ".join(table.lines),
            comment=_comment(table.lines), extra={"flags": flags} if flags else {},
        )  # fmt: skip
        for block in table.blocks:
            yield from _chain(table, block, header) if block.object == "chain" else _object(table, block)
    for place in header.objects:
        for block in tables[place].blocks if place in tables else ():
            if block.object != "chain":
                yield from _object(tables[place], block)


def _tables(text: str) -> Iterator[_Table]:
    """The listing as blocks."""
    table: _Table | None = None
    block: _Block | None = None
    elements: str | None = None
    nested: list[str] = []
    for line in _records(text):
        if elements is not None:
            elements += line.strip()
        elif nested:
            nested.append(line)
            rule = RULE.fullmatch("\n".join(nested)) if line.startswith("\t\t}") else None
            if rule is not None and block is not None:
                block.rules.append((INNER_HANDLE.sub("", rule[1]), int(rule[2])))
                nested.clear()
        elif table is None:
            heading = TABLE.fullmatch(line)
            if heading is not None:
                table = _Table(heading[1], heading[2])
        elif block is None:
            heading = BLOCK.fullmatch(line)
            if heading is not None:
                block = _Block(heading[1], heading[2])
                table.blocks.append(block)
            elif line == "}":
                yield table
                table = None
            elif line.strip():
                table.lines.append(line.strip())
        elif line == "\t}":
            block = None
        elif line.startswith("\t\telements = {") and block.object in ("set", "map"):
            elements = line.strip().removeprefix("elements = {")
        elif block.object == "chain" and (rule := RULE.fullmatch(line)) is not None:
            block.rules.append((rule[1], int(rule[2])))
        elif block.object == "chain" and line.endswith(" {"):
            nested.append(line)  # a rule that jumps to a chain without a name, which is written within it
        else:
            block.lines.append(line.strip())
        if elements is not None and "}" in QUOTED.sub("", elements[-2000:]):
            assert block is not None
            block.elements = [found.strip() for found in ELEMENT.findall(elements.strip().removesuffix("}"))]
            elements = None


def _records(text: str) -> Iterator[str]:
    """The lines; one within which a quoted text holds a line's end is one all the same. Within quotes nft escapes nothing."""
    whole: list[str] = []
    open_quote = False
    for line in text.split("\n"):
        whole.append(line)
        open_quote ^= line.count('"') % 2 == 1
        if not open_quote:
            yield whole[0] if len(whole) == 1 else "\n".join(whole)
            whole.clear()


def _check(table: _Table, header: Header) -> None:
    """Hold the rules' handles against the kernel's own: a comment may look like anything, a rule too."""
    place = f"{table.family} {table.name} "
    told = {
        place + block.name: [handle for _, handle in block.rules] for block in table.blocks if block.object == "chain"
    }
    for key in {*told, *(key for key in header.rules if key.startswith(place))}:
        if list(header.rules.get(key, ())) != told.get(key, []) and not key.startswith(place + NAMELESS):
            raise NetlinkError("firewall", message=f"nft's listing of chain {key} does not add up")


def _chain(table: _Table, block: _Block, header: Header) -> Iterator[FirewallEntry | Counter]:
    words = " ".join(block.lines)
    extra: dict[str, Json] = {}
    hook = HOOK.search(words)
    if hook is not None:
        kind, point, devices, priority, policy = hook.groups()
        extra = {"type": kind, "hook": point, "priority": priority}
        if devices is not None:
            extra["devices"] = tuple(sorted(device.strip(' "') for device in devices.strip("{} ").split(",")))
        if policy is not None:
            extra["policy"] = policy
    yield FirewallEntry(
        backend="nft", family=table.family, table=table.name, object="chain", chain=block.name, text=words,
        comment=_comment(block.lines), extra=extra,
    )  # fmt: skip
    for position, (rule, handle) in enumerate(block.rules):
        opaque = header.opaque.get(f"{table.family} {table.name} {handle}")
        text, counts = _still(rule)
        comment = COMMENT.search(text)
        yield FirewallEntry(
            backend="nft", family=table.family, table=table.name, object="rule", chain=block.name, position=position,
            text=text, comment=comment[1] if comment is not None else None, extra={"xt": tuple(opaque)} if opaque else {},
        )  # fmt: skip
        yield from counted(f"nft {table.family} {table.name} {block.name} {position}", **counts)


def _object(table: _Table, block: _Block) -> Iterator[FirewallEntry | Counter]:
    key = f"nft {table.family} {table.name} {block.object} {block.name}"
    lines: list[str] = []
    for line in block.lines:
        sums = COUNTS.fullmatch(line) if block.object == "counter" else None
        if sums is not None:
            yield from counted(key, packets=sums[1], bytes=sums[2])
            continue
        text, used = _still(line)
        lines.append(COUNT.sub("", text))
        yield from counted(key, **used)
    flags = _flags(lines)
    yield FirewallEntry(
        backend="nft", family=table.family, table=table.name, object=block.object, name=block.name, text="; ".join(lines),
        comment=_comment(lines), extra={"flags": flags} if flags else {},
    )  # fmt: skip
    running = 0
    for element in block.elements:
        if "dynamic" in flags or " expires " in QUOTED.sub("", element):
            running += 1
            continue
        text, counts = _still(element)
        comment = COMMENT.search(text)
        yield FirewallEntry(
            backend="nft", family=table.family, table=table.name, object="element", name=block.name, text=text,
            comment=comment[1] if comment is not None else None,
        )  # fmt: skip
        yield from counted(f"{key} {text}", **counts)
    yield from counted(key, elements=running)


def _still(words: str) -> tuple[str, dict[str, int]]:
    """A text without what moves by itself, and that: packets, bytes, and the used bytes of a quota."""
    if not any(word in words for word in ("packets", " used ", "expires", "last never")):
        return words, {}
    counts: dict[str, int] = {}

    def take(found: re.Match[str]) -> str:
        if found[0].startswith('"'):
            return found[0]
        if found["packets"] is not None:
            counts["packets"] = counts.get("packets", 0) + int(found["packets"])
            counts["bytes"] = counts.get("bytes", 0) + int(found["bytes"])
        if found["used"] is not None:
            counts["used"] = counts.get("used", 0) + int(found["used"]) * UNITS[found["unit"]]
        return ""

    return STATE.sub(take, words), counts


def _flags(lines: list[str]) -> tuple[str, ...]:
    return tuple(
        sorted(next((line.removeprefix("flags ").split(",") for line in lines if line.startswith("flags ")), []))
    )


def _comment(lines: list[str]) -> str | None:
    return next((found[1] for line in lines if (found := COMMENT.match(line)) is not None), None)
