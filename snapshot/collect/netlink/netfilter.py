"""What nfnetlink tells of a namespace's firewall at a glance: tables, sets, rules, ipsets (linux/netfilter/nfnetlink.h).

Only names, flags and handles: what a rule says is told by the tool that speaks its language. A request for a part of netfilter
that the kernel has not loaded would make it load a module: ask ``snapshot.collect.kernel`` first.
"""

from __future__ import annotations

import errno
import struct
from collections.abc import Iterator
from typing import NamedTuple

from snapshot.collect.netlink.nests import walk
from snapshot.collect.netlink.readers import NLA
from snapshot.collect.netlink.transport import NetlinkError, Requests

NETLINK_NETFILTER = 12
NFGENMSG = struct.Struct("=BBH")
NLA_F_NET_BYTEORDER = 0x4000

NFNL_SUBSYS_IPSET, NFNL_SUBSYS_NFTABLES = 6, 10
NFT_MSG_GETTABLE, NFT_MSG_GETRULE, NFT_MSG_GETSET, NFT_MSG_GETGEN, NFT_MSG_GETOBJ, NFT_MSG_GETFLOWTABLE = (
    1,
    7,
    10,
    16,
    19,
    23,
)
NFT_TABLE_F_DORMANT = 1
NFT_SET_ANONYMOUS = 1

IPSET_CMD_LIST = 7
IPSET_ATTR_PROTOCOL, IPSET_ATTR_SETNAME, IPSET_ATTR_FLAGS = 1, 2, 6
IPSET_PROTOCOL = 6
IPSET_FLAG_LIST_SETNAME = 2

FAMILIES = {1: "inet", 2: "ip", 3: "arp", 5: "netdev", 7: "bridge", 10: "ip6"}
"""NFPROTO_* (linux/netfilter.h), as nft names them."""

NUMBERS = {name: number for number, name in FAMILIES.items()}
OPAQUE = ("match", "target")

WHAT = "firewall"


class Table(NamedTuple):
    """An nftables table. ``name`` is as the kernel has it, which need not be text."""

    family: str
    name: bytes
    dormant: bool


class Rule(NamedTuple):
    """Where a rule of a table is.

    ``opaque`` are its expressions that are iptables' own (matches and targets), each as "match comment 0 6869": name, revision,
    and content as hex.
    """

    chain: bytes
    handle: int
    opaque: tuple[str, ...] = ()


class Netfilter:
    """A socket for requests to nfnetlink, in the namespace of the thread that made it.

    Everything raises ``NetlinkError``. The kernel wants CAP_NET_ADMIN in the user namespace that the namespace belongs to.
    """

    def __init__(self) -> None:
        self._requests = Requests(NETLINK_NETFILTER)

    def close(self) -> None:
        """Close the socket."""
        self._requests.close()

    def __enter__(self) -> Netfilter:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def generation(self) -> int:
        """A number that every change of the namespace's nftables moves (NFTA_GEN_ID)."""
        try:
            payload = self._requests.ask(WHAT, _type(NFNL_SUBSYS_NFTABLES, NFT_MSG_GETGEN), NFGENMSG.pack(0, 0, 0))
        except NetlinkError as error:
            raise _explained(error) from error
        return int.from_bytes(_attributes(payload).get(1, b""), "big")

    def tables(self) -> tuple[Table, ...]:
        """All tables of nftables."""
        found = []
        for family, attributes in self._dump(NFNL_SUBSYS_NFTABLES, NFT_MSG_GETTABLE):
            flags = int.from_bytes(attributes.get(2, b""), "big")
            found.append(Table(family, _name(attributes.get(1, b"")), bool(flags & NFT_TABLE_F_DORMANT)))
        return tuple(found)

    def with_objects(self) -> frozenset[tuple[str, bytes]]:
        """The tables (family, name) that have a set with a name, a stateful object or a flowtable."""
        found = set()
        for message in (NFT_MSG_GETSET, NFT_MSG_GETOBJ, NFT_MSG_GETFLOWTABLE):
            for family, attributes in self._dump(NFNL_SUBSYS_NFTABLES, message):
                # NFTA_SET_FLAGS, NFTA_OBJ_TYPE and NFTA_FLOWTABLE_HOOK have the same number.
                anonymous = message == NFT_MSG_GETSET and attributes.get(3, b"\0")[-1] & NFT_SET_ANONYMOUS
                if not anonymous:
                    found.add((family, _name(attributes.get(1, b""))))
        return frozenset(found)

    def rules(self, family: str, table: bytes) -> tuple[Rule, ...]:
        """All rules of one table, in their order."""
        found = []
        for _, attributes in self._rules(family, table):
            expressions = attributes.get(4, b"")
            opaque: tuple[str, ...] = ()
            if b"match\0" in expressions or b"target\0" in expressions:
                opaque = tuple(_opaque(kind, data) for kind, data in _expressions(expressions) if kind in OPAQUE)
            handle = int.from_bytes(attributes.get(3, b""), "big")
            found.append(Rule(_name(attributes.get(2, b"")), handle, opaque))
        return tuple(found)

    def uses(self, family: str, table: bytes) -> frozenset[str]:
        """What a table's rules are made of: the names of their expressions.

        "payload 2" is one that looks at the transport header (NFTA_PAYLOAD_BASE), "userdata" stands for a comment.
        """
        found = set()
        for _, attributes in self._rules(family, table):
            if 7 in attributes:
                found.add("userdata")
            for kind, data in _expressions(attributes.get(4, b"")):
                found.add(f"payload {int.from_bytes(data.get(2, b''), 'big')}" if kind == "payload" else kind)
        return frozenset(found)

    def _rules(self, family: str, table: bytes) -> list[tuple[str, dict[int, bytes]]]:
        wanted = table + b"\0"
        padding = bytes(-len(wanted) % 4)
        attribute = NLA.pack(NLA.size + len(wanted), 1) + wanted + padding
        return self._dump(NFNL_SUBSYS_NFTABLES, NFT_MSG_GETRULE, attribute, NUMBERS.get(family, 0))

    def ipsets(self) -> tuple[bytes, ...]:
        """The names of all ipsets."""
        wanted = NLA.pack(5, IPSET_ATTR_PROTOCOL) + bytes((IPSET_PROTOCOL, 0, 0, 0))
        wanted += NLA.pack(8, IPSET_ATTR_FLAGS | NLA_F_NET_BYTEORDER) + IPSET_FLAG_LIST_SETNAME.to_bytes(4, "big")
        dumped = self._dump(NFNL_SUBSYS_IPSET, IPSET_CMD_LIST, wanted)
        return tuple(_name(attributes.get(IPSET_ATTR_SETNAME, b"")) for _, attributes in dumped)

    def _dump(
        self, subsystem: int, message: int, wanted: bytes = b"", family: int = 0
    ) -> list[tuple[str, dict[int, bytes]]]:
        """The answers: each one's family and attributes."""
        try:
            dump = self._requests.dump(WHAT, _type(subsystem, message), NFGENMSG.pack(family, 0, 0) + wanted)
        except NetlinkError as error:
            # A kernel that lacks this part of netfilter has nothing of it: nfnetlink says EINVAL of what it does not know.
            if error.errno in (errno.EOPNOTSUPP, errno.EINVAL) and not family:
                return []
            raise _explained(error) from error
        return [
            (FAMILIES.get(payload[0], str(payload[0])), _attributes(payload)) for payload in dump.payloads if payload
        ]


def _explained(error: NetlinkError) -> NetlinkError:
    if error.errno != errno.EPERM:
        return error
    return NetlinkError(WHAT, errno.EPERM, "the kernel wants CAP_NET_ADMIN in the namespace's user namespace")


def _type(subsystem: int, message: int) -> int:
    return subsystem << 8 | message


def _name(raw: bytes) -> bytes:
    return raw.rstrip(b"\0")


def _expressions(raw: bytes) -> Iterator[tuple[str, dict[int, bytes]]]:
    """The expressions of a rule: names and attributes."""
    for _, expression in walk(WHAT, raw):
        attributes = _attributes(expression, 0)
        yield _name(attributes.get(1, b"")).decode("ascii", "replace"), _attributes(attributes.get(2, b""), 0)


def _opaque(kind: str, data: dict[int, bytes]) -> str:
    """An expression of nft_compat (NFTA_MATCH_NAME, _REV, _INFO; a target's have the same numbers)."""
    name = _name(data.get(1, b"")).decode("ascii", "backslashreplace")
    return f"{kind} {name} {int.from_bytes(data.get(2, b''), 'big')} {data.get(3, b'').hex()}"


def _attributes(raw: bytes, offset: int = NFGENMSG.size) -> dict[int, bytes]:
    return dict(walk(WHAT, raw, offset))
