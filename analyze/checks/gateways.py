"""The gateways of all routes: of plain ones, of multipath routes, and of nexthop objects."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from analyze.checks.prefixes import Prefix, prefix
from snapshot.model.frozen import frozen
from snapshot.model.nexthop import Nexthop
from snapshot.model.route import Route
from snapshot.store.sections import EVERYWHERE


@frozen
class Gateway:
    """One gateway as a namespace uses it on one link.

    address  its address, ``text`` as the route has it ("inet6 fe80::1" for RTA_VIA)
    onlink   somebody said that it is on the link whatever the routes say (RTNH_F_ONLINK)
    routes   how many routes go by it; ``example`` is one of them, a default route if there is one
    """

    namespace: str
    dev: str
    text: str
    address: Prefix
    onlink: bool
    routes: int
    example: Route

    @property
    def default(self) -> bool:
        """Does everything go by it?"""
        return self.example.dst in EVERYWHERE

    @property
    def words(self) -> str:
        """What goes by it, as ``ip route`` says it."""
        more = f" (and {self.routes - 1:,} more)" if self.routes > 1 else ""
        table = "" if self.example.table == "main" else f" table {self.example.table}"
        what = "default" if self.example.dst in ("0.0.0.0/0", "::/0") else self.example.dst
        return f"{what} via {self.text} dev {self.dev}{table}{more}"


def gateways(
    namespace: str, routes: Iterable[Route], counts: Iterable[int], nexthops: Iterable[Nexthop]
) -> Iterable[Gateway]:
    """Every gateway of a namespace, once for each link and address. ``counts``: how many routes each of them stands for."""
    objects = {nexthop.id: nexthop for nexthop in nexthops}
    found: dict[tuple[str, Prefix], Gateway] = {}
    for route, count in zip(routes, counts, strict=True):
        if route.gateway is None and route.nexthop_id is None and not route.nexthops:
            continue
        if route.type != "unicast" or any(name.startswith("encap") for name in route.extra):
            continue
        for text, dev, flags in _hops(route, objects):
            address = prefix(text.removeprefix("inet6 "))
            if address is None:
                continue
            known = found.get((dev, address))
            if known is None:
                found[dev, address] = Gateway(
                    namespace=namespace, dev=dev, text=text, address=address, onlink="onlink" in flags, routes=count,
                    example=route,
                )  # fmt: skip
            else:
                example = route if route.dst in EVERYWHERE and not known.default else known.example
                onlink = known.onlink or "onlink" in flags
                found[dev, address] = replace(known, routes=known.routes + count, example=example, onlink=onlink)
    return found.values()


def _hops(route: Route, objects: Mapping[int, Nexthop]) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Gateway, link and flags of each of a route's next hops that has a gateway."""
    if route.gateway is not None and route.dev is not None:
        yield route.gateway, route.dev, route.flags
    for hop in route.nexthops:
        if isinstance(hop, Mapping) and isinstance(hop.get("gateway"), str) and isinstance(hop.get("dev"), str):
            yield str(hop["gateway"]), str(hop["dev"]), _flags(hop.get("flags"))
    if route.nexthop_id is not None and route.gateway is None and not route.nexthops:
        # With net.ipv4.nexthop_compat_mode 0 the kernel tells the number only.
        for nexthop in _members(objects, route.nexthop_id):
            if nexthop.gateway is not None and nexthop.dev is not None:
                yield nexthop.gateway, nexthop.dev, nexthop.flags


def _members(objects: Mapping[int, Nexthop], number: int) -> Iterator[Nexthop]:
    nexthop = objects.get(number)
    if nexthop is None:
        return
    ids = [hop.get("id") for hop in nexthop.group if isinstance(hop, Mapping)]
    yield from (objects[one] for one in ids if isinstance(one, int) and one in objects)
    if not ids:
        yield nexthop


def _flags(value: object) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, list | tuple) else ()
