"""Sysctls of a namespace: those of interfaces out of the link dump, all others from files and RTM_GETNETCONF.

Opening a file under /proc/sys takes the kernel about as long as a dump. So a namespace with a single interface, which has
nothing to choose and forwards for nobody, has few of them read; the agent's own, and one with a bridge, a VRF or several
interfaces, is read in full. docs/capture.md tells which.
"""

from __future__ import annotations

import os
import re
import struct
from collections.abc import Container, Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import chain

from snapshot.collect.devconf import DIRECTORIES, INET, INET6, NETCONF, UNSIGNED, Directory
from snapshot.collect.link_sysctls import AF_INET, AF_INET6, attributes, link_conf
from snapshot.collect.namespaces.enter import at_home
from snapshot.collect.neighbour_limits import neighbour_limits
from snapshot.collect.netlink.attributes import readable
from snapshot.collect.netlink.dumps import Taken
from snapshot.collect.netlink.reading import Reading
from snapshot.collect.netlink.transport import NetlinkError, Requests
from snapshot.collect.procfs import arrive, open_net, read_values
from snapshot.model.counter import Counter
from snapshot.model.json import Json, JsonObject
from snapshot.model.sysctl import Sysctl

FORWARDERS = (b"\0bridge\0", b"\0vrf\0")
FALLBACKS = (b"\0ipip\0", b"\0sit\0", b"\0gre", b"\0erspan\0", b"\0vti", b"\0ip6tnl\0", b"\0ip6gre")
"""Kinds of links that a kernel with tunnels makes in every namespace."""
LOOPBACK_AND_ONE = 2
RTM_GETNETCONF = 82
NETCONFA_IFINDEX = 1
SUMMED_UP = {"conf/all/": -1, "conf/default/": -2}
"""Directories that RTM_GETNETCONF tells of: NETCONFA_IFINDEX_ALL and NETCONFA_IFINDEX_DEFAULT."""
NUMBER = re.compile(rb"-?[0-9]{1,18}")
COUNT = "nf_conntrack_count"
NEIGHBOURS = "neigh/default/"
OF_LINK, OF_FILES = b"L", b"F"
LENGTHS = struct.Struct("=HHH")
"""Of a link's name, of its IPv4 values and of its IPv6 values."""


def take_sysctls(requests: Requests, readings: Mapping[str, Reading]) -> Taken:
    """Payloads: one for each link, one for each directory. Raises ``NetlinkError`` or ``OSError``."""
    links = readings.get("link")
    if links is None or links.payloads is None:
        raise NetlinkError("sysctl", message="the links, which tell those of interfaces, could not be read")
    confs = [link_conf(payload) for payload in links.payloads]
    payloads = [
        OF_LINK + LENGTHS.pack(len(name), len(inet), len(inet6)) + name + inet + inet6 for name, _, inet, inet6 in confs
    ]
    full = at_home() or _forwards(conf.info for conf in confs)
    versions = {
        version
        for version, there in (("ipv4", any(c.inet for c in confs)), ("ipv6", any(c.inet6 for c in confs)))
        if there
    }
    payloads += _of_directories(requests, versions, full=full)
    return Taken(payloads=tuple(payloads), torn=links.torn)


def _forwards(links: Iterable[bytes]) -> bool:
    """Whether a namespace with links of these IFLA_LINKINFO has more than one interface to choose from, or a bridge."""
    counted = 0
    for info in links:
        if any(kind in info for kind in FORWARDERS):
            return True
        counted += not any(kind in info for kind in FALLBACKS)
    return counted > LOOPBACK_AND_ONE


def _of_directories(requests: Requests, versions: Container[str], *, full: bool) -> list[bytes]:
    """What files tell, and RTM_GETNETCONF. ``versions`` are "ipv4" and "ipv6" where the namespace has any such interface."""
    arrive()
    handles: dict[str, int | None] = {}
    payloads = []
    try:
        for directory in DIRECTORIES:
            values: list[bytes] = []
            netconf = b""
            names = directory.full if full else directory.ordinary
            if names:
                if directory.top not in handles:
                    handles[directory.top] = open_net(directory.top)
                handle = handles[directory.top]
                values = read_values(handle, directory.below, names) if handle is not None else []
            if not values and directory.below == NEIGHBOURS and directory.top in versions and at_home():
                values = neighbour_limits(directory.top)
            if not full and directory.below in SUMMED_UP and directory.top in versions:
                netconf = _netconf(requests, directory)
            if values or netconf:
                head = OF_FILES + directory.path.encode() + b"\0" + struct.pack("=H", len(netconf)) + netconf
                payloads.append(head + b"\0".join(values))
    finally:
        for opened in handles.values():
            if opened is not None:
                os.close(opened)
    return payloads


def _netconf(requests: Requests, directory: Directory) -> bytes:
    """What RTM_GETNETCONF tells of "all" and "default": six files in one go. In full the files themselves are read."""
    family = AF_INET if directory.top == "ipv4" else AF_INET6
    body = struct.pack("=BxxxHHi", family, 8, NETCONFA_IFINDEX, SUMMED_UP[directory.below])
    return requests.ask("sysctl", RTM_GETNETCONF, body)


def tell_sysctls(payloads: tuple[bytes, ...], _: Mapping[int, str]) -> Iterable[Sysctl | Counter]:
    """The rows of all directories, and the connections that are tracked. Raises ``NetlinkError`` or ``ValueError``."""
    return chain.from_iterable(map(_told, payloads))


@lru_cache(maxsize=2048)
def _told(payload: bytes) -> tuple[Sysctl | Counter, ...]:
    """The rows of one payload: equal ones of many namespaces are the very same objects."""
    if payload[:1] == OF_LINK:
        return tuple(_link_rows(payload))
    if payload[:1] == OF_FILES:
        return tuple(_directory_rows(payload))
    raise NetlinkError("sysctl: an odd payload")


def _link_rows(payload: bytes) -> Iterator[Sysctl]:
    named, inet, inet6 = LENGTHS.unpack_from(payload, 1)
    start = 1 + LENGTHS.size
    if start + named + inet + inet6 != len(payload):
        raise NetlinkError("sysctl: a link's values are cut")
    name = readable(payload[start : start + named])
    start += named
    for version, values in ((4, payload[start : start + inet]), (6, payload[start + inet :])):
        if values:
            path = f"net.ipv{version}.conf.{name.replace('.', '/')}"
            yield Sysctl(path=path, dev=name, values=_conf(version, values))


@lru_cache(maxsize=1024)
def _conf(version: int, raw: bytes) -> JsonObject:
    """The values of an interface: the same mapping for the same bytes, so that it is spelt once."""
    if len(raw) % 4:
        raise NetlinkError("sysctl: a link's values are cut")
    numbers = struct.unpack(f"={len(raw) // 4}i", raw)
    first, names = (1, INET) if version == 4 else (0, INET6)
    values: dict[str, Json] = {}
    for position, number in enumerate(numbers, first):
        name = names.get(position)
        if name is not None:
            values[name] = number & 0xFFFFFFFF if name in UNSIGNED else number
    return values


def _directory_rows(payload: bytes) -> Iterator[Sysctl | Counter]:
    end = payload.index(b"\0")
    path = payload[1:end].decode()
    start = end + 3
    size = struct.unpack_from("=H", payload, end + 1)[0] if start <= len(payload) else len(payload)
    if start + size > len(payload):
        raise NetlinkError("sysctl: a directory's values are cut")
    values = dict(_netconf_values(payload[start : start + size])) if size else {}
    told = payload[start + size :].split(b"\0") if start + size < len(payload) else []
    if len(told) % 2:
        raise NetlinkError("sysctl: a directory's values are cut")
    for name, value in zip(told[::2], told[1::2], strict=True):
        values[name.decode()] = int(value) if NUMBER.fullmatch(value) else readable(value)
    count = values.pop(COUNT, 0)
    if count:
        yield Counter(of="conntrack", values={"count": count})
    if values:
        last = path.rpartition(".")[2]
        yield Sysctl(path=path, dev=last if ".conf." in path else None, values=values)


def _netconf_values(raw: bytes) -> Iterator[tuple[str, Json]]:
    """What a netconf message tells (linux/netconf.h): struct netconfmsg, then 32-bit attributes."""
    if len(raw) < 4 or raw[0] not in (AF_INET, AF_INET6):
        raise NetlinkError("sysctl: an odd answer to RTM_GETNETCONF")
    names = NETCONF[4 if raw[0] == AF_INET else 6]
    for number, start, end in attributes(raw, 4, len(raw)):
        if number in names:
            if end - start != 4:
                raise NetlinkError("sysctl: an odd answer to RTM_GETNETCONF")
            yield names[number], struct.unpack_from("=i", raw, start)[0]
