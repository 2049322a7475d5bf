"""The twins of the checks about runtimes, ports, forwarding and limits, all on one host that has a way on to elsewhere."""

from __future__ import annotations

import re
import sys

from tests.analyze.checks.twin import Twin, pair
from tests.lab import tables
from tests.lab.docker import DockerHost
from tests.lab.waiting import wait_for

UPLINKS = """
ip netns add beyond; ip -n beyond link set lo up
for n in 0 1 2 3; do
  ip link add up$n type veth peer name eth$n netns beyond; ip link set up$n up; ip -n beyond link set eth$n up
  ip addr add 192.0.$n.2/24 dev up$n; ip -n beyond addr add 192.0.$n.1/24 dev eth$n
  ip route add default via 192.0.$n.1 dev up$n metric 10$n
done
"""
"""Four ways on; the first is the best."""


def network(host: DockerHost, name: str, *options: str, containers: int = 1) -> None:
    """A network of that name on a bridge of that name, with containers NAME-1, NAME-2, ..."""
    host.docker("network", "create", "-o", f"com.docker.network.bridge.name={name}", *options, name)
    for number in range(containers):
        host.container(f"{name}-{number + 1}", "--network", name)


def believed_wrongly(host: DockerHost) -> None:
    for name in ("ram-moved", "ram-mac", "ram-way"):
        host.container(name)
    own = host.inspect("ram-moved")["NetworkSettings"]["IPAddress"]
    for words in (
        "addr add 10.1.27.200/24 dev eth0", f"addr del {own}/24 dev eth0", "addr add 10.1.27.200/24 dev eth0",
        "route replace default via 10.1.27.1",
    ):  # fmt: skip
        host.bottle.run("nsenter", "-t", str(host.pid("ram-moved")), "-n", "ip", *words.split(), check=False)
    host.in_container("ram-mac", "ip", "link", "set", "eth0", "address", "02:00:00:00:00:77")
    host.in_container("ram-way", "ip", "route", "replace", "default", "via", "10.1.27.2")


def believed_rightly(host: DockerHost) -> None:
    host.docker("network", "create", "ram-second")
    host.container("ram-both")
    host.docker("network", "connect", "ram-second", "ram-both")
    host.in_container("ram-both", "ip", "addr", "add", "10.1.27.201/24", "dev", "eth0")


def left_behind(host: DockerHost) -> None:
    host.pod("cop-left")
    host.docker("restart", "-t", "0", "k8s_POD_cop-left")
    host.container("cop-server")
    host.container("cop-sidecar", "--network", "container:cop-server")
    host.docker("restart", "-t", "0", "cop-server")


def started_together(host: DockerHost) -> None:
    host.pod("cop-well")
    host.docker("restart", "-t", "0", "k8s_app_cop-well")
    host.pod("cop-hosted", network="host")


def without_rule(host: DockerHost, port: int) -> None:
    """Takes the translation of a published port away."""
    rule = next(line for line in host.bottle.sh("iptables -t nat -S DOCKER").splitlines() if f"--dport {port} " in line)
    host.bottle.sh(f"iptables -t nat {rule.replace('-A', '-D', 1)}")


def without_proxy(host: DockerHost, port: int) -> None:
    """Ends what listens for a published port."""
    listeners = f"ss -Hltnp sport = :{port}"
    for pid in set(re.findall(r"pid=(\d+)", host.bottle.sh(listeners))):
        host.bottle.run("kill", pid)
    wait_for("docker-proxy's end", lambda: not host.bottle.sh(listeners))


def unreachable_port(host: DockerHost) -> None:
    host.container("pwr-dead", "-p", "8081:80")
    without_rule(host, 8081)
    without_proxy(host, 8081)
    # A rule that somebody left leads to an address that is nobody's now.
    host.container("pwr-astray", "-p", "8084:80")
    without_rule(host, 8084)
    without_proxy(host, 8084)
    led_to(host, 8084, "203.0.113.77")


def led_to(host: DockerHost, port: int, address: str) -> None:
    """The translation that an engine has for a published port."""
    rule = f"DOCKER ! -i docker0 -p tcp --dport {port} -j DNAT --to-destination {address}:80"
    host.bottle.sh(f"iptables -t nat -A {rule}")


def ports_mended(host: DockerHost) -> None:
    """Both are led to their containers."""
    for name, port in (("pwr-dead", 8081), ("pwr-astray", 8084)):
        led_to(host, port, host.inspect(name)["NetworkSettings"]["IPAddress"])


def reachable_ports(host: DockerHost) -> None:
    for port in (8082, 8083):
        host.container(f"pwr-{port}", "-p", f"{port}:80")
    without_proxy(host, 8082)
    without_rule(host, 8083)


def nobody_there(host: DockerHost) -> None:
    network(host, "rap-br", "--subnet", "10.92.0.0/24")
    host.bottle.sh(
        pair("rap-moved", "10.91.0.3/32")
        + "ip route add 10.91.0.2/32 dev rap-moved; ip route add 10.92.0.99/32 dev rap-br"
    )


def somebody_there(host: DockerHost) -> None:
    host.bottle.sh(
        pair("rap-well", "10.91.1.2/32")
        + "ip route add 10.91.1.2/32 dev rap-well; ip route add 10.92.0.2/32 dev rap-br\n"
        # This one takes a range for its own without an address of it (AnyIP).
        + pair("rap-any", "10.91.3.2/32")
        + "ip -n rap-any link set lo up; ip -n rap-any route add local 10.91.4.0/24 dev lo\n"
        "ip route add 10.91.4.7/32 dev rap-any\n"
        # A virtual machine has the address of this one.
        + pair("rap-vm", "10.91.2.1/32")
        + "ip -n rap-vm link add br0 type bridge; ip -n rap-vm link set eth0 master br0\n"
        "ip route add 10.91.2.2/32 dev rap-vm"
    )


def not_forwarded(host: DockerHost) -> None:
    network(host, "fo-off")
    host.bottle.sh("sysctl -qw net.ipv4.conf.fo-off.forwarding=0")


def forwarded(host: DockerHost) -> None:
    network(host, "fo-on")
    network(host, "fo-inside", "--internal")
    host.bottle.sh("sysctl -qw net.ipv4.conf.fo-inside.forwarding=0")


def larger_than_the_uplink(host: DockerHost) -> None:
    network(host, "um-wide", "-o", "com.docker.network.driver.mtu=9000", containers=2)


def as_large_as_the_uplink(host: DockerHost) -> None:
    """The largest that passes, and one whose way out has a smaller MTU than its link."""
    network(host, "um-even", "-o", "com.docker.network.driver.mtu=1500")
    network(host, "um-way", "-o", "com.docker.network.driver.mtu=9000")
    way = host.in_container("um-way-1", "ip", "route", "show", "default").split()
    host.in_container("um-way-1", "ip", "route", "replace", *way, "mtu", "1500")


def dropped(host: DockerHost) -> None:
    for name in ("fd-there", "fd-back", "fd-native"):
        network(host, name)
    host.bottle.sh(
        "iptables -D FORWARD -i fd-there ! -o fd-there -j ACCEPT\n"
        "iptables -D FORWARD -o fd-back -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT\n"
        "nft -f - <<'END'\n"
        "table inet fd {\n"
        "  chain others { meta l4proto tcp counter accept; iifname { fd-there, fd-back, docker0 } accept; }\n"
        "  chain forward { type filter hook forward priority 10; policy drop;\n"
        "    ct state vmap { established : accept, related : accept, invalid : drop }\n"
        '    iifname != "fd-native" jump others; iifname != "fd-native" accept; }\n'
        "}\nEND"
    )


def accepted(host: DockerHost) -> None:
    network(host, "fd-well")


def isolated(host: DockerHost) -> None:
    for name in ("bno-off", "bno-own"):
        network(host, name, "-o", "com.docker.network.bridge.enable_icc=false", containers=2)
    host.bottle.sh(
        "sysctl -qw net.bridge.bridge-nf-call-iptables=0; ip link set bno-own type bridge nf_call_iptables 1"
    )


def not_isolated(host: DockerHost) -> None:
    network(host, "bno-open", containers=2)


def tracked(host: DockerHost, name: str, share: int) -> None:
    """A namespace with connections: so many per cent of the limit."""
    limit = int(host.bottle.sh("cat /proc/sys/net/netfilter/nf_conntrack_max"))
    host.bottle.ip(f"netns add {name}")
    count = str(limit * share // 100)
    host.bottle.run("ip", "netns", "exec", name, sys.executable, "-m", "tests.lab.tables", count)


def almost_as_many_neighbours(host: DockerHost) -> None:
    """What the others on the host have comes on top."""
    host.bottle.sh(pair("ntl-many", "10.98.0.1/16") + "ip -n ntl-many addr add fd98::1/64 dev eth0 nodad")
    neighbours_kept(host, 77)


def too_many_neighbours(host: DockerHost) -> None:
    """The table is the whole machine's, and the kernel cleans up what is older than five seconds when there come new ones: this
    comes last, and the old ones are written anew."""
    neighbours_kept(host, 82)
    neighbours_kept(host, 82)


def neighbours_kept(host: DockerHost, share: int) -> None:
    """So many per cent of the limit, and as many as the limit in IPv6 that do not count."""
    (limit,) = (t["thresh3"] for t in host.bottle.ip_json("ntable show name arp_cache") if "thresh3" in t)
    lines = tables.neighbours("eth0", limit, version=6, state="permanent")
    lines += tables.neighbours("eth0", limit * share // 100)
    (host.bottle.folder / "neighbours").write_text(lines, encoding="ascii")
    host.bottle.ip(f"-n ntl-many -batch {host.bottle.folder}/neighbours")


HOST_TWINS = (
    Twin(
        check="runtime-address-mismatch",
        sick=believed_wrongly,
        healthy=believed_rightly,
        fires=(
            ("container:ram-moved", "its namespace has 10.1.27.200/24"),
            ("container:ram-mac", "has 02:00:00:00:00:77"),
            ("container:ram-way", "its default route is via 10.1.27.2"),
        ),
    ),
    Twin(
        check="container-outside-pod",
        sick=left_behind,
        healthy=started_together,
        fires=(
            ("pod:default/cop-left[", "container k8s_app_cop-left runs in"),
            ("container:cop-sidecar", "container cop-sidecar runs in"),
        ),
    ),
    Twin(
        check="port-without-rule-or-listener",
        sick=unreachable_port,
        healthy=reachable_ports,
        fires=(
            ("host", "pwr-dead publishes 8081/tcp"),
            ("host", "pwr-astray publishes 8084/tcp, but no rule leads it to the container"),
        ),
    ),
    Twin(
        check="route-to-absent-pod",
        sick=nobody_there,
        healthy=somebody_there,
        fires=(
            ("host", "route to 10.91.0.2 leads by rap-moved, but netns:rap-moved at its other end has 10.91.0.3"),
            ("host", "route to 10.92.0.99 leads by rap-br, but nobody on rap-br has it"),
        ),
    ),
    Twin(
        check="forwarding-off",
        sick=not_forwarded,
        healthy=forwarded,
        fires=(("host", "net.ipv4.conf.fo-off.forwarding is 0: what comes from container:fo-off-1"),),
    ),
    Twin(
        check="uplink-mtu",
        sick=larger_than_the_uplink,
        healthy=as_large_as_the_uplink,
        fires=(("host", "container:um-wide-2 send up to 9000 bytes, and up0, the host's way on, takes 1500"),),
    ),
    Twin(
        check="forward-drop",
        sick=dropped,
        healthy=accepted,
        fires=(
            ("host", "accepts what goes from fd-there to up0, and the policy DROP drops it"),
            ("host", "accepts the answers from up0 to fd-back"),
            ("host", "chain forward of nft's table inet fd accepts what goes from fd-native to up0"),
        ),
    ),
    Twin(
        check="bridge-nf-off",
        sick=isolated,
        healthy=not_isolated,
        fires=(("host", 'net.bridge.bridge-nf-call-iptables is 0: on bno-off, "-i bno-off -o bno-off -j DROP"'),),
    ),
    Twin(
        check="strict-rp-filter",
        sick="sysctl -qw net.ipv4.conf.up0.rp_filter=1 net.ipv4.conf.up1.rp_filter=1",
        healthy="sysctl -qw net.ipv4.conf.up2.rp_filter=1 net.ipv4.conf.up3.rp_filter=2\n"
        "ip route add default via 192.0.2.1 dev up2 table 7; ip rule add from 192.0.2.2 lookup 7",
        fires=(("host", "up1 has a default route and filters strictly, but 192.0.1.2 answers by up0"),),
    ),
    Twin(
        check="conntrack-near-limit",
        sick=lambda host: tracked(host, "cnl-full", 81),
        healthy=lambda host: tracked(host, "cnl-well", 78),
        fires=(("netns:cnl-full", "% of the limit of"),),
    ),
    Twin(
        check="neighbour-table-near-limit",
        sick=too_many_neighbours,
        healthy=almost_as_many_neighbours,
        fires=(("host", "ARP entries in all namespaces together"),),
        apart=True,
    ),
)
