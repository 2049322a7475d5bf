"""A report of changes of what steers a packet beside links, addresses and routes."""

from __future__ import annotations

from reports.model import CoverageGap, Ignored, Report
from tests.reports.drafting import Draft


def steering() -> Report:
    """What else steers a packet: firewall, sysctls, nexthops, traffic control, BPF, VLANs, sockets, tunnels, services."""
    draft = Draft()
    nexthop = draft.say("nexthop", "removed", "host", "id 7 via 10.0.0.7 dev eth0", severity="critical",
                        facts={"id": 7, "family": "inet", "gateway": "10.0.0.7", "dev": "eth0", "group": ()})  # fmt: skip
    draft.say("route", "removed", "host", "10.8.0.0/16 via 10.0.0.7 dev eth0 nhid 7", cause=nexthop)
    draft.say("vlan", "removed", "host", "20 dev veth3c21", severity="warning",
              facts={"dev": "veth3c21", "vlan": 20, "flags": ("Egress Untagged", "PVID"), "state": "forwarding"})  # fmt: skip
    draft.say("mdb", "added", "host", "dev br0 port veth3c21 grp 239.1.1.1",
              facts={"dev": "br0", "port": "veth3c21", "group": "239.1.1.1", "state": "permanent"})  # fmt: skip
    draft.say("qdisc", "changed", "host", "htb 1: dev eth0 root", ("qdisc", "fq_codel", "htb"), severity="warning",
              matched="same subject")  # fmt: skip
    draft.say("class", "added", "host", "htb 1:10 dev eth0 parent 1:",
              facts={"dev": "eth0", "handle": "1:10", "qdisc": "htb", "options": {"rate": 12500000}})  # fmt: skip
    draft.say("filter", "added", "host", "flower dev eth0 parent 1: protocol ip pref 10 handle 0x1",
              facts={"dev": "eth0", "options": {"ip_proto": "tcp", "actions": [{"kind": "gact"}]}})  # fmt: skip
    draft.say("bpf", "removed", "host", "xdp filter_in dev eth0", severity="warning",
              facts={"dev": "eth0", "hook": "xdp", "program": 41, "name": "filter_in", "tag": "3b185187f1855c4c"})  # fmt: skip
    draft.say("wireguard", "removed", "host", "wg0 peer aaaabbbbccccddddeeeeffffgggghhhhiiiijjjjkkk=", severity="critical",
              facts={"dev": "wg0", "endpoint": "192.0.2.1:51820", "allowed_ips": ("10.200.0.0/24",)})  # fmt: skip
    draft.say("firewall", "changed", "host", "chain ip filter FORWARD", ("text", "policy ACCEPT", "policy DROP"),
              severity="critical", matched="same subject")  # fmt: skip
    draft.say("firewall", "changed", "host", "ip filter FORWARD: -o docker0 -j DOCKER", ("position", 4, 0),
              severity="warning", matched="same subject")  # fmt: skip
    rule = '-s 10.0.0.0/8 -p tcp -m tcp --dport 22 -m comment --comment "ssh \x1b[31m <b>" -j ACCEPT'
    draft.say("firewall", "added", "pod:default/web-1", f"ip filter INPUT: {rule}",
              facts={"backend": "iptables-nft", "family": "ip", "table": "filter", "object": "rule", "chain": "INPUT",
                     "position": 0, "text": rule, "extra": {"expr": [{"match": {}}]}})  # fmt: skip
    draft.say("ipvs", "changed", "host", "TCP 10.96.0.1 port 443",
              ("destinations", ({"address": "10.1.27.2", "port": 6443, "weight": 1},), ()), severity="warning",
              matched="same subject")  # fmt: skip
    forward = draft.say("sysctl", "changed", "host", "net.ipv4", ("values.ip_forward", 1, 0), severity="critical",
                        matched="same subject")  # fmt: skip
    for dev in ("all", "default", *(f"veth{i:04x}" for i in range(6))):
        draft.say("sysctl", "changed", "host", f"net.ipv4.conf.{dev}", ("values.forwarding", 1, 0), cause=forward)
    draft.say("socket", "removed", "container:proxy", "tcp [::]:443", severity="warning",
              facts={"protocol": "tcp", "family": "inet6", "address": "::", "port": 443, "v6only": False, "uid": 0,
                     "container": "a1" * 32, "owner": "container", "sockets": 4})  # fmt: skip
    gaps = tuple(
        CoverageGap(
            snapshot="before", scope="host", kind=kind, status="skipped", error="this capture was not asked for it"
        )
        for kind in ("bpf", "class")
    )
    return draft.report(
        coverage=gaps, ignored=(Ignored(rule="mdb-learned", count=2), Ignored(rule="socket-ephemeral", count=7))
    )
