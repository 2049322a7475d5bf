"""Reading a namespace's firewall: look first, for most namespaces have none; what there is, its own tools list."""

from __future__ import annotations

import errno
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import NamedTuple

from snapshot.collect.firewall import ipsets, legacy_lists, listed, saved
from snapshot.collect.firewall.legacy import bridge_tables, read_bridge_tables, read_legacy, tables_of_files
from snapshot.collect.firewall.native import read_tables
from snapshot.collect.firewall.payload import unpack
from snapshot.collect.kernel import has
from snapshot.collect.netlink.dumps import SECONDS, TRIES, Taken
from snapshot.collect.netlink.netfilter import Netfilter, Table
from snapshot.collect.netlink.reading import Reading
from snapshot.collect.netlink.transport import NetlinkError, Requests
from snapshot.model.counter import Counter
from snapshot.model.firewall import FirewallEntry

NOTHING = Taken(())


class _Seen(NamedTuple):
    """What there is, at a glance."""

    generation: int = 0
    tables: tuple[Table, ...] = ()
    legacy: Mapping[str, frozenset[str]] = {}
    bridges: tuple[str, ...] = ()
    ipsets: tuple[bytes, ...] = ()

    @property
    def anything(self) -> bool:
        return bool(self.tables or self.legacy or self.bridges or self.ipsets)


def read_firewall(_: Requests, readings: Mapping[str, Reading]) -> Taken:
    """Read the firewall of the calling thread's namespace. Raises ``NetlinkError`` and ``OSError``.

    It is read again while its tables change: nftables has a generation, of the others it is seen that the same are there.
    """
    limit = time.monotonic() + SECONDS
    # Where nobody has loaded nfnetlink, even its socket would.
    with _netfilter() if has("nf_tables") or has("ip_set") else nullcontext() as netfilter:
        seen = _look(netfilter, readings)
        if not seen.anything:
            return NOTHING
        attempts, torn = 0, True
        while torn and attempts < TRIES and (not attempts or time.monotonic() < limit):
            attempts += 1
            failure: NetlinkError | None = None
            payloads: list[bytes] = []
            moved = False
            try:
                payloads, moved = _read(netfilter, seen)
            except NetlinkError as error:
                failure = error
            now = _look(netfilter, readings)
            # What vanished while a tool was about to list it makes the tool fail.
            torn, seen = moved or now != seen, now
        if failure is not None:
            raise _counted(failure, seen)
        return Taken(tuple(payloads), torn=torn, attempts=attempts)


def tell_firewall(payloads: tuple[bytes, ...], _: Mapping[int, str]) -> Iterable[FirewallEntry | Counter]:
    """The facts, and the counters apart. Raises ``NetlinkError``."""
    for payload in payloads:
        yield from _told(payload)


def _netfilter() -> AbstractContextManager[Netfilter | None]:
    try:
        return Netfilter()
    except OSError as error:
        if error.errno != errno.EPROTONOSUPPORT:
            raise
        return nullcontext()  # a kernel without modules and without netfilter


def _look(netfilter: Netfilter | None, readings: Mapping[str, Reading]) -> _Seen:
    tables = netfilter.tables() if netfilter is not None and has("nf_tables") else ()
    return _Seen(
        generation=netfilter.generation() if netfilter is not None and tables else 0,
        tables=tables,
        legacy=tables_of_files(),
        bridges=bridge_tables(readings),
        ipsets=netfilter.ipsets() if netfilter is not None and has("ip_set") else (),
    )


def _read(netfilter: Netfilter | None, seen: _Seen) -> tuple[list[bytes], bool]:
    payloads = read_tables(netfilter, seen.tables) if netfilter is not None and seen.tables else []
    payloads += read_legacy(seen.legacy)
    payloads += read_bridge_tables(seen.bridges)
    torn = False
    if seen.ipsets:
        payload, torn = ipsets.read_ipsets()
        payloads.append(payload)
    return payloads, torn


def _counted(error: NetlinkError, seen: _Seen) -> NetlinkError:
    """The error, and what could not be read for it."""
    legacy = sum(len(names) for names in seen.legacy.values()) + len(seen.bridges)
    what = ((len(seen.tables), "tables"), (legacy, "legacy tables"), (len(seen.ipsets), "ipsets"))
    lost = ", ".join(f"{number} {name}" for number, name in what if number)
    reason = str(error).removeprefix("firewall: ")
    return NetlinkError("firewall", error.errno, f"{reason} ({lost} not read)") if lost else error


def _told(payload: bytes) -> Iterator[FirewallEntry | Counter]:
    header, text = unpack(payload)
    if header.backend == "nft":
        yield from listed.told(header, text)
    elif header.backend == "ipset":
        yield from ipsets.told(text)
    elif header.backend in ("arptables-legacy", "ebtables-legacy"):
        yield from legacy_lists.told(header, text)
    else:
        yield from saved.told(header, text)
