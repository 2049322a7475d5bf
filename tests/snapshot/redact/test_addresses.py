"""Pseudonyms of addresses: what two have in common stays in common, and nothing else of them."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from snapshot.redact.addresses import Addresses
from snapshot.redact.keys import Key
from snapshot.redact.texts import Texts

ADDRESSES = Addresses(Key(b"a key of the tests"))
TEXTS = Texts(Key(b"a key of the tests"))

UNHURRIED = settings(deadline=None)
four = st.binary(min_size=4, max_size=4)
heads = st.sampled_from([b"", b"\x20\x01", b"\x20\x02", b"\xfd", b"\xfe\x80" + bytes(6), b"\xff\x02", b"\xff\x32", bytes(12),
                         bytes(10) + b"\xff\xff", bytes.fromhex("20010db8")])  # fmt: skip
six = st.builds(lambda head, rest: (head + rest)[:16], heads, st.binary(min_size=16, max_size=16))
macs = st.binary(min_size=6, max_size=6)


def shared(one: bytes, other: bytes) -> int:
    """How many bits two have in common, from the first on."""
    apart = int.from_bytes(one) ^ int.from_bytes(other)
    return 8 * len(one) - apart.bit_length()


def told(text: str) -> str:
    return TEXTS.there(text)


@UNHURRIED
@given(four, four, st.integers(0, 32))
def test_ipv4_addresses_share_as_many_bits_after_it_as_before(one: bytes, other: bytes, bits: int) -> None:
    near = (int.from_bytes(one) ^ (int.from_bytes(other) >> bits if bits < 32 else 0)).to_bytes(4)
    examples = {b"\xc0\x00\x02", b"\xc6\x33\x64", b"\xcb\x00\x71"}
    there = [ADDRESSES.ipv4(one), ADDRESSES.ipv4(near)]
    assert [ADDRESSES.ipv4(found, back=True) for found in there] == [one, near]
    if not examples & {address[:3] for address in (one, near, *there)}:
        assert shared(*there) == shared(one, near)


@UNHURRIED
@given(six, six, st.integers(0, 128))
def test_ipv6_addresses_come_back_and_prefixes_hold_what_they_held(one: bytes, other: bytes, bits: int) -> None:
    there = ADDRESSES.ipv6(one)
    assert ADDRESSES.ipv6(there, back=True) == one
    network = ip_network((one, bits), strict=False).network_address.packed
    prefix = ADDRESSES.ipv6(network, bits)
    assert ADDRESSES.ipv6(prefix, bits, back=True) == network
    if (
        one[0] >> 5 == 1
        and one[:2] != b"\x20\x02"
        and one[:4] != bytes.fromhex("20010db8")
        and there[:2] != b"\x20\x02"
    ):
        assert IPv6Address(there) in ip_network((prefix, bits))


@UNHURRIED
@given(macs)
def test_macs_come_back_with_their_two_bits_kept(mac: bytes) -> None:
    there = ADDRESSES.mac(mac)
    assert there[0] & 3 == mac[0] & 3
    assert ADDRESSES.mac(there, back=True) == mac


@pytest.mark.parametrize("text", [
    "0.0.0.0", "0.0.0.0/0", "127.0.0.1", "127.0.0.0/8", "169.254.169.254", "224.0.0.251", "239.1.1.1",
    "255.255.255.255", "192.0.2.9",
    "198.51.100.0/24", "203.0.113.7/32", "::", "::/0", "::1", "fe80::1", "fe80::/64", "ff02::1", "ff00::/8", "2001:db8::17",
    "00:00:00:00:00:00", "ff:ff:ff:ff:ff:ff", "01:00:5e:00:00:fb", "33:33:00:00:00:01", "01:80:c2:00:00:00",
    "00:00:5e:00:01:07",
])  # fmt: skip
def test_what_is_the_same_everywhere_stays(text: str) -> None:
    assert told(text) == text


@pytest.mark.parametrize(("text", "within"), [
    ("10.1.27.2", "10.0.0.0/8"), ("172.17.0.2", "172.16.0.0/12"), ("192.168.178.20", "192.168.0.0/16"),
    ("100.64.9.9", "100.64.0.0/10"),
    ("fd00:1:2:3:4:5:6677:8899", "fd00::/8"), ("2a00:1450::8899:7766", "2000::/3"),
    ("::ffff:10.1.27.2", "::ffff:10.0.0.0/104"),
    ("64:ff9b::10.1.27.2", "64:ff9b::/96"), ("2002:a01:1b02::9", "2002:a00::/24"), ("fe80::1234:56ff:fe78:9abc", "fe80::/64"),
])  # fmt: skip
def test_a_private_address_stays_a_private_address(text: str, within: str) -> None:
    found = ip_address(told(text))
    assert found in ip_network(within)
    assert found != ip_address(text)


def test_the_ends_of_a_subnet_stay_its_ends() -> None:
    for last in (0, 1, 254, 255):
        assert told(f"10.77.3.{last}").endswith(f".{last}")
    assert told("10.77.3.0/24") == told("10.77.3.1").rpartition(".")[0] + ".0/24"
    assert told("2a00:1:2:3::1").endswith(":1")


def test_a_link_local_address_goes_with_the_mac_it_was_made_of() -> None:
    mac = bytes.fromhex("0242ac110002")
    local = IPv6Address(bytes.fromhex("fe80000000000000") + bytes([mac[0] ^ 2]) + mac[1:3] + b"\xff\xfe" + mac[3:])
    found = IPv6Address(told(str(local))).packed[8:]
    assert bytes([found[0] ^ 2]) + found[1:3] + found[5:] == bytes.fromhex(told(mac.hex(":")).replace(":", ""))


@UNHURRIED
@given(six)
def test_the_group_by_which_an_address_is_asked_for_goes_with_it(address: bytes) -> None:
    """RFC 4291, 2.7.1: the analyzer knows by it why a link listens to a group."""
    tail = ADDRESSES.ipv6(b"\x2a" + address[1:])[13:]
    assert ADDRESSES.ipv6(bytes.fromhex("ff0200000000000000000001ff") + address[13:])[13:] == tail
    assert ADDRESSES.mac(b"\x33\x33\xff" + address[13:])[3:] == tail


@pytest.mark.parametrize("text", [
    "2A00:0001:0002:0003:0000:0000:4455:6677", "2a00:1:2:3:0:0:4455:6677", "2a00:1:2:3::4455:6677",
])  # fmt: skip
def test_one_address_has_one_pseudonym_however_it_is_spelt(text: str) -> None:
    assert told(text) == told("2a00:1:2:3::4455:6677")


def test_an_address_is_found_in_every_form() -> None:
    there = IPv4Address(told("10.1.27.2"))
    one, two, three, last = there.packed
    assert told("ip-10-1-27-2.ec2.internal").startswith(told("ip") + f"-{one}-{two}-{three}-{last}.")
    assert told("2.27.1.10.in-addr.arpa") == f"{last}.{three}.{two}.{one}.in-addr.arpa"
    assert told("010.001.027.002/24") == f"{there}/24"
    assert told("0xa011b02") == f"0x{int(there):x}"
    assert told("http://10.1.27.2:8080/") == f"http://{there}:8080/"
    assert told("10.1.27.2-10.1.27.9").startswith(f"{there}-")
    assert told("from 10.1.27.2, 10.1.27.2.") == f"{told('from')} {there}, {there}."


def test_other_keys_make_other_pseudonyms() -> None:
    other = Texts(Key(b"another key of the tests"))
    for text in ("10.1.27.2", "2a00:1:2:3::4455:6677", "02:42:ac:11:00:02", "web"):
        assert other.there(text) != told(text)
