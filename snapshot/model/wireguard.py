"""A WireGuard link's own settings and its peers (linux/wireguard.h, wg(8)). Keys that are secret are never read out."""

from __future__ import annotations

from snapshot.model.frozen import frozen


@frozen
class WireguardPeer:
    """A peer, or (``peer`` None) the link itself.

    dev          link name
    peer         the peer's public key in base64
    public_key   the link's own public key in base64, None for a peer
    listen_port  UDP port of the link, None for a peer
    fwmark       of the link's own packets, None when none or for a peer
    endpoint     "192.0.2.1:51820" or "[2001:db8::1]:51820", None while it is not known
    allowed_ips  prefixes, sorted
    keepalive    seconds, None when off
    """

    dev: str
    peer: str | None = None
    public_key: str | None = None
    listen_port: int | None = None
    fwmark: int | None = None
    endpoint: str | None = None
    allowed_ips: tuple[str, ...] = ()
    keepalive: int | None = None
