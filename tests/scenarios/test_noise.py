"""One of 200 pods is made anew: hundreds of rows differ, and the report says one thing."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from tests.lab.bottle import told, top
from tests.lab.docker import DockerHost
from tests.lab.wired import wire
from tests.requirements import require_docker

PODS = 200
BY_DOCKER = 2
"""So many are made by the engine; the others are wired to its bridge as it does it, which takes less time."""


def rows(facts: dict[str, list[dict[str, Any]]]) -> Counter[str]:
    """Every row of a snapshot, as `show` tells it."""
    return Counter(f"{kind} {json.dumps(row, sort_keys=True)}" for kind, found in facts.items() for row in found)


def test_one_of_many_pods_made_anew_is_one_change() -> None:
    require_docker()
    with DockerHost() as host:
        for name in ("web-1", "web-2"):
            host.pod(name)
        wire(
            host.bottle, "docker0", [f"10.1.27.{number}/24" for number in range(20, 20 + PODS - BY_DOCKER)], "10.1.27.1"
        )
        host.bottle.settle()
        path = host.capture("--label", "before")
        host.remove_pod("web-1")
        host.pod("web-1", uid="2")
        host.bottle.settle()
        host.capture("--label", "after")
        before, after = (rows(host.bottle.show(f"{path}@{label}")) for label in ("before", "after"))
        differing = Counter(row.partition(" ")[0] for row in ((before - after) + (after - before)).elements())
        report, code = host.bottle.diff(f"{path}@before", f"{path}@after")
        changes = top(report)
        kinds = ", ".join(f"{count} {kind}" for kind, count in differing.most_common())
        print(f"1 of {PODS} pods made anew: {differing.total()} of {before.total()} rows differ ({kinds})")
        print(
            f"told are {len(report['changes'])} changes, {len(changes)} of them at the top; ignored: {report['ignored']}"
        )
        assert len(after) > PODS
        assert told(changes) == [("pod", "recreated", "pod:default/web-1", "default/web-1")]
        assert code == 1
        assert differing.total() > 50 * len(changes), "most of them merely follow"
