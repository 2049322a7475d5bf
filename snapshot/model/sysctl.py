"""Kernel parameters that steer forwarding (sysctl(8), Documentation/networking/ip-sysctl.rst)."""

from __future__ import annotations

from snapshot.model.frozen import frozen
from snapshot.model.json import JsonObject


@frozen
class Sysctl:
    """The parameters of one directory under /proc/sys.

    path    in sysctl(8)'s dotted form, a link's name with "/" for its dots: "net.ipv4", "net.ipv4.conf.eth0", "net.bridge"
    dev     link name where it is a link's directory, "all" and "default" for these two, else None
    values  by file name; a number as integer, all else as text without its final newline
    """

    path: str
    dev: str | None = None
    values: JsonObject
