"""Many namespaces like a pod's on one bridge, made in a moment, that send nothing by themselves."""

from __future__ import annotations

from collections.abc import Sequence

from tests.lab.bottle import Bottle

SILENT = "addrgenmode none"
"""A link with an IPv6 address solicits routers for ever, ever more seldom, and each time moves the counters of all others."""


def wire(bottle: Bottle, bridge: str, addresses: Sequence[str], gateway: str) -> None:
    """Namespaces pod0, pod1, ... with one of the addresses each, by veths v0, v1, ... on a bridge that is there."""
    host: list[str] = []
    inside: list[str] = []
    for number, address in enumerate(addresses):
        host += [
            f"netns add pod{number}",
            f"link add v{number} type veth peer name eth0 netns pod{number}",
            f"link set v{number} master {bridge} {SILENT}",
            f"link set v{number} up",
        ]
        inside += [
            f"ip -n pod{number} -batch - <<END",
            f"link set lo up\nlink set eth0 {SILENT}\nlink set eth0 up",
            f"addr add {address} dev eth0\nroute add default via {gateway}\nEND",
        ]
    for name, lines, command in (("host", host, "ip -batch"), ("inside", inside, "sh -e")):
        (bottle.folder / name).write_text("\n".join(lines) + "\n", encoding="ascii")
        bottle.sh(f"{command} {bottle.folder / name}")
