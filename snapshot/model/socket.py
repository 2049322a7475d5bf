"""A socket that waits for strangers (sock_diag(7), linux/inet_diag.h, ss(8))."""

from __future__ import annotations

from snapshot.model.frozen import frozen


@frozen
class Socket:
    """One address and port that is listened at.

    protocol   "tcp" (also MPTCP's), "udp", "udplite", "sctp", "raw" (``port`` is then the IP protocol)
    family     "inet" or "inet6"
    address    "0.0.0.0", "::", "127.0.0.1", ...
    port       1 to 65535
    dev        link it is bound to, None for any
    v6only     an IPv6 socket that takes no IPv4
    uid        of who made it
    container  id of the container whose process holds it, None for one of the host's own processes, or when unknown
    owner      how ``container`` came: "container", "host" (a process that is in no container), "unknown"
    sockets    how many are alike: workers that share a port
    """

    protocol: str
    family: str
    address: str
    port: int
    dev: str | None = None
    v6only: bool = False
    uid: int
    container: str | None = None
    owner: str = "unknown"
    sockets: int = 1
