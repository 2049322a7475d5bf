"""From what was drained in a namespace to its facts, kind by kind. A kind that cannot be decoded fails alone."""

from __future__ import annotations

from collections.abc import Mapping

from snapshot.collect.addresses import addresses
from snapshot.collect.links import index_names, links
from snapshot.collect.neighbours import fdb, neighbours
from snapshot.collect.netlink.attributes import Decoder
from snapshot.collect.netlink.dumps import Reading
from snapshot.collect.netlink.message import Message
from snapshot.collect.netlink.transport import NetlinkError
from snapshot.collect.routes import routes
from snapshot.collect.rules import rules
from snapshot.model.kinds import Fact
from snapshot.model.timer import Timer

NAMELESS = frozenset({"link", "rule"})
"""Kinds whose messages do not refer to links by index."""


def decode_namespace(
    decoder: Decoder, readings: Mapping[str, Reading]
) -> tuple[dict[str, tuple[Fact, ...]], dict[str, str]]:
    """The sections of a namespace (timers among them), and for kinds that could not be decoded the reason."""
    decoded: dict[str, list[Message]] = {}
    failures: dict[str, str] = {}
    for kind, reading in readings.items():
        if reading.payloads is None:
            failures[kind] = reading.error or "not read"
            continue
        if kind == "rule" and reading.payloads in decoder.rules:
            continue
        try:
            decoded[kind] = [decoder.decode(kind, payload) for payload in reading.payloads]
        except NetlinkError as error:
            failures[kind] = str(error)
    names = index_names(decoded.get("link", ()))
    nameless = "link" in readings and "link" not in decoded
    sections: dict[str, tuple[Fact, ...]] = {}
    timers: list[Timer] = []
    for kind, messages in decoded.items():
        if nameless and kind not in NAMELESS:
            failures[kind] = "it cannot be told of which links, for these could not be read"
            continue
        try:
            rows, running = _facts(kind, messages, names)
        except (NetlinkError, KeyError, TypeError, ValueError) as error:
            reason = str(error) if isinstance(error, NetlinkError) else f"{kind}: odd message ({type(error).__name__})"
            failures[kind] = reason
            continue
        sections[kind] = rows
        timers += running
    rules_read = readings.get("rule")
    if rules_read is not None and rules_read.payloads is not None and "rule" not in failures:
        # Rules name no link by index, and nearly every namespace has the same: one tuple serves them all.
        sections["rule"] = decoder.rules.setdefault(rules_read.payloads, sections.get("rule", ()))
    if sections:
        sections["timer"] = tuple(timers)
    return sections, failures


def _facts(kind: str, messages: list[Message], names: dict[int, str]) -> tuple[tuple[Fact, ...], list[Timer]]:
    facts: list[Fact] = []
    running: list[Timer] = []
    match kind:
        case "link":
            found, running = links(messages, names)
            facts += found
        case "address":
            told, running = addresses(messages, names)
            facts += told
        case "route":
            ways, running = routes(messages, names)
            facts += ways
        case "rule":
            facts += rules(messages)
        case "neighbour":
            facts += neighbours(messages, names)
        case "fdb":
            facts += fdb(messages, names)
    return tuple(facts), running
