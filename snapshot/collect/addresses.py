"""Addresses: RTM_NEWADDR messages as facts (linux/if_addr.h, ip-address(8))."""

from __future__ import annotations

from collections.abc import Mapping

from snapshot.collect.netlink.message import Message
from snapshot.collect.netlink.take import Attributes
from snapshot.model.address import Address
from snapshot.model.names import ADDRESS_FLAGS, ADDRESS_PROTOCOLS, FAMILIES, SCOPES, bits, named
from snapshot.model.timer import Timer

FOREVER = 0xFFFFFFFF


def address(message: Message, names: Mapping[int, str]) -> tuple[Address, tuple[Timer, ...]]:
    """The fact of a message, and the lifetimes that run."""
    fields = message.fields
    left = Attributes("address", message.attributes)
    dev = names.get(fields["index"], f"if{fields['index']}")
    family = named(FAMILIES, fields["family"])
    remote, local = left.text("address"), left.text("local")
    own = f"{local or remote}/{fields['prefixlen']}"
    flags = left.number("flags")
    shown = bits(ADDRESS_FLAGS, fields["flags"] if flags is None else flags)
    if family == "inet6":
        shown = tuple(sorted("temporary" if flag == "secondary" else flag for flag in shown))
    protocol = left.number("proto")
    ages = left.nested("cacheinfo")
    timers = tuple(
        Timer(of="address", dev=dev, key=own, name=name, value=value)
        for attribute, name in (("ifa_valid", "valid_lft"), ("ifa_preferred", "preferred_lft"))
        if isinstance(value := ages.get(attribute), int) and value != FOREVER and (value or name == "valid_lft")
    )
    fact = Address(
        dev=dev,
        family=family,
        address=own,
        peer=remote if local is not None and remote != local else None,
        scope=named(SCOPES, fields["scope"]),
        label=left.text("label"),
        broadcast=left.text("broadcast"),
        flags=shown,
        protocol=named(ADDRESS_PROTOCOLS, protocol) if protocol else None,
        metric=left.number("rt_priority"),
        extra=left.rest(),
    )
    return fact, timers
