"""The twins of the checks about links and addresses, all built on one host."""

from __future__ import annotations

from tests.analyze.checks.twin import Twin, bridge, pair
from tests.lab.docker import DockerHost
from tests.lab.waiting import wait_for

LEFT, LIVES = "cni-2f6c1a52-0b1e-4b0e-9a53-6f1f0a6f1d11", "cni-2f6c1a52-0b1e-4b0e-9a53-6f1f0a6f1d22"
ALIKE = "02:00:00:dd:00:01"


def lost_its_way(host: DockerHost) -> None:
    host.container("ndr-lost")
    host.in_container("ndr-lost", "ip", "route", "del", "default")


def keeps_inside(host: DockerHost) -> None:
    host.container("ndr-well")
    host.docker("network", "create", "--internal", "ndr-inside")
    host.container("ndr-inside", "--network", "ndr-inside")


def given_twice(host: DockerHost) -> None:
    bottle = host.bottle
    bottle.sh(
        bridge("da0", "10.97.1.1/24") + pair("da-a", "10.97.1.2/24", on="da0") + pair("da-b", "10.97.1.2/24", on="da0")
    )
    bottle.ip("-n da-a addr add fd97::2/64 dev eth0 nodad")
    bottle.ip("-n da-b addr add fd97::2/64 dev eth0")
    wait_for("the duplicate to be detected", lambda: "dadfailed" in bottle.ip("-n da-b -6 addr show dev eth0"))


TWINS = (
    Twin(
        check="orphan-veth",
        sick=bridge("ov0")
        + "ip link add ov-left type veth peer name ov-idle; ip link set ov-left master ov0 up; ip link set ov-idle up",
        healthy=bridge("ov1")
        + "ip link add ov-a type veth peer name ov-b; ip link set ov-a master ov0 up; ip link set ov-b master ov1 up\n"
        + pair("ov-pod", on="ov1"),
        fires=(("host", "veth ov-left is on ov0"),),
    ),
    Twin(
        check="leaked-namespace",
        sick=bridge("ln0") + pair("ln-left", "10.89.1.2/24", on="ln0", namespace=LEFT) + "ip netns add ln-empty\n",
        healthy=pair("ln-lives", "10.89.1.3/24", on="ln0", namespace=LIVES)
        + f"ip netns exec {LIVES} sleep 100000 >/dev/null 2>&1 </dev/null &\n"
        + pair("ln-named", "10.89.1.4/24", on="ln0"),
        fires=((f"netns:{LEFT}", "no process and no container is in it"), ("netns:ln-empty", "no process and no container")),
    ),
    Twin(
        check="veth-without-way",
        sick=pair("vw-lost", "10.91.1.2/24"),
        healthy=pair("vw-route", "10.91.2.2/32") + "ip route add 10.91.2.2 dev vw-route\n"
        + pair("vw-addr", "10.91.3.2/24") + "ip addr add 10.91.3.1/24 dev vw-addr\n"
        + pair("vw-taken", "10.91.4.2/24")
        + "tc qdisc add dev vw-taken ingress; tc filter add dev vw-taken ingress protocol ip prio 1 u32 match u32 0 0\n"
        + pair("vw-unused"),
        fires=(("netns:vw-lost", "host/vw-lost is on no bridge and no route leads to it"),),
    ),
    Twin(
        check="end-down",
        sick=pair("ed-half", "10.90.1.2/24") + "ip -n ed-half link set eth0 down",
        healthy=pair("ed-both", "10.90.2.2/24") + "ip addr add 10.90.2.1/24 dev ed-both\n"
        + pair("ed-none", "10.90.3.2/24", ends="down"),
        fires=(("netns:ed-half", "netns:ed-half/eth0 is down"), ("netns:bc-off", "host/bc-off is down")),
    ),
    Twin(
        check="bridge-without-carrier",
        sick=bridge("bc0", "10.88.0.1/24") + pair("bc-off", "10.88.0.2/24", on="bc0") + "ip link set bc-off down\n"
        + bridge("bc1", "10.88.1.1/24") + pair("bc-on", "10.88.1.2/24", on="bc1") + "ip link set bc1 down\n",
        healthy=bridge("bc2", "10.88.2.1/24") + bridge("bc3", "10.88.3.1/24")
        + pair("bc-some", "10.88.3.2/24", on="bc3") + pair("bc-none", "10.88.3.3/24", on="bc3", ends="down")
        # As libvirt keeps an idle bridge.
        + bridge("bc4", "10.88.4.1/24") + "ip tuntap add bc-tap mode tap; ip link set bc-tap master bc4\n",
        fires=(("host", "bridge bc0 has 1 port and none of them"), ("host", "bridge bc1 is down, and has 1 port")),
    ),
    Twin(
        check="bridge-without-address",
        sick=bridge("ba0") + pair("ba-pod", "10.92.1.2/24", on="ba0") + "ip -n ba-pod route add default via 10.92.1.1\n",
        healthy=bridge("ba1") + pair("ba-one", "10.92.2.2/24", on="ba1") + pair("ba-two", "10.92.2.3/24", on="ba1")
        + bridge("ba2") + pair("ba-in", "10.92.3.2/24", on="ba2") + pair("ba-router", "10.92.3.1/24", on="ba2")
        + "ip -n ba-in route add default via 10.92.3.1\n",
        fires=(("host", "bridge ba0 has 1 port and no address"),),
    ),
    Twin(
        check="no-default-route",
        sick=lost_its_way,
        healthy=keeps_inside,
        fires=(("container:ndr-lost", "no default route"),),
    ),
    Twin(
        check="gateway-nobody",
        sick=bridge("gn0", "10.93.1.1/24") + pair("gn-lost", "10.93.1.2/24", on="gn0")
        + "ip -n gn-lost route add default via 10.93.1.9\n"
        "ip route add 198.51.100.0/24 via 10.93.1.8; ip route add 198.51.101.0/24 via 10.93.1.8\n"
        "ip -n gn-lost route add 198.51.102.0/24 nexthop via 10.93.1.1 dev eth0 nexthop via 10.93.1.10 dev eth0\n",
        healthy=pair("gn-well", "10.93.1.3/24", on="gn0") + "ip -n gn-well route add default via 10.93.1.1\n"
        # Another workload is the gateway; so is an address that the host has on another link.
        + pair("gn-next", "10.93.1.4/24", on="gn0") + "ip -n gn-next route add default via 10.93.1.3\n"
        + pair("gn-weak", "10.93.1.5/24", on="gn0")
        + "ip -n gn-weak route add 10.1.27.1 dev eth0; ip -n gn-weak route add default via 10.1.27.1\n"
        # Calico's way, and a gateway whose MAC is written down.
        + pair("gn-calico", "10.93.2.2/32") + "ip route add 10.93.2.2 dev gn-calico\n"
        "ip -n gn-calico route add 169.254.1.1 dev eth0; ip -n gn-calico route add default via 169.254.1.1 dev eth0\n"
        + pair("gn-known", "10.93.3.2/24") + "ip addr add 10.93.3.1/24 dev gn-known\n"
        "ip -n gn-known neigh add 10.93.3.9 lladdr 02:00:00:00:00:09 dev eth0 nud permanent\n"
        "ip -n gn-known route add default via 10.93.3.9\n"
        "ip -n gn-known neigh add 10.93.3.10 lladdr 02:00:00:00:00:10 dev eth0 nud noarp\n"
        "ip -n gn-known route add 198.51.103.0/24 via 10.93.3.10\n"
        # Somebody takes a range for its own without an address of it (AnyIP), or answers for one of another link.
        + pair("gn-any", "10.93.1.6/24", on="gn0") + "ip -n gn-any route add local 10.93.1.48/30 dev lo\n"
        "ip -n gn-well route add 198.51.104.0/24 via 10.93.1.50\n"
        "ip neigh add proxy 10.93.1.51 dev gn0; ip -n gn-well route add 198.51.105.0/24 via 10.93.1.51\n"
        # Somebody answers for all addresses.
        + pair("gn-proxy", "10.93.4.2/24") + "ip addr add 10.93.4.1/24 dev gn-proxy\n"
        "sysctl -qw net.ipv4.conf.gn-proxy.proxy_arp=1; ip -n gn-proxy route add default via 10.93.4.9\n",
        fires=(
            ("netns:gn-lost", "default via 10.93.1.9 dev eth0"),
            ("netns:gn-lost", "198.51.102.0/24 via 10.93.1.10 dev eth0"),
            ("host", "198.51.100.0/24 via 10.93.1.8 dev gn0 (and 1 more)"),
            ("netns:ba-pod", "default via 10.92.1.1 dev eth0"),
        ),
    ),
    Twin(
        check="gateway-not-on-link",
        sick=bridge("nl0", "10.94.1.1/24")
        + "ip addr add 10.94.5.1/24 dev nl0; ip addr add fe80::1/64 dev nl0\n" + pair("nl-moved", "10.94.1.2/24", on="nl0")
        + "ip -n nl-moved route add default via 10.94.1.1\n"
        "ip -n nl-moved addr add 10.94.5.2/24 dev eth0; ip -n nl-moved addr del 10.94.1.2/24 dev eth0\n",
        healthy=pair("nl-well", "10.94.1.3/24", on="nl0") + "ip -n nl-well route add default via 10.94.1.1\n"
        + pair("nl-told", "10.94.5.3/24", on="nl0") + "ip -n nl-told route add default via 10.94.1.1 dev eth0 onlink\n"
        + pair("nl-single", "10.94.5.4/24", on="nl0") + "ip -n nl-single route add 10.94.1.1 dev eth0 scope link\n"
        "ip -n nl-single route add default via 10.94.1.1\n"
        + pair("nl-via6", "10.94.5.5/24", on="nl0") + "ip -n nl-via6 route add default via inet6 fe80::1 dev eth0 onlink\n",
        fires=(("netns:nl-moved", "eth0 has no address or route that says 10.94.1.1 is on it"), ),
    ),
    Twin(
        check="address-outside-bridge-subnet",
        sick=bridge("ao0", "10.95.1.1/24") + pair("ao-out", "10.95.7.2/24", on="ao0"),
        healthy=pair("ao-in", "10.95.1.2/24", on="ao0")
        + pair("ao-told", "10.95.8.2/32", on="ao0") + "ip route add 10.95.8.2 dev ao0\n"
        + pair("ao-mine", "10.95.9.2/24", on="ao0") + pair("ao-yours", "10.95.9.3/24", on="ao0")
        + pair("ao-more", "10.95.1.4/24", on="ao0") + "ip -n ao-more addr add 10.95.10.2/24 dev eth0\n",
        fires=(("netns:ao-out", "has 10.95.7.2/24, which is outside of its bridge's 10.95.1.1/24"), ),
    ),
    Twin(
        check="duplicate-address",
        sick=given_twice,
        healthy=bridge("da1") + pair("da-c", "10.97.2.2/24", on="da1") + bridge("da2") + pair("da-d", "10.97.2.2/24", on="da2")
        # What a point-to-point network gives to all of the host's ends.
        + "".join(pair(f"da-p{n}", f"10.97.3.{n}/32") + f"ip addr add 10.97.3.1/32 dev da-p{n}\n" for n in (2, 3)),
        fires=(
            ("netns:da-a", "10.97.1.2 is given to netns:da-a/eth0, netns:da-b/eth0"),
            ("netns:da-b", "fd97::2 on eth0 is refused"),
            ("netns:da-a", "fd97::2 is given to netns:da-a/eth0, netns:da-b/eth0"),
        ),
    ),
    Twin(
        check="duplicate-mac",
        sick=bridge("dm0") + "".join(
            pair(f"dm-{n}", on="dm0") + f"ip -n dm-{n} link set eth0 address {ALIKE}\n" for n in ("a", "b")
        ),
        healthy=bridge("dm1") + pair("dm-c", on="dm1") + f"ip -n dm-c link set eth0 address {ALIKE}\n"
        # Host ends that are alike, as Xen's and Calico's are.
        + pair("dm-d", on="dm1") + "".join(f"ip link set dm-{n} address fe:ff:ff:ff:ff:ff\n" for n in ("c", "d"))
        # What takes a link over has its MAC.
        + pair("dm-e", on="dm1")
        + "ip -n dm-e link add link eth0 name dm-over type macvlan mode passthru; ip -n dm-e link set dm-over up\n",
        fires=(("host", f"{ALIKE} is the MAC of netns:dm-a/eth0, netns:dm-b/eth0 on bridge dm0"), ),
    ),
    Twin(
        check="overlapping-subnets",
        sick=bridge("os0", "10.98.0.1/16") + bridge("os1", "10.98.5.1/24"),
        healthy=bridge("os2", "10.99.0.1/24") + bridge("os3", "10.99.1.1/24") + "ip addr add 10.99.1.2/24 dev os3\n"
        # Two links of one segment: the host's own macvlan beside its bridge, and a virtual router's in a workload.
        "ip link add link os2 name os-shim type macvlan mode bridge; ip addr add 10.99.0.200/24 dev os-shim\n"
        "ip link set os-shim up\n" + pair("os-vrrp", "10.99.0.2/24", on="os2")
        + "ip -n os-vrrp link add link eth0 name vrrp.51 address 00:00:5e:00:01:33 type macvlan mode private\n"
        "ip -n os-vrrp addr add 10.99.0.3/24 dev vrrp.51; ip -n os-vrrp link set vrrp.51 up\n",
        fires=(("host", "os1 with 10.98.5.1/24 and os0 with 10.98.0.1/16 overlap"), ),
    ),
    Twin(
        check="mtu-mismatch",
        sick=pair("mm-half", "10.87.1.2/24") + "ip addr add 10.87.1.1/24 dev mm-half; ip link set mm-half mtu 1400\n"
        + bridge("mm0", "10.87.2.1/24") + pair("mm-wide", "10.87.2.2/24", on="mm0")
        + "ip link add mm-vx0 type vxlan id 70 dstport 4790 local 10.87.2.1; ip link set mm-vx0 mtu 1450 master mm0 up\n"
        + bridge("mm1", "10.87.3.1/24") + "ip link add mm-vx1 type vxlan id 71 dstport 4789 dev mm1 remote 10.87.3.9\n"
        "ip link set mm-vx1 up; ip link set mm1 mtu 1400\n"
        # Without a device the kernel takes 1500 for its MTU: the way it goes by is the routes'.
        "ip link add mm-vx4 type vxlan id 74 dstport 4792 remote 10.87.3.9; ip link set mm-vx4 up\n",
        healthy=bridge("mm2", "10.87.4.1/24") + pair("mm-even", "10.87.4.2/24", on="mm2", mtu=1450)
        + "ip link add mm-vx2 type vxlan id 72 dstport 4791 local 10.87.4.1; ip link set mm-vx2 mtu 1450 master mm2 up\n"
        + "ip link add mm-vx3 type vxlan id 73 dstport 4789 dev mm2 remote 10.87.4.9; ip link set mm-vx3 mtu 1400 up\n"
        "ip link add mm-vx5 mtu 1400 type vxlan id 75 dstport 4793 remote 10.87.4.8; ip link set mm-vx5 up\n",
        fires=(
            ("netns:mm-half", "netns:mm-half/eth0 sends up to 1500 bytes, its other end host/mm-half takes 1400"),
            ("host", "on bridge mm0, netns:mm-wide/eth0 sends up to 1500 bytes, and host/mm-vx0 takes 1450"),
            ("host", "tunnel mm-vx1 takes 1450 bytes and adds 50, but host/mm1 below it takes 1400"),
            ("host", "tunnel mm-vx4 takes 1500 bytes and adds 50, but host/mm1 below it takes 1400"),
        ),
    ),
)  # fmt: skip
