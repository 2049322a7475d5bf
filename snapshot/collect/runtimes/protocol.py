"""What a container runtime is asked, and what it answers."""

from __future__ import annotations

from dataclasses import dataclass

from snapshot.model.container import Container, Network, Runtime


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Where a runtime listens. ``explicit``: the user named it, so silence there is an error to tell."""

    runtime: str
    url: str
    explicit: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldContainer:
    """A container as told; its ``namespace`` is for the agent to find, by pid or by ``sandbox_path``."""

    container: Container
    sandbox_path: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What one runtime told. ``error`` None: everything. Times are ``time.time()`` seconds."""

    endpoint: Endpoint
    runtime: Runtime | None = None
    containers: tuple[ToldContainer, ...] = ()
    networks: tuple[Network, ...] = ()
    error: str | None = None
    started: float
    finished: float
