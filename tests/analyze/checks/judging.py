"""A host that containers send through, as values: healthy, to be made sick in one way at a time."""

from __future__ import annotations

from dataclasses import replace

from analyze.checks.check import Check, Found
from analyze.checks.host import Host as Seen
from analyze.checks.run import Judged, judge
from analyze.seen import sight_of
from analyze.topology import resolve
from snapshot.model.coverage import Coverage
from snapshot.model.json import Json
from snapshot.model.kinds import KINDS
from snapshot.model.link import Link
from snapshot.model.sysctl import Sysctl
from tests.analyze.hosts import ENDPOINT, NUMBERS, Host, Numbers
from tests.analyze.rows import address, chain, default_route, rules

UP = ("BROADCAST", "LOWER_UP", "MULTICAST", "UP")
LIMITS = {"gc_thresh1": 128, "gc_thresh2": 512, "gc_thresh3": 1024}


def uplink(host: Host, name: str, ip: str, *, metric: int = 0) -> None:
    """A way on with a default route."""
    net = host.root
    index = 200 + len(net.links)
    net.link(Link(ifindex=index, name=name, type="ether", mac="52:54:00:00:00:01", mtu=1500, state="UP", flags=UP))
    net.addresses.append(address(name, f"{ip}/24"))
    net.routes.append(replace(default_route(name, f"{ip.rpartition('.')[0]}.1"), metric=metric or None))


def through(numbers: Numbers = NUMBERS) -> Host:
    """Two pods on docker0, a way on, a firewall as Docker leaves it, and limits far away."""
    host = Host.with_bridge()
    host.numbers = numbers
    host.kinds = tuple(sorted(KINDS))
    uplink(host, "eth0", "192.0.2.2")
    for number in (1, 2):
        host.pod(f"web-{number}", f"10.1.27.{number + 1}")
    forward = chain("FORWARD", "DROP", extra={"policy": "DROP"})
    host.root.more = [row for row in host.root.more if getattr(row, "chain", None) != "FORWARD"]
    host.root.more += [
        forward,
        *rules(
            "FORWARD", "-o docker0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT", "-o docker0 -j DOCKER",
            "-i docker0 ! -o docker0 -j ACCEPT", "-i docker0 -o docker0 -j ACCEPT",
        ),
        chain("PREROUTING", "ACCEPT", table="nat", extra={"policy": "ACCEPT"}),
        Sysctl(path="net.bridge", values={"bridge-nf-call-iptables": 1, "bridge-nf-call-ip6tables": 1}),
        Sysctl(path="net.netfilter", values={"nf_conntrack_max": 1000}),
        Sysctl(path="net.ipv4.neigh.default", values=LIMITS),
        Sysctl(path="net.ipv6.neigh.default", values=LIMITS),
    ]  # fmt: skip
    for dev in ("all", "docker0", "eth0"):
        steer(host, f"net.ipv4.conf.{dev}", forwarding=1)
    return host


def steer(host: Host, path: str, **values: Json) -> None:
    """Set sysctls of the host's own namespace. Names with dashes are written with underscores."""
    spelt = {name.replace("_", "-") if path == "net.bridge" else name: value for name, value in values.items()}
    dev = path.rpartition(".")[2] if ".conf." in path else None
    old = [row for row in host.root.more if isinstance(row, Sysctl) and row.path == path]
    host.root.more = [row for row in host.root.more if row not in old]
    kept = dict(old[0].values) if old else {}
    host.root.more.append(Sysctl(path=path, dev=dev, values={**kept, **spelt}))


def unread(host: Host, kind: str, *, runtime: bool = False) -> None:
    """A kind that was not read whole: in the host's own namespace, or of the runtime."""
    record = Coverage(kinds=(kind,), status="torn", error="it kept changing")
    host.coverage.append(replace(record, runtime=ENDPOINT) if runtime else replace(record, namespace=host.root.key))


def judged(host: Host, *checks: Check) -> Judged:
    """What checks say."""
    snapshot = host.loaded()
    return judge(Seen(resolve(snapshot), sight_of(snapshot)), checks)


def found(host: Host, check: Check) -> list[Found]:
    """What a check finds."""
    return [said for _, said in judged(host, check).found]


def blind(host: Host, check: Check) -> bool:
    """Could a check not be made in the host's own namespace?"""
    return bool({(check.id, host.root.key), (check.id, None)} & judged(host, check).blind)
