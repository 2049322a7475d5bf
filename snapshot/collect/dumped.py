"""The kinds that are dumped like links and routes, and told by tables of our own instead of by ``netlink.attributes``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from snapshot.collect.multicast import entries
from snapshot.collect.nexthops import nexthops
from snapshot.collect.traffic import Disciplines, classes, filters
from snapshot.collect.vlans import vlans
from snapshot.model.kinds import Fact

Tell = Callable[[tuple[bytes, ...], Mapping[int, str]], Iterable[Fact]]


def tellers() -> dict[str, Tell]:
    """Kind -> how its messages are told. One set for each capture: a teller remembers what namespaces have in common."""
    return {
        "nexthop": nexthops, "vlan": vlans, "mdb": entries, "qdisc": Disciplines(), "class": classes, "filter": filters,
    }  # fmt: skip
