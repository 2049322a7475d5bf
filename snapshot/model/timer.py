"""What runs by itself: remaining lifetimes and protocol timers, kept apart from configuration."""

from __future__ import annotations

from snapshot.model.frozen import frozen


@frozen
class Timer:
    """One value that counts up or down.

    of     the kind it belongs to: "link", "address", "route"
    dev    link name, None when none
    key    the object within that kind: the address with prefix length, the route's dst, "" for a link
    name   kernel attribute in lower case: "valid_lft", "preferred_lft", "expires", "gc_timer", ...
    value  seconds for lifetimes and expires, USER_HZ hundredths for bridge timers (linux/if_link.h)
    """

    of: str
    dev: str | None = None
    key: str = ""
    name: str
    value: int
