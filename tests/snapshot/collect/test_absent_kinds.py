"""Kinds of link that this kernel lacks are decoded all the same; what nobody knows is kept."""

from __future__ import annotations

import struct

import pytest

from snapshot.collect.decode import Decoding
from snapshot.collect.netlink.reading import Reading
from snapshot.model.link import Link
from tests.bytes import constructed
from tests.bytes.constructed import attribute


@pytest.fixture(scope="module")
def links() -> dict[str, Link]:
    reading = Reading(kind="link", payloads=constructed.LINKS)
    sections, failures = Decoding().namespace({"link": reading})
    assert failures == {}
    return {link.name: link for link in sections["link"] if isinstance(link, Link)}


def test_vlan(links: dict[str, Link]) -> None:
    vlan = links["eth0.27"]
    assert (vlan.link_kind, vlan.link_index, vlan.kind_data["vlan_id"]) == ("vlan", 2, 27)
    assert vlan.kind_data["vlan_protocol"] == 0x8100
    assert "vlan_ingress_qos" in vlan.kind_data


def test_bond_and_its_port(links: dict[str, Link]) -> None:
    bond, port = links["bond0"], links["eth0"]
    assert (bond.link_kind, bond.mac) == ("bond", "02:00:00:00:00:07")
    assert (bond.kind_data["bond_mode"], bond.kind_data["bond_miimon"]) == (4, 100)
    assert (port.port_kind, port.master, port.link_kind) == ("bond", "bond0", None)
    assert port.port_data["bond_slave_perm_hwaddr"] == "02:00:00:00:00:07"


def test_a_bond_ports_failures_are_a_count_and_no_configuration(links: dict[str, Link]) -> None:
    assert "bond_slave_link_failure_count" not in links["eth0"].port_data


def test_ipvlan(links: dict[str, Link]) -> None:
    assert (links["ipvl0"].link_kind, links["ipvl0"].link_index) == ("ipvlan", 2)
    assert links["ipvl0"].kind_data["ipvlan_mode"] == 1


def test_wireguard(links: dict[str, Link]) -> None:
    assert (links["wg0"].link_kind, links["wg0"].type, links["wg0"].kind_data) == ("wireguard", "none", {})


def test_vrf_and_its_port(links: dict[str, Link]) -> None:
    assert (links["red"].link_kind, links["red"].kind_data["vrf_table"]) == ("vrf", 100)
    assert (links["eth1"].port_kind, links["eth1"].master) == ("vrf", "red")
    assert links["eth1"].port_data == {"vrf_port_table": 100}


def test_a_family_that_nobody_knows_is_kept() -> None:
    """IFLA_AF_SPEC of MCTP (linux/if_link.h: IFLA_MCTP_NET), beside those of IPv4 and IPv6."""
    mctp = attribute(45, attribute(1, struct.pack("=I", 7)))
    families = attribute(26, attribute(2, attribute(1, bytes(8))) + attribute(10, attribute(8, b"\1")) + mctp)
    message = struct.pack("=BxHiII", 0, 1, 5, 0, 0) + attribute(3, b"mctp0\0") + attribute(4, struct.pack("=I", 1500))
    sections, failures = Decoding().namespace({"link": Reading(kind="link", payloads=(message + families,))})
    assert failures == {}
    (fact,) = sections["link"]
    assert isinstance(fact, Link)
    assert fact.extra["inet6_addr_gen_mode"] == 1
    assert fact.extra["af_spec"] == {"attr_45": attribute(1, struct.pack("=I", 7)).hex()}


def test_what_is_unknown_is_kept(links: dict[str, Link]) -> None:
    assert links["new0"].link_kind == "newkind"
    assert links["new0"].extra["attr_900"] == "010203"
    assert links["new0"].extra["info_data"] == "08:00:01:00:05:00:00:00"
