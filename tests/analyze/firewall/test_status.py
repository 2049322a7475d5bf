"""What nft says of a connection's status and state, held against what the kernel lets pass of an echo and its answer."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from analyze.firewall.native import read_rule
from tests.lab.bottle import Bottle

BUILD = """
sysctl -qw net.ipv4.ip_forward=1
for side in 1 2; do
  ip netns add side$side
  ip link add v$side type veth peer name eth0 netns side$side
  ip addr add 10.1.$side.1/24 dev v$side; ip link set v$side up
  ip -n side$side addr add 10.1.$side.2/24 dev eth0; ip -n side$side link set eth0 up
  ip -n side$side route add default via 10.1.$side.1
done
nft -f - <<END
table ip t {
  chain through { type filter hook forward priority 0; policy drop; }
  chain post { type nat hook postrouting priority 100; }
}
END
"""
MASQUERADED = "ct status snat accept"
RULES = [
    "ct status confirmed accept", "ct status ! confirmed accept", "ct status seen-reply accept", "ct status assured accept",
    "ct status dnat accept", "ct status ! dnat accept", MASQUERADED, "ct status ! snat accept",
    "ct status != confirmed accept", "ct status != dnat accept", "ct status { dnat, confirmed } accept",
    "ct state established accept", "ct state untracked accept", "ct state != untracked accept", "ct state != new accept",
]  # fmt: skip


@pytest.fixture(scope="module")
def bottle() -> Iterator[Bottle]:
    with Bottle() as bottle:
        bottle.sh(BUILD)
        yield bottle


def answered(bottle: Bottle, *rules: str, masquerade: bool = False) -> bool:
    """Does an echo from one side come back through a chain of these rules, with the policy "drop" behind them?"""
    bottle.sh("nft flush table ip t")
    for rule in rules:
        bottle.run("nft", "add", "rule", "ip", "t", "through", rule)
    if masquerade:
        bottle.sh('nft add rule ip t post oifname "v2" masquerade')
    ping = "ip netns exec side1 busybox ping -q -c 1 -W 1 10.1.2.2"
    return bottle.run("sh", "-c", ping, check=False).returncode == 0


@pytest.mark.parametrize("rule", RULES)
def test_it_is_as_the_kernel_has_it(bottle: Bottle, rule: str) -> None:
    words = read_rule(rule)
    there = answered(bottle, rule, 'iifname "v2" accept')
    back = answered(bottle, 'iifname "v1" accept', rule)
    # What is only partly understood may match or not.
    assert there == words.new or (words.new and words.partial)
    assert back == words.replies or (words.replies and words.partial)
    if rule == MASQUERADED:
        assert answered(bottle, 'iifname "v1" accept', rule, masquerade=True)
