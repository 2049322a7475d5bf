"""end-down: a veth pair one end of which is up and the other is not."""

from __future__ import annotations

from collections.abc import Iterator

from analyze.checks.check import Check, Found, LinkAt
from analyze.checks.host import Host
from analyze.veths import End, Veth


def find(host: Host) -> Iterator[Found]:
    """An end without IFF_UP takes the other's carrier away (drivers/net/veth.c, veth_close): LOWERLAYERDOWN."""
    for veth in host.topology.veths:
        if veth.near is None or veth.far is None:
            continue
        ends = (veth.near, veth.far)
        down = [end for end in ends if "UP" not in end.link.flags]
        if len(down) == 1:
            up = next(end for end in ends if end is not down[0])
            yield _found(host, veth, down[0], up)


def _found(host: Host, veth: Veth, down: End, up: End) -> Found:
    return Found(
        namespace=veth.home.namespace,
        subject=(LinkAt(*veth.home.spot),),
        message=f"{host.where(down.namespace, down.link.name)} is down, so its other end "
        f"{host.where(up.namespace, up.link.name)} has no carrier",
        evidence=tuple(
            f"{host.where(end.namespace, end.link.name)}: state {end.link.state}, flags {','.join(end.link.flags) or 'none'}"
            for end in (down, up)
        ),
        rests_on=frozenset({down.namespace, up.namespace}),
    )


CHECK = Check(
    id="end-down",
    title="One end of a veth pair is down",
    why="Nothing passes: the end that is up has no carrier, whatever its addresses and routes say.",
    severity="critical",
    needs=("link", "nsid"),
    find=find,
)
