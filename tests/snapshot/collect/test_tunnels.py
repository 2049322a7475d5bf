"""Tunnels and stacked links that this kernel lacks: their ends, keys and settings as a person can read them."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from snapshot.collect.decode import Decoding
from snapshot.collect.netlink.reading import Reading
from snapshot.model.json import Json
from snapshot.model.link import Link
from tests.bytes import constructed, tunnels

EXPECTED: dict[str, tuple[str, str | None, Mapping[str, Json]]] = {
    "gre1": ("gre", "10.0.0.1", {
        "gre_local": "10.0.0.1", "gre_remote": "10.0.0.9", "gre_ikey": 5, "gre_okey": 6, "gre_iflags": 0x2000, "gre_ttl": 64,
    }),
    "tap1": ("gretap", None, {"gre_local": "10.0.0.1", "gre_remote": "10.0.0.9", "gre_ikey": 5}),
    "span1": ("erspan", None, {"gre_remote": "10.0.0.9", "gre_erspan_index": 123, "gre_erspan_ver": 1}),
    "gre6": ("ip6gre", "fd00::1", {
        "ip6gre_local": "fd00::1", "ip6gre_remote": "fd00::9", "ip6gre_okey": 6, "ip6gre_oflags": 0x2000,
        "ip6gre_encap_limit": 4,
    }),
    "tap6": ("ip6gretap", None, {"ip6gre_local": "fd00::1", "ip6gre_remote": "fd00::9"}),
    "ipip1": ("ipip", "10.0.0.1", {"ipip_local": "10.0.0.1", "ipip_remote": "10.0.0.9", "ipip_fwmark": 7, "ipip_ttl": 64}),
    "sit1": ("sit", "10.0.0.1", {
        "sit_local": "10.0.0.1", "sit_remote": "10.0.0.9", "sit_6rd_prefix": "2002::", "sit_6rd_prefixlen": 16,
    }),
    "tnl6": ("ip6tnl", "fd00::1", {"ip6tnl_local": "fd00::1", "ip6tnl_remote": "fd00::9", "ip6tnl_proto": 41}),
    "vti1": ("vti", "10.0.0.1", {
        "vti_local": "10.0.0.1", "vti_remote": "10.0.0.9", "vti_ikey": 5, "vti_okey": 6, "vti_fwmark": 0,
    }),
    "vti6": ("vti6", "fd00::1", {"vti_local": "fd00::1", "vti_remote": "fd00::9", "vti_ikey": 5, "vti_okey": 6}),
    "gnv1": ("geneve", None, {"geneve_id": 5, "geneve_remote": "10.0.0.9", "geneve_port": 6081}),
    "gnv6": ("geneve", None, {"geneve_id": 6, "geneve_remote6": "fd00::9"}),
    "vx1": ("vxlan", None, {
        "vxlan_id": 7, "vxlan_local6": "fd00::1", "vxlan_group6": "fd00::9", "vxlan_port": 4789,
    }),
    "bud1": ("bareudp", None, {"bareudp_port": 6635, "bareudp_ethertype": 0x8847, "bareudp_multiproto_mode": True}),
    "gtp1": ("gtp", None, {"gtp_role": "sgsn", "gtp_pdp_hashsize": 1024}),
    "mac1": ("macsec", None, {
        "macsec_sci": "02:00:00:00:00:07/11", "macsec_cipher_suite": "0080c20001000001", "macsec_encrypt": 1,
        "macsec_validation": "strict", "macsec_offload": "off",
    }),
    "team0": ("team", None, {}),
    "hsr0": ("hsr", None, {
        "hsr_slave1": 2, "hsr_slave2": 3, "hsr_supervision_addr": "01:15:4e:00:01:00", "hsr_protocol": "hsr",
    }),
    "nk0": ("netkit", None, {
        "netkit_primary": 1, "netkit_mode": "l3", "netkit_policy": "pass", "netkit_peer_policy": "drop",
    }),
    "xfrm1": ("xfrm", None, {"xfrm_if_id": 42, "xfrm_link": 2}),
}  # fmt: skip


@pytest.fixture(scope="module")
def links() -> dict[str, Link]:
    sections, failures = Decoding().namespace({"link": Reading(kind="link", payloads=tunnels.LINKS)})
    assert failures == {}
    return {link.name: link for link in sections["link"] if isinstance(link, Link)}


@pytest.mark.parametrize("name", EXPECTED)
def test_ends_and_settings(links: dict[str, Link], name: str) -> None:
    kind, mac, data = EXPECTED[name]
    link = links[name]
    assert (link.link_kind, link.mac) == (kind, mac)
    assert {key: link.kind_data.get(key) for key in data} == data
    assert "info_data" not in link.extra


def test_the_broadcast_of_a_tunnel_is_its_other_end(links: dict[str, Link]) -> None:
    assert (links["gre1"].broadcast, links["gre6"].broadcast) == ("10.0.0.9", "fd00::9")


def test_what_an_hsr_counts_is_no_setting(links: dict[str, Link]) -> None:
    assert "hsr_seq_nr" not in links["hsr0"].kind_data


def test_an_attribute_nobody_knows_is_kept(links: dict[str, Link]) -> None:
    assert links["gre9"].kind_data["attr_99"] == "05000000"
    assert links["gre9"].kind_data["gre_remote"] == "10.0.0.9"


def test_addresses_of_other_lengths_are_whole() -> None:
    """IP over InfiniBand has addresses of 20 bytes."""
    address = bytes(range(20))
    payload = constructed.link(3, "ib0", constructed.attribute(1, address), info=constructed.kind("ipoib"), hardware=32)
    sections, failures = Decoding().namespace({"link": Reading(kind="link", payloads=(payload,))})
    assert failures == {}
    (link,) = sections["link"]
    assert isinstance(link, Link)
    assert link.mac == address.hex(":")
