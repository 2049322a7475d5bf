"""What each column of a snapshot is, and so what becomes of it when a snapshot is redacted.

Every column has a class: one that has none cannot be redacted, and importing this module fails.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from enum import Enum

from snapshot.model.container import Runtime
from snapshot.model.coverage import Coverage
from snapshot.model.kinds import KINDS
from snapshot.model.namespace import Namespace
from snapshot.model.provenance import Provenance
from snapshot.model.snapshot import Header


class Class(Enum):
    """The classes. Those of JSON columns say what of the value is replaced."""

    NUMBER = "a number or a truth value: stays"
    TIME = "a time: stays"
    DIGEST = "a digest or the id of a key: stays"
    KINDS = "kinds of object: stay"
    RELEASE = "a release of a kernel or a system: its numbers and the words that distributors use stay"
    TOOL = "netlapse and its version: stays"
    WORD = "a word of the kernel, a tool or the agent: stays if it is one of theirs, else a name"
    WORDS = "a list of such words"
    PLACE = "a namespace's key: stays, for it is a number of the kernel's"
    MARK = "a packet's mark: stays unless it could be an address"
    TEXT = "a name, an address, an id, or a text with such in it: replaced"
    TEXTS = "a list of such texts"
    SENTENCE = "a sentence of the agent's: its own words stay, all else is replaced"
    PARTS = "what a runtime told in parts: their keys and numbers stay"
    LABELS = "labels: the keys that the agent keeps stay"
    SETTINGS = "what the kernel told in parts: its own words, numbers and short bytes stay"
    COUNTS = "numbers by name: stay, and of texts the kernel's own words"
    CHAIN = "a chain: those that everybody has stay"
    TABLE = "a table: those that everybody has stay"
    RULE = "a rule or the like: the firewall's own words stay"
    PATH = "a sysctl's path: a link's name in it is replaced"
    ATTRIBUTE = "the kernel's name of an attribute: stays"
    COMMAND = "a command line: netlapse's own words stay"
    OBJECT = "which object a count or a timer is of: as the object's own columns"
    LABEL = "a snapshot's label: a few that say nothing stay"


N, W, WS, T, TS, S = Class.NUMBER, Class.WORD, Class.WORDS, Class.TEXT, Class.TEXTS, Class.SETTINGS

COLUMNS: Mapping[str, Mapping[str, Class]] = {
    "link": {
        "ifindex": N, "name": T, "type": W, "link_kind": W, "port_kind": W, "mac": T, "broadcast": T, "mtu": N, "state": W,
        "flags": WS, "master": T, "link_index": N, "link_netnsid": N, "alias": T, "altnames": TS, "qdisc": W, "kind_data": S,
        "port_data": S, "port_ids": S, "extra": S,
    },
    "address": {
        "dev": T, "family": W, "address": T, "peer": T, "scope": W, "label": T, "broadcast": T, "flags": WS, "protocol": W,
        "metric": N, "extra": S,
    },
    "route": {
        "family": W, "table": W, "type": W, "dst": T, "src": T, "tos": N, "gateway": T, "dev": T, "iif": T, "prefsrc": T,
        "metric": N, "protocol": W, "scope": W, "flags": WS, "pref": W, "nexthop_id": N, "nexthops": Class.PARTS, "metrics": S,
        "extra": S,
    },
    "nexthop": {
        "id": N, "family": W, "gateway": T, "dev": T, "blackhole": N, "fdb": N, "group": Class.PARTS, "group_type": W,
        "protocol": W, "scope": W, "flags": WS, "encap": S, "extra": S,
    },
    "rule": {
        "family": W, "priority": N, "src": T, "dst": T, "iif": T, "oif": T, "tos": N, "fwmark": Class.MARK,
        "fwmask": Class.MARK, "action": W, "table": W, "goto": N, "invert": N, "ipproto": N, "sport": W, "dport": W,
        "uid_range": W, "l3mdev": N, "suppress_prefixlength": N, "suppress_ifgroup": N, "protocol": W, "extra": S,
    },
    "neighbour": {
        "family": W, "dev": T, "address": T, "mac": T, "state": W, "proxy": N, "flags": WS, "protocol": W, "extra": S,
    },
    "fdb": {
        "dev": T, "mac": T, "vlan": N, "master": T, "state": W, "flags": WS, "dst": T, "port": N, "vni": N, "src_vni": N,
        "nexthop_id": N, "via": T, "extra": S,
    },
    "vlan": {"dev": T, "vlan": N, "flags": WS, "state": W, "tunnel": N, "options": S},
    "mdb": {
        "dev": T, "port": T, "group": T, "source": T, "vlan": N, "state": W, "filter_mode": W, "sources": Class.PARTS,
        "protocol": W, "flags": WS, "dst": T, "extra": S,
    },
    "qdisc": {"dev": T, "handle": W, "parent": W, "qdisc": W, "blocks": S, "options": S, "extra": S},
    "class": {"dev": T, "handle": W, "parent": W, "qdisc": W, "leaf": W, "options": S, "extra": S},
    "filter": {
        "dev": T, "block": N, "parent": W, "chain": N, "priority": N, "protocol": W, "handle": W, "classifier": W,
        "options": S, "extra": S,
    },
    "bpf": {"dev": T, "hook": W, "position": N, "mode": W, "program": N, "name": T, "tag": T, "link": N},
    "wireguard": {
        "dev": T, "peer": T, "public_key": T, "listen_port": N, "fwmark": Class.MARK, "endpoint": T, "allowed_ips": TS,
        "keepalive": N,
    },
    "firewall": {
        "backend": W, "family": W, "table": Class.TABLE, "object": W, "chain": Class.CHAIN, "name": T, "position": N,
        "text": Class.RULE, "comment": T, "extra": S,
    },
    "ipvs": {"protocol": W, "address": T, "port": Class.MARK, "scheduler": W, "flags": W, "destinations": Class.PARTS},
    "sysctl": {"path": Class.PATH, "dev": T, "values": Class.COUNTS},
    "socket": {
        "protocol": W, "family": W, "address": T, "port": N, "dev": T, "v6only": N, "uid": N, "container": T, "owner": W,
        "sockets": N,
    },
    "nsid": {"nsid": N, "target": Class.PLACE},
    "timer": {"of": W, "dev": T, "key": Class.OBJECT, "name": Class.ATTRIBUTE, "value": N},
    "counter": {"of": W, "dev": T, "key": Class.OBJECT, "values": Class.COUNTS},
    "container": {
        "id": T, "name": T, "image": T, "image_id": T, "state": W, "pid": N, "started_at": Class.TIME, "restarts": N,
        "network_mode": T, "joined": T, "namespace": Class.PLACE, "role": W, "pod_namespace": T, "pod_name": T, "pod_uid": T,
        "pod_container": T,
        "labels": Class.LABELS, "networks": Class.PARTS, "ports": Class.PARTS, "resolver": Class.PARTS, "attempt": N,
        "source": W,
    },
    "network": {
        "id": T, "name": T, "driver": W, "bridge": T, "internal": N, "subnets": Class.PARTS, "labels": Class.LABELS,
    },
}  # fmt: skip
"""By kind, and by column."""

HEADER: Mapping[str, Class] = {
    "label": Class.LABEL, "note": T, "hostname": T, "machine_id": T, "boot_id": T, "kernel": Class.RELEASE, "tool": Class.TOOL,
    "started_at": Class.TIME, "finished_at": Class.TIME, "kinds": Class.KINDS, "status": W, "redacted_with": Class.DIGEST,
    "redacted_from": Class.DIGEST,
}  # fmt: skip
PROVENANCE: Mapping[str, Class] = {
    "build": Class.DIGEST, "command": Class.COMMAND, "uid": N, "login_uid": N, "sudo_uid": N, "sudo_user": T,
    "distribution": Class.RELEASE, "started_monotonic_us": N, "started_boottime_us": N, "finished_monotonic_us": N,
    "finished_boottime_us": N,
    "synchronised": N, "clock_error_us": N, "timeout_us": N, "endpoints": TS,
}  # fmt: skip
NAMESPACE: Mapping[str, Class] = {"key": Class.PLACE, "inode": N, "host": N, "names": TS, "has_process": N}
RUNTIME: Mapping[str, Class] = {"name": W, "endpoint": T, "version": W, "api_version": W}
COVERAGE: Mapping[str, Class] = {
    "namespace": Class.PLACE, "runtime": T, "place": Class.SENTENCE, "kinds": Class.KINDS, "status": W, "error": Class.SENTENCE,
    "attempts": N, "started_us": N, "finished_us": N,
}  # fmt: skip


class UnclassedError(Exception):
    """A column has no class."""


def check(name: str, of: type, classes: Mapping[str, Class]) -> None:
    """Raise ``UnclassedError`` unless these are the fields of a fact."""
    columns = {field.name for field in fields(of)}
    if columns != set(classes):
        odd = ", ".join(sorted(columns ^ set(classes)))
        raise UnclassedError(
            f"{name}: every column needs a class in snapshot/redact/classes.py, and no other has one: {odd}"
        )


if set(COLUMNS) != set(KINDS):
    raise UnclassedError(f"kinds without classes, or classes without a kind: {set(COLUMNS) ^ set(KINDS)}")
for _kind in KINDS.values():
    check(_kind.name, _kind.fact, COLUMNS[_kind.name])
check("snapshot", Header, HEADER)
check("provenance", Provenance, PROVENANCE)
check("namespace", Namespace, NAMESPACE)
check("runtime", Runtime, RUNTIME)
check("coverage", Coverage, COVERAGE)
