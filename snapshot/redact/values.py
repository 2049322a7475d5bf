"""Pseudonyms in JSON values: options of links, of traffic control and routes, labels, networks, ports, resolvers."""

from __future__ import annotations

import re
from collections.abc import Mapping

from snapshot.model.json import Json
from snapshot.redact.keys import Key
from snapshot.redact.permutation import Permutation
from snapshot.redact.texts import Texts
from snapshot.redact.words import PROGRAMS

KEY = re.compile(r"[a-z][0-9A-Za-z_-]{0,47}")
"""Names of the kernel's attributes."""
LABEL = re.compile(
    r"(?:io\.kubernetes|io\.podman|com\.docker|app\.kubernetes\.io|apps\.kubernetes\.io|batch\.kubernetes\.io"
    r"|statefulset\.kubernetes\.io)[./][0-9a-z./-]{1,60}"
    r"|pod-template-hash|rollouts-pod-template-hash|pod-template-generation|controller-revision-hash|controller-uid|job-name|k8s-app"
)
"""Keys of labels that the agent keeps (snapshot/collect/runtimes/labels.py)."""
RAW = re.compile(r"(?:[0-9a-f]{2})+")
MEASURES = re.compile(
    r"(?:.*_)?(?:rate(?:64)?|ceil(?:64)?|limit|plimit|time|timer|intvl|interval|size|mtu|quantum|buffer|cbuffer|burst|memory"
    r"|flags|mask|thresh(?:old)?|segs|target|latency(?:64)?|jitter(?:64)?|bytes|packets|timeout|lft|max|min|count|weight|d|m1|m2"
    r"|horizon|rtt|slack|prate64|ppm|maxelem|hashsize|probability|loss|corr|generation|index)"
)
"""Keys of numbers that are measures, however large."""
NAMED = frozenset({"dev", "devices", "name", "ifname", "data", "phys_port_name", "parent_dev_name", "parentdev_name"})
"""Keys behind which a name or a free text stands, whatever it looks like."""
WORDS = frozenset({"flags", "forward", "protocol"})
"""Keys of parts behind which words of the kernel stand."""
CLASS = re.compile(r"[0-9a-f]{1,4}:[0-9a-f]{0,4}")
"""A class of traffic control (tc(8))."""
SHORT = 3
"""Bytes that are too few for an address or a name."""


class Values:
    """The pseudonyms of one key in JSON values."""

    def __init__(self, key: Key, texts: Texts) -> None:
        self._texts = texts
        self._draw_raw = key.draw("raw bytes")

    def kernels(self, value: Json, name: str = "") -> Json:
        """What the kernel told: words it has, numbers and short bytes stay."""
        if isinstance(value, Mapping):
            return {self._key(key): self.kernels(item, key) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [self.kernels(item, name) for item in value]
        if isinstance(value, str):
            if name in NAMED:
                return self._texts.there(value)
            if CLASS.fullmatch(value):
                return value
            if len(value) > 1 and RAW.fullmatch(value) and value not in PROGRAMS:
                return self._raw(value)
            return self._texts.there(value, PROGRAMS)
        if isinstance(value, int) and not isinstance(value, bool) and not MEASURES.fullmatch(name):
            return self._number(value)
        return value

    def counts(self, value: Json) -> Json:
        """What only counts: the names of the counts and their numbers stay."""
        if isinstance(value, Mapping):
            return {self._key(key): self.counts(item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [self.counts(item) for item in value]
        return self._texts.there(value, PROGRAMS) if isinstance(value, str) else value

    def labels(self, value: Json) -> Json:
        """Labels: the keys that the agent keeps stay."""
        if not isinstance(value, Mapping):
            return self.told(value)
        return {key if LABEL.fullmatch(key) else self._texts.there(key): self.told(item) for key, item in value.items()}

    def told(self, value: Json, name: str = "") -> Json:
        """What is told in parts: nothing stays but keys, numbers, a few words, and what stays in any name."""
        if isinstance(value, Mapping):
            return {self._key(key): self.told(item, key) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [self.told(item, name) for item in value]
        if isinstance(value, str):
            return self._texts.there(value, PROGRAMS if name in WORDS else None)
        return self._number(value) if isinstance(value, int) and not isinstance(value, bool) else value

    def _key(self, key: str) -> str:
        return key if KEY.fullmatch(key) else self._texts.there(key, PROGRAMS)

    def _number(self, value: int) -> int:
        if value >= 1 << 32 and value < 1 << 64 and value & 0xFFFFFFFF != 0xFFFFFFFF:
            return self._texts.number(value >> 32) << 32 | self._texts.number(value & 0xFFFFFFFF)
        return self._texts.number(value)

    def _raw(self, text: str) -> str:
        """Bytes in hex: an address if they are as many as one has, else anything."""
        raw = bytes.fromhex(text)
        addresses = self._texts.addresses
        if len(raw) == 4:
            return addresses.ipv4(raw).hex()
        if len(raw) == 6:
            return addresses.mac(raw).hex()
        if len(raw) == 16:
            return addresses.ipv6(raw).hex()
        if len(raw.strip(b"\0")) <= SHORT or not raw.strip(b"\xff"):
            return text
        permutation = Permutation(self._draw_raw, 1 << 8 * len(raw))
        return permutation.there(int.from_bytes(raw)).to_bytes(len(raw)).hex()
