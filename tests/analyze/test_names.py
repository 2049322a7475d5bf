"""What a row is called: the words of the tool that shows it, so that a reader can look it up with that tool."""

from __future__ import annotations

import pytest

from analyze.names import row_name
from snapshot.model.bpf import BpfProgram
from snapshot.model.fdb import FdbEntry
from snapshot.model.firewall import FirewallEntry
from snapshot.model.ipvs import IpvsService
from snapshot.model.kinds import Fact
from snapshot.model.mdb import MdbEntry
from snapshot.model.neighbour import Neighbour
from snapshot.model.nexthop import Nexthop
from snapshot.model.rule import Rule
from snapshot.model.socket import Socket
from snapshot.model.traffic import Qdisc, TrafficFilter
from snapshot.model.vlan import Vlan
from snapshot.model.wireguard import WireguardPeer
from tests.analyze.rows import address, chain, route, rules


def rule(**columns: object) -> Rule:
    return Rule(**{"family": "inet", "priority": 100, "action": "to_tbl", "table": "main", **columns})  # type: ignore[arg-type]


def fw(**columns: object) -> FirewallEntry:
    return FirewallEntry(**{"backend": "nft", "family": "inet", "table": "mine", **columns})  # type: ignore[arg-type]


NAMED: list[tuple[Fact, str]] = [
    (address("eth0", "10.1.0.2/24"), "10.1.0.2/24 dev eth0"),
    (route("10.0.0.0/8", "eth0", gateway="10.1.0.1"), "10.0.0.0/8 via 10.1.0.1 dev eth0"),
    (route("10.0.0.0/8", None, type="blackhole", table="100"), "blackhole 10.0.0.0/8 table 100"),
    (route("10.0.0.0/8", "eth0", table="local"), "10.0.0.0/8 dev eth0"),
    (route("2001:db8::/32", "eth0", src="fd00::/8", tos=16), "2001:db8::/32 from fd00::/8 tos 16 dev eth0"),
    (route("10.0.0.0/8", None, nexthop_id=7), "10.0.0.0/8 nhid 7"),
    (route("10.0.0.0/8", None, nexthops=({"dev": "a"}, {"dev": "b"})), "10.0.0.0/8 (2 nexthops)"),
    (rule(), "100: from all lookup main"),
    (rule(src="10.1.0.0/24", dst="10.2.0.0/24", iif="a", oif="b"),
     "100: from 10.1.0.0/24 to 10.2.0.0/24 iif a oif b lookup main"),
    (rule(invert=True, tos=8), "100: not from all tos 8 lookup main"),
    (rule(fwmark=16), "100: from all fwmark 0x10 lookup main"),
    (rule(fwmark=16, fwmask=0xFFFFFFFF), "100: from all fwmark 0x10 lookup main"),
    (rule(fwmark=16, fwmask=0xF0), "100: from all fwmark 0x10/0xf0 lookup main"),
    (rule(table=None, action="goto", goto=200), "100: from all goto 200"),
    (rule(table=None, action="blackhole"), "100: from all blackhole"),
    (Nexthop(id=7, gateway="10.1.0.1", dev="eth0", protocol="static", scope="global"), "id 7 via 10.1.0.1 dev eth0"),
    (Nexthop(id=7, blackhole=True, protocol="static", scope="global"), "id 7 blackhole"),
    (Nexthop(id=9, group=({"id": 7, "weight": 1}, {"id": 8}, {}, 3), protocol="static", scope="global"), "id 9 group 7/8"),
    (Neighbour(family="inet", dev="eth0", address="10.1.0.9", state="STALE"), "10.1.0.9 dev eth0"),
    (Neighbour(family="inet", dev="eth0", address="10.1.0.9", state="NONE", proxy=True), "10.1.0.9 proxy dev eth0"),
    (FdbEntry(dev="vx0", mac="aa:00:00:00:00:01", state="permanent", dst="192.0.2.1"),
     "aa:00:00:00:00:01 dev vx0 dst 192.0.2.1"),
    (FdbEntry(dev="v1", mac="aa:00:00:00:00:01", state="static", vlan=7), "aa:00:00:00:00:01 dev v1 vlan 7"),
    (Vlan(dev="v1", vlan=7), "7 dev v1"),
    (MdbEntry(dev="br0", port="v1", group="239.1.1.1", state="temp"), "dev br0 port v1 grp 239.1.1.1"),
    (MdbEntry(dev="br0", port="v1", group="239.1.1.1", state="temp", source="10.1.0.2", vlan=7, dst="192.0.2.1"),
     "dev br0 port v1 grp 239.1.1.1 src 10.1.0.2 vid 7 dst 192.0.2.1"),
    (Qdisc(dev="eth0", handle="1:", parent="root", qdisc="htb"), "htb 1: dev eth0 root"),
    (Qdisc(dev="eth0", handle="ffff:", parent="ingress", qdisc="ingress"), "ingress ffff: dev eth0 ingress"),
    (Qdisc(dev="eth0", handle="8001:", parent="1:10", qdisc="fq_codel"), "fq_codel 8001: dev eth0 parent 1:10"),
    (TrafficFilter(dev="eth0", parent="1:", priority=1, protocol="ip", handle="0x1", classifier="flower"),
     "flower dev eth0 parent 1: protocol ip pref 1 handle 0x1"),
    (TrafficFilter(block=5, parent="1:", chain=2, priority=1, protocol="all", classifier="u32"),
     "u32 block 5 parent 1: protocol all pref 1 chain 2"),
    (BpfProgram(dev="eth0", hook="xdp", program=7, name="guard", tag="ab"), "xdp guard dev eth0"),
    (BpfProgram(dev="eth0", hook="xdp", program=7, tag="ab"), "xdp tag ab dev eth0"),
    (BpfProgram(dev="eth0", hook="xdp", program=7), "xdp id 7 dev eth0"),
    (WireguardPeer(dev="wg0", peer="key="), "wg0 peer key="),
    (WireguardPeer(dev="wg0", public_key="key="), "wg0"),
    (IpvsService(protocol="TCP", address="10.96.0.1", port=443, scheduler="rr"), "TCP 10.96.0.1 port 443"),
    (IpvsService(protocol="FWM", port=3, scheduler="rr"), "FWM 3"),
    (chain("FORWARD"), "chain ip filter FORWARD"),
    (rules("FORWARD", "-j DROP")[0], "ip filter FORWARD: -j DROP"),
    (chain("FORWARD", backend="iptables-legacy"), "chain legacy ip filter FORWARD"),
    (fw(object="table"), "table inet mine"),
    (fw(object="set", name="bad"), "set inet mine bad"),
    (fw(object="element", name="bad", text="192.0.2.1"), "set inet mine bad: 192.0.2.1"),
    (FirewallEntry(backend="ipset", family="ip", object="ipset", name="peers"), "ipset peers"),
    (FirewallEntry(backend="ipset", family="ip", object="element", name="peers", text="192.0.2.1"), "ipset peers: 192.0.2.1"),
    (Socket(protocol="tcp", family="inet", address="0.0.0.0", port=80, uid=0), "tcp 0.0.0.0:80"),
    (Socket(protocol="udp", family="inet6", address="::", port=53, uid=0, dev="eth0"), "udp [::]:53 dev eth0"),
]  # fmt: skip


@pytest.mark.parametrize(("fact", "name"), NAMED, ids=[name for _, name in NAMED])
def test_a_row_is_called_as_its_own_tool_calls_it(fact: Fact, name: str) -> None:
    assert row_name(fact) == name
