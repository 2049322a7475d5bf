"""VLANs, groups with sources, filters with actions, programs and WireGuard, from constructed messages."""

from __future__ import annotations

import struct
import sys
from base64 import b64encode
from collections.abc import Sequence
from typing import Any

from snapshot.collect.bpf import _in_filter
from snapshot.collect.decode import Decoding
from snapshot.collect.netlink.reading import Reading
from snapshot.collect.wireguard import without_secrets
from snapshot.model.counter import Counter
from snapshot.model.wireguard import WireguardPeer
from tests.bytes import constructed, steering

NAMES = (
    constructed.link(2, "br0", info=constructed.kind("bridge")),
    constructed.link(3, "v0", info=constructed.kind("veth")),
    constructed.link(4, "v1", info=constructed.kind("veth")),
    constructed.link(5, "vx0", info=constructed.kind("vxlan")),
    constructed.link(6, "wg0", info=constructed.kind("wireguard")),
)


def told(kind: str, payloads: Sequence[bytes]) -> dict[str, Any]:
    readings = {"link": Reading(kind="link", payloads=NAMES), kind: Reading(kind=kind, payloads=tuple(payloads))}
    sections, failures = Decoding().namespace(readings)
    assert failures == {}
    return dict(sections)


def test_vlans_are_told_one_by_one() -> None:
    vlans = {(one.dev, one.vlan): one for one in told("vlan", steering.PORT_VLANS + steering.GLOBAL_VLANS)["vlan"]}
    assert set(vlans) == {("v0", vid) for vid in (1, 10, 11, 12, 20)} | {("br0", vid) for vid in (1, 10, 11)}
    assert vlans["v0", 1].flags == ("Egress Untagged", "PVID")
    assert [vlans["v0", vid].tunnel for vid in (1, 10, 11, 12)] == [None, 1010, 1011, 1012]
    assert [vlans["v0", vid].state for vid in (1, 20)] == ["forwarding", "blocking"]
    assert vlans["v0", 12].options == {"mcast_router": 1, "mcast_max_groups": 9}
    assert vlans["v0", 20].options == {"neigh_suppress": 1}


def test_what_is_set_for_a_vlan_of_the_bridge() -> None:
    vlans = {(one.dev, one.vlan): one for one in told("vlan", steering.PORT_VLANS + steering.GLOBAL_VLANS)["vlan"]}
    first = vlans["br0", 1]
    assert first.flags == ("Bridge Entry", "Egress Untagged", "PVID")
    assert first.options["global"] == {
        "mcast_snooping": 1, "mcast_igmp_version": 2, "mcast_last_member_count": 2, "mcast_last_member_interval": 100,
        "mcast_querier": 0, "msti": 0,
    }  # fmt: skip
    assert [vlans["br0", vid].options["global"]["msti"] for vid in (10, 11)] == [4, 4]
    assert (vlans["br0", 11].flags, vlans["br0", 11].state) == ((), None), (
        "it is set, and not a VLAN of the bridge itself"
    )


def test_an_old_kernels_second_answer_is_the_first_again() -> None:
    once = told("vlan", steering.PORT_VLANS)["vlan"]
    assert told("vlan", steering.PORT_VLANS + steering.PORT_VLANS)["vlan"] == once


def test_groups_with_sources_and_without_timers() -> None:
    star, source, remote = told("mdb", steering.GROUPS)["mdb"]
    assert (star.dev, star.port, star.group, star.vlan, star.state) == ("br0", "v0", "239.1.1.1", 10, "temp")
    assert (star.filter_mode, star.protocol, star.flags) == ("exclude", "kernel", ("fast_leave",))
    assert star.sources == ({"address": "10.0.0.2", "blocked": False}, {"address": "10.0.0.9", "blocked": True})
    assert (source.source, source.filter_mode, source.flags) == ("10.0.0.9", "include", ("blocked",))
    assert (remote.dev, remote.group, remote.dst, remote.state) == ("vx0", "ff0e::1", "192.0.2.7", "permanent")
    assert remote.extra == {"dst_port": 4789, "vni": 10, "src_vni": 20, "via": "br0"}


def test_a_filter_with_actions() -> None:
    (one,) = told("filter", [steering.flower()])["filter"]
    assert (one.dev, one.parent, one.priority, one.protocol, one.handle) == ("v0", "ffff:fff2", 7, "ip", "0x1")
    redirect, drop = one.options["actions"]
    assert (redirect["kind"], redirect["options"]["parms"]) == (
        "mirred",
        {"index": 1, "action": "stolen", "mirred": "egress_redirect", "dev": "v1"},
    )
    assert (drop["kind"], drop["options"]["parms"]) == ("gact", {"index": 1, "action": "drop"})
    assert {name: value for name, value in one.options.items() if name != "actions"} == {
        "eth_type": 0x0800, "ip_proto": 6, "ipv4_dst": "10.0.0.0", "ipv4_dst_mask": "255.255.255.0", "tcp_dst": 80,
        "tcp_dst_mask": 0xFFFF, "flags": 8, "attr_200": "01000000",
    }  # fmt: skip


def test_what_only_counts_in_a_filter_makes_no_difference() -> None:
    now, later = steering.flower(), steering.flower(since=99, references=7)
    assert now != later
    assert told("filter", [now])["filter"] == told("filter", [later])["filter"]
    assert told("filter", [steering.policed()])["filter"] == told("filter", [steering.policed(since=7)])["filter"]


def test_a_policed_rate_and_an_action_nobody_knows() -> None:
    (one,) = told("filter", [steering.policed()])["filter"]
    odd, police = one.options["actions"]
    assert (one.protocol, odd["kind"], odd["options"]) == ("all", "odd", "060001000102" + "0000")
    parms = police["options"]["parms"]
    assert (parms["rate"]["rate"], parms["action"], parms["burst"]) == (1_000_000, "reclassify", 160_000)


def test_programs_of_filters_and_of_actions() -> None:
    tag = steering.PROGRAM_TAG.hex()
    found = [list(_in_filter(payload)) for payload in steering.PROGRAMS]
    assert found == [[("direct-action", 4_000_000_001, tag)], [("action", 4_000_000_002, tag)]]


def test_labels_of_a_nexthop() -> None:
    (one,) = told("nexthop", [steering.MPLS_NEXTHOP])["nexthop"]
    assert (one.id, one.dev, one.gateway, one.encap) == (17, "br0", "10.0.0.3", {"type": "mpls", "dst": "100/200"})


def test_wireguard_links_and_peers() -> None:
    sections = told("wireguard", list(map(without_secrets, steering.WIREGUARD)))
    one, two, own = (b64encode(key).decode() for key in (steering.ONE, steering.TWO, steering.PUBLIC))
    assert sections["wireguard"] == (
        WireguardPeer(dev="wg0", public_key=own, listen_port=51820),
        WireguardPeer(
            dev="wg0", peer=one, endpoint="192.0.2.1:51820", allowed_ips=("10.9.0.0/24", "fd09::/64"), keepalive=25
        ),
        WireguardPeer(dev="wg0", peer=two, endpoint="[2001:db8::1]:51821", allowed_ips=("10.7.0.0/16", "10.8.0.1/32")),
    )
    assert sections["counter"] == (
        Counter(of="wireguard", dev="wg0", key=one, values={"rx_bytes": 512, "tx_bytes": 4096}),
    )


def test_secret_keys_are_cut_out_before_anything_else() -> None:
    for payload in steering.WIREGUARD:
        kept = without_secrets(payload)
        assert steering.PRIVATE not in kept
        assert steering.PRESHARED not in kept
    assert steering.PRIVATE in steering.WIREGUARD[0] and steering.PRESHARED in steering.WIREGUARD[0]
    assert steering.PUBLIC in without_secrets(steering.WIREGUARD[0])


def test_all_that_an_sfq_is_set_to_and_nothing_that_it_counts() -> None:
    def discipline(*more: int) -> bytes:
        options = struct.pack("=IiIII", 1514, 10, 127, 1024, 128) + struct.pack(f"={len(more)}I", *more)
        return (
            struct.pack("=BxxxiIII", 0, 3, 0x10000, 0xFFFFFFFF, 2)
            + constructed.attribute(1, b"sfq\0")
            + constructed.attribute(2, options)
        )

    old = {"quantum": 1514, "perturb_period": 10, "limit": 127, "divisor": 1024, "flows": 128}
    red = {"limit": 60, "qth_min": 3, "qth_max": 9, "wlog": 1, "plog": 2, "scell_log": 3, "flags": 1, "max_p": 5}
    for more, expected in (
        ((), old),
        ((64, 1, 0, 0, 0, 0, 0, 7, 7, 7, 7, 7, 7), {**old, "depth": 64, "headdrop": 1}),
        (
            (64, 0, 60, 3, 9, int.from_bytes(bytes((1, 2, 3, 1)), sys.byteorder), 5, 0, 0, 0, 0, 0, 0),
            {**old, "depth": 64, "headdrop": 0, "red": red},
        ),
        ((64,), {"raw": (struct.pack("=IiIII", 1514, 10, 127, 1024, 128) + struct.pack("=I", 64)).hex()}),
    ):
        (one,) = told("qdisc", [discipline(*more)])["qdisc"]
        assert (one.qdisc, one.options) == ("sfq", expected)
