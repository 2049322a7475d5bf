"""A check's two hosts: one on which it fires, and the nearest healthy one, on which it does not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.lab.docker import DockerHost

Build = str | Callable[[DockerHost], None]
"""Shell lines for a host in a bottle, or what is to be done with its Docker engine."""


@dataclass(frozen=True, kw_only=True)
class Twin:
    """Both are built on one real host beside the others', so names begin with the check's initials.

    sick     what the check is there for
    healthy  the same but for what is wrong
    fires    the findings of this check on all of the host: each the scope and a part of the message
    apart    both cannot be there at once: the healthy one is captured by itself, before the other is built
    """

    check: str
    sick: Build
    healthy: Build
    fires: tuple[tuple[str, str], ...]
    apart: bool = False

    def build(self, host: DockerHost) -> None:
        """Build both; the healthy one of those ``apart`` is captured on the way."""
        if self.apart:
            build(host, self.healthy)
            host.capture("--label", self.label)
            build(host, self.sick)
        else:
            build(host, self.sick)
            build(host, self.healthy)

    @property
    def label(self) -> str:
        """Of the snapshot of the healthy one by itself."""
        return f"healthy-{self.check}"


def build(host: DockerHost, part: Build) -> None:
    """Do what is to be done."""
    if isinstance(part, str):
        host.bottle.sh(part)
    else:
        part(host)


def pair(
    name: str,
    address: str | None = None,
    *,
    on: str | None = None,
    ends: str = "up",
    namespace: str | None = None,
    mtu: int = 1500,
) -> str:
    """Shell: a namespace, with a veth pair from NAME (on a bridge or not) to eth0 in it; "up": both ends are."""
    inside = namespace or name
    lines = [
        f"ip netns add {inside}",
        f"ip link add {name} mtu {mtu} type veth peer name eth0 mtu {mtu} netns {inside}",
    ]
    if on is not None:
        lines.append(f"ip link set {name} master {on}")
    if ends == "up":
        lines += [f"ip link set {name} up", f"ip -n {inside} link set eth0 up"]
    if address is not None:
        lines.append(f"ip -n {inside} addr add {address} dev eth0")
    return "; ".join(lines) + "\n"


def bridge(name: str, address: str | None = None) -> str:
    """Shell: a bridge that is up."""
    added = f"; ip addr add {address} dev {name}" if address is not None else ""
    return f"ip link add {name} type bridge; ip link set {name} up{added}\n"
