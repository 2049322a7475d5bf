"""An unchanged host, captured twice into one file."""

from __future__ import annotations

from tests.lab.bottle import Bottle
from tests.lab.waiting import wait_for
from tests.requirements import require_bottles

COUNT = 200


def build(bottle: Bottle) -> None:
    """So many namespaces like a pod's, on one bridge, that send nothing by themselves.

    A link with an IPv6 address solicits routers for ever, ever more seldom, and each time moves the counters of all others.
    """
    silent = "addrgenmode none"
    lines = ["link add br0 type bridge", f"link set br0 {silent}", "addr add 10.1.0.1/16 dev br0", "link set br0 up"]
    for number in range(COUNT):
        name = f"pod{number}"
        lines += [
            f"netns add {name}",
            f"link add v{number} type veth peer name eth0 netns {name}",
            f"link set v{number} master br0 {silent}",
            f"link set v{number} up",
        ]
    (bottle.folder / "host").write_text("\n".join(lines) + "\n", encoding="ascii")
    bottle.run("ip", "-batch", str(bottle.folder / "host"))
    bottle.sh(
        f"for i in $(seq 0 {COUNT - 1}); do printf 'link set lo up\\nlink set eth0 addrgenmode none\\nlink set eth0 up\\n"
        "addr add 10.1.%d.%d/16 dev eth0\\nroute add default via 10.1.0.1\\n' $((i / 250)) $((i % 250 + 2))"
        " | ip -n pod$i -batch -; done"
    )

    looks = [""]
    look = (
        "ip -s link; ip -6 addr; ip neigh show nud all;"
        "for name in $(ls /run/netns); do ip -n $name -s link; ip -n $name -6 addr; ip -n $name neigh show nud all; done"
    )

    def at_rest() -> bool:
        """Duplicate address detection, group reports and router solicitations are over: two looks tell the same, counts too."""
        looks.append(bottle.sh(look))
        return looks[-1] == looks[-2] and "tentative" not in looks[-1]

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
