"""From what was drained in a namespace to its facts, kind by kind. A kind that cannot be decoded fails alone."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from snapshot.collect.addresses import address
from snapshot.collect.dumped import tellers
from snapshot.collect.links import link
from snapshot.collect.neighbours import fdb_entry, neighbour
from snapshot.collect.netlink.attributes import Decoder
from snapshot.collect.netlink.message import Message
from snapshot.collect.netlink.readers import OtherwiseError, first_name
from snapshot.collect.netlink.reading import Reading
from snapshot.collect.netlink.transport import NetlinkError
from snapshot.collect.routes import route
from snapshot.collect.rules import rule
from snapshot.collect.sources import SOURCES
from snapshot.collect.templates import Templates
from snapshot.model.counter import Counter
from snapshot.model.kinds import Fact
from snapshot.model.snapshot import Bulk
from snapshot.model.timer import Timer

NAMELESS = frozenset({"link", "rule", *(kind for kind, source in SOURCES.items() if source.nameless)})
"""Kinds whose messages do not refer to other links by index."""

ALIKE_AT_MOST = 8
"""Facts of a section that may be the same in other namespaces: a pod has a link or two."""

Told = tuple[Fact | None, tuple[Timer, ...]]

FACTS: dict[str, Callable[[Message, Mapping[int, str]], Told]] = {
    "link": link, "address": address, "route": route, "rule": rule, "neighbour": neighbour, "fdb": fdb_entry,
}  # fmt: skip


class _Alike(NamedTuple):
    """What a source told: the same tuples for namespaces with the same payloads."""

    facts: tuple[Fact, ...]
    timers: tuple[Timer, ...]
    counters: tuple[Counter, ...]


class Decoding:
    """Decodes one namespace of a capture after the other, and remembers what they have in common (but not beyond a process)."""

    def __reduce__(self) -> tuple[type[Decoding], tuple[()]]:
        return Decoding, ()

    def __init__(self) -> None:
        self._decoder = Decoder()
        self.templates = Templates()
        self._rules: dict[tuple[bytes, ...], tuple[Fact, ...]] = {}
        self._tellers = tellers()
        self._same: dict[tuple[int, ...], tuple[Fact, ...]] = {}
        self._alike: dict[tuple[str, tuple[bytes, ...]], _Alike] = {}

    def namespace(self, readings: Mapping[str, Reading]) -> tuple[dict[str, tuple[Fact, ...] | Bulk], dict[str, str]]:
        """The sections of a namespace (timers and counters among them), and for kinds that could not be decoded the reason."""
        failures: dict[str, str] = {}
        sections: dict[str, tuple[Fact, ...] | Bulk] = {}
        timers: list[Timer] = []
        counters: list[Counter] = []
        names: dict[int, str] | None = {}
        links = readings.get("link")
        if links is not None:
            try:
                names = self._names(links.payloads or ()) if links.payloads is not None else None
            except NetlinkError as error:
                names, failures["link"] = None, str(error)
        for kind, reading in readings.items():
            if reading.payloads is None:
                failures[kind] = reading.error or "not read"
            elif kind in failures:
                continue
            elif names is None and kind not in NAMELESS:
                failures[kind] = "it cannot be told of which links, for these could not be read"
            elif not reading.payloads and not reading.parts and kind not in SOURCES:
                sections[kind] = ()
            else:
                try:
                    if reading.parts:
                        from snapshot.collect.bulk import Routes

                        sections[kind] = Routes(reading.parts, names or {}, self)
                    elif kind in SOURCES:
                        sections[kind] = self._from_source(kind, reading.payloads, names or {}, timers, counters)
                    elif kind in self._tellers:
                        sections[kind] = self._one(tuple(self._tellers[kind](reading.payloads, names or {})))
                    else:
                        sections[kind] = self._section(kind, reading.payloads, names or {}, timers)
                except NetlinkError as error:
                    failures[kind] = str(error)
                except (LookupError, TypeError, ValueError, struct.error) as error:
                    failures[kind] = f"{kind}: odd message ({type(error).__name__})"
        if sections:
            sections["timer"] = tuple(timers)
            if "counter" not in failures:
                sections["counter"] = tuple(counters)
        return sections, failures

    def _names(self, payloads: Iterable[bytes]) -> dict[int, str]:
        """Interface index -> name, for all kinds that refer to links by index."""
        names = {}
        for payload in payloads:
            try:
                index, name = first_name(payload)
            except OtherwiseError:
                message = self._decoder.decode("link", payload)
                index = message.fields["index"]
                name = str(message.attributes.get("ifname", f"if{index}"))
            names[index] = name
        return names

    def _section(
        self, kind: str, payloads: tuple[bytes, ...], names: Mapping[int, str], timers: list[Timer]
    ) -> tuple[Fact, ...]:
        if kind == "rule":
            # Rules name no link by index, and nearly every namespace has the same: one tuple serves them all.
            known = self._rules.get(payloads)
            if known is not None:
                return known
        facts: list[Fact] = []
        tell = self.tell
        for payload in payloads:
            fact, running = tell(kind, payload, names)
            if fact is not None:
                facts.append(fact)
            if running:
                timers += running
        section = tuple(facts)
        if kind == "rule":
            self._rules[payloads] = section
        return section

    def _from_source(
        self,
        kind: str,
        payloads: tuple[bytes, ...],
        names: Mapping[int, str],
        timers: list[Timer],
        counters: list[Counter],
    ) -> tuple[Fact, ...]:
        source = SOURCES[kind]
        known = self._alike.get((kind, payloads)) if source.nameless else None
        if known is None:
            told = tuple(source.tell(payloads, names))
            known = _Alike(
                tuple(fact for fact in told if not isinstance(fact, Timer | Counter)),
                tuple(fact for fact in told if isinstance(fact, Timer)),
                tuple(fact for fact in told if isinstance(fact, Counter)),
            )
            if source.nameless:
                self._alike[kind, payloads] = known
        timers += known.timers
        counters += known.counters
        return known.facts

    def _one(self, section: tuple[Fact, ...]) -> tuple[Fact, ...]:
        """The section, or the one of another namespace with the very same facts in it: then it is packed only once."""
        if len(section) > ALIKE_AT_MOST:
            return section
        return self._same.setdefault(tuple(map(id, section)), section)

    def tell(self, kind: str, payload: bytes, names: Mapping[int, str]) -> Told:
        """The fact of one message, None for what is none, and the timers that run."""
        told = self.templates.told(kind, payload, names)
        if told is not None:
            return told
        message = self._decoder.decode(kind, payload)
        self.templates.learn(kind, payload, lambda known: FACTS[kind](message, known), names)
        return FACTS[kind](message, names)
