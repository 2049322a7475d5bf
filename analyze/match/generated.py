"""Names that a machine made up: what is left of them when the made-up part is taken off."""

from __future__ import annotations

import re

ALPHABET = frozenset("bcdfghjklmnpqrstvwxz2456789")
"""Of what Kubernetes makes names: no vowels, nothing that looks like another (k8s.io/apimachinery, util/rand)."""
HASH_ALPHABET = frozenset("456789bcdf")
"""What becomes of the ten digits of a template's hash there (SafeEncodeString)."""
SUFFIX = 5
"""Letters that the API server puts behind ``generateName`` (k8s.io/apiserver, storage/names)."""
LONGEST = 63
"""A longer name loses the end of what the suffix is put behind."""
HASHES = range(6, 11)
"""Digits of a 32-bit hash, but for one in four thousand."""
SCHEDULES = (8, 10)
"""A CronJob's run is named by its minute, or second, since 1970 (kubernetes, pkg/controller/cronjob)."""

UUID = re.compile(r"(?P<base>.*\S)[-_.][0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.DOTALL)


def without_suffix(name: str) -> str | None:
    """A pod's name without the suffix its owner's was given: "web-7d9c6b5f4" of "web-7d9c6b5f4-x2x9z"; else None."""
    base, suffix = name[:-SUFFIX], name[-SUFFIX:]
    if len(suffix) < SUFFIX or not ALPHABET.issuperset(suffix):
        return None
    if base.endswith("-"):
        return base[:-1] or None
    return base if len(name) == LONGEST else None


def without_hash(name: str, known: str | None = None) -> str | None:
    """A ReplicaSet's name without its template's hash: "web" of "web-7d9c6b5f4"; None if there is none.

    ``known``: the hash, as its label tells it. Of a name that was cut off the beginning of the hash is enough.
    """
    if known is not None:
        whole = f"-{known}"
        cut = len(name) + 1 + SUFFIX >= LONGEST
        for length in range(len(whole), 1 if cut else len(whole) - 1, -1):
            if name.endswith(whole[:length]):
                return name[:-length] or None
        return None
    base, _, found = name.rpartition("-")
    return base if base and len(found) in HASHES and HASH_ALPHABET.issuperset(found) else None


def without_schedule(name: str) -> str | None:
    """A CronJob's name: "backup" of its run "backup-28391040"; None if that is no run's name."""
    base, _, found = name.rpartition("-")
    return base if base and len(found) in SCHEDULES and found.isascii() and found.isdecimal() else None


def without_uuid(name: str) -> str | None:
    """A task's name without its allocation's UUID, as Nomad names containers; None if there is none."""
    found = UUID.fullmatch(name)
    return found["base"] if found is not None else None
