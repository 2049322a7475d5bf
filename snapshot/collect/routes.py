"""Routes: RTM_NEWROUTE messages as facts (linux/rtnetlink.h, ip-route(8))."""

from __future__ import annotations

from collections.abc import Mapping

from snapshot.collect.netlink.message import Message
from snapshot.collect.netlink.take import Attributes
from snapshot.model.json import Json
from snapshot.model.names import (
    FAMILIES,
    NEXTHOP_FLAGS,
    PROTOCOLS,
    ROUTE_FLAGS,
    ROUTE_PREFERENCES,
    ROUTE_TYPES,
    SCOPES,
    TABLES,
    bits,
    named,
)
from snapshot.model.route import Route
from snapshot.model.timer import Timer

RTM_F_CLONED = 0x200
USER_HZ = 100
RTA_NH_ID = "attr_30"
"""Nexthop object of a route (linux/rtnetlink.h); pyroute2 has no name for it."""


def route(message: Message, names: Mapping[int, str]) -> tuple[Route | None, tuple[Timer, ...]]:
    """The fact of a message, and its lifetime if one runs. Cloned entries (caches of exceptions) are no routes."""
    if message.fields["flags"] & RTM_F_CLONED:
        return None, ()
    fields = message.fields
    left = Attributes("route", message.attributes)
    family = named(FAMILIES, fields["family"])
    anything = "::" if family == "inet6" else "0.0.0.0"  # noqa: S104  a prefix, not a bind
    table = left.number("table")
    source = left.text("src")
    ages = left.nested("cacheinfo")
    pref = left.number("pref")
    fact = Route(
        family=family,
        table=named(TABLES, fields["table"] if table is None else table),
        type=named(ROUTE_TYPES, fields["type"]),
        dst=f"{left.text('dst') or anything}/{fields['dst_len']}",
        src=f"{source or anything}/{fields['src_len']}" if source is not None or fields["src_len"] else None,
        tos=fields["tos"],
        gateway=_gateway(left.text("gateway"), left.nested("via")),
        dev=device(left.number("oif"), names),
        iif=device(left.number("iif"), names),
        prefsrc=left.text("prefsrc"),
        metric=left.number("priority"),
        protocol=named(PROTOCOLS, fields["proto"]),
        scope=named(SCOPES, fields["scope"]),
        flags=_flags(fields["flags"]),
        pref=named(ROUTE_PREFERENCES, pref) if pref else None,
        nexthop_id=left.hex_number(RTA_NH_ID),
        nexthops=tuple(_hop(hop, names) for hop in left.items("multipath")),
        metrics={name.removeprefix("rtax_"): value for name, value in left.nested("metrics").items()},
        extra=left.rest(),
    )
    expires = ages.get("rta_expires")
    if not isinstance(expires, int) or not expires:
        return fact, ()
    return fact, (Timer(of="route", dev=fact.dev, key=fact.dst, name="expires", value=expires // USER_HZ),)


def _flags(value: int) -> tuple[str, ...]:
    """The nexthop's flags and the route's share one number."""
    known = tuple(name for bit, name in ROUTE_FLAGS.items() if value & bit)
    return tuple(sorted((*known, *bits(NEXTHOP_FLAGS, value & ~sum(ROUTE_FLAGS)))))


def _hop(hop: Json, names: Mapping[int, str]) -> Json:
    """One nexthop of a multipath route (struct rtnexthop); its weight is one more than the kernel's ``hops``."""
    if not isinstance(hop, Mapping):
        return hop
    left = Attributes("route", {key: value for key, value in hop.items() if key not in ("flags", "hops", "oif")})
    hops, index, flags = hop.get("hops"), hop.get("oif"), hop.get("flags")
    via = _gateway(left.text("gateway"), left.nested("via"))
    return {
        "gateway": via,
        "dev": device(index if isinstance(index, int) else None, names),
        "weight": hops + 1 if isinstance(hops, int) else 1,
        "flags": bits(NEXTHOP_FLAGS, flags if isinstance(flags, int) else 0),
        **left.rest(),
    }


def _gateway(gateway: str | None, via: Mapping[str, Json]) -> str | None:
    """RTA_GATEWAY, or RTA_VIA: a gateway of another family."""
    if gateway is not None or not via:
        return gateway
    family, address = via.get("family"), via.get("addr")
    return f"{named(FAMILIES, family) if isinstance(family, int) else family} {address}"


def device(index: int | None, names: Mapping[int, str]) -> str | None:
    """A link by its index, None for none."""
    return None if not index else names.get(index, f"if{index}")
