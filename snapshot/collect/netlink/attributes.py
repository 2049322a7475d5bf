"""From a message's bytes to its header fields and attributes, by pyroute2's message classes. The only file that imports them.

Equal bytes are decoded once: hundreds of namespaces have the same rules, loopback routes and so on.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from snapshot.collect.netlink.transport import NetlinkError
from snapshot.collect.netlink.trim import NLA_TYPE_MASK, trimmed
from snapshot.model.json import Json

NLMSG_HEADER = 16
REMEMBERED = 100_000
"""Messages remembered at most: beyond that (a full Internet table) they hardly repeat, and memory counts."""

TEXTS = frozenset({"ifname", "ifalias", "alt_ifname", "qdisc", "label", "iifname", "oifname", "phys_port_name"})
"""Attributes that are text, whatever bytes somebody put there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One decoded message: the fixed header's fields, and the attributes by the kernel's name without its prefix.

    Attributes that pyroute2 does not know are under ``attr_N`` as hex text.
    """

    fields: Mapping[str, int]
    attributes: Mapping[str, Json]


@cache
def _classes() -> dict[str, tuple[Any, int, tuple[str, ...]]]:
    """Per kind: pyroute2's class, the length of the fixed header, and the prefixes of its attribute names."""
    from pyroute2.netlink.rtnl.fibmsg import fibmsg
    from pyroute2.netlink.rtnl.ifaddrmsg import ifaddrmsg
    from pyroute2.netlink.rtnl.ifinfmsg import ifinfmsg
    from pyroute2.netlink.rtnl.ndmsg import ndmsg
    from pyroute2.netlink.rtnl.rtmsg import rtmsg

    return {
        "link": (ifinfmsg, 16, ("IFLA_",)),
        "address": (ifaddrmsg, 8, ("IFA_",)),
        "route": (rtmsg, 12, ("RTA_",)),
        "rule": (fibmsg, 12, ("FRA_",)),
        "neighbour": (ndmsg, 12, ("NDA_",)),
        "fdb": (ndmsg, 12, ("NDA_",)),
    }


def load() -> None:
    """Import pyroute2 now rather than at the first message: it takes a quarter of a second."""
    _classes()


class Decoder:
    """Decodes messages of one capture, remembering what it has seen."""

    def __init__(self) -> None:
        self._seen: dict[tuple[str, bytes], Message] = {}

    def decode(self, kind: str, payload: bytes) -> Message:
        """One message. Raises ``NetlinkError`` if its bytes do not add up: nothing is ever dropped in silence."""
        known, fixed, prefixes = _classes()[kind]
        payload = trimmed(kind, payload, fixed)
        found = self._seen.get((kind, payload))
        if found is not None:
            return found
        raw = struct.pack("=IHHII", NLMSG_HEADER + len(payload), 0, 0, 0, 0) + payload
        try:
            message = known(raw)
            message.decode()
            attributes = _attributes(message, prefixes)
        except Exception as error:
            raise NetlinkError(f"{kind}: a message could not be decoded ({type(error).__name__})") from error
        fields = {name: value for name, value in message.items() if isinstance(value, int)}
        decoded = Message(fields=fields, attributes=attributes)
        if len(self._seen) < REMEMBERED:
            self._seen[kind, payload] = decoded
        return decoded


def _attributes(message: Any, prefixes: tuple[str, ...]) -> dict[str, Json]:
    found: dict[str, Json] = {}
    for attribute in message.get("attrs", ()):
        name, value = attribute[0], attribute[1]
        if name == "UNKNOWN":
            name, value = _unknown(value)
        else:
            for prefix in prefixes:
                name = name.removeprefix(prefix)
            name = name.lower()
            value = plain(value)
        if isinstance(attribute[1], bytes | bytearray) and name in TEXTS:
            value, found[f"{name}_hex"] = readable(bytes(attribute[1])), bytes(attribute[1]).hex()
        if name in found:
            # The same attribute twice (IFLA_ALT_IFNAME within its list): keep all of them.
            earlier = found[name]
            found[name] = (*earlier, value) if isinstance(earlier, tuple) else (earlier, value)
        else:
            found[name] = value
    return found


def _unknown(value: Any) -> tuple[str, str]:
    header = value["header"]
    start = value.offset + 4
    return f"attr_{header['type'] & NLA_TYPE_MASK}", bytes(value.data[start : value.offset + header["length"]]).hex()


def readable(raw: bytes) -> str:
    """Text of bytes that need not be UTF-8: what is not shows as ``\\xNN``."""
    return raw.decode("utf-8", "backslashreplace")


def plain(value: Any) -> Json:
    """A decoded value as JSON; bytes become text where they are UTF-8, hex otherwise; nested attributes an object."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str):
        return value
    if isinstance(value, bytes | bytearray):
        return bytes(value).hex()
    if isinstance(value, Mapping):
        if "attrs" in value:
            nested = _attributes(value, ("IFLA_", "RTA_"))
            head = {key: plain(item) for key, item in value.items() if key not in ("attrs", "header")}
            return {**{k: v for k, v in head.items() if not k.startswith("__")}, **nested}
        return {str(key): plain(item) for key, item in value.items() if key != "header"}
    if isinstance(value, Iterable):
        return tuple(plain(item) for item in value)
    return str(value)
