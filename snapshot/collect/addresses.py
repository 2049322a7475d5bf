"""Addresses: RTM_NEWADDR messages as facts (linux/if_addr.h, ip-address(8))."""

from __future__ import annotations

from collections.abc import Iterable

from snapshot.collect.names import ADDRESS_FLAGS, ADDRESS_PROTOCOLS, FAMILIES, SCOPES, bits, named
from snapshot.collect.netlink.message import Message
from snapshot.collect.netlink.take import Attributes
from snapshot.model.address import Address
from snapshot.model.timer import Timer

FOREVER = 0xFFFFFFFF


def addresses(messages: Iterable[Message], names: dict[int, str]) -> tuple[list[Address], list[Timer]]:
    """Facts and running lifetimes of an address dump."""
    facts: list[Address] = []
    timers: list[Timer] = []
    for message in messages:
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
        for attribute, name in (("ifa_valid", "valid_lft"), ("ifa_preferred", "preferred_lft")):
            value = ages.get(attribute)
            if isinstance(value, int) and value != FOREVER and (value or name == "valid_lft"):
                timers.append(Timer(of="address", dev=dev, key=own, name=name, value=value))
        facts.append(
            Address(
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
        )
    return facts, timers
