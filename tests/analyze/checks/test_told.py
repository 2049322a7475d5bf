"""What a check says of a host that it is right about: word for word, with what proves it, and only where that was seen."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from analyze.checks.registry import CHECKS
from analyze.compose import compose, compose_check
from reports.model import Finding
from snapshot.model.coverage import Coverage
from snapshot.model.kinds import KINDS
from snapshot.store.extracts import read_as
from tests.analyze.checks.sick import (
    CROWDED,
    STEPS,
    Step,
    orphan,
    sound,
    wrong_address,
    wrong_gateway,
    wrong_mac,
)
from tests.analyze.hosts import Host, Net
from tests.analyze.pairs import sides_of
from tests.analyze.rows import address

BY_ID = {check.id: check for check in CHECKS}
FILE = Path(__file__).with_name("told.json")
MANY = Path(__file__).with_name("told_of_many.json")


def findings(host: Host) -> tuple[Finding, ...]:
    return compose_check(host.loaded(), "netlapse test").findings


def sick(step: Step) -> Host:
    host = sound()
    step(host)
    return host


def told(step: Step) -> list[dict[str, Any]]:
    """What is said of a sick host, with the scopes in all of which what the check needs has to have been read for that."""
    host = sick(step)
    scopes = _scopes(host)
    said: list[dict[str, Any]] = [
        {"check": f.check, "severity": f.severity, "scope": f.scope, "message": f.message, "evidence": list(f.evidence)}
        for f in findings(host)
    ]
    for one in said:
        kinds = {read_as(kind) for kind in BY_ID[one["check"]].needs if kind != "namespace"}
        torn = Coverage(
            kinds=tuple(kind for kind in kinds if KINDS[kind].owner == "namespace"),
            status="torn",
            error="kept changing",
        )
        halves = {scope: sick(step) for scope in scopes}
        for net, half in zip(host.nets.values(), halves.values(), strict=True):
            half.coverage.append(replace(torn, namespace=net.key))
        known = (one["check"], one["message"])
        one["rests on"] = [
            s for s, half in halves.items() if known not in {(f.check, f.message) for f in findings(half)}
        ]
    return said


def test_of_a_sound_host_nothing_is_told() -> None:
    assert findings(sound()) == ()


def known(file: Path, step: Step, now: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What a file has was read before it was put there; NETLAPSE_UPDATE_GOLDEN=1 writes it anew."""
    every = json.loads(file.read_text(encoding="ascii"))
    if os.environ.get("NETLAPSE_UPDATE_GOLDEN"):
        every[step.__name__] = now
        file.write_text(json.dumps(every, indent=1) + "\n", encoding="ascii")
    return list(every[step.__name__])


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.__name__)
def test_what_is_told(step: Step) -> None:
    now = told(step)
    assert now == known(FILE, step, now)


@pytest.mark.parametrize("step", CROWDED, ids=lambda step: step.__name__)
def test_of_many_things_some_are_told(step: Step) -> None:
    host = sound(more=12)
    step(host)
    said = {f.message: {"message": f.message, "evidence": list(f.evidence)} for f in findings(host)}
    now = list(said.values())
    assert now == known(MANY, step, now)


def test_every_check_is_tried() -> None:
    known = json.loads(FILE.read_text(encoding="ascii"))
    assert list(known) == [step.__name__ for step in STEPS]
    assert {one["check"] for said in known.values() for one in said} == set(BY_ID)


def _scopes(host: Host) -> list[str]:
    scopes = {key: f"pod:default/{c.pod_name}" for c in host.containers if (key := c.namespace) and c.pod_name}
    return [scopes.get(net.key, "host" if net.host else ",".join(net.names)) for net in host.nets.values()]


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.__name__)
def test_after_a_reboot_it_is_the_same_trouble(step: Step) -> None:
    """Every cookie and index is another then."""
    host = sick(step)
    report = compose(sides_of(host, rebooted(host)), "netlapse test")
    assert [(f.check, f.status) for f in report.findings] == [(f.check, "persisting") for f in findings(host)]


@pytest.mark.parametrize(("first", "second"), [*permutations((wrong_address, wrong_mac, wrong_gateway), 2)])
def test_other_trouble_of_the_same_container_is_another_finding(first: Step, second: Step) -> None:
    report = compose(sides_of(sick(first), sick(second)), "netlapse test")
    assert sorted(f.status for f in report.findings) == ["new", "resolved"]


@pytest.mark.parametrize(("scope", "orphan_still"), [("link", True), ("global", False)])
def test_an_end_with_an_address_of_its_own_serves_somebody(scope: str, orphan_still: bool) -> None:
    host = sick(orphan)
    host.root.addresses.append(address("idle", "fe80::7/64" if scope == "link" else "10.77.0.1/24", scope=scope))
    assert ("orphan-veth" in {f.check for f in findings(host)}) is orphan_still


def rebooted(host: Host) -> Host:
    cookies = {key: f"cookie:9{key.removeprefix('cookie:')}" for key in host.nets}

    def now(net: Net) -> Net:
        links = [
            replace(
                link,
                ifindex=link.ifindex + 1000,
                link_index=link.link_index and link.link_index + 1000,
                kind_data={n: v + 1000 if n == "vxlan_link" else v for n, v in link.kind_data.items()},  # type: ignore[operator]
            )
            for link in net.links
        ]
        nsids = [replace(n, target=cookies[n.target]) for n in net.nsids if n.target is not None]
        return replace(net, key=cookies[net.key], inode=net.inode + 1000, links=links, nsids=nsids)

    after = host.fork()
    after.boot_id = "boot-2"
    after.nets = {cookies[key]: now(net) for key, net in after.nets.items()}
    after.containers = [replace(c, namespace=cookies[c.namespace]) for c in host.containers if c.namespace is not None]
    return after
