"""Workloads whose names do not last: a replica's successor is known by its owner, or not at all."""

from __future__ import annotations

import copy
from dataclasses import replace

import pytest

from analyze.match.generated import without_hash
from tests.analyze.hosts import Host
from tests.analyze.workloads import container, daemon_set, deployment, one, pod, report, service, top

OLD, NEW = "7d9c6b5f4", "5c8bdf9d7b"


def host() -> Host:
    return Host.with_bridge()


def test_a_rolling_update_re_creates_each_replica() -> None:
    before, after = host(), host()
    for name, ip in (("x2x9z", "10.1.27.2"), ("b4c7d", "10.1.27.3")):
        pod(before, f"web-{OLD}-{name}", ip, deployment(OLD))
    for name, ip in (("m2n4p", "10.1.27.4"), ("q7r8s", "10.1.27.5")):
        pod(after, f"web-{NEW}-{name}", ip, deployment(NEW))
    assert top(report(before, after)) == [
        ("pod", "recreated", f"default/web-{NEW}-m2n4p", "replica of Deployment web"),
        ("pod", "recreated", f"default/web-{NEW}-q7r8s", "replica of Deployment web"),
    ]


def test_scaled_up_is_added_and_scaled_down_is_removed() -> None:
    before, after = host(), host()
    for side in (before, after):
        pod(side, f"web-{OLD}-x2x9z", "10.1.27.2", deployment(OLD))
    pod(after, f"web-{OLD}-b4c7d", "10.1.27.3", deployment(OLD))
    up = [(kind, action, name) for kind, action, name, _ in top(report(before, after))]
    assert ("pod", "added", f"default/web-{OLD}-b4c7d") in up
    assert ("pod", "removed", f"default/web-{OLD}-b4c7d", None) in top(report(after, before))


def test_the_surplus_of_an_update_is_the_youngest() -> None:
    before, after = host(), host()
    pod(before, f"web-{OLD}-x2x9z", "10.1.27.2", deployment(OLD), started="2026-01-01T00:00:00Z")
    pod(after, f"web-{NEW}-zzzzz", "10.1.27.4", deployment(NEW), started="2026-01-01T01:00:00Z")
    pod(after, f"web-{NEW}-bbbbb", "10.1.27.5", deployment(NEW), started="2026-01-01T02:00:00Z")
    assert top(report(before, after)) == [
        ("pod", "added", f"default/web-{NEW}-bbbbb", None),
        ("pod", "recreated", f"default/web-{NEW}-zzzzz", "replica of Deployment web"),
    ]


def test_those_of_one_template_pair_before_those_of_one_age() -> None:
    before, after = host(), host()
    pod(before, f"web-{OLD}-x2x9z", "10.1.27.2", deployment(OLD), started="2026-01-01T00:00:00Z")
    pod(before, f"web-{NEW}-b4c7d", "10.1.27.3", deployment(NEW), started="2026-01-01T01:00:00Z")
    pod(after, f"web-{NEW}-m2n4p", "10.1.27.4", deployment(NEW), started="2026-01-01T02:00:00Z")
    pods = [change for change in report(before, after).changes if change.kind == "pod"]
    assert {(change.action, (change.before or {})["name"]) for change in pods} == {
        ("removed", f"web-{OLD}-x2x9z"),
        ("recreated", f"web-{NEW}-b4c7d"),
    }


@pytest.mark.parametrize(
    ("labels", "old", "new", "reason", "confidence"),
    [
        (deployment, f"web-{OLD}-x2x9z", f"web-{NEW}-b4c7d", "replica of Deployment web", "strong"),
        (daemon_set, "cni-x2x9z", "cni-b4c7d", "replica of DaemonSet cni", "strong"),
        (lambda _: {"job-name": "backup"}, "backup-x2x9z", "backup-b4c7d", "replica of Job backup", "strong"),
        (
            lambda r: {"batch.kubernetes.io/job-name": "backup-28391040" if r == OLD else "backup-28391041"},
            "backup-28391040-x2x9z", "backup-28391041-b4c7d", "replica of CronJob backup", "strong",
        ),
        (
            lambda r: {"rollouts-pod-template-hash": r}, f"web-{OLD}-x2x9z", f"web-{NEW}-b4c7d",
            "replica of Rollout web", "strong",
        ),
        (lambda _: {}, f"web-{OLD}-x2x9z", f"web-{NEW}-b4c7d", "replica of Deployment web, by its name", "weak"),
        (lambda _: {}, "cni-x2x9z", "cni-b4c7d", "replica of cni, by its name", "weak"),
        (
            lambda _: {}, "backup-28391040-xwz24", "backup-28391041-b4c7d",
            "replica of CronJob backup, by its name", "weak",
        ),
    ],
)  # fmt: skip
def test_every_owner_is_known_by_its_labels_or_by_the_form_of_the_name(
    labels: object, old: str, new: str, reason: str, confidence: str
) -> None:
    before, after = host(), host()
    pod(before, old, "10.1.27.2", labels(OLD))  # type: ignore[operator]
    pod(after, new, "10.1.27.9", labels(NEW))  # type: ignore[operator]
    change = one(report(before, after), "pod")
    assert (change.action, change.matched_by, change.confidence) == ("recreated", reason, confidence)
    assert change.scope == f"pod:default/{new}"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("web-0", "web-1"),  # ordinals of a StatefulSet
        (f"web-{OLD}-x2x9z", f"api-{NEW}-b4c7d"),
        ("nginx-proxy", "nginx-redis"),  # words: made of letters that no made-up suffix has
        ("backup-2839104-x2x9z", "backup-2839105-b4c7d"),  # no time
        ("plain", "other"),
    ],
)
def test_what_no_owner_explains_came_and_went(old: str, new: str) -> None:
    before, after = host(), host()
    pod(before, old, "10.1.27.2")
    pod(after, new, "10.1.27.9")
    pods = [change for change in report(before, after).changes if change.kind == "pod"]
    assert {(change.action, change.scope) for change in pods} == {
        ("removed", f"pod:default/{old}"),
        ("added", f"pod:default/{new}"),
    }


def test_a_statefulsets_pod_has_no_other_self_though_its_name_looks_made_up() -> None:
    before, after = host(), host()
    pod(before, "web-bbbbb", "10.1.27.2", {"statefulset.kubernetes.io/pod-name": "web-bbbbb"})
    pod(after, "web-ccccc", "10.1.27.9", {"statefulset.kubernetes.io/pod-name": "web-ccccc"})
    assert {action for kind, action, *_ in top(report(before, after)) if kind == "pod"} == {"added", "removed"}


def test_an_indexed_jobs_pods_pair_by_index() -> None:
    before, after = host(), host()
    for index in (0, 1):
        labels = {"job-name": "sum", "batch.kubernetes.io/job-completion-index": str(index)}
        pod(before, f"sum-{index}-x2x9{'zw'[index]}", f"10.1.27.{2 + index}", labels)
        pod(after, f"sum-{index}-b4c7{'zw'[1 - index]}", f"10.1.27.{8 - index}", labels)
    told = report(before, after)
    pods = [change for change in told.changes if change.kind == "pod"]
    assert [(p.before or {})["name"] for p in pods] == ["sum-0-x2x9z", "sum-1-x2x9w"]
    assert {p.confidence for p in pods} == {"strong"}


def test_labels_of_one_side_meet_the_names_of_the_other() -> None:
    before, after = host(), host()
    pod(before, f"web-{OLD}-x2x9z", "10.1.27.2", deployment(OLD))
    pod(after, f"web-{NEW}-b4c7d", "10.1.27.9")
    change = one(report(before, after), "pod")
    assert (change.matched_by, change.confidence) == ("replica of Deployment web, by its name", "weak")


def test_an_owners_name_may_be_so_long_that_the_hash_is_cut() -> None:
    long = "w" * 52
    before, after = host(), host()
    # 58 characters of the ReplicaSet's name are left, and five of the pod's own.
    pod(before, f"{long}-{OLD}"[:58] + "x2x9z", "10.1.27.2", deployment(OLD))
    pod(after, f"{long}-{NEW}"[:58] + "b4c7d", "10.1.27.9", deployment(NEW))
    assert one(report(before, after), "pod").matched_by == f"replica of Deployment {long}"


def test_a_one_off_run_is_not_the_service_it_was_run_of() -> None:
    before, after = host(), host()
    for side, run, ip in ((before, "1a2b3c4d5e6f", "10.1.27.8"), (after, "6f5e4d3c2b1a", "10.1.27.9")):
        container(side, "shop-web-1", "10.1.27.2", labels=service("shop", "web", 1))
        container(side, f"shop-web-run-{run}", ip, labels=service("shop", "web", 1, run=True))
    assert [row for row in top(report(before, after)) if row[0] == "container"] == [
        ("container", "recreated", "shop-web-1", "compose slot"),
        ("container", "recreated", "shop-web-run-6f5e4d3c2b1a", "replica of compose run web"),
    ]


def test_a_swarm_task_takes_its_slot_over() -> None:
    before, after = host(), host()
    for side, ends in ((before, ("aaa", "bbb")), (after, ("ccc", "ddd"))):
        for slot, number in enumerate(ends, start=1):
            labels = {"com.docker.swarm.service.name": "web", "com.docker.swarm.task.name": f"web.{slot}.{number}"}
            container(side, f"web.{slot}.{number}", f"10.1.27.{ord(number[0]) + slot}", labels=labels)
    assert [row for row in top(report(before, after)) if row[0] == "container"] == [
        ("container", "recreated", f"web.{slot}.{number}", "service and slot of the swarm")
        for slot, number in ((1, "ccc"), (2, "ddd"))
    ]


def test_a_task_with_a_uuid_is_known_by_the_rest_of_its_name() -> None:
    before, after = host(), host()
    container(before, "api-1b671a64-40d5-491e-99b0-da01ff1f3341", "10.1.27.2")
    container(after, "api-9c858901-8a57-4791-81fe-4c455b099bc9", "10.1.27.3")
    change = one(report(before, after), "container")
    assert (change.matched_by, change.confidence) == ("replica of api, by its name", "weak")


def test_the_container_that_serves_the_same_port_took_over() -> None:
    before, after = host(), host()
    port = {"protocol": "tcp", "port": 80, "host_address": "0.0.0.0", "host_port": 8080}
    container(before, "brave_bell", "10.1.27.2", image="nginx:1.25", ports=(port,))
    container(after, "calm_cori", "10.1.27.3", image="nginx:1.26", ports=(port,))
    container(after, "other", "10.1.27.4", image="redis:7")
    told = report(before, after)
    assert ("container", "recreated", "calm_cori", "image and published ports") in top(told)


def test_of_several_attempts_the_living_one_is_meant() -> None:
    before, after = host(), host()
    for side, number in ((before, "1"), (after, "2")):
        net = pod(side, "web-0", f"10.1.27.{number}")
        dead = next(c for c in side.containers if c.namespace == net.key and c.role == "container")
        side.containers.append(type(dead)(
            id=f"dead-{number}", name=dead.name, state="exited", pod_namespace="default", pod_name="web-0",
            pod_container="app", attempt=0 if number == "1" else 3,
        ))  # fmt: skip
    told = report(before, after)
    app = [c for c in told.changes if c.kind == "container" and (c.after or {}).get("pod_container") == "app"]
    assert {(c.action, (c.before or {})["state"], (c.after or {})["state"]) for c in app} == {
        ("recreated", "exited", "exited"),
        ("recreated", "running", "running"),
    }
    assert all(change.cause is not None for change in app)


def test_a_container_that_was_started_again_is_one_change_though_the_dead_one_is_still_listed() -> None:
    before = host()
    pod(before, "web-0", "10.1.27.2")
    after = copy.deepcopy(before)
    old = next(c for c in after.containers if c.role == "container")
    after.containers = [
        *(replace(c, state="exited", pid=None, namespace=None) if c is old else c for c in after.containers),
        replace(old, id="web-0-app-again", pid=4711, attempt=1),
    ]
    for there, back in ((before, after), (after, before)):
        told = report(there, back)
        assert [row for row in top(told) if row[0] != "socket"] == [
            ("container", "recreated", "k8s_app_web-0", "place whose container was replaced")
        ]
        assert {c.action for c in told.changes if c.kind == "container"} <= {"recreated", "added", "removed"}


@pytest.mark.parametrize(
    ("name", "known", "base"),
    [
        ("web-7d9c6b5f4", "7d9c6b5f4", "web"),
        ("web-7d9", "7d9c6b5f4", None),
        ("web", "7d9c6b5f4", None),
        ("-7d9c6b5f4", "7d9c6b5f4", None),
        # Generated names end with what was cut off at 63 characters, less the dash and five of the pod's own.
        ("w" * 53 + "-7d9", "7d9c6b5f4", "w" * 53),
        ("w" * 52 + "-7d9", "7d9c6b5f4", None),
        ("web-7d9c6b5f4", None, "web"),
        ("web-7d9a6b5f4", None, None),
        ("web", None, None),
        ("-7d9c6b5f4", None, None),
    ],
)
def test_the_template_of_a_replica_sets_name(name: str, known: str | None, base: str | None) -> None:
    assert without_hash(name, known) == base
