"""What a container runtime is asked, and what it answers."""

from __future__ import annotations

from typing import Literal, NamedTuple, Protocol

from snapshot.model.container import Container, Network, Runtime
from snapshot.model.frozen import frozen

Api = Literal["docker", "cri"]
"""The language spoken at an endpoint: the Docker Engine API (Podman's too), or the Kubernetes CRI, v1."""


@frozen
class Endpoint:
    """Where a runtime listens.

    runtime   what to call it until it has said its name
    explicit  the user named it, so silence there is an error to tell
    idle      why it is not asked although it is there, None for one that is
    """

    runtime: str
    url: str
    api: Api = "docker"
    explicit: bool = False
    idle: str | None = None


class Listed(NamedTuple):
    """A container of a list: whether it runs, and whether it is a sandbox that is asked for by another question."""

    id: str
    running: bool
    sandbox: bool = False


@frozen
class ToldContainer:
    """A container as told; its ``namespace`` is for the agent to find, by ``sandbox_path`` or by pid."""

    container: Container
    sandbox_path: str | None = None


class Engine(Protocol):
    """A runtime that is being asked. Every method may raise whatever its library raises; the caller bounds the time."""

    def runtime(self, url: str) -> Runtime:
        """Who answers."""

    def networks(self, runtime: Runtime) -> list[Network]:
        """All networks."""

    def containers(self) -> list[Listed]:
        """All containers, running or not."""

    def container(self, listed: Listed) -> ToldContainer | None:
        """One container, None if it has vanished since it was listed."""

    def failure(self, error: Exception) -> str:
        """An error in one line."""

    def is_about_one(self, error: Exception) -> bool:
        """Whether an error is about the thing that was asked for, so that asking for the next one makes sense."""

    def is_no_engine(self, error: Exception) -> bool:
        """Whether an error says that who listens there does not serve this API at all."""


class UnaskedError(Exception):
    """There is a runtime, and this agent cannot ask it; says what to do."""


@frozen
class Answer:
    """What one runtime told. Times are ``time.time()`` seconds.

    error      None: everything was told. With an error the rest is what was told before it, or beside it
    unasked    it was not even tried; ``error`` says why
    absent     who listens there does not speak this API: there is no such runtime
    torn       what changed between the two lists of containers, or why there is no second one
    networks   None where the API tells of none
    seen       ids of all containers of both lists, told or not
    same_pids  the engine counts processes as the agent does, so that the pids it tells mean something in the agent's /proc.
               False for an engine on another machine or in another pid namespace
    """

    endpoint: Endpoint
    runtime: Runtime | None = None
    containers: tuple[ToldContainer, ...] = ()
    networks: tuple[Network, ...] | None = ()
    error: str | None = None
    unasked: bool = False
    absent: bool = False
    torn: str | None = None
    seen: frozenset[str] = frozenset()
    same_pids: bool = False
    started: float
    finished: float

    @property
    def known(self) -> frozenset[str]:
        """Ids that need no other source: all that were seen, or, of a runtime that did not tell all, what it told."""
        return self.seen if self.error is None else frozenset(told.container.id for told in self.containers)
