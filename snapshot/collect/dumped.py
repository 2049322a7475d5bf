"""The kinds that are dumped like links and routes, and told by tables of our own instead of by ``netlink.attributes``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from snapshot.collect.traffic import Disciplines
from snapshot.model.kinds import Fact

Tell = Callable[[tuple[bytes, ...], Mapping[int, str]], Iterable[Fact]]


def tellers() -> dict[str, Tell]:
    """Kind -> how its messages are told. One set for each capture: a teller remembers what namespaces have in common."""
    return {
        "nexthop": _nexthops, "vlan": _vlans, "mdb": _groups, "qdisc": Disciplines(), "class": _classes, "filter": _filters,
    }  # fmt: skip


def _nexthops(payloads: tuple[bytes, ...], names: Mapping[int, str]) -> Iterable[Fact]:
    from snapshot.collect.nexthops import nexthops

    return nexthops(payloads, names)


def _vlans(payloads: tuple[bytes, ...], names: Mapping[int, str]) -> Iterable[Fact]:
    from snapshot.collect.vlans import vlans

    return vlans(payloads, names)


def _groups(payloads: tuple[bytes, ...], names: Mapping[int, str]) -> Iterable[Fact]:
    from snapshot.collect.multicast import entries

    return entries(payloads, names)


def _classes(payloads: tuple[bytes, ...], names: Mapping[int, str]) -> Iterable[Fact]:
    from snapshot.collect.traffic import classes

    return classes(payloads, names)


def _filters(payloads: tuple[bytes, ...], names: Mapping[int, str]) -> Iterable[Fact]:
    from snapshot.collect.traffic import filters

    return filters(payloads, names)
