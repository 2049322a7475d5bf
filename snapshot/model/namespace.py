"""A network namespace, and the ids by which one namespace knows another (network_namespaces(7))."""

from __future__ import annotations

from snapshot.model.frozen import frozen


@frozen
class Namespace:
    """One network namespace of the host.

    key          identity within one boot: "cookie:N" (SO_NETNS_COOKIE, socket(7)), or "inode:N" where the kernel has
                 no cookies; inodes are recycled, cookies are not
    inode        of nsfs: what ``ip netns`` and /proc/PID/ns/net show to people
    host         the namespace the capture was started in
    names        paths under which it is bound, sorted ("/run/netns/blue"), as the agent sees them
    has_process  some process or thread was in it when the namespaces were listed
    """

    key: str
    inode: int
    host: bool = False
    names: tuple[str, ...] = ()
    has_process: bool = False


@frozen
class NamespaceId:
    """What ``nsid`` means in one namespace (RTM_GETNSID, linux/net_namespace.h).

    nsid    the id, as links of this namespace use it in ``link_netnsid``
    target  ``Namespace.key`` of the namespace it stands for, None when that namespace was not found
    """

    nsid: int
    target: str | None = None
