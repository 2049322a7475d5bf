"""Which sysctls are told, and how the kernel hands those of interfaces over in bulk.

Chosen by Documentation/networking/ip-sysctl.rst: what steers, refuses or rewrites packets, or limits who may be reached. Left
out is what only tunes (buffers, timers, queues' lengths), what only logs, and secrets (``stable_secret``).
"""

from __future__ import annotations

INET: dict[int, str] = {
    1: "forwarding", 2: "mc_forwarding", 3: "proxy_arp", 4: "accept_redirects", 5: "secure_redirects",
    6: "send_redirects", 7: "shared_media", 8: "rp_filter", 9: "accept_source_route", 13: "arp_filter", 14: "medium_id",
    15: "disable_xfrm", 16: "disable_policy", 17: "force_igmp_version", 18: "arp_announce", 19: "arp_ignore",
    20: "promote_secondaries", 21: "arp_accept", 22: "arp_notify", 23: "accept_local", 24: "src_valid_mark",
    25: "proxy_arp_pvlan", 26: "route_localnet", 29: "ignore_routes_with_linkdown", 30: "drop_unicast_in_l2_multicast",
    31: "drop_gratuitous_arp", 32: "bc_forwarding", 33: "arp_evict_nocarrier",
}  # fmt: skip
"""Position in IFLA_INET_CONF, counted from 1 (linux/ip.h: IPV4_DEVCONF_*) -> file under net/ipv4/conf/NAME."""

INET6: dict[int, str] = {
    0: "forwarding", 1: "hop_limit", 2: "mtu", 3: "accept_ra", 4: "accept_redirects", 5: "autoconf", 10: "use_tempaddr",
    16: "force_mld_version", 17: "accept_ra_defrtr", 18: "accept_ra_pinfo", 19: "accept_ra_rtr_pref",
    21: "accept_ra_rt_info_max_plen", 22: "proxy_ndp", 24: "accept_source_route", 25: "mc_forwarding", 26: "disable_ipv6",
    27: "accept_dad", 29: "ndisc_notify", 33: "accept_ra_from_local", 35: "accept_ra_mtu", 37: "use_oif_addrs_only",
    38: "accept_ra_min_hop_limit", 39: "ignore_routes_with_linkdown", 40: "drop_unicast_in_l2_multicast",
    41: "drop_unsolicited_na", 42: "keep_addr_on_down", 44: "seg6_enabled", 45: "seg6_require_hmac", 48: "disable_policy",
    49: "accept_ra_rt_info_min_plen", 51: "rpl_seg_enabled", 52: "ra_defrtr_metric", 53: "ioam6_enabled",
    56: "ndisc_evict_nocarrier", 57: "accept_untracked_na", 58: "accept_ra_min_lft", 59: "force_forwarding",
}  # fmt: skip
"""Position in IFLA_INET6_CONF, counted from 0 (linux/ipv6.h: DEVCONF_*) -> file under net/ipv6/conf/NAME."""

NETCONF: dict[int, dict[int, str]] = {
    4: {
        2: "forwarding", 3: "rp_filter", 4: "mc_forwarding", 5: "proxy_arp", 6: "ignore_routes_with_linkdown",
        8: "bc_forwarding",
    },
    6: {
        2: "forwarding", 4: "mc_forwarding", 5: "proxy_ndp", 6: "ignore_routes_with_linkdown", 9: "force_forwarding",
    },
}  # fmt: skip
"""IP version -> NETCONFA_* (linux/netconf.h) -> file: what RTM_GETNETCONF tells of "all" and "default" in one go."""

UNSIGNED = frozenset({"ra_defrtr_metric"})
"""All others of these are signed: -1 says "not set" in some."""

COMBINED = ("accept_local", "arp_ignore", "route_localnet", "src_valid_mark")
"""Of net/ipv4/conf/all what takes effect beside an interface's own value, and RTM_GETNETCONF does not tell."""


class Directory:
    """A directory under /proc/sys/net: its files that are told, of ordinary namespaces and of those read in full."""

    def __init__(self, top: str, below: str, ordinary: tuple[str, ...], more: tuple[str, ...] = ()) -> None:
        self.top = top
        self.below = f"{below}/" if below else ""
        self.path = ".".join(("net", top, *below.split("/"))) if below else f"net.{top}"
        self.ordinary = ordinary
        self.full = (*ordinary, *more)


DIRECTORIES: tuple[Directory, ...] = (
    Directory(
        "ipv4", "",
        ("icmp_echo_ignore_all", "ip_local_port_range", "ip_unprivileged_port_start"),
        ("fib_multipath_hash_fields", "fib_multipath_hash_policy", "fib_multipath_use_neigh", "fwmark_reflect",
         "icmp_echo_enable_probe", "ip_default_ttl", "ip_local_reserved_ports", "ip_nonlocal_bind",
         "icmp_echo_ignore_broadcasts", "icmp_errors_use_inbound_ifaddr", "icmp_ignore_bogus_error_responses",
         "icmp_msgs_per_sec", "icmp_ratelimit", "icmp_ratemask", "igmp_link_local_mcast_reports",
         "igmp_max_memberships", "ip_autobind_reuse", "ip_dynaddr", "ip_forward_update_priority", "ip_forward_use_pmtu",
         "ip_no_pmtu_disc", "ipfrag_high_thresh", "ipfrag_max_dist", "nexthop_compat_mode", "ping_group_range",
         "raw_l3mdev_accept", "tcp_abort_on_overflow", "tcp_base_mss", "tcp_ecn", "tcp_fwmark_accept",
         "tcp_l3mdev_accept", "tcp_max_syn_backlog", "tcp_min_snd_mss", "tcp_mtu_probing", "tcp_reflect_tos",
         "tcp_syncookies", "udp_l3mdev_accept"),
    ),
    Directory("ipv4", "conf/all", COMBINED, tuple(name for name in INET.values() if name not in COMBINED)),
    Directory("ipv4", "conf/default", (), tuple(INET.values())),
    Directory("ipv4", "neigh/default", (), ("gc_thresh1", "gc_thresh2", "gc_thresh3")),
    Directory("ipv4", "route", (), ("max_size", "min_adv_mss", "min_pmtu", "redirect_number")),
    Directory(
        "ipv6", "", (),
        ("anycast_src_echo_reply", "auto_flowlabels", "bindv6only", "fib_multipath_hash_fields",
         "fib_multipath_hash_policy", "flowlabel_consistency", "flowlabel_reflect", "fwmark_reflect",
         "ip6frag_high_thresh", "ip_nonlocal_bind", "max_dst_opts_length", "max_dst_opts_number", "max_hbh_length",
         "max_hbh_opts_number", "seg6_flowlabel", "skip_notify_on_dev_down"),
    ),
    Directory("ipv6", "conf/all", (), tuple(INET6.values())),
    Directory("ipv6", "conf/default", (), tuple(INET6.values())),
    Directory(
        "ipv6", "icmp", (),
        ("echo_ignore_all", "echo_ignore_anycast", "echo_ignore_multicast", "error_anycast_as_unicast", "ratelimit",
         "ratemask"),
    ),
    Directory("ipv6", "neigh/default", (), ("gc_thresh1", "gc_thresh2", "gc_thresh3")),
    Directory("ipv6", "route", (), ("max_size", "min_adv_mss", "mtu_expires")),
    Directory(
        "netfilter", "", ("nf_conntrack_count", "nf_conntrack_tcp_be_liberal"),
        ("nf_conntrack_max", "nf_conntrack_acct", "nf_conntrack_buckets", "nf_conntrack_checksum", "nf_conntrack_expect_max",
         "nf_conntrack_generic_timeout", "nf_conntrack_helper", "nf_conntrack_icmp_timeout",
         "nf_conntrack_tcp_ignore_invalid_rst", "nf_conntrack_tcp_loose", "nf_conntrack_tcp_max_retrans",
         "nf_conntrack_tcp_timeout_close_wait", "nf_conntrack_tcp_timeout_established",
         "nf_conntrack_tcp_timeout_time_wait", "nf_conntrack_udp_timeout", "nf_conntrack_udp_timeout_stream",
         "nf_flowtable_tcp_timeout", "nf_flowtable_udp_timeout", "nf_hooks_lwtunnel"),
    ),
    Directory(
        "bridge", "", (),
        ("bridge-nf-call-arptables", "bridge-nf-call-ip6tables", "bridge-nf-call-iptables",
         "bridge-nf-filter-pppoe-tagged", "bridge-nf-filter-vlan-tagged", "bridge-nf-pass-vlan-input-dev"),
    ),
    Directory(
        "core", "", (), ("default_qdisc", "devconf_inherit_init_net", "fb_tunnels_only_for_init_net", "somaxconn")
    ),
    Directory("mptcp", "", (), ("allow_join_initial_addr_port", "enabled")),
)  # fmt: skip
"""In the order in which they are read. net/ipv4/ip_forward is conf/all/forwarding under another name."""
