"""The slots of a message: where its own numbers stand, in which it differs from other messages like it (see ``templates``)."""

from __future__ import annotations

from collections.abc import Callable
from socket import inet_ntop
from typing import NamedTuple, TypeAlias

from snapshot.collect.netlink.readers import FAMILY_OF_LENGTH, mac, text
from snapshot.collect.netlink.trim import COUNTERS


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
    return Slot(name, code=code, sizes=({"H": 2, "I": 4, "i": 4, "Q": 8}[code],), named=named)


def _address_of(name: str) -> Slot:
    return Slot(name, _ip, sizes=(4, 16))


PASSED_OVER = Slot()
INDEX = _number("index", "i")
NAMED_INDEX = _number("index", "i", named=True)
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
    "address": (8, _number("index", named=True), {
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
