"""Messages that are alike but for their own addresses: decoded in full once, filled in from then on.

The namespaces of a container host hold the same links, addresses and routes with other numbers in them, and a big routing
table the same route to other places. Of such a message only the *slots* are read, the places where its own numbers stand;
all the bytes around them, attribute headers included, must be those of a message that was decoded in full. What has not been
seen yet is decoded in full, and becomes a template if filling in its own slots gives the very same fact.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields
from operator import itemgetter
from socket import inet_ntop
from struct import Struct, error
from typing import Any, NamedTuple, TypeAlias

from snapshot.collect.netlink.readers import FAMILY_OF_LENGTH, NLA, NLA_TYPE_MASK, OtherwiseError, mac, text
from snapshot.collect.netlink.trim import COUNTERS
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
MOST_FACTS = 1_000
"""Facts remembered of one template: namespaces share them, while each route of a big table is there once."""


def _ip(raw: bytes) -> str:
    return inet_ntop(FAMILY_OF_LENGTH[len(raw)], raw)


class Slot(NamedTuple):
    """What stands in a slot: an integer of the host's order (``code`` as in ``struct``), or bytes for ``read`` to tell.

    name     of the value, empty for a count or an age: passed over
    sizes    the lengths it may have, none for any
    named    it is the index of a link, which is known by its name
    """

    name: str = ""
    read: Callable[[bytes], str] | None = None
    code: str = ""
    sizes: tuple[int, ...] = ()
    named: bool = False


class Ages(NamedTuple):
    """Bytes of a C structure that are passed over: (start, end) each."""

    passed: tuple[tuple[int, int], ...]


Spec: TypeAlias = "dict[int, Slot | Ages | Spec]"
"""Attribute number -> its slot, or the slots among the attributes within it, or the bytes of it to pass over."""


def _number(name: str, code: str = "I", *, named: bool = False) -> Slot:
    return Slot(name, code=code, sizes=({"H": 2, "I": 4, "Q": 8}[code],), named=named)


def _address_of(name: str) -> Slot:
    return Slot(name, _ip, sizes=(4, 16))


PASSED_OVER = Slot()
INDEX = _number("index")
NAMED_INDEX = _number("index", named=True)
LLADDR = Slot("lladdr", mac, sizes=(6,))

PORT_TIMERS = ("brport_message_age_timer", "brport_forward_delay_timer", "brport_hold_timer")
PORT_NUMBERS = ("brport_designated_port", "brport_id", "brport_no")
PORT: Spec = {
    **{number: _number(name, "H") for number, name in zip((15, 17, 18), PORT_NUMBERS, strict=True)},
    **{number: _number(name, "Q") for number, name in zip((21, 22, 23), PORT_TIMERS, strict=True)},
}
INET6: Spec = dict.fromkeys((1, 2, 3, 4, 5, 6, 9), PASSED_OVER)
NEIGHBOUR: Spec = {1: _address_of("dst"), 2: LLADDR, **dict.fromkeys(COUNTERS["neighbour"], PASSED_OVER)}

SPECS: dict[str, tuple[int, Slot | None, Spec]] = {
    "link": (16, INDEX, {
        1: LLADDR, 3: Slot("ifname", text), 5: _number("link"), 10: _number("master", named=True),
        37: _number("link_netnsid"), 18: {5: PORT}, 26: {2: PASSED_OVER, 10: INET6},
        **dict.fromkeys(COUNTERS["link"], PASSED_OVER),
    }),
    "address": (8, NAMED_INDEX, {
        1: _address_of("address"), 2: _address_of("local"), 3: Slot("label", text), 4: _address_of("broadcast"),
        6: Ages(((8, 16),)),
    }),
    "route": (12, None, {
        1: _address_of("dst"), 4: _number("oif", named=True), 5: _address_of("gateway"), 7: _address_of("prefsrc"),
        12: Ages(((0, 8), (12, 32))),
    }),
    "neighbour": (12, NAMED_INDEX, NEIGHBOUR),
    "fdb": (12, NAMED_INDEX, {**NEIGHBOUR, 9: _number("master", named=True)}),
}  # fmt: skip
"""Kind -> its fixed header's length, the slot at bytes 4 to 8 of that, and its attributes' slots.

Numbers of linux/if_link.h, if_addr.h, rtnetlink.h, neighbour.h. What is passed over is what ``flat`` and ``trim`` leave out.
"""


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
        own["port_data"] = {**fixed["port_data"], **{name: values[name] for name in PORT_NUMBERS if name in values}}
        timers = tuple(
            Timer(of="link", dev=own["name"], name=name, value=values[name]) for name in PORT_TIMERS if values.get(name)
        )
    return Link(**own), timers


def _address(fixed: Values, values: Values) -> Told:
    remote, local = values["address"], values.get("local")
    length = fixed["address"].rpartition("/")[2]
    own = {**fixed, "dev": values["index"], "address": f"{local or remote}/{length}"}
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
    own = {**fixed, "dev": values["index"]}
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


class _Template(NamedTuple):
    """A message that was decoded in full: its fact's values, and the facts that other messages like it told."""

    fixed: Values
    facts: dict[tuple[Any, ...], Told]


class _Layout(NamedTuple):
    """Where the slots are in messages of one length: ``unpack`` gives the bytes between the slots and those in them."""

    unpack: Callable[[bytes], tuple[Any, ...]]
    between: Callable[[tuple[Any, ...]], tuple[Any, ...]]
    read: tuple[tuple[int, Slot], ...]
    templates: dict[tuple[Any, ...], _Template]

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
        self._layouts: dict[tuple[str, int], list[_Layout]] = {}
        self._count = 0

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
                    if len(template.facts) < MOST_FACTS:
                        template.facts[key] = told
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
        layout.templates[layout.between(parts)] = _Template(fixed, {})
        self._count += 1


def _layout(kind: str, payload: bytes) -> _Layout:
    """The layout of one message. Raises ``OtherwiseError`` if its attributes do not add up, or one of them is there twice."""
    header, first, spec = SPECS[kind]
    slots: list[tuple[int, int, Slot]] = [(4, 8, first)] if first is not None else []
    slots += _slots(spec, payload, header, len(payload))
    layout = "="
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
    return _Layout(unpack=Struct(layout).unpack, between=between, read=read, templates={})


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
