"""Which labels are kept: those that say who a container is. All others may hold secrets and stay where they are."""

from __future__ import annotations

from collections.abc import Mapping

KEPT = frozenset(
    {
        "io.kubernetes.pod.name",
        "io.kubernetes.pod.namespace",
        "io.kubernetes.pod.uid",
        "io.kubernetes.container.name",
        "io.kubernetes.docker.type",
        "io.kubernetes.sandbox.id",
        "com.docker.compose.project",
        "com.docker.compose.service",
        "com.docker.compose.container-number",
        "com.docker.compose.oneoff",
        "com.docker.compose.network",
        "com.docker.swarm.node.id",
        "com.docker.swarm.service.id",
        "com.docker.swarm.service.name",
        "com.docker.swarm.task.id",
        "com.docker.swarm.task.name",
        "com.docker.stack.namespace",
        "app.kubernetes.io/name",
        "app.kubernetes.io/instance",
        "app.kubernetes.io/component",
        "app.kubernetes.io/part-of",
        "app.kubernetes.io/managed-by",
    }
)
LONGEST = 1024


def kept(labels: Mapping[str, object] | None) -> dict[str, str]:
    """The allowed labels, cut to a sane length."""
    return {key: str(value)[:LONGEST] for key, value in sorted((labels or {}).items()) if key in KEPT}
