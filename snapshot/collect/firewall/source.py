"""Reading a namespace's firewall: look first, for most namespaces have none; what there is, its own tools list."""

from __future__ import annotations

import errno
import time
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from itertools import chain

from snapshot.collect.firewall.look import Seen, look
from snapshot.collect.kernel import has
from snapshot.collect.netlink.dumps import SECONDS, TRIES, Taken
from snapshot.collect.netlink.netfilter import Netfilter
from snapshot.collect.netlink.reading import Reading
from snapshot.collect.netlink.transport import NetlinkError, Requests
from snapshot.model.counter import Counter
from snapshot.model.firewall import FirewallEntry
from snapshot.model.plural import plural

NOTHING = Taken(())


def read_firewall(_: Requests, readings: Mapping[str, Reading]) -> Taken:
    """Read the firewall of the calling thread's namespace. Raises ``NetlinkError`` and ``OSError``.

    It is read again while its tables change: nftables has a generation, of the others it is seen that the same are there.
    """
    limit = time.monotonic() + SECONDS
    # Where nobody has loaded nfnetlink, even its socket would.
    with _netfilter() if has("nf_tables") or has("ip_set") else nullcontext() as netfilter:
        seen = look(netfilter, readings)
        if not seen.anything:
            return NOTHING
        from snapshot.collect.firewall.reading import read

        attempts, torn = 0, True
        payloads: list[bytes] | None = None
        while torn and attempts < TRIES and (not attempts or time.monotonic() < limit):
            attempts += 1
            failure: NetlinkError | None = None
            moved = False
            try:
                payloads, moved = read(netfilter, seen)
            except NetlinkError as error:
                failure = error
            now = look(netfilter, readings)
            # What vanished while a tool was about to list it makes the tool fail.
            torn, seen = moved or now != seen, now
        if failure is not None and (payloads is None or not torn):
            raise _counted(failure, seen)
        # What kept changing is kept as it was last read, if the last try of all failed.
        return Taken(tuple(payloads or ()), torn=torn, attempts=attempts)


def tell_firewall(payloads: tuple[bytes, ...], _: Mapping[int, str]) -> Iterable[FirewallEntry | Counter]:
    """The facts, and the counters apart. Raises ``NetlinkError``."""
    if payloads:
        from snapshot.collect.firewall.reading import told

        yield from chain.from_iterable(map(told, payloads))


def _netfilter() -> AbstractContextManager[Netfilter | None]:
    try:
        return Netfilter()
    except OSError as error:
        if error.errno != errno.EPROTONOSUPPORT:
            raise
        return nullcontext()  # a kernel without modules and without netfilter


def _counted(error: NetlinkError, seen: Seen) -> NetlinkError:
    """The error, and what could not be read for it."""
    legacy = sum(len(names) for names in seen.legacy.values()) + len(seen.bridges)
    what = ((len(seen.tables), "table"), (legacy, "legacy table"), (len(seen.ipsets), "ipset"))
    lost = ", ".join(plural(number, name) for number, name in what if number)
    reason = str(error).removeprefix("firewall: ")
    return NetlinkError("firewall", error.errno, f"{reason} ({lost} not read)") if lost else error
