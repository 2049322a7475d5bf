"""WireGuard links and their peers: WG_CMD_GET_DEVICE as facts (linux/wireguard.h, wg(8)).

The kernel tells private and preshared keys with the rest. They are cut out of its answer before anything else is done with it.
"""

from __future__ import annotations

import errno
import struct
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping
from socket import AF_INET, AF_INET6, inet_ntop, ntohs

from snapshot.collect.netlink.dumps import TRIES, Taken
from snapshot.collect.netlink.generic import GENLMSG, NETLINK_GENERIC, family_number
from snapshot.collect.netlink.nests import header, listed, nest, read_nest, walk
from snapshot.collect.netlink.plans import links_of
from snapshot.collect.netlink.readers import U8, U16, U32, U64, OtherwiseError, Table, ip, raw_hex, skip
from snapshot.collect.netlink.reading import Reading
from snapshot.collect.netlink.take import Attributes
from snapshot.collect.netlink.transport import NetlinkError, Requests
from snapshot.model.counter import Counter
from snapshot.model.json import Json
from snapshot.model.wireguard import WireguardPeer

FAMILY, WG_CMD_GET_DEVICE, VERSION = "wireguard", 0, 1
WGDEVICE_A_IFINDEX, WGDEVICE_A_PRIVATE_KEY, WGDEVICE_A_PEERS, WGPEER_A_PRESHARED_KEY = 1, 3, 8, 2
KEY = 32
IFINFOMSG = struct.Struct("=BxHiII")
NLA = struct.Struct("=HH")


def _key(raw: bytes) -> Json:
    if len(raw) != KEY:
        raise OtherwiseError
    return b64encode(raw).decode("ascii")


def _endpoint(raw: bytes) -> Json:
    """struct sockaddr_in or sockaddr_in6; the scope of a link-local one after a percent sign."""
    family = struct.unpack_from("=H", raw)[0] if len(raw) >= 2 else 0
    if family == AF_INET and len(raw) == 16:
        return f"{inet_ntop(AF_INET, raw[4:8])}:{ntohs(struct.unpack_from('=H', raw, 2)[0])}"
    if family == AF_INET6 and len(raw) == 28:
        scope = struct.unpack_from("=I", raw, 24)[0]
        address = inet_ntop(AF_INET6, raw[8:24]) + (f"%{scope}" if scope else "")
        return f"[{address}]:{ntohs(struct.unpack_from('=H', raw, 2)[0])}"
    raise OtherwiseError


ALLOWED: Table = {1: ("family", U16), 2: ("address", ip), 3: ("length", U8)}
PEER: Table = {
    1: ("public_key", _key), 2: ("preshared_key", skip), 3: ("flags", skip), 4: ("endpoint", _endpoint), 5: ("keepalive", U16),
    6: ("last_handshake", skip), 7: ("rx_bytes", U64), 8: ("tx_bytes", U64),
    9: ("allowed_ips", listed(FAMILY, nest(FAMILY, ALLOWED))), 10: ("protocol_version", U32),
}  # fmt: skip
DEVICE: Table = {
    1: ("ifindex", U32), 2: ("ifname", skip), 3: ("private_key", skip), 4: ("public_key", _key), 5: ("flags", skip),
    6: ("listen_port", U16), 7: ("fwmark", U32), 8: ("peers", raw_hex),
}  # fmt: skip
"""WGDEVICE_A_*, WGPEER_A_*, WGALLOWEDIP_A_*."""


def take(_: Requests, readings: Mapping[str, Reading]) -> Taken:
    """Ask for each WireGuard link, by a socket of its own, again while its peers changed meanwhile.

    Raises ``NetlinkError`` (EPERM without CAP_NET_ADMIN) or ``OSError``.
    """
    links = links_of(readings, FAMILY)
    if not links:
        return Taken(payloads=())
    found: list[bytes] = []
    torn, most = False, 1
    with Requests(NETLINK_GENERIC) as requests:
        number = family_number(requests, FAMILY)
        if number is None:
            raise NetlinkError(FAMILY, message="there are links of this kind, and no way to ask for them")
        for link in links:
            index = IFINFOMSG.unpack_from(link)[2]
            told = _device(requests, number, index)
            found += told.payloads
            torn, most = torn or told.torn, max(most, told.attempts)
    return Taken(payloads=tuple(found), torn=torn, attempts=most)


def _device(requests: Requests, family: int, index: int) -> Taken:
    """The answers about one link, nothing if it has gone."""
    body = GENLMSG.pack(WG_CMD_GET_DEVICE, VERSION) + struct.pack("=HHI", 8, WGDEVICE_A_IFINDEX, index)
    tries = 0
    while True:
        tries += 1
        try:
            dump = requests.dump(FAMILY, family, body)
            told = Taken(tuple(map(without_secrets, dump.payloads)), torn=dump.interrupted, attempts=tries)
        except NetlinkError as error:
            if error.errno != errno.ENODEV:
                raise
            return Taken(payloads=())
        finally:
            requests.wipe()
        if not told.torn or tries == TRIES:
            return told


def without_secrets(payload: bytes) -> bytes:
    """An answer without its private key and its peers' preshared keys. Raises ``NetlinkError``."""
    kept = [payload[: GENLMSG.size]]
    for number, value in walk(FAMILY, payload, GENLMSG.size):
        if number == WGDEVICE_A_PEERS:
            peers = [(at, _peer_without(peer)) for at, peer in walk(FAMILY, value)]
            kept.append(_attribute(number, b"".join(_attribute(at, peer) for at, peer in peers)))
        elif number != WGDEVICE_A_PRIVATE_KEY:
            kept.append(_attribute(number, value))
    return b"".join(kept)


def _peer_without(peer: bytes) -> bytes:
    return b"".join(_attribute(at, value) for at, value in walk(FAMILY, peer) if at != WGPEER_A_PRESHARED_KEY)


def _attribute(number: int, value: bytes) -> bytes:
    return NLA.pack(4 + len(value), number) + value + b"\0" * (-len(value) % 4)


def peers(payloads: Iterable[bytes], names: Mapping[int, str]) -> Iterator[WireguardPeer | Counter]:
    """The facts of the answers, and what the peers' tunnels carried. Raises ``NetlinkError``.

    A link with many peers comes in several messages, of which only the first says which it is and has its own settings; so does
    a peer with many allowed addresses, whose later parts have nothing but more of them.
    """
    index: int | None = None
    told: dict[tuple[str, str | None], WireguardPeer] = {}
    counts: list[Counter] = []
    for payload in payloads:
        header(FAMILY, GENLMSG, payload)
        left = Attributes(FAMILY, read_nest(FAMILY, DEVICE, payload, GENLMSG.size))
        index = left.number("ifindex") or index
        if index is None:
            raise NetlinkError(FAMILY, message="it is not said of which link")
        dev = names.get(index, f"if{index}")
        link = WireguardPeer(
            dev=dev,
            public_key=left.text("public_key"),
            listen_port=left.number("listen_port"),
            fwmark=left.number("fwmark") or None,
        )
        told.setdefault((dev, None), link)
        for _, raw in walk(FAMILY, bytes.fromhex(left.text("peers") or "")):
            peer, carried = _peer(dev, raw)
            known = told.get((dev, peer.peer))
            if known is None:
                told[dev, peer.peer] = peer
                counts += carried
            else:
                told[dev, peer.peer] = _joined(known, peer.allowed_ips)
    yield from told.values()
    yield from counts


def _peer(dev: str, raw: bytes) -> tuple[WireguardPeer, list[Counter]]:
    left = Attributes(FAMILY, read_nest(FAMILY, PEER, raw))
    key = left.text("public_key")
    if key is None:
        raise NetlinkError(FAMILY, message="a peer has no key")
    carried = {name: count for name in ("rx_bytes", "tx_bytes") if (count := left.number(name))}
    peer = WireguardPeer(
        dev=dev,
        peer=key,
        endpoint=left.text("endpoint"),
        allowed_ips=tuple(sorted(map(_prefix, left.items("allowed_ips")))),
        keepalive=left.number("keepalive") or None,
    )
    return peer, [Counter(of=FAMILY, dev=dev, key=key, values=carried)] if carried else []


def _prefix(allowed: Json) -> str:
    if not isinstance(allowed, Mapping) or "address" not in allowed or "length" not in allowed:
        raise NetlinkError(FAMILY, message="an allowed address is not whole")
    return f"{allowed['address']}/{allowed['length']}"


def _joined(peer: WireguardPeer, more: tuple[str, ...]) -> WireguardPeer:
    return WireguardPeer(
        dev=peer.dev,
        peer=peer.peer,
        endpoint=peer.endpoint,
        allowed_ips=tuple(sorted({*peer.allowed_ips, *more})),
        keepalive=peer.keepalive,
    )
