"""Messages that are alike but for their own addresses: decoded in full once, filled in from then on.

The namespaces of a container host hold the same links, addresses and routes with other numbers in them, and a big routing
table the same route to other places. Of such a message only the *slots* are read, the places where its own numbers stand;
all the bytes around them, attribute headers included, must be those of a message that was decoded in full. What has not been
seen yet is decoded in full, and becomes a template if filling in its own slots gives the very same fact.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields
from operator import itemgetter
from struct import Struct, error
from typing import Any, NamedTuple, TypeAlias

from snapshot.collect.netlink.readers import NLA, NLA_TYPE_MASK, OtherwiseError
from snapshot.collect.slots import PASSED_OVER, PORT_NUMBERS, PORT_TIMERS, SPECS, Ages, Slot, Spec
from snapshot.model.address import Address
from snapshot.model.fdb import FdbEntry
from snapshot.model.kinds import Fact
from snapshot.model.link import Link
from snapshot.model.neighbour import Neighbour
from snapshot.model.route import Route
from snapshot.model.timer import Timer

Names: TypeAlias = Mapping[int, str]
Values: TypeAlias = dict[str, Any]
Told: TypeAlias = tuple[Fact, tuple[Timer, ...]]

MOST_LAYOUTS = 16
"""Layouts of one kind and length: messages of one length differ in how long their names are."""
MOST_TEMPLATES = 4_000
"""Templates of one capture: beyond that it is a host of oddities, and each message is decoded in full."""
MOST_REFUSED = 1_000
"""Messages of the same attributes that became no template: beyond that none is tried, for trying costs three decodings."""
MOST_FACTS = 1_000
"""Facts remembered of one template: namespaces share them, while each route of a big table is there once."""
MOST_FACTS_OF_ALL = 50_000
"""Facts remembered of all templates together, some 40 MB: routes of many tables and metrics are of thousands of templates."""

NO_LINK = "if0"


def _link(fixed: Values, values: Values) -> Told:
    own = {**fixed, "ifindex": values["index"], "name": values["ifname"]}
    timers: tuple[Timer, ...] = ()
    if "lladdr" in values:
        own["mac"] = values["lladdr"]
    if "link" in values:
        own["link_index"] = values["link"] or None
    if "link_netnsid" in values:
        own["link_netnsid"] = values["link_netnsid"]
    if "master" in values:
        own["master"] = values["master"]
    if "brport_no" in values:
        own["port_ids"] = {name: values[name] for name in PORT_NUMBERS if name in values}
        timers = tuple(
            Timer(of="link", dev=own["name"], name=name, value=values[name]) for name in PORT_TIMERS if values.get(name)
        )
    return Link(**own), timers


def _address(fixed: Values, values: Values) -> Told:
    remote, local = values["address"], values.get("local")
    length = fixed["address"].rpartition("/")[2]
    own = {**fixed, "dev": values["index"] or NO_LINK, "address": f"{local or remote}/{length}"}
    own["peer"] = remote if local is not None and remote != local else None
    if "label" in values:
        own["label"] = values["label"]
    if "broadcast" in values:
        own["broadcast"] = values["broadcast"]
    return Address(**own), ()


def _route(fixed: Values, values: Values) -> Told:
    own = fixed.copy()
    if "dst" in values:
        own["dst"] = f"{values['dst']}/{fixed['dst'].rpartition('/')[2]}"
    if "oif" in values:
        own["dev"] = values["oif"]
    if "gateway" in values:
        own["gateway"] = values["gateway"]
    if "prefsrc" in values:
        own["prefsrc"] = values["prefsrc"]
    return Route(**own), ()


def _neighbour(fixed: Values, values: Values) -> Told:
    own = {**fixed, "dev": values["index"]}
    if "dst" in values:
        own["address"] = values["dst"]
    if "lladdr" in values:
        own["mac"] = values["lladdr"]
    return Neighbour(**own), ()


def _fdb(fixed: Values, values: Values) -> Told:
    own = {**fixed, "dev": values["index"] or NO_LINK}
    if "lladdr" in values:
        own["mac"] = values["lladdr"]
    if "dst" in values:
        own["dst"] = values["dst"]
    if "master" in values:
        own["master"] = values["master"]
    return FdbEntry(**own), ()


FILL: dict[str, Callable[[Values, Values], Told]] = {
    "link": _link, "address": _address, "route": _route, "neighbour": _neighbour, "fdb": _fdb,
}  # fmt: skip


class Template(NamedTuple):
    """A message that was decoded in full: its fact and its values, and the facts that other messages like it told."""

    sample: Fact
    fixed: Values
    facts: dict[tuple[Any, ...], Told]


class Layout(NamedTuple):
    """Where the slots are in messages of one length: ``unpack`` gives the bytes between the slots and those in them.

    ``format`` is what ``struct`` calls it, without the sign of the byte order.
    """

    format: str
    unpack: Callable[[bytes], tuple[Any, ...]]
    between: Callable[[tuple[Any, ...]], tuple[Any, ...]]
    read: tuple[tuple[int, Slot], ...]
    templates: dict[tuple[Any, ...], Template]

    def key(self, parts: tuple[Any, ...], names: Names) -> tuple[Any, ...]:
        """What is in the slots; for the index of a link its name."""
        return tuple(
            [(names.get(parts[at]) or _unnamed(parts[at])) if slot.named else parts[at] for at, slot in self.read]
        )

    def told(self, kind: str, fixed: Values, key: tuple[Any, ...]) -> Told:
        """The fact of a message of this layout. Raises ``OtherwiseError`` for a value that only a full decoding can tell."""
        values = {
            slot.name: slot.read(value) if slot.read is not None else value
            for (_, slot), value in zip(self.read, key, strict=True)
        }
        return FILL[kind](fixed, values)


def _unnamed(index: int) -> str | None:
    return f"if{index}" if index else None


class Templates:
    """What one capture has learnt of its messages."""

    def __init__(self) -> None:
        self._layouts: dict[tuple[str, int], list[Layout]] = {}
        self._refused: Counter[tuple[str, tuple[int, ...]]] = Counter()
        self._count = 0
        self._facts = 0

    def layouts(self, kind: str, length: int) -> Sequence[Layout]:
        """What is known of messages of one kind and length."""
        return self._layouts.get((kind, length), ())

    def told(self, kind: str, payload: bytes, names: Names) -> Told | None:
        """The fact a message tells and the timers that run, None if it has to be decoded in full."""
        for layout in self._layouts.get((kind, len(payload)), ()):
            parts = layout.unpack(payload)
            template = layout.templates.get(layout.between(parts))
            if template is not None:
                key = layout.key(parts, names)
                told = template.facts.get(key)
                if told is None:
                    try:
                        told = layout.told(kind, template.fixed, key)
                    except OtherwiseError:
                        return None
                    if len(template.facts) < MOST_FACTS and self._facts < MOST_FACTS_OF_ALL:
                        template.facts[key] = told
                        self._facts += 1
                return told
        return None

    def learn(
        self, kind: str, payload: bytes, full: Callable[[Names], tuple[Fact | None, tuple[Timer, ...]]], names: Names
    ) -> None:
        """Remember a message, if filling in its slots gives what decoding it in ``full`` gives.

        Here, and in a namespace where the same indexes are other links: names must come from the slots alone.
        """
        if kind not in SPECS or self._count >= MOST_TEMPLATES:
            return
        shape = kind, _attributes(payload, SPECS[kind][0])
        if self._refused[shape] >= MOST_REFUSED:
            return
        # Until it has become one.
        self._refused[shape] += 1
        layouts = self._layouts.setdefault((kind, len(payload)), [])
        elsewhere = {index: f"other {name}" for index, name in names.items()}
        try:
            layout = _layout(kind, payload)
            parts = layout.unpack(payload)
            fact, _ = full(names)
            if fact is None:
                return
            fixed = {f.name: getattr(fact, f.name) for f in fields(fact)}
            if any(layout.told(kind, fixed, layout.key(parts, known)) != full(known) for known in (names, elsewhere)):
                return
        except (OtherwiseError, KeyError, error):
            return
        for known in layouts:
            if known.read == layout.read and known.unpack(payload) == parts:
                layout = known
                break
        else:
            if len(layouts) >= MOST_LAYOUTS:
                return
            layouts.append(layout)
        layout.templates[layout.between(parts)] = Template(fact, fixed, {})
        self._count += 1
        self._refused[shape] -= 1


def _layout(kind: str, payload: bytes) -> Layout:
    """The layout of one message. Raises ``OtherwiseError`` if its attributes do not add up, or one of them is there twice."""
    header, first, spec = SPECS[kind]
    slots: list[tuple[int, int, Slot]] = [(4, 8, first)] if first is not None else []
    slots += _slots(spec, payload, header, len(payload))
    layout = ""
    at = 0
    for start, end, slot in slots:
        if slot.sizes and end - start not in slot.sizes:
            raise OtherwiseError
        layout += f"{start - at}s{slot.code or f'{end - start}s'}"
        at = end
    layout += f"{len(payload) - at}s"
    read = tuple((2 * number + 1, slot) for number, (_, _, slot) in enumerate(slots) if slot.name)
    if len({slot.name for _, slot in read}) < len(read):
        raise OtherwiseError
    constant = range(0, 2 * len(slots) + 1, 2)
    between = itemgetter(*constant) if len(constant) > 1 else tuple
    return Layout(format=layout, unpack=Struct(f"={layout}").unpack, between=between, read=read, templates={})


def _attributes(raw: bytes, offset: int) -> tuple[int, ...]:
    """The numbers of a message's attributes, as far as they add up."""
    found = []
    while offset + NLA.size <= len(raw):
        length, number = NLA.unpack_from(raw, offset)
        found.append(number)
        if length < NLA.size:
            break
        offset += (length + 3) & ~3
    return tuple(found)


def _slots(spec: Spec, raw: bytes, offset: int, end: int) -> Iterator[tuple[int, int, Slot]]:
    """Start, end and slot of each place, in order."""
    while offset < end:
        length, number = NLA.unpack_from(raw, offset)
        if length < 4 or offset + length > end:
            raise OtherwiseError
        found = spec.get(number & NLA_TYPE_MASK)
        start, stop = offset + 4, offset + length
        if isinstance(found, dict):
            yield from _slots(found, raw, start, stop)
        elif isinstance(found, Ages):
            if stop < start + found.passed[-1][1]:
                raise OtherwiseError
            yield from ((start + first, start + last, PASSED_OVER) for first, last in found.passed)
        elif found is not None:
            yield start, stop, found
        offset += (length + 3) & ~3
