"""Generic netlink (linux/genetlink.h): a family is found by dumping all there are. To ask for one by name would load it."""

from __future__ import annotations

import struct

from snapshot.collect.netlink.nests import walk
from snapshot.collect.netlink.transport import NetlinkError, Requests

NETLINK_GENERIC = 16
GENLMSG = struct.Struct("=BBxx")
"""struct genlmsghdr: command, version."""
GENL_ID_CTRL, CTRL_CMD_GETFAMILY = 16, 3
CTRL_ATTR_FAMILY_ID, CTRL_ATTR_FAMILY_NAME = 1, 2


def family_number(requests: Requests, name: str) -> int | None:
    """The message type of a family, None where the kernel has not got it. Raises ``NetlinkError``."""
    for payload in requests.dump(name, GENL_ID_CTRL, GENLMSG.pack(CTRL_CMD_GETFAMILY, 1)).payloads:
        told = dict(walk(name, payload, GENLMSG.size))
        if told.get(CTRL_ATTR_FAMILY_NAME, b"").rstrip(b"\0").decode("ascii", "replace") == name:
            number = told.get(CTRL_ATTR_FAMILY_ID, b"")
            if len(number) != 2:
                raise NetlinkError(name, message="its family has no number")
            return int(struct.unpack("=H", number)[0])
    return None
