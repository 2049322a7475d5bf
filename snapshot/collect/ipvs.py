"""Virtual services of IPVS, out of /proc/net/ip_vs (net/netfilter/ipvs/ip_vs_ctl.c: ip_vs_info_seq_show).

The file is there only where IPVS is: asking generic netlink for it would make the kernel load the module.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from snapshot.collect.namespaces.find import PROC
from snapshot.collect.netlink.dumps import Taken
from snapshot.collect.netlink.reading import Reading
from snapshot.collect.netlink.transport import NetlinkError, Requests
from snapshot.collect.presence import has_proc_net
from snapshot.model.counter import Counter
from snapshot.model.ipvs import IpvsService
from snapshot.model.json import Json

HEADINGS = 3
"""Lines before the first service: version, and the two kinds of line that follow."""

ADDRESS = re.compile(r"(?:([0-9A-F]{8})|\[([0-9a-fA-F:.]+)\]):([0-9A-F]{4})")
FWM = "FWM"


def take_ipvs(_: Requests, __: Mapping[str, Reading]) -> Taken:
    """The file of the calling thread's namespace as one payload, none where there is no IPVS. Raises ``OSError``."""
    if not has_proc_net("ip_vs"):
        return Taken(())
    text = Path(f"{PROC}/thread-self/net/ip_vs").read_bytes()
    return Taken((text,) if text.count(b"\n") > HEADINGS else ())


def tell_ipvs(payloads: tuple[bytes, ...], _: Mapping[int, str]) -> Iterator[IpvsService | Counter]:
    """The services, and the connections of each destination. Raises ``NetlinkError`` for odd lines."""
    for payload in payloads:
        lines = payload.decode("utf-8", "backslashreplace").splitlines()[HEADINGS:]
        services: list[tuple[str, list[str]]] = []
        for line in lines:
            if not line.startswith("  -> "):
                services.append((line, []))
            elif services:
                services[-1][1].append(line)
            else:
                raise NetlinkError(f"ipvs: a destination without a service: {line!r}")
        for service, destinations in services:
            yield from _service(service, destinations)


def _service(line: str, lines: Iterable[str]) -> Iterator[IpvsService | Counter]:
    """``TCP  0A00000A:0050 rr persistent 360 FFFFFFFF``, or ``FWM  00000007 wlc ops``."""
    fields = line.split()
    if len(fields) < 3:
        raise NetlinkError(f"ipvs: an odd service: {line!r}")
    protocol, where, scheduler, *flags = fields
    try:
        address, port = (None, int(where, 16)) if protocol == FWM else _address(where)
    except ValueError as error:
        raise NetlinkError(f"ipvs: an odd service: {line!r}") from error
    found: list[tuple[str, int, Json]] = []
    for told in lines:
        destination, counts = _destination(told)
        found.append(destination)
        if counts:
            key = f"{protocol} {where if address is None else _shown(address, port)} {_shown(*destination[:2])}"
            yield Counter(of="ipvs", key=key, values=counts)
    yield IpvsService(
        protocol=protocol,
        address=address,
        port=port,
        scheduler=scheduler,
        flags=" ".join(flags) or None,
        destinations=tuple(told for _, _, told in sorted(found, key=lambda one: one[:2])),
    )


def _destination(line: str) -> tuple[tuple[str, int, Json], dict[str, Json]]:
    """``  -> 0A000002:0050      Masq    1      0          0``: address, port and the whole; and counts that are not zero."""
    fields = line.split()
    try:
        _, where, forward, weight, active, inactive = fields
        address, port = _address(where)
        counts: dict[str, Json] = {"active": int(active), "inactive": int(inactive)}
        told: dict[str, Json] = {"address": address, "port": port, "forward": forward, "weight": int(weight)}
    except ValueError as error:
        raise NetlinkError(f"ipvs: an odd destination: {line!r}") from error
    return (address, port, told), {name: count for name, count in counts.items() if count}


def _address(text: str) -> tuple[str, int]:
    """An address and port as the kernel prints them. Raises ``ValueError``."""
    found = ADDRESS.fullmatch(text)
    if found is None:
        raise ValueError(text)
    four, six, port = found.groups()
    if four is not None:
        return socket.inet_ntop(socket.AF_INET, bytes.fromhex(four)), int(port, 16)
    try:
        return socket.inet_ntop(socket.AF_INET6, socket.inet_pton(socket.AF_INET6, six)), int(port, 16)
    except OSError as error:
        raise ValueError(text) from error


def _shown(address: str, port: int) -> str:
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"
