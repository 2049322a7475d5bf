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
    """A container as told; its ``namespace`` is for the agent to find, by ``sandbox_path`` or by pid."""

    container: Container
    sandbox_path: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What one runtime told. Times are ``time.time()`` seconds.

    ``error`` None: everything. With an error the rest is what was told before it, or beside it.
    ``same_pids``: the engine counts processes as the agent does, so that the pids it tells mean something in the agent's
    /proc. False for an engine on another machine or in another pid namespace.
    """

    endpoint: Endpoint
    runtime: Runtime | None = None
    containers: tuple[ToldContainer, ...] = ()
    networks: tuple[Network, ...] = ()
    error: str | None = None
    same_pids: bool = False
    started: float
    finished: float
