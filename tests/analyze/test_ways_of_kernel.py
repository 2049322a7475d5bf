"""What leads everywhere by our reading of rules and tables is held against what the kernel answers to `ip route get`."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from analyze.diff.lost_ways import ways_of
from analyze.diff.sides import Sides
from analyze.loading import load
from snapshot.store.reference import SnapshotRef
from tests.lab.bottle import Bottle

TO = {"inet": ("8.8.8.8", "200.0.0.1"), "inet6": ("2600::1", "9000::1")}
"""An address in either half."""
VIA, VIA6 = "via 192.0.2.1", "via fd00::1"
UNKNOWN = ("no-main", "inet6")
"""The kernel goes on looking in IPv6's main table until a rule is added."""
V4, V6 = f"route add default {VIA}", f"-6 route add default {VIA6}"
WG = "rule add not fwmark 51820 lookup 51820 pref 32764;rule add lookup main suppress_prefixlength 0 pref 32763"
LINK = (
    "link set lo up;link add eth0 type veth peer name p0;link set p0 up;link set eth0 up;"
    "addr add 192.0.2.2/24 dev eth0;addr add fd00::2/64 dev eth0 nodad"
)
HOSTS = {
    "nothing": "",
    "default": f"{V4};{V6}",
    "halves": f"route add 0.0.0.0/1 {VIA};route add 128.0.0.0/1 {VIA};-6 route add ::/1 {VIA6};-6 route add 8000::/1 {VIA6}",
    "half": f"route add 0.0.0.0/1 {VIA};-6 route add 8000::/1 {VIA6}",
    "refusing-half": f"{V4};route add unreachable 128.0.0.0/1;{V6};-6 route add blackhole ::/1",
    "better-refuses": f"{V4} metric 9;route add prohibit default;{V6} metric 900;"
    "-6 route add prohibit default metric 9",
    "worse-refuses": f"{V4};route add prohibit default metric 9;{V6} metric 9;-6 route add prohibit default metric 900",
    "tos": f"{V4} tos 0x10",
    "other-table": f"{V4} table 100;{V6} table 100",
    "by-rule": f"{V4} table 100;rule add lookup 100 pref 30000;{V6} table 100;-6 rule add lookup 100 pref 30000",
    "thrown": f"route add throw default table 100;rule add lookup 100 pref 30000;{V4};"
    f"-6 route add throw default table 100;-6 rule add lookup 100 pref 30000;{V6}",
    "halves-of-two": f"route add 0.0.0.0/1 {VIA} table 100;rule add lookup 100 pref 30000;route add 128.0.0.0/1 {VIA}",
    "refused-first": f"route add prohibit default table 100;rule add lookup 100 pref 30000;{V4};"
    f"-6 route add prohibit default table 100;-6 rule add lookup 100 pref 30000;{V6}",
    "no-main": f"{V4};rule del pref 32766;{V6};-6 rule del pref 32766",
    "wg": f"{V4} table 51820;{WG}",
    "wg-lost": WG,
    "wg-with-main": f"{V4};{WG}",
    "wg-without-main": f"{V4};{WG};rule del pref 32766",
    "wg-6": f"{V6} table 51820;-6 {WG.replace(';', ';-6 ')}",
    "suppressed-halves": f"route add 0.0.0.0/1 {VIA};route add 128.0.0.0/1 {VIA};rule del pref 32766;"
    "rule add lookup main suppress_prefixlength 1 pref 5",
    "suppressed-refusal": "route add prohibit default;rule add lookup main suppress_prefixlength 0 pref 5;"
    f"{V4} table 100;rule add lookup 100 pref 9;-6 route add prohibit default;"
    f"-6 rule add lookup main suppress_prefixlength 0 pref 5;{V6} table 100;-6 rule add lookup 100 pref 9",
    "prohibit-before": f"{V4};rule add prohibit pref 5;{V6};-6 rule add unreachable pref 5",
    "prohibit-behind": f"{V4};rule add prohibit pref 40000;{V6};-6 rule add unreachable pref 40000",
    "prohibit-some": f"{V4};rule add from 10.7.0.0/24 prohibit pref 5;rule add fwmark 7 prohibit pref 6;"
    "rule add iif eth0 prohibit pref 7;rule add tos 0x10 prohibit pref 8;rule add to 10.0.0.0/8 prohibit pref 9",
    "prohibit-none": f"{V4};rule add not from 10.7.0.0/24 prohibit pref 5",
    "not-to": f"{V4};rule add not to 10.0.0.0/8 prohibit pref 5",
    "iif-lo": f"{V4} table 100;rule add iif lo lookup 100 pref 5;{V6} table 100;-6 rule add iif lo lookup 100 pref 5",
    "to-halves": f"{V4} table 100;rule add to 0.0.0.0/1 lookup 100 pref 5;rule add to 128.0.0.0/1 lookup 100 pref 6",
    "to-half": f"{V4} table 100;rule add to 0.0.0.0/1 lookup 100 pref 5",
    "jumps-over": f"{V4};rule add goto 32766 pref 5;rule add prohibit pref 10",
    "jumps-away": f"{V4};rule add goto 32767 pref 5",
    "jumps-nowhere": f"{V4};rule add goto 7 pref 5",
    "local-default": f"{V4};route add local default dev lo table 100;rule add lookup 100 pref 5",
}


@pytest.fixture(scope="module")
def bottle() -> Iterator[Bottle]:
    with Bottle() as bottle:
        lines = []
        for name, words in HOSTS.items():
            lines += [
                f"ip netns add {name}",
                *(f"ip -n {name} {line}" for line in f"{LINK};{words}".split(";") if line),
            ]
        bottle.sh("\n".join(lines))
        yield bottle


@pytest.fixture(scope="module")
def sides(bottle: Bottle) -> Sides:
    told = SnapshotRef(path=bottle.capture("ways", "--kinds", "route,rule,link,address"))
    return load(told, told)


@pytest.mark.parametrize("family", TO)
@pytest.mark.parametrize("name", HOSTS)
def test_the_kernel_finds_the_same(bottle: Bottle, sides: Sides, name: str, family: str) -> None:
    key = next(key for key, place in sides.after.namespaces.items() if f"/run/netns/{name}" in place.namespace.names)
    asked = [bottle.run("ip", "-n", name, "route", "get", to, check=False) for to in TO[family]]
    found = [done.returncode == 0 and not done.stdout.startswith("local") for done in asked]
    told = ways_of(sides.after, sides.saw_after, key).lead_out(family)
    assert told is (None if (name, family) == UNKNOWN else all(found)), [done.stdout for done in asked]


def test_both_answers_are_given(bottle: Bottle, sides: Sides) -> None:
    """Of each family at least eight of these lead out, and eight do not."""
    every = [ways_of(sides.after, sides.saw_after, key) for key in sides.after.namespaces]
    for family in TO:
        answers = [ways.lead_out(family) for ways in every]
        assert answers.count(None) == (family == "inet6")
        assert min(answers.count(True), answers.count(False)) >= 8
