"""An unchanged host, captured twice into one file."""

from __future__ import annotations

import re

from tests.lab.bottle import Bottle
from tests.lab.waiting import wait_for
from tests.lab.wired import SILENT, wire
from tests.requirements import require_bottles

COUNT = 200


def build(bottle: Bottle) -> None:
    """So many namespaces like a pod's, on one bridge, and all at rest."""
    bottle.sh(
        f"ip link add br0 type bridge; ip link set br0 {SILENT}; ip addr add 10.1.0.1/16 dev br0; ip link set br0 up"
    )
    wire(bottle, "br0", [f"10.1.{number // 250}.{number % 250 + 2}/16" for number in range(COUNT)], "10.1.0.1")
    looks = [""]
    look = (
        "ip -s link; ip -6 addr; ip neigh show nud all;"
        "for name in $(ls /run/netns); do ip -n $name -s link; ip -n $name -6 addr; ip -n $name neigh show nud all; done"
    )

    def at_rest() -> bool:
        """Duplicate address detection, group reports and router solicitations are over: two looks tell the same, counts too.
        And no port's timer runs any more, as each does for 15 seconds after it was set up (net/bridge/br_stp_timer.c)."""
        looks.append(bottle.sh(look))
        waiting = set(re.findall(r"forward_delay_timer +(\S+)", bottle.sh("ip -d link show master br0"))) - {"0.00"}
        return looks[-1] == looks[-2] and "tentative" not in looks[-1] and not waiting

    wait_for("the host to come to rest", at_rest, seconds=120)


def test_an_unchanged_host_is_the_same_and_adds_little() -> None:
    require_bottles()
    with Bottle() as bottle:
        build(bottle)
        path = bottle.capture("snapshots", "--label", "first-one")
        size = path.stat().st_size
        bottle.capture("snapshots", "--label", "second-one")
        added = path.stat().st_size - size
        done = bottle.netlapse("diff", f"{path}@first-one", f"{path}@second-one")
        assert (done.returncode, done.stderr) == (0, ""), done.stdout
        report, code = bottle.diff(f"{path}@first-one", f"{path}@second-one")
        assert (report["verdict"], report["changes"], code) == ("same", [], 0)
        print(f"file of {COUNT} namespaces: {size} bytes; the second snapshot added {added} ({added / size:.2%})")
        assert added < size * 0.05
        facts = bottle.show(path)
        assert len(facts["veth"]) == COUNT
        assert all(veth["bridge"] == "br0" and veth["missing"] is None for veth in facts["veth"])
