"""The names and parts of names that stay as they are, for they are the same on every host that has them."""

from __future__ import annotations

import re

NAMES = frozenset({
    # Links and namespaces.
    "lo", "docker0", "docker_gwbridge", "cni0", "cbr0", "kube-bridge", "kube-ipvs0", "nodelocaldns", "podman0", "lxcbr0",
    "vxlan.calico", "vxlan-v6.calico", "wireguard.cali", "wg-v6.cali", "cilium_host", "cilium_net", "cilium_vxlan",
    "cilium_geneve", "ovs-system", "br-int", "br-ex", "br-tun", "antrea-gw0", "weave", "ingress_sbox", "all", "default",
    # What engines call their own networks, and Kubernetes its namespaces and its pause container.
    "bridge", "host", "none", "ingress", "podman", "kube-system", "kube-public", "kube-node-lease", "POD", "localhost",
    "inet", "inet6", "slirp4netns", "pasta", "podsandbox", "pause", "True", "False", "true", "false",
})  # fmt: skip
"""Whole names."""

NUMBERED = re.compile(
    r"(?:(?:eth|wlan|wwan|bond|team|tun|tap|wg|dummy|ifb|vxlan|vlan|geneve|gre|gretap|ip6gre|sit|tunl|ip6tnl|ip_vti|ip6_vti"
    r"|erspan|vmbr|virbr|br|lxcbr|cbr|cni|docker|podman|macvlan|ipvlan|veth|vnet|nlmon|vrf|ppp|usb|ib|can|flannel\.|flannel-v6\.)"
    r"[0-9]{1,3}|if[0-9]{1,6}|bit[0-9]{1,2}|en[ospP][0-9]{1,4}(?:[ps][0-9]{1,3})?(?:f[0-9]{1,2})?(?:n?[pd][0-9]{1,2})?)(?:\.[0-9]{1,4})?"
)
"""Names that a kind of link and numbers make up: "eth0", "enp3s0f1np1" (systemd.net-naming-scheme(7)), "eth0.100", "if12"."""

_PREFIXES = "vethwe-bridge|vethwe|veth|cali|lxc|gke|azv|eni|tap|vnet"
PREFIXED = re.compile(rf"(?P<prefix>(?:{_PREFIXES})(?=[a-f]*[0-9]|[0-9a-f]+$)|veth)(?P<rest>[0-9A-Za-z]{{4,}})")
"""Names that programs make of a prefix and an id: "veth139d953d", "cali5f3a9c0b1d2"."""
PREFIXED_PSEUDONYM = re.compile(rf"(?P<prefix>{_PREFIXES})(?P<rest>q[0-9a-z]+)")

PARTS = frozenset({
    # Chains of Kubernetes, Docker, CNI, Calico, Podman; the words behind them are hashes of names.
    "KUBE", "SVC", "SEP", "FW", "EXT", "SVL", "XLB", "MARK", "MASQ", "DROP", "ACCEPT", "SERVICES", "NODEPORTS", "FORWARD",
    "POSTROUTING", "PREROUTING", "OUTPUT", "INPUT", "EXTERNAL", "FIREWALL", "PROXY", "CANARY", "KUBELET", "LOAD", "BALANCER",
    "NODE", "PORT", "TCP", "UDP", "SCTP", "LOOP", "BACK", "IP", "SOURCE", "CIDR", "LOCAL", "CLUSTER",
    "DOCKER", "USER", "ISOLATION", "STAGE", "INGRESS", "BRIDGE", "CT", "INTERNAL",
    "CNI", "DN", "HOSTPORT", "SETMARK", "SNAT", "DNAT", "ADMIN", "FLANNEL", "FWD", "POSTRTG", "NETAVARK", "HOSTS", "LIBVIRT",
    "cali", "veth", "br", "cni", "netns", "docker", "eth", "lb", "k8s", "POD",
    # resolv.conf(5), and where Kubernetes keeps its services.
    "ndots", "timeout", "attempts", "rotate", "edns0", "cluster", "local", "svc",
    # Files and their places.
    "run", "var", "proc", "dev", "tmp", "unix", "tcp", "http", "https", "sock", "ns", "net", "mnt", "sha256", "latest",
    "cookie", "inode", "container",
})  # fmt: skip
"""Parts of names, between ``-``, ``_`` and ``.``."""

LABELS = frozenset({"before", "after", "first", "last", "baseline", "rehearsal"})
"""Labels of snapshots."""

COMMAND = frozenset({
    "netlapse", "netlapse-agent", "python", "python3", "m", "snapshot", "o", "q", "v", "output", "quiet", "verbose", "capture",
    "append", "label", "note", "kinds", "timeout", "require-complete", "docker-host", "cri-socket", "redact", "key-file",
    "sign", "usr", "bin", "opt", "link", "address", "route", "nexthop", "rule", "neighbour", "fdb", "vlan", "mdb", "qdisc",
    "class", "filter", "bpf", "wireguard", "firewall", "ipvs", "sysctl", "socket", "nsid", "timer", "counter", "container",
    "network",
})  # fmt: skip
"""Words of a command line that makes snapshots."""
