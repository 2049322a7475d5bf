"""Addresses as values, each text read once: a host has few of them, and they are asked for again and again."""

from __future__ import annotations

import ipaddress
from functools import lru_cache
from ipaddress import IPv4Interface, IPv4Network, IPv6Interface, IPv6Network

REMEMBERED = 10_000


@lru_cache(maxsize=REMEMBERED)
def interface(text: str) -> IPv4Interface | IPv6Interface:
    """An address with its prefix: "10.1.27.2/24". Raises ``ValueError``."""
    return ipaddress.ip_interface(text)


@lru_cache(maxsize=REMEMBERED)
def network(text: str) -> IPv4Network | IPv6Network:
    """What an address with a prefix is in, or a prefix itself. Raises ``ValueError``."""
    return ipaddress.ip_network(text, strict=False)
