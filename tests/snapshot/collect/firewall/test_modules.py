"""On a kernel with modules, no tool is run that would have one loaded. This kernel has none, so that is said to it."""

from __future__ import annotations

import json
import sys

from tests.lab.bottle import Bottle
from tests.requirements import require_bottles

RULES = """
iptables-nft -A INPUT -p tcp --dport 22 -j ACCEPT
iptables-nft -t mangle -A PREROUTING -j MARK --set-mark 0x7
iptables-nft -t nat -A OUTPUT -d 10.0.0.1 -m comment --comment why -j ACCEPT
"""

READ = """
import json, sys
from snapshot.collect.firewall import native
from snapshot.collect.firewall.source import tell_firewall
from snapshot.collect.netlink.netfilter import Netfilter
missing = sys.argv[1:]
native.modular = lambda: True
native.has = lambda part: part not in missing
with Netfilter() as netfilter:
    payloads = native.read_tables(netfilter, netfilter.tables())
facts = [fact for fact in tell_firewall(tuple(payloads), {}) if getattr(fact, "object", "") == "rule"]
print(json.dumps({fact.table: [fact.backend, len(fact.extra.get("xt", ()))] for fact in facts}))
"""


def test_rules_whose_matches_are_not_loaded_are_told_by_nft() -> None:
    require_bottles()
    with Bottle() as bottle:
        bottle.sh(RULES)

        def told(*missing: str) -> dict[str, list[object]]:
            return dict(json.loads(bottle.run(sys.executable, "-c", READ, *missing).stdout))

        iptables = ["iptables-nft", 0]
        assert told() == {"filter": iptables, "mangle": iptables, "nat": iptables}
        # It is xt_tcpudp that knows of ports, though nf_tables compares them by itself.
        assert told("xt_tcpudp") == {"filter": ["nft", 0], "mangle": iptables, "nat": iptables}
        assert told("xt_limit", "xt_LOG") == told()
        # Nobody's iptables has been at work where nft_compat is not loaded; what only it could tell is kept as it is.
        assert told("nft_compat") == {"filter": ["nft", 0], "mangle": ["nft", 1], "nat": ["nft", 1]}
