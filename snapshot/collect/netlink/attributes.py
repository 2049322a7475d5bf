"""From a message's bytes to its header fields and attributes, by pyroute2's message classes. The only file that imports them.

Equal bytes are decoded once: hundreds of namespaces have the same rules, loopback routes and so on.
"""

from __future__ import annotations

import struct
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from importlib.util import find_spec
from types import ModuleType
from typing import Any

from snapshot.collect.netlink.flat import decode_flat
from snapshot.collect.netlink.link_kinds import completed
from snapshot.collect.netlink.message import Message
from snapshot.collect.netlink.transport import NetlinkError
from snapshot.collect.netlink.trim import NLA_TYPE_MASK, trimmed
from snapshot.model.json import Json

NLMSG_HEADER = 16
FIXED = {"link": 16, "address": 8, "route": 12, "rule": 12, "neighbour": 12, "fdb": 12}
"""Lengths of the fixed headers: ifinfomsg, ifaddrmsg, rtmsg, fib_rule_hdr, ndmsg."""

REMEMBERED = 100_000
"""Messages remembered at most: beyond that (a full Internet table) they hardly repeat, and memory counts."""

TEXTS = frozenset({"ifname", "ifalias", "alt_ifname", "qdisc", "label", "iifname", "oifname", "phys_port_name"})
"""Attributes that are text, whatever bytes somebody put there."""


@cache
def _classes() -> dict[str, tuple[Any, tuple[str, ...]]]:
    """Per kind: pyroute2's class, and the prefixes of its attribute names."""
    with _message_classes_only():
        return _imported()


def _imported() -> dict[str, tuple[Any, tuple[str, ...]]]:
    import logging

    from pyroute2.netlink.rtnl.fibmsg import fibmsg
    from pyroute2.netlink.rtnl.ifaddrmsg import ifaddrmsg
    from pyroute2.netlink.rtnl.ifinfmsg import ifinfmsg
    from pyroute2.netlink.rtnl.ndmsg import ndmsg
    from pyroute2.netlink.rtnl.rtmsg import rtmsg

    # It logs what it cannot decode, some of it to the root logger: what that means is told here, in coverage.
    logging.getLogger("pyroute2.netlink").disabled = True
    logging.getLogger().addHandler(logging.NullHandler())
    return {
        "link": (ifinfmsg, ("IFLA_",)),
        "address": (ifaddrmsg, ("IFA_",)),
        "route": (rtmsg, ("RTA_",)),
        "rule": (fibmsg, ("FRA_",)),
        "neighbour": (ndmsg, ("NDA_",)),
        "fdb": (ndmsg, ("NDA_",)),
    }


@contextmanager
def _message_classes_only() -> Iterator[None]:
    """Import pyroute2's message classes without all the rest of it.

    Its package module imports every protocol, its database and asyncio: 0.3 s of CPU, seven times what the five message
    classes take. While they are imported an empty package stands in for it; the real one can be imported afterwards.
    """
    spec = find_spec("pyroute2")
    if spec is None or spec.submodule_search_locations is None or "pyroute2" in sys.modules:
        yield
        return
    package = ModuleType("pyroute2")
    package.__path__ = list(spec.submodule_search_locations)
    package.__spec__ = spec
    sys.modules["pyroute2"] = package
    try:
        yield
    finally:
        del sys.modules["pyroute2"]


class Decoder:
    """Decodes messages of one capture, remembering what it has seen."""

    def __init__(self) -> None:
        self._seen: dict[tuple[str, bytes], Message] = {}

    def decode(self, kind: str, payload: bytes) -> Message:
        """One message. Raises ``NetlinkError`` if its bytes do not add up: nothing is ever dropped in silence."""
        flat = decode_flat(kind, payload)
        if flat is not None:
            return flat
        payload = trimmed(kind, payload, FIXED[kind])
        found = self._seen.get((kind, payload))
        if found is not None:
            return found
        decoded = decode_any(kind, payload)
        if kind == "link":
            decoded = decoded._replace(attributes=completed(payload, decoded.attributes))
        if len(self._seen) < REMEMBERED:
            self._seen[kind, payload] = decoded
        return decoded


def decode_any(kind: str, payload: bytes) -> Message:
    """A trimmed message by pyroute2. Raises ``NetlinkError``."""
    known, prefixes = _classes()[kind]
    raw = struct.pack("=IHHII", NLMSG_HEADER + len(payload), 0, 0, 0, 0) + payload
    try:
        message = known(raw)
        message.decode()
        for attribute in message["attrs"]:
            if not attribute.try_to_decode():
                raise NetlinkError(f"{kind}: attribute {attribute[0]} could not be decoded")
        attributes = _attributes(message, prefixes)
    except NetlinkError:
        raise
    except Exception as error:
        raise NetlinkError(f"{kind}: a message could not be decoded ({type(error).__name__})") from error
    fields = {name: value for name, value in message.items() if isinstance(value, int)}
    return Message(fields=fields, attributes=attributes)


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
