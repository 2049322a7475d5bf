"""Hosts that are started anew: everything in its place, and every number another."""

from __future__ import annotations

import copy
from dataclasses import replace

from snapshot.model.link import Link
from snapshot.model.namespace import NamespaceId
from tests.analyze.hosts import NUMBERS, Host, Net


def rebooted(host: Host) -> Host:
    """The host in its next boot: new cookies, inodes, indexes and MACs of what is no hardware; its workloads come back as
    new containers of the same pods, or the same containers in new namespaces."""
    new = copy.deepcopy(host)
    new.boot_id = f"{host.boot_id}-next"
    keys = {key: f"cookie:{next(NUMBERS)}" for key in host.nets}
    indexes = {
        (key, link.ifindex): next(NUMBERS) if link.link_kind is not None else link.ifindex
        for key, net in host.nets.items()
        for link in net.links
    }
    new.nets = {keys[key]: _made_anew(net, keys, indexes, host) for key, net in new.nets.items()}
    new.containers = [
        replace(
            container,
            namespace=keys.get(container.namespace or "", container.namespace),
            id=f"{container.id}-next" if container.pod_name is not None else container.id,
            joined=f"{container.joined}-next" if container.joined is not None else None,
            pid=next(NUMBERS),
        )
        for container in new.containers
    ]
    return new


def _made_anew(net: Net, keys: dict[str, str], indexes: dict[tuple[str, int], int], host: Host) -> Net:
    targets = {nsid.nsid: nsid.target for nsid in net.nsids}
    macs: dict[str, str] = {}
    links: list[Link] = []
    for link in net.links:
        index = indexes[net.key, link.ifindex]
        mac = link.mac
        if link.link_kind is not None and link.mac is not None:
            mac = macs[link.mac] = f"{link.mac[:5]}:{index >> 16 & 255:02x}:99:{index >> 8 & 255:02x}:{index & 255:02x}"
        there = targets.get(link.link_netnsid) if link.link_netnsid is not None else net.key
        lower = indexes.get((there or "", link.link_index or 0), link.link_index)
        links.append(replace(link, ifindex=index, mac=mac, link_index=lower))
    rows = [replace(row, mac=macs.get(row.mac, row.mac)) for row in net.fdb]
    return replace(
        net,
        key=keys[net.key],
        inode=net.inode + 5000,
        links=links,
        fdb=rows,
        neighbours=[],
        nsids=[NamespaceId(nsid=nsid.nsid, target=keys.get(nsid.target or "")) for nsid in net.nsids],
    )
