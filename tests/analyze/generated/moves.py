"""Links that go to another namespace, as ``ip link set DEV netns NAME`` moves them."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from snapshot.model.kinds import Fact
from snapshot.model.link import Link
from snapshot.model.namespace import NamespaceId
from tests.analyze.generated.workloads import NAMES
from tests.analyze.hosts import Host, Net

STAYS = ("bridge", "bond", "vrf")
"""Kinds that the kernel moves nowhere (NETIF_F_NETNS_LOCAL)."""


def link_moved(host: Host, chance: Random) -> None:
    """Hardware, or a tunnel: what hung on it is gone, what hangs on it there is somebody's doing."""
    _move_one(host, chance, veth=False)


def end_moved(host: Host, chance: Random) -> None:
    """An end of a veth pair."""
    _move_one(host, chance, veth=True)


def _move_one(host: Host, chance: Random, *, veth: bool) -> None:
    found = [
        (net, link)
        for net in host.nets.values()
        for link in net.links
        if link.type != "loopback" and link.link_kind not in STAYS and (link.link_kind == "veth") == veth
    ]
    if len(host.nets) > 1 and found:
        net, link = chance.choice(found)
        target = chance.choice([other for other in host.nets.values() if other is not net])
        _move(host, net, link, target, chance)


def _move(host: Host, net: Net, link: Link, target: Net, chance: Random) -> None:
    """It keeps name and index where they are free (net/core/dev.c: __dev_change_net_namespace)."""
    names, indexes = {other.name for other in target.links}, {other.ifindex for other in target.links}
    wanted = chance.choice((link.name, link.name, *NAMES))
    now = replace(
        link,
        name=wanted if wanted not in names else f"dev{next(host.numbers)}",
        ifindex=link.ifindex if link.ifindex not in indexes else next(host.numbers),
        master=None, port_kind=None, port_data={},
    )  # fmt: skip
    lower = _lower(net, link)
    above = [
        (other, one)
        for other in host.nets.values()
        for one in other.links
        if _lower(other, one) == (net.key, link.ifindex)
    ]
    drop(net, link.name)
    for other, one in above:
        if one is not link and one in other.links:
            _stand_on(host, other, one, (target.key, now.ifindex))
    target.link(now)
    if lower is not None:
        _stand_on(host, target, now, lower)


def drop(net: Net, name: str) -> None:
    """A link gone from a namespace, with all that hung on it."""
    net.without(name)
    for rows in net.lists():
        rows[:] = [row for row in rows if name not in (getattr(row, "dev", None), *_hops(row))]
    net.links = [
        replace(link, master=None, port_kind=None, port_data={}) if link.master == name else link for link in net.links
    ]
    net.fdb = [row for row in net.fdb if row.master != name]


def _hops(row: Fact) -> list[object]:
    return [hop["dev"] for hop in getattr(row, "nexthops", ()) if isinstance(hop, dict)]


def _lower(net: Net, link: Link) -> tuple[str, int] | None:
    """The link that one points at: its lower one, or its other end."""
    if link.link_index is None:
        return None
    key = net.key
    if link.link_netnsid is not None:
        key = next((known.target or "" for known in net.nsids if known.nsid == link.link_netnsid), "")
    return (key, link.link_index) if key else None


def _stand_on(host: Host, net: Net, link: Link, lower: tuple[str, int]) -> None:
    key, index = lower
    nsid = None
    if key != net.key:
        nsid = next((known.nsid for known in net.nsids if known.target == key), None)
        if nsid is None:
            nsid = next(host.numbers)
            net.nsids.append(NamespaceId(nsid=nsid, target=key))
    now = replace(link, link_index=index, link_netnsid=nsid)
    net.links = [now if one is link else one for one in net.links]
