"""Whose replica a workload is, where its own name does not last: by its owner's labels, else by what made up its name.

The labels are those that the controllers put on their pods (kubernetes, pkg/apis/apps, pkg/apis/batch: well-known labels), that
Compose and Swarm put on containers. A StatefulSet's pod keeps its name and has no owner here: it is its own identity.
"""

from __future__ import annotations

from collections.abc import Mapping

from analyze.match.generated import without_hash, without_schedule, without_suffix, without_uuid
from analyze.topology import Pod
from snapshot.model.container import Container
from snapshot.model.frozen import frozen

JOB_NAMES = ("batch.kubernetes.io/job-name", "job-name")
INDEX = "batch.kubernetes.io/job-completion-index"
STATEFUL = ("statefulset.kubernetes.io/pod-name", "apps.kubernetes.io/pod-index")
REPLICA_SETS = (("rollouts-pod-template-hash", "Rollout"), ("pod-template-hash", "Deployment"))
REVISION = "controller-revision-hash"


@frozen
class Owner:
    """What made a workload, and would make another in its place.

    kind      "Deployment", "DaemonSet", "Job", "CronJob", ...; None where the name alone speaks for it
    place     the pod's namespace, or the runtime and project of a container
    slot      which of its owner's places it takes, where these are not alike (an indexed Job); None: one is as good as another
    revision  the template it was made of, None where that is not told
    told      labels say so; False: only the name's form does
    """

    kind: str | None
    place: str
    name: str
    slot: str | None = None
    revision: str | None = None
    told: bool = True

    @property
    def words(self) -> str:
        """ "Deployment web"."""
        return self.name if self.kind is None else f"{self.kind} {self.name}"


def pod_owner(pod: Pod) -> Owner | None:
    """The owner of a pod whose name was made up; None where its name lasts."""
    labels = _labels(pod)
    if any(name in labels for name in STATEFUL):
        return None
    return _labelled(pod, labels) or named_owner(pod)


def _labelled(pod: Pod, labels: Mapping[str, str]) -> Owner | None:
    base = without_suffix(pod.name)
    job = next((labels[name] for name in JOB_NAMES if labels.get(name)), None)
    if job is not None:
        run_of = without_schedule(job)
        return Owner(
            kind="Job" if run_of is None else "CronJob", place=pod.pod_namespace, name=run_of or job, slot=labels.get(INDEX)
        )  # fmt: skip
    if base is None:
        return None
    for label, kind in REPLICA_SETS:
        name = without_hash(base, labels[label]) if labels.get(label) else None
        if name is not None:
            return Owner(kind=kind, place=pod.pod_namespace, name=name, revision=labels[label])
    # Of a StatefulSet this label holds the set's name as well; its pods have no made-up suffix.
    if labels.get(REVISION):
        return Owner(kind="DaemonSet", place=pod.pod_namespace, name=base, revision=labels[REVISION])
    return None


def named_owner(pod: Pod) -> Owner | None:
    """What the form of a pod's name alone says."""
    base = without_suffix(pod.name)
    if base is None:
        return None
    for shorter, kind in ((without_hash(base), "Deployment"), (without_schedule(base), "CronJob")):
        if shorter is not None:
            return Owner(kind=kind, place=pod.pod_namespace, name=shorter, told=False)
    return Owner(kind=None, place=pod.pod_namespace, name=base, told=False)


def container_owner(container: Container) -> Owner | None:
    """The owner of a container outside pods whose name was made up: a one-off run of Compose's, a task with a UUID."""
    if container.pod_name is not None:
        return None
    labels = _texts(container)
    project, service = (labels.get(f"com.docker.compose.{word}") for word in ("project", "service"))
    if project and service and is_one_off(container):
        return Owner(kind="compose run", place=project, name=service)
    name = without_uuid(container.name)
    return Owner(kind=None, place="", name=name, told=False) if name is not None else None


def is_one_off(container: Container) -> bool:
    """Was it made by ``docker compose run``, beside its service's own containers (which are numbered)?"""
    return _texts(container).get("com.docker.compose.oneoff", "").lower() == "true"


def swarm_slot(container: Container) -> tuple[str, str] | None:
    """Service and slot (of a global service: the node) of a Swarm task, whose name is SERVICE.SLOT.ID (swarmkit, naming)."""
    labels = _texts(container)
    service = labels.get("com.docker.swarm.service.name")
    task = labels.get("com.docker.swarm.task.name") or container.name
    if not service or not task.startswith(f"{service}."):
        return None
    slot, _, number = task.removeprefix(f"{service}.").partition(".")
    return (service, slot) if slot and number else None


def _labels(pod: Pod) -> dict[str, str]:
    """The pod's labels: its sandbox has them (CRI), and what an engine knows of each of its containers."""
    found: dict[str, str] = {}
    for container in reversed(pod.containers):
        found |= _texts(container)
    return found


def _texts(container: Container) -> dict[str, str]:
    return {name: value for name, value in container.labels.items() if isinstance(value, str)}
