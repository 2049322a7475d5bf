"""What changes by itself on a healthy host: kept out of the report, but counted under its rule's name."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from analyze.addresses import interface
from analyze.diff.draft import Draft
from analyze.scopes import HOST
from snapshot.model.address import Address
from snapshot.model.bpf import BpfProgram
from snapshot.model.fdb import FdbEntry
from snapshot.model.frozen import frozen
from snapshot.model.mdb import MdbEntry
from snapshot.model.neighbour import Neighbour
from snapshot.model.socket import Socket
from snapshot.model.traffic import Qdisc

T = TypeVar("T")

CONFIGURED = frozenset({"PERMANENT", "NOARP"})
"""Neighbour states that somebody set (linux/neighbour.h); all others come and go with traffic."""

DETECTION = frozenset({"tentative", "optimistic"})
"""Flags of an address that is not known yet to be nobody else's (RFC 4862, RFC 4429)."""

LEARNT_FLAGS = frozenset({"extern_learn", "sticky", "offload"})
"""FDB flags of entries that a control plane wrote: they are configuration though they look learnt."""


@frozen
class NoiseRule:
    """One default rule. It applies to changes that nothing explains; explained ones hang under their cause."""

    name: str
    applies: Callable[[Draft], bool]


def _dynamic(row: object) -> bool:
    if isinstance(row, Neighbour):
        if row.proxy or "extern_learn" in row.flags:
            return False
        return row.state not in CONFIGURED or (row.state == "NOARP" and _mapped(row.address, row.mac))
    if isinstance(row, MdbEntry):
        return row.state == "temp"
    if isinstance(row, FdbEntry):
        return row.state not in ("permanent", "static", "noarp") and not LEARNT_FLAGS & set(row.flags)
    return False


def _mapped(address: str, mac: str | None) -> bool:
    """A multicast, broadcast or loopback address, whose MAC the kernel computes (arp_constructor, ndisc_constructor)."""
    try:
        ip = interface(address).ip
    except ValueError:
        return False
    return ip.is_multicast or ip.is_loopback or mac in (None, "ff:ff:ff:ff:ff:ff", "00:00:00:00:00:00")


def learnt(draft: Draft) -> bool:
    """Is it about a neighbour, FDB or multicast entry that came with traffic, and that nobody wrote?"""
    rows = [row for row in (draft.old, draft.new) if row is not None]
    return all(_dynamic(row) for row in rows) and bool(rows)


def _dead_in_a_pod(draft: Draft) -> bool:
    told = draft.before or {}
    return told.get("pod_container") is not None and told.get("state") in ("exited", "dead")


RULES: tuple[NoiseRule, ...] = (
    NoiseRule(
        # The kubelet keeps what is left of a container for a while (docs.kubernetes.io: garbage collection).
        name="container-cleared",
        applies=lambda d: d.kind == "container" and d.action == "removed" and _dead_in_a_pod(d),
    ),
    NoiseRule(
        # That a neighbour is a router is learnt with its answer (RFC 4861, 7.2.5).
        name="neighbour-state",
        applies=lambda d: (
            d.kind == "neighbour"
            and d.action == "changed"
            and d.touched <= {"state", "flags"}
            and learnt(d)
            and flags_differ_in(d, frozenset({"router"}))
        ),
    ),
    NoiseRule(
        name="neighbour-learned",
        applies=lambda d: d.kind == "neighbour" and d.action in ("added", "removed", "unknown") and learnt(d),
    ),
    NoiseRule(
        # An entry on its way to being resolved, or that could not be, has no MAC to compare.
        name="neighbour-unresolved",
        applies=lambda d: (
            d.kind == "neighbour"
            and d.action == "changed"
            and d.touched <= {"state", "mac", "flags"}
            and learnt(d)
            and any(isinstance(row, Neighbour) and row.mac is None for row in (d.old, d.new))
        ),
    ),
    NoiseRule(
        name="fdb-learned",
        applies=lambda d: d.kind == "fdb" and d.action in ("added", "removed", "unknown") and learnt(d),
    ),
    NoiseRule(
        name="fdb-state",
        applies=lambda d: d.kind == "fdb" and d.action == "changed" and d.touched <= {"state"} and learnt(d),
    ),
    NoiseRule(
        # Duplicate address detection (RFC 4862) runs for a second or two after an address was set.
        name="address-detection",
        applies=lambda d: (
            d.kind == "address" and d.action == "changed" and d.touched == {"flags"} and flags_differ_in(d, DETECTION)
        ),
    ),
    NoiseRule(
        # A host makes itself another one every day, deprecates the last, and drops those of last week (RFC 8981, 3.4).
        name="address-temporary",
        applies=lambda d: d.kind == "address" and _every(d, Address, lambda address: "temporary" in address.flags),
    ),
    NoiseRule(
        # A discipline that was given no handle gets the next that is free (net/sched/sch_api.c: qdisc_alloc_handle).
        name="qdisc-handle",
        applies=lambda d: (
            d.kind == "qdisc" and d.action == "changed" and d.touched == {"handle"} and _every(d, Qdisc, _numbered)
        ),
    ),
    # Groups that a port's members asked for (IGMP, MLD) expire when they no longer do.
    NoiseRule(name="mdb-learned", applies=lambda d: d.kind == "mdb" and learnt(d)),
    NoiseRule(
        # A client's UDP socket (a look-up, a time server asked) comes and goes at whatever port is free.
        name="socket-ephemeral",
        applies=lambda d: d.kind == "socket" and d.action != "changed" and _every(d, Socket, _client),
    ),
    NoiseRule(
        # A daemon that asks the kernel for any port (containerd's streaming server) has another one when it was started anew.
        name="socket-loopback",
        applies=lambda d: d.kind == "socket" and d.action != "changed" and _every(d, Socket, _any_port_of_the_loopback),
    ),
    NoiseRule(
        name="socket-ping",
        applies=lambda d: d.kind == "socket" and d.action != "changed" and _every(d, Socket, _ping),
    ),
    NoiseRule(
        # Workers that share a port come and go with the load.
        name="socket-count",
        applies=lambda d: d.kind == "socket" and d.action == "changed" and d.touched == {"sockets"},
    ),
    NoiseRule(
        # Whose a socket is can be told only while its process lives.
        name="socket-owner",
        applies=lambda d: (
            d.kind == "socket"
            and d.action == "changed"
            and d.touched <= {"owner", "container", "sockets"}
            and any(getattr(row, "owner", None) == "unknown" for row in (d.old, d.new))
        ),
    ),
    NoiseRule(
        # Which directories are read of a namespace depends on what links are in it (docs/capture.md).
        name="sysctl-unread",
        applies=lambda d: (
            d.kind == "sysctl"
            and d.action in ("added", "removed", "unknown")
            and d.scope != HOST
            and all(row is None or getattr(row, "dev", None) in (None, "all", "default") for row in (d.old, d.new))
        ),
    ),
    NoiseRule(
        # The same instructions, loaded anew: the kernel counts its programs.
        name="bpf-reloaded",
        applies=lambda d: d.kind == "bpf" and d.action == "changed" and d.touched <= {"program", "link"} and _tagged(d),
    ),
    NoiseRule(
        # A peer is answered where it was last heard from (wg(8)).
        name="wireguard-roaming",
        applies=lambda d: d.kind == "wireguard" and d.action == "changed" and d.touched == {"endpoint"},
    ),
)

EPHEMERAL = range(32768, 61000)
"""Local ports that the kernel gives out unless told otherwise (net.ipv4.ip_local_port_range)."""
LOOPBACKS = ("127.0.0.1", "::1")
FIRST_FREE_HANDLE = 0x8000
ICMP = frozenset({1, 58})
"""IP protocol numbers of ICMP and ICMPv6."""


def _every(draft: Draft, kind: type[T], applies: Callable[[T], bool]) -> bool:
    return all(isinstance(row, kind) and applies(row) for row in (draft.old, draft.new) if row is not None)


def _client(socket: Socket) -> bool:
    return socket.protocol in ("udp", "udplite") and socket.port in EPHEMERAL


def _any_port_of_the_loopback(socket: Socket) -> bool:
    return socket.protocol == "tcp" and socket.port in EPHEMERAL and socket.address in LOOPBACKS


def _numbered(qdisc: Qdisc) -> bool:
    return int(qdisc.handle.partition(":")[0] or "0", 16) >= FIRST_FREE_HANDLE


def _ping(socket: Socket) -> bool:
    return socket.protocol == "raw" and socket.port in ICMP


def _tagged(draft: Draft) -> bool:
    return all(isinstance(row, BpfProgram) and row.tag is not None for row in (draft.old, draft.new))


def flags_differ_in(draft: Draft, flags: frozenset[str]) -> bool:
    """Do the flags of both sides differ in none but these?"""
    before, after = getattr(draft.old, "flags", ()), getattr(draft.new, "flags", ())
    return set(before) ^ set(after) <= flags
