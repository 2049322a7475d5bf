"""The same hosts, in another order and under other numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from random import Random
from typing import Any, TypeVar

from tests.analyze.hosts import Host, Net

T = TypeVar("T")


def shuffled(host: Host, chance: Random, *, rows: bool = False) -> Host:
    """Namespaces, containers and networks in another order; ``rows``: what is in the namespaces as well."""
    forked = host.fork()
    forked.nets = {key: forked.nets[key] for key in _mixed(list(forked.nets), chance)}
    lists: list[list[Any]] = [forked.containers, forked.networks, forked.coverage]
    for mixed in lists:
        mixed[:] = _mixed(mixed, chance)
    for net in forked.nets.values() if rows else ():
        for some in net.lists():
            some[:] = _mixed(some, chance)
        net.nsids = _mixed(net.nsids, chance)
    return forked


def _mixed(things: list[T], chance: Random) -> list[T]:
    return chance.sample(things, len(things))


def renumbered(before: Host, after: Host, chance: Random) -> tuple[Host, Host]:
    """Other cookies, inodes, boot ids and nsids; what was the same still is. The order of none of them is kept."""
    keys = sorted({*before.nets, *after.nets})
    numbers = chance.sample(range(10**6), 2 * len(keys))
    cookies = dict(zip(keys, (f"cookie:{n}" for n in numbers), strict=False))
    boots = {before.boot_id: "boot-x"}
    boots.setdefault(after.boot_id, "boot-y")
    shift = chance.randrange(1, 1000)

    def now(net: Net) -> Net:
        nsids = [
            replace(n, nsid=n.nsid + shift, target=cookies.get(n.target) if n.target is not None else None)
            for n in net.nsids
        ]
        links = [
            link if link.link_netnsid is None else replace(link, link_netnsid=link.link_netnsid + shift)
            for link in net.links
        ]
        return replace(net, key=cookies[net.key], nsids=nsids, links=links)

    def of(host: Host) -> Host:
        forked = host.fork()
        forked.boot_id = boots[host.boot_id]
        forked.nets = {cookies[key]: now(net) for key, net in forked.nets.items()}
        forked.containers = [
            c if c.namespace is None else replace(c, namespace=cookies.get(c.namespace)) for c in forked.containers
        ]
        return forked

    return of(before), of(after)


def renamed_namespaces(before: Host, after: Host, chance: Random) -> tuple[Host, Host, Mapping[str, str]]:
    """Other names for all bound namespaces, the same ones on both sides, in another order; and old path -> new."""
    paths = sorted({path for host in (before, after) for net in host.nets.values() for path in net.names})
    names = [f"ns{number}" for number in chance.sample(range(100, 1000), len(paths))]
    now = {path: f"/run/netns/{name}" for path, name in zip(paths, names, strict=True)}

    def of(host: Host) -> Host:
        forked = host.fork()
        forked.nets = {
            key: replace(net, names=tuple(now[path] for path in net.names)) for key, net in forked.nets.items()
        }
        return forked

    return of(before), of(after), now


def under_names(told: Any, now: Mapping[str, str]) -> Any:
    """What a report tells with its namespaces' paths, and scopes that name them, replaced by the new ones."""
    if isinstance(told, Mapping):
        return {name: under_names(value, now) for name, value in told.items()}
    if isinstance(told, list | tuple):
        return tuple(under_names(value, now) for value in told)
    if not isinstance(told, str):
        return told
    for path, new in now.items():
        scope, new_scope = (f"netns:{name.rpartition('/')[2]}" for name in (path, new))
        if told == path:
            return new
        if told == scope or told.startswith((f"{scope}/", f"{scope}[")):
            return new_scope + told.removeprefix(scope)
    return told
