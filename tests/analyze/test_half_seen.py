"""What was seen in part: an end of a pair, a section that kept changing, a container whose namespace was not found."""

from __future__ import annotations

import copy
from dataclasses import replace

from analyze.compose import compose
from analyze.filters.filters import Filters
from reports.model import Change
from snapshot.model.container import Network
from snapshot.model.coverage import Coverage
from tests.analyze.hosts import Host
from tests.analyze.pairs import sides_of
from tests.analyze.rows import route
from tests.analyze.test_changes import classic, compare, net_of


def told(before: Host, after: Host) -> list[Change]:
    return list(compose(sides_of(before, after), "netlapse test", filters=Filters(default=False)).changes)


def test_a_pair_whose_host_end_was_not_seen_has_not_left_its_bridge() -> None:
    def tear(host: Host) -> None:
        host.root.links = [link for link in host.root.links if link.name != "vethweb-11"]
        host.coverage.append(Coverage(namespace=host.root.key, kinds=("link",), status="torn", error="kept changing"))

    assert [c for c in compare(tear).changes if c.kind == "veth"] == []


def test_which_pair_an_end_belongs_to_after_a_reboot_is_unknown_where_the_other_was_not_seen() -> None:
    before, after = classic(), classic()
    after.boot_id = "boot-2"
    pod = net_of(after, "web-1")
    pod.links = [link for link in pod.links if link.name != "eth0"]
    after.coverage.append(Coverage(namespace=pod.key, kinds=("link",), status="torn", error="kept changing"))
    pairs = {c.name: c.action for c in told(before, after) if c.kind == "veth" and "vethweb-11" in c.name}
    assert set(pairs.values()) <= {"unknown", "recreated"}


def test_a_pod_that_runs_in_a_namespace_that_was_not_found_still_runs() -> None:
    def hide(host: Host) -> None:
        lost = net_of(host, "web-1")
        del host.nets[lost.key]
        host.root.nsids = [replace(n, target=None) if n.target == lost.key else n for n in host.root.nsids]
        host.containers = [replace(c, namespace=None) if c.namespace == lost.key else c for c in host.containers]
        host.coverage.append(Coverage(place="pid 7", kinds=("namespace",), status="skipped", error="no permission"))

    assert [(c.kind, c.action) for c in compare(hide).changes if c.kind == "pod"] == []


def test_of_routes_some_of_which_were_not_read_none_became_another() -> None:
    """The route of metric 30 was there before, but not read: it is not what became of the one of metric 10."""
    before, after = classic(), classic()
    before.root.routes.append(route("198.51.100.0/24", "docker0", metric=10))
    before.coverage.append(Coverage(namespace=before.root.key, kinds=("route",), status="torn", error="kept changing"))
    after.root.routes.append(route("198.51.100.0/24", "docker0", metric=30))
    metrics = [(c.action, (c.after or c.before or {})["metric"]) for c in told(before, after)]
    assert sorted(metrics) == [("unknown", 10), ("unknown", 30)]


def test_networks_of_one_name_are_told_in_one_order() -> None:
    before, one, two = classic(), classic(), classic()
    networks = [Network(id=name, name="back", driver="null") for name in ("n1", "n2")]
    one.networks, two.networks = networks, networks[::-1]
    assert told(before, one) == told(before, copy.deepcopy(two))
