"""How addresses are spelt in a snapshot file, as sets of texts: inet_ntop(3), and bytes in hex with colons."""

from __future__ import annotations

import re
from contextlib import suppress
from ipaddress import IPv6Address, ip_interface
from socket import AF_INET, AF_INET6, inet_ntop

from analyze.plan.languages import ANY_TEXT, NOTHING_MORE, Texts, char, either, many, maybe, sequence, some, word

_DIGIT = char("0123456789")
_OCTET = either(
    _DIGIT,
    sequence(char("123456789"), _DIGIT),
    sequence(word("1"), _DIGIT, _DIGIT),
    sequence(word("2"), char("01234"), _DIGIT),
    sequence(word("25"), char("012345")),
)
_DOT = word(".")
_IPV4 = sequence(_OCTET, _DOT, _OCTET, _DOT, _OCTET, _DOT, _OCTET)
_IPV6 = sequence(some(char("0123456789abcdef:")), maybe(_IPV4))
"""More than these: of a text without wildcards it is looked at whether it is one (``spellings``)."""
_HEX = char("0123456789abcdef")
_BYTE = sequence(_HEX, _HEX)
_BYTES = re.compile(r"[0-9a-f]{2}(?::[0-9a-f]{2})*", re.ASCII)


def addresses() -> Texts:
    """IP addresses."""
    return either(_IPV4, _IPV6)


def maybe_addresses() -> Texts:
    """IP addresses, and nothing."""
    return either(NOTHING_MORE, addresses())


def prefixes() -> Texts:
    """IP addresses with the length of their prefix."""
    up_to_32 = either(_DIGIT, sequence(char("12"), _DIGIT), sequence(word("3"), char("012")))
    up_to_128 = either(_DIGIT, sequence(char("123456789"), _DIGIT), sequence(word("1"), char("012"), _DIGIT))
    return either(sequence(_IPV4, word("/"), up_to_32), sequence(_IPV6, word("/"), up_to_128))


def gateways() -> Texts:
    """IP addresses; of one of another family than the route's its name comes before it ("inet6 fe80::1")."""
    return either(addresses(), sequence(some(char("abcdefghijklmnopqrstuvwxyz0123456789")), word(" "), ANY_TEXT))


def hardware_addresses() -> Texts:
    """Link-layer addresses of any length, or none; those of a tunnel are IP addresses."""
    return either(NOTHING_MORE, sequence(_BYTE, many(sequence(word(":"), _BYTE))), addresses())


def spellings(text: str) -> tuple[str, ...]:
    """How a file may spell an address, with or without a prefix length; none: it is no address."""
    with suppress(ValueError):
        found = ip_interface(text)
        length = f"/{found.network.prefixlen}" if "/" in text else ""
        family = AF_INET6 if isinstance(found, IPv6Address) else AF_INET
        if "%" not in text:
            return inet_ntop(family, found.ip.packed) + length, f"{found.ip}{length}"
    return ()


def is_spelt(text: str) -> bool:
    """Is this how a file spells an address, a gateway's with its family, or a prefix? Or is it nothing?"""
    return not text or " " in text or text in spellings(text)


def is_hardware(text: str) -> bool:
    """Is this how a file spells a link-layer address?"""
    return is_spelt(text) or _BYTES.fullmatch(text) is not None
