"""What the columns of a snapshot file can hold, where that is sure: words, addresses, numbers of so many bits.

The words are those by which the agent calls the kernel's numbers (snapshot/model/names.py); it writes a number that has no
name as text. A column that is not here may hold anything.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache

from analyze.plan.address_texts import (
    addresses,
    gateways,
    hardware_addresses,
    is_hardware,
    is_spelt,
    maybe_addresses,
    prefixes,
    spellings,
)
from analyze.plan.errors import a, one_of
from analyze.plan.globs import Glob, glob, quoted
from analyze.plan.languages import DIGITS, Language, Texts, either, maybe, sequence, word, words
from snapshot.model import names
from snapshot.model.frozen import frozen

DEFAULT, DEFAULT_ROUTES = "default", ("0.0.0.0/0", "::/0")
"""What the default routes are called, and their prefixes."""


@frozen
class Held:
    """A set of texts.

    told     what they are, for a message
    texts    makes the set
    known    its words, where it is some
    exactly  is a text without wildcards, which the set has, really one of them?
    ip       they are IP addresses
    """

    told: str
    texts: Callable[[], Texts]
    known: tuple[str, ...] = ()
    exactly: Callable[[str], bool] | None = None
    ip: bool = False

    def wrong(self, pattern: Glob) -> str | None:
        """What is expected instead of a pattern that can mean none of them; None where it can mean one."""
        if self._can_be(pattern):
            return None
        if self.known:
            return f"{one_of(pattern.text, self.known)}{self.told}"
        near = next((one for one in spellings(pattern.literal or "") if self._can_be(glob(quoted(one)))), None)
        return f"{f'did you mean {near!r}? ' if near else ''}it is {self.told}"

    def _can_be(self, pattern: Glob) -> bool:
        if pattern.literal is not None and self.exactly is not None and not self.exactly(pattern.literal):
            return False
        return _language(self.texts).meets(pattern)


_WHOLE = re.compile(r"-?(?:0|[1-9][0-9]{0,30})", re.ASCII)


@cache
def _language(texts: Callable[[], Texts]) -> Language:
    return Language(texts())


def _words(known: Iterable[str], *, numbers: bool = True) -> Held:
    found = tuple(dict.fromkeys(known))
    return Held(
        told=", or a number that has no name" if numbers else "",
        texts=lambda: either(words(found), DIGITS) if numbers else words(found),
        known=found,
    )


def _flags(known: Iterable[str]) -> Held:
    """Names of bits; one without a name is ``bitN``."""
    found = tuple(sorted(known))
    return Held(told=", or bitN", texts=lambda: either(words(found), sequence(word("bit"), DIGITS)), known=found)


ADDRESS = Held(told="an address such as 10.1.27.2 or fd00::2", texts=addresses, exactly=is_spelt, ip=True)
PREFIX = Held(
    told="an address with its prefix length, such as 10.1.27.0/24 or fd00::2/64",
    texts=prefixes,
    exactly=is_spelt,
    ip=True,
)
_NEIGHBOUR = Held(told=ADDRESS.told, texts=maybe_addresses, exactly=is_spelt, ip=True)
_GATEWAY = Held(
    told=f"{ADDRESS.told}, or one after its family (inet6 fe80::1)", texts=gateways, exactly=is_spelt, ip=True
)
_HARDWARE = Held(told="in small letters, such as 02:42:ac:11:00:02", texts=hardware_addresses, exactly=is_hardware)
_FAMILY = _words(names.FAMILIES.values())
_SCOPE = _words(names.SCOPES.values())
_TABLE = _words(("main", "local", "default"))
_PROTOCOL = _words(names.PROTOCOLS.values())
_LINK_STATE = _words(names.LINK_STATES, numbers=False)

TEXTS: Mapping[str, Mapping[str, Held]] = {
    "link": {
        "type": _words(names.LINK_TYPES.values()), "mac": _HARDWARE, "broadcast": _HARDWARE, "state": _LINK_STATE,
    },
    "veth": {
        f"{end}.{name}": held for end in ("host_end", "workload_end")
        for name, held in (("mac", _HARDWARE), ("state", _LINK_STATE))
    },
    "pod": {"state": _words(("running", "not running"), numbers=False)},
    "address": {
        "family": _FAMILY, "address": PREFIX, "peer": ADDRESS, "scope": _SCOPE, "broadcast": ADDRESS,
        "protocol": _words(names.ADDRESS_PROTOCOLS.values()),
    },
    "route": {
        "family": _FAMILY, "table": _TABLE, "type": _words(names.ROUTE_TYPES.values()), "dst": PREFIX, "src": PREFIX,
        "gateway": _GATEWAY, "prefsrc": ADDRESS, "protocol": _PROTOCOL, "scope": _SCOPE,
        "pref": _words(names.ROUTE_PREFERENCES.values()),
    },
    "nexthop": {"family": _FAMILY, "gateway": ADDRESS, "protocol": _PROTOCOL, "scope": _SCOPE},
    "rule": {
        "family": _FAMILY, "src": PREFIX, "dst": PREFIX, "action": _words(names.RULE_ACTIONS.values()), "table": _TABLE,
        "protocol": _PROTOCOL,
    },
    "neighbour": {
        "family": _FAMILY, "address": _NEIGHBOUR, "mac": _HARDWARE, "state": _words(names.NEIGHBOUR_STATES.values()),
        "protocol": _PROTOCOL,
    },
    "fdb": {"mac": _HARDWARE, "state": _words(names.FDB_STATES.values()), "dst": ADDRESS},
    "mdb": {"source": ADDRESS, "dst": ADDRESS, "protocol": _PROTOCOL},
    "ipvs": {"address": ADDRESS},
    "socket": {"family": _words(("inet", "inet6"), numbers=False), "address": ADDRESS},
}  # fmt: skip
"""Columns of texts, by kind and name."""

ITEMS: Mapping[str, Mapping[str, Held]] = {
    "pod": {"addresses": PREFIX},
    "namespace": {"addresses": PREFIX},
    "link": {"flags": _flags(names.LINK_FLAGS)},
    "address": {"flags": _flags((*names.ADDRESS_FLAGS, "temporary"))},
    "route": {"flags": _flags((*names.NEXTHOP_FLAGS, *names.ROUTE_FLAGS.values()))},
    "nexthop": {"flags": _flags(names.NEXTHOP_FLAGS)},
    "neighbour": {"flags": _flags((*names.NEIGHBOUR_FLAGS, *names.NEIGHBOUR_EXT_FLAGS))},
    "fdb": {"flags": _flags((*names.NEIGHBOUR_FLAGS, *names.NEIGHBOUR_EXT_FLAGS))},
}
"""Columns of lists of texts, likewise."""

_U8, _U16, _U32 = 0xFF, 0xFFFF, 0xFFFFFFFF
_END = {
    f"{end}.{name}": most for end in ("host_end", "workload_end") for name, most in (("ifindex", _U32), ("mtu", _U32))
}
LARGEST: Mapping[str, Mapping[str, int]] = {
    "link": {"ifindex": _U32, "mtu": _U32},
    "veth": _END,
    "address": {"metric": _U32},
    "route": {"tos": _U8, "metric": _U32, "nexthop_id": _U32},
    "nexthop": {"id": _U32},
    "rule": {
        "priority": _U32, "tos": _U8, "fwmark": _U32, "fwmask": _U32, "goto": _U32, "ipproto": _U8,
        "suppress_prefixlength": _U32, "suppress_ifgroup": _U32,
    },
    "fdb": {"vlan": _U16, "port": _U16, "vni": _U32, "src_vni": _U32, "nexthop_id": _U32},
    "vlan": {"vlan": _U16},
    "mdb": {"vlan": _U16},
    "wireguard": {"listen_port": _U16, "fwmark": _U32, "keepalive": _U16},
    "ipvs": {"port": _U32},
    "socket": {"port": _U16, "uid": _U32},
}  # fmt: skip
"""Columns of numbers that are never below 0, and how large they can be: unsigned integers of the kernel's (linux/if_link.h,
rtnetlink.h, fib_rules.h, neighbour.h, nexthop.h, inet_diag.h)."""


@frozen
class Column:
    """What a rule asks a value of: a column of one of its kinds, or of several that call theirs alike.

    shape    "text", "number", "truth", "list", "mapping", or None: of any
    label    what it is called in messages: "mtu of a link"
    texts    what each of the kinds holds there; none: anything
    items    likewise of the items of a list
    largest  of a number, None where that is open
    """

    shape: str | None
    label: str
    texts: tuple[Held, ...] = ()
    items: tuple[Held, ...] = ()
    largest: int | None = None

    @property
    def within(self) -> Column:
        """What is in a list, or in a mapping."""
        return Column(shape=None, label=self.label, texts=self.items)

    @property
    def routed(self) -> bool:
        """Is it of prefixes, among which there is the default route?"""
        return PREFIX in self.texts

    @property
    def addressed(self) -> bool:
        """May it be of addresses, of which some lie in a network?"""
        return self.shape in (None, "any", "text") and (
            not self.texts or any(held.exactly is not None for held in self.texts)
        )

    @property
    def of_addresses(self) -> bool:
        """Is it of IP addresses?"""
        return any(held.ip for held in self.texts)

    def wrong(self, pattern: Glob) -> str | None:
        """What is wrong with a pattern that can mean nothing here; None where it can mean something."""
        if self.shape == "number":
            return self._no_number(pattern)
        if self.shape == "truth":
            meant = any(pattern.matches(word) for word in ("true", "false"))
            return None if meant else f"can be no {self.label}: it is true or false"
        found = [held.wrong(pattern) for held in self.texts]
        return f"can be no {self.label}: {found[0]}" if found and None not in found else None

    def wrong_number(self, least: float | None, most: float | None) -> str | None:
        """What is wrong with a range of numbers in which none can be here."""
        one = least is not None and least == most
        whole = not one or least == int(least or 0)
        if self.shape != "number" or (whole and (self.largest is None or _overlap(least, most, self.largest))):
            return None
        return self._whole()

    def _no_number(self, pattern: Glob) -> str | None:
        if pattern.literal is None:
            return None if _language(_numbers).meets(pattern) else self._whole()
        if not _WHOLE.fullmatch(pattern.literal):
            return self._whole()
        return self.wrong_number(int(pattern.literal), int(pattern.literal))

    def _whole(self) -> str:
        most = f" from 0 to {self.largest:,}" if self.largest is not None else ""
        return f"can be no {self.label}: it is a whole number{most}"


def _numbers() -> Texts:
    return sequence(maybe(word("-")), DIGITS)


def _overlap(least: float | None, most: float | None, largest: int) -> bool:
    return (least is None or least <= largest) and (most is None or most >= 0)


ANY = Column(shape=None, label="value")
"""Anything."""


def column(kinds: Sequence[str], name: str, shape: str | None) -> Column:
    """A column of that name that all these kinds have."""
    found = [[known.get(kind, {}).get(name) for kind in kinds] for known in (TEXTS, ITEMS)]
    texts, items = (tuple(one for one in each if one is not None) if None not in each else () for each in found)
    largest = [LARGEST.get(kind, {}).get(name) for kind in kinds]
    return Column(
        shape=shape,
        label=f"{name} of {a(kinds[0])}" if len(kinds) == 1 else name,
        texts=texts,
        items=items,
        largest=max(one for one in largest if one is not None) if kinds and None not in largest else None,
    )
