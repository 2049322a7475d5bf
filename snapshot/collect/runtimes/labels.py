"""Which labels are kept: those that say who a container is. All others may hold secrets and stay where they are."""

from __future__ import annotations

from collections.abc import Mapping

from snapshot.collect.runtimes.values import text

KEPT = frozenset(
    {
        # A pod, and its place in it.
        "io.kubernetes.pod.name",
        "io.kubernetes.pod.namespace",
        "io.kubernetes.pod.uid",
        "io.kubernetes.container.name",
        "io.kubernetes.docker.type",
        "io.kubernetes.sandbox.id",
        # Who made the pod.
        "app.kubernetes.io/name",
        "app.kubernetes.io/instance",
        "app.kubernetes.io/version",
        "app.kubernetes.io/component",
        "app.kubernetes.io/part-of",
        "app.kubernetes.io/managed-by",
        "app.kubernetes.io/created-by",
        "apps.kubernetes.io/pod-index",
        "pod-template-hash",
        "rollouts-pod-template-hash",
        "pod-template-generation",
        "controller-revision-hash",
        "controller-uid",
        "statefulset.kubernetes.io/pod-name",
        "job-name",
        "batch.kubernetes.io/job-name",
        "batch.kubernetes.io/controller-uid",
        "batch.kubernetes.io/job-completion-index",
        "batch.kubernetes.io/cronjob-scheduled-timestamp",
        "k8s-app",
        # Compose, also Podman's.
        "com.docker.compose.project",
        "com.docker.compose.service",
        "com.docker.compose.container-number",
        "com.docker.compose.oneoff",
        "com.docker.compose.network",
        "io.podman.compose.project",
        "io.podman.compose.service",
        # Swarm.
        "com.docker.swarm.node.id",
        "com.docker.swarm.service.id",
        "com.docker.swarm.service.name",
        "com.docker.swarm.task.id",
        "com.docker.swarm.task.name",
        "com.docker.stack.namespace",
    }
)
LONGEST = 1024


def kept(labels: Mapping[str, object] | None) -> dict[str, str]:
    """The allowed labels, cut to a sane length."""
    return {key: (text(value) or "")[:LONGEST] for key, value in sorted((labels or {}).items()) if key in KEPT}
