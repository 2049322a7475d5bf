"""What is read in a namespace beside the rtnetlink dumps: files under /proc, other netlink families, tools' outputs.

A source is read as a whole, after the dumps and in the thread that entered the namespace; it is told (decoded) later, like the
dumps, when the thread has moved on. Its payloads are plain bytes, so that readings can be recorded and compared.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from snapshot.collect import bpf, statistics
from snapshot.collect.firewall.source import read_firewall, tell_firewall
from snapshot.collect.ipvs import take_ipvs, tell_ipvs
from snapshot.collect.netlink.dumps import Taken
from snapshot.collect.netlink.plans import links_of
from snapshot.collect.netlink.reading import Reading
from snapshot.collect.netlink.transport import Requests
from snapshot.collect.sockets import settle_sockets, take_sockets, tell_sockets
from snapshot.collect.sysctls import take_sysctls, tell_sysctls
from snapshot.model.kinds import Fact


class Source(NamedTuple):
    """How one kind is read and told.

    read      in the namespace's thread, with a socket for requests made there and what the dumps (and the sources before it)
              read. Raises ``NetlinkError`` or ``OSError``, which fail this kind alone
    tell      the facts of the payloads: of its own kind, and counters and timers that belong to it. The second argument maps
              the namespace's interface indexes to names
    settle    what can only be found out when all namespaces have been read: the payloads of each, and until when (in
              ``time.monotonic()`` seconds); returns the payloads to be told
    nameless  ``tell`` needs no names: equal payloads of many namespaces are told once
    """

    read: Callable[[Requests, Mapping[str, Reading]], Taken]
    tell: Callable[[tuple[bytes, ...], Mapping[int, str]], Iterable[Fact]]
    nameless: bool = False
    settle: Callable[[Sequence[tuple[bytes, ...]], float], list[tuple[bytes, ...]]] | None = None


def _take_wireguard(requests: Requests, readings: Mapping[str, Reading]) -> Taken:
    if not links_of(readings, "wireguard"):
        return Taken(payloads=())
    from snapshot.collect.wireguard import take

    return take(requests, readings)


def _tell_wireguard(payloads: tuple[bytes, ...], names: Mapping[int, str]) -> Iterable[Fact]:
    if not payloads:
        return ()
    from snapshot.collect.wireguard import peers

    return peers(payloads, names)


SOURCES: dict[str, Source] = {
    "bpf": Source(bpf.take, bpf.programs),
    "wireguard": Source(_take_wireguard, _tell_wireguard),
    "firewall": Source(read_firewall, tell_firewall, nameless=True),
    "ipvs": Source(take_ipvs, tell_ipvs, nameless=True),
    "sysctl": Source(take_sysctls, tell_sysctls, nameless=True),
    "socket": Source(take_sockets, tell_sockets, settle=settle_sockets),
    "counter": Source(statistics.take, statistics.statistics),
}
"""Kind -> its source, in the order in which they are read. "counter" are those of links, which other sources' join."""
