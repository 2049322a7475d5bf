"""Records real messages of this kernel: `python -m tests.bytes.record`.

It builds a host in a bottle, drains every kind in each of its namespaces, and writes them as hex beside this file. To be run
again when the lab's host changes, and what became of them read.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from tests.lab.bottle import Bottle

RECORDED = Path(__file__).with_name("recorded.json")

HOST = """
ip link add br0 type bridge; ip addr add 10.0.0.1/24 brd + dev br0; ip link set br0 up
for n in blue red; do
  ip netns add $n; ip link add v$n type veth peer name eth0 netns $n; ip link set v$n master br0 up
  ip -n $n link set lo up; ip -n $n link set eth0 up
done
ip -n blue addr add 10.0.0.2/24 dev eth0; ip -n blue addr add fd00::2/64 dev eth0 nodad
ip -n blue addr add fd00::3/64 dev eth0 nodad valid_lft 4000 preferred_lft 3000
ip -n blue route add default via 10.0.0.1 metric 50 mtu 1400
ip -n red addr add 10.0.0.3 peer 10.0.0.9/32 dev eth0
ip link set vblue alias "$(printf 'caf\\303\\251 \\377\\033[31m')"
ip link property add dev vblue altname blue-uplink altname blau
ip link add vx0 type vxlan id 5 remote 10.0.0.2 dstport 4789 dev br0; ip link set vx0 up
bridge fdb append 02:00:00:00:00:77 dev vx0 dst 10.0.0.3 self permanent
bridge fdb add 02:00:00:00:00:66 dev vred master static
ip -n red link add mv0 link eth0 type macvlan mode bridge; ip -n red link set mv0 up
ip tuntap add tap0 mode tap; ip tuntap add tun0 mode tun
ip route add 10.9.0.0/16 nexthop via 10.0.0.2 weight 2 nexthop via 10.0.0.3 weight 5
ip route add blackhole 10.66.0.0/16; ip route add unreachable 10.67.0.0/16 metric 9 table 77
ip route add 10.68.0.0/16 via 10.0.0.250 dev br0 onlink proto static
ip route add 10.69.0.0/16 via inet6 fe80::1 dev br0
ip nexthop add id 7 via 10.0.0.2 dev br0; ip route add 10.70.0.0/16 nhid 7
ip -6 addr add fd00::1/64 dev br0 nodad; ip -6 route add fd01::/48 via fd00::2 dev br0 metric 77 pref high
ip -6 route add fd02::/48 nexthop via fd00::2 dev br0 weight 3 nexthop via fd00::3 dev br0
ip -6 route add fd03::/48 via fd00::2 dev br0 expires 900
ip rule add from 10.3.0.0/16 to 10.4.0.1 iif br0 fwmark 0x10/0xff lookup 77 priority 100
ip rule add not from 10.5.0.5 blackhole priority 200; ip -6 rule add oif br0 lookup 78 priority 300
ip rule add ipproto tcp sport 80 dport 443-444 uidrange 1-99 lookup 79 priority 400
ip rule add lookup main suppress_prefixlength 0 priority 500; ip rule add goto 500 priority 450
ip neigh add 10.0.0.55 lladdr 02:00:00:00:00:55 dev br0 nud permanent; ip neigh add proxy 10.0.0.99 dev br0
ip -6 neigh add fd00::55 lladdr 02:00:00:00:00:55 dev br0 nud permanent router
"""

DRAIN = """
import json
from snapshot.collect.namespaces.enter import tour
from snapshot.collect.namespaces.find import take_census
from snapshot.collect.netlink.dumps import REQUESTS, read_namespace
census = take_census()
told = {}
places = list(census.namespaces.values())
raws = tour([(found.handle, lambda: read_namespace(tuple(REQUESTS))) for found in places], 60)
for found, raw in zip(places, raws):
    name = "host" if found.host else sorted(found.names)[0].rpartition("/")[2]
    told[name] = {kind: [p.hex() for p in reading.payloads] for kind, reading in raw.readings.items()}
print(json.dumps(told))
"""


def main() -> None:
    """Record."""
    with Bottle() as bottle:
        bottle.sh(HOST)
        bottle.settle()
        told = json.loads(bottle.run(sys.executable, "-c", DRAIN).stdout)
    RECORDED.write_text(json.dumps(told, indent=0, sort_keys=True) + "\n", encoding="ascii")
    sys.stdout.write(f"{RECORDED.name}: {sum(len(m) for kinds in told.values() for m in kinds.values())} messages\n")


if __name__ == "__main__":
    main()
