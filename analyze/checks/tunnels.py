"""Tunnels: what they add around a packet, and the link by which it then leaves."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import cast

from analyze.checks.host import Host, Unknown
from analyze.checks.prefixes import Prefix, prefix
from snapshot.model.frozen import frozen
from snapshot.model.json import JsonObject
from snapshot.model.link import Link
from snapshot.model.nexthop import Nexthop
from snapshot.model.route import Route
from snapshot.model.wireguard import WireguardPeer

IPV4, IPV6, UDP, ETHERNET = 20, 40, 8, 14
"""Bytes of a header (RFC 791, RFC 8200, RFC 768, IEEE 802.3)."""
GRE, GRE_FLAGS = 4, {0x8000: 4, 0x2000: 4, 0x1000: 4}
"""GRE's own, and what checksum, key and sequence number add (RFC 2890; net/gre.h, gre_calc_hlen)."""
ENCAPSULATED = {0: 0, 1: UDP, 2: UDP + 4}
"""Foo over UDP and GUE around a tunnel, without GUE's options (net/ipv4/fou_core.c, fou_encap_hlen, gue_encap_hlen)."""
LIMIT, NO_LIMIT = 8, 0x1
"""The encapsulation limit's destination option, and the flag IP6_TNL_F_IGN_ENCAP_LIMIT without it (net/ipv6/ip6_tunnel.c)."""
WIREGUARD = UDP + 16 + 16
"""A data message's header and tag (drivers/net/wireguard/messages.h, MESSAGE_MINIMUM_LENGTH)."""
MOST = 256
"""Tables, or links that a packet may leave by, up to which they are gone through for each tunnel."""
BySize = dict[int, dict[int, set[str | None]]]
"""A table's routes: by the number of their addresses less one, by the first of them, the links they lead by."""
MULTICAST = {"inet": (0xE, 4), "inet6": (0xFF, 8)}
"""224.0.0.0/4, ff00::/8."""


@frozen
class Tunnel:
    """A tunnel of which it is known by which link its packets leave.

    namespace  its namespace's key
    link       the tunnel
    overhead   bytes around a packet, at least
    below      the link they leave by
    where      the namespace of that link
    most       what that link takes, in bytes; where packets may leave by others as well, what the widest of all takes
    """

    namespace: str
    link: Link
    overhead: int
    below: Link
    where: str
    most: int


def tunnels(host: Host) -> Iterator[Tunnel | Unknown]:
    """Those that are bound to a link; those whose other end is told, and to which all routes there may be lead by known links;
    and WireGuard's in the host's own namespace, by their peers' endpoints (the one over the narrowest link).

    A WireGuard link elsewhere may send from the namespace in which it was made (wireguard.com/netns), and nothing tells which.
    ``Unknown``, once for each kind: what was not read of that.
    """
    ways: dict[str, Ways] = {}
    unknown: set[str] = set()
    peers = _peers(host)
    for (key, ifindex), link in host.topology.links.items():
        spot = host.carried_by.get((key, ifindex))
        where = key if link.link_netnsid is None else host.target(key, link.link_netnsid)
        for overhead, remote in _outside(link, peers.get((key, link.name), ())):
            if spot is not None:
                below = host.topology.links[spot]
                if below.mtu is not None:
                    yield Tunnel(
                        namespace=key, link=link, overhead=overhead, below=below, where=spot[0], most=below.mtu
                    )
            elif remote is None or _bound(link) or where is None or where not in host.topology.namespaces:
                continue
            elif not host.saw(where, "route") or not host.saw(where, "gateway"):
                unknown.add("route")
            else:
                if where not in ways:
                    ways[where] = Ways(host, where)
                way = ways[where].way(remote, but=(key, ifindex))
                if way is not None:
                    yield Tunnel(namespace=key, link=link, overhead=overhead, below=way[0], where=where, most=way[1])
        if link.link_kind == "wireguard" and key == host.topology.host and not host.saw(key, "wireguard"):
            unknown.add("wireguard")
    for kind in sorted(unknown):
        yield Unknown(namespace=None, kind=kind, reason="not read whole where a tunnel's way goes by it")


def _bound(link: Link) -> bool:
    """Is it bound to a link, seen or not?"""
    return link.link_index is not None or bool(link.kind_data.get("vxlan_link"))


def _peers(host: Host) -> Mapping[tuple[str, str], list[Prefix]]:
    """(the host's own namespace, name of a WireGuard link) -> where its peers are."""
    found: dict[tuple[str, str], list[Prefix]] = defaultdict(list)
    home = host.topology.host
    if home is None or not host.saw(home, "wireguard"):
        return found
    for peer in cast(tuple[WireguardPeer, ...], host.rows(home, "wireguard")):
        remote = _single(peer.endpoint.rpartition(":")[0].strip("[]")) if peer.endpoint is not None else None
        if remote is not None:
            found[home, peer.dev].append(remote)
    return found


def _outside(link: Link, peers: Iterable[Prefix]) -> Iterator[tuple[int, Prefix | None]]:
    """What a tunnel adds, and where to: once, but for each peer of a WireGuard link."""
    if link.mtu is None or "UP" not in link.flags:
        return
    if link.link_kind == "wireguard":
        for remote in peers:
            yield WIREGUARD + (IPV4 if remote.family == "inet" else IPV6), remote
        return
    told = ADDED.get(link.link_kind or "")
    added = told(link.kind_data, link.link_kind or "") if told is not None else None
    if added is not None:
        yield added, _remote(link.kind_data)


def _single(text: str) -> Prefix | None:
    """One address to which packets go by a route; none that many have, or none at all (0.0.0.0)."""
    told = prefix(text)
    if told is None or not told.single or told.number == 0 or told.link_local:
        return None
    number, length = MULTICAST[told.family]
    return None if told.number >> (32 if told.family == "inet" else 128) - length == number else told


def _remote(data: JsonObject) -> Prefix | None:
    for name in ("vxlan_group", "vxlan_group6"):
        if name in data:
            return _single(str(data[name]))
    found = next((str(value) for name, value in sorted(data.items()) if name.endswith(("_remote", "_remote6"))), None)
    return _single(found) if found is not None else None


def _over_udp(data: JsonObject, kind: str) -> int | None:
    """VXLAN and Geneve without options: 8 bytes each (RFC 7348, section 5; RFC 8926, section 3.4)."""
    if any(name in data for name in ("vxlan_gpe", "geneve_inner_proto_inherit")):
        # No Ethernet header need be inside.
        return None
    six = any(f"{kind}_{name}" in data for name in ("group6", "local6", "remote6"))
    return (IPV6 if six else IPV4) + UDP + 8 + ETHERNET


def _plain(data: JsonObject, kind: str) -> int | None:
    """IP in IP: net/ipv4/ipip.c, net/ipv6/sit.c, net/ipv6/ip6_tunnel.c."""
    around = _encapsulated(data, kind)
    if around is None:
        return None
    return around + (IPV6 + _limit(data, kind) if kind == "ip6tnl" else IPV4)


def _gre(data: JsonObject, kind: str) -> int | None:
    """net/ipv4/ip_gre.c, net/ipv6/ip6_gre.c."""
    six = kind.startswith("ip6")
    name = "ip6gre" if six else "gre"
    flags, around = data.get(f"{name}_oflags"), _encapsulated(data, name)
    if around is None:
        return None
    header = GRE + sum(size for flag, size in GRE_FLAGS.items() if isinstance(flags, int) and flags & flag)
    outer = IPV6 + _limit(data, name) if six else IPV4
    return outer + around + header + (ETHERNET if kind.endswith("tap") else 0)


def _encapsulated(data: JsonObject, name: str) -> int | None:
    kind = data.get(f"{name}_encap_type") or 0
    return ENCAPSULATED.get(kind) if isinstance(kind, int) else None


def _limit(data: JsonObject, name: str) -> int:
    flags = data.get(f"{name}_flags")
    return LIMIT if isinstance(flags, int) and not flags & NO_LIMIT else 0


ADDED: Mapping[str, Callable[[JsonObject, str], int | None]] = {
    "vxlan": _over_udp, "geneve": _over_udp, "gre": _gre, "gretap": _gre, "ip6gre": _gre, "ip6gretap": _gre,
    "ipip": _plain, "sit": _plain, "ip6tnl": _plain,
}  # fmt: skip
"""What a link of each kind adds around a packet; None where that cannot be told."""


class Ways:
    """The routes of a namespace, asked by which links a packet may leave, whatever table a policy rule has it looked up in.

    Of routes that lead alike by a gateway only one was loaded: the links of these may be the narrowest that fit for anything.
    """

    def __init__(self, host: Host, namespace: str) -> None:
        self._host, self._namespace = host, namespace
        self._objects = {nexthop.id: nexthop for nexthop in cast(tuple[Nexthop, ...], host.rows(namespace, "nexthop"))}
        self._known: dict[tuple[str, str], BySize] = defaultdict(dict)
        self._others: dict[str, set[str | None]] = defaultdict(set)
        place = host.topology.namespaces[namespace]
        self._own = {told.number for a in place.addresses if (told := prefix(a.address)) is not None}
        gateways = host.extract(namespace, "gateway")
        alike = zip(cast(tuple[Route, ...], gateways.rows), gateways.counts, strict=True)
        for route, count in (*((route, 1) for route in host.routes(namespace)), *alike):
            told = prefix(route.dst)
            if route.type != "unicast" or told is None:
                continue
            if count > 1:
                self._others[route.family].update(self._devs(route))
            else:
                spare = told.network.last - told.network.number
                numbers = self._known[route.family, route.table].setdefault(spare, {})
                numbers.setdefault(told.network.number, set()).update(self._devs(route))

    def _devs(self, route: Route) -> Iterable[str | None]:
        """The links a route leads by; None among them: one that is not known."""
        if route.dev is not None:
            return [route.dev]
        hops = [str(hop["dev"]) for hop in route.nexthops if isinstance(hop, Mapping) and hop.get("dev") is not None]
        nexthop = self._objects.get(route.nexthop_id) if route.nexthop_id is not None else None
        return hops or [nexthop.dev if nexthop is not None else None]

    def way(self, remote: Prefix, *, but: tuple[str, int]) -> tuple[Link, int] | None:
        """The link by which the table main leads to an address (of several the widest), and what the widest of all takes by
        which a packet may leave. ``but``: not by this one. None where one of them is not known, or there are too many."""
        if remote.number in self._own or remote.loopback or len(self._known) > MOST:
            return None
        tables = [(table, by_size) for (family, table), by_size in self._known.items() if family == remote.family]
        names = {table: _longest(by_size, remote.number) for table, by_size in tables}
        every = self._others[remote.family].union(*names.values())
        links: dict[str, Link] = {}
        for name in every if len(every) <= MOST else (None,):
            link = self._host.topology.by_name.get((self._namespace, name)) if name is not None else None
            if name is None or link is None or link.mtu is None:
                return None
            if (self._namespace, link.ifindex) != but:
                links[name] = link
        mains = [links[name] for name in names.get("main", ()) if name in links]
        if not mains:
            return None
        return min(mains, key=_width), max(link.mtu or 0 for link in links.values())


def _width(link: Link) -> tuple[int, int]:
    """By what it takes, the most first."""
    return -(link.mtu or 0), link.ifindex


def _longest(by_size: BySize, number: int) -> set[str | None]:
    """The links of the longest prefix that covers an address."""
    for spare in sorted(by_size):
        found = by_size[spare].get(number & ~spare)
        if found is not None:
            return found
    return set()
