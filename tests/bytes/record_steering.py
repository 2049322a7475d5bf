"""Records real messages of nexthops, multicast groups and traffic control: `python -m tests.bytes.record_steering`.

As ``record`` does for the first kinds; what this kernel lacks of them (VLANs, flower, actions) is put together in ``steering``.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from tests.bytes.record import DRAIN
from tests.lab.bottle import Bottle

RECORDED = Path(__file__).with_name("recorded_steering.json")

HOST = """
ip link add br0 type bridge mcast_snooping 1; ip addr add 10.0.0.1/24 dev br0; ip link set br0 up
for n in blue red; do
  ip netns add $n; ip link add v$n type veth peer name eth0 netns $n; ip link set v$n master br0 up
  ip -n $n link set lo up; ip -n $n link set eth0 up
done
ip nexthop add id 7 via 10.0.0.2 dev br0; ip nexthop add id 8 via 10.0.0.3 dev br0 onlink proto static
ip nexthop add id 9 group 7,2/8,3; ip nexthop add id 10 group 7/8 type resilient buckets 8 idle_timer 60
ip nexthop add id 11 blackhole; ip -6 nexthop add id 12 via fe80::1 dev br0; ip nexthop add id 13 via 10.0.0.4 fdb
ip nexthop add id 14 group 13 fdb; ip nexthop add id 15 dev br0
ip nexthop add id 18 encap ip id 5 dst 10.0.0.9 via 10.0.0.3 dev br0
ip -n blue addr add 10.0.0.2/24 dev eth0; ip -n blue nexthop add id 7 via 10.0.0.1 dev eth0
bridge mdb add dev br0 port vblue grp 239.1.1.1 permanent; bridge mdb add dev br0 port vred grp ff0e::1 temp
bridge mdb add dev br0 port br0 grp 239.1.1.2
bridge mdb add dev br0 port vblue grp 239.1.1.3 src 10.9.9.9 permanent
bridge mdb add dev br0 port vred grp 01:00:00:00:00:11 permanent
tc qdisc add dev vblue root handle 1: htb default 10
tc class add dev vblue parent 1: classid 1:10 htb rate 1mbit ceil 2mbit
tc class add dev vblue parent 1:10 classid 1:11 htb rate 512kbit prio 3
tc qdisc add dev vblue parent 1:11 handle 20: tbf rate 1mbit burst 10k latency 50ms
tc filter add dev vblue parent 1: protocol ip prio 5 u32 match ip dst 10.0.0.1 match ip sport 80 0xffff flowid 1:11
tc filter add dev vblue parent 1:10 protocol ipv6 prio 6 u32 match u32 0 0 flowid 1:11
tc qdisc add dev vred clsact
tc filter add dev vred ingress protocol all prio 1 handle 1 bpf bytecode '1,6 0 0 2,'
tc filter add dev vred egress protocol arp prio 2 u32 match u32 0 0
tc qdisc add dev br0 ingress_block 7 clsact; tc filter add block 7 protocol ip chain 3 u32 match ip dst 10.0.0.1 flowid 1:1
tc -n red qdisc add dev eth0 root handle 2: pfifo limit 7; tc -n red qdisc add dev eth0 ingress
tc -n red filter add dev eth0 ingress protocol ip prio 9 u32 match ip src 10.0.0.1 flowid 1:1
"""
KINDS = ("link", "nexthop", "vlan", "mdb", "qdisc", "class", "filter")


def main() -> None:
    """Record."""
    with Bottle() as bottle:
        bottle.sh(HOST)
        bottle.settle()
        told = json.loads(bottle.run(sys.executable, "-c", DRAIN).stdout)
    kept = {name: {kind: kinds[kind] for kind in KINDS} for name, kinds in told.items()}
    RECORDED.write_text(json.dumps(kept, indent=0, sort_keys=True) + "\n", encoding="ascii")
    sys.stdout.write(f"{RECORDED.name}: {sum(len(m) for kinds in kept.values() for m in kinds.values())} messages\n")


if __name__ == "__main__":
    main()
