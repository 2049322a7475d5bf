"""Names as a plan for other hosts should have them: what is made up anew each time becomes a wildcard."""

from __future__ import annotations

import re
from collections.abc import Iterable

from analyze.match.generated import without_hash, without_schedule, without_suffix
from analyze.plan.globs import LONGEST, quoted

_HASHED = re.compile(r"(?P<stem>(?:veth|cali|lxc|tap|eni|nic|vnet|br-)[a-z]{0,4}?)[0-9a-f]{6,32}", re.ASCII)
"""Links that runtimes and CNI plug-ins name after a hash or an id: Docker's veths and bridges, Calico, Cilium, bridge."""
_MAC = re.compile(r"(?:[0-9a-f]{2}:){5}[0-9a-f]{2}", re.ASCII)
_LONG_HEX = re.compile(r"[0-9a-f]{12,}", re.ASCII)
_UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.ASCII)
_NUMBERED = re.compile(r"(?P<stem>.*?[^0-9])[0-9]+", re.ASCII | re.DOTALL)
_VOLATILE = re.compile(
    rf"{_UUID.pattern}|(?<![0-9A-Za-z:]){_MAC.pattern}(?![0-9A-Za-z:])|(?<![0-9A-Za-z_]){_HASHED.pattern}(?![0-9A-Za-z_])"
    rf"|(?<![0-9A-Za-z]){_LONG_HEX.pattern}(?![0-9A-Za-z])",
    re.ASCII,
)


def name_pattern(kind: str, name: str) -> str:
    """A pattern for the name of a thing of that kind; of the host: any, for a plan is for others too."""
    if kind == "host":
        return "*"
    if kind == "pod":
        namespace, _, pod = name.partition("/")
        return bounded(f"{quoted(namespace)}/{pod_pattern(pod)}")
    return bounded(text_pattern(name))


def scope_pattern(scope: str) -> str:
    """A pattern for a scope."""
    kind, colon, name = scope.partition(":")
    if kind == "pod":
        namespace, _, pod = name.partition("/")
        return bounded(f"pod:{quoted(namespace)}/{pod_pattern(pod)}")
    if kind == "netns" and re.fullmatch(r"\[[0-9]+\]", name):
        return "netns:[*]"
    return bounded(kind + colon + text_pattern(name) if colon else quoted(scope))


def pod_pattern(pod: str) -> str:
    """A pattern for a pod's name: of what a controller makes up, the controller's part."""
    base = without_suffix(pod)
    if base is None:
        return quoted(pod)
    owner = without_hash(base) or without_schedule(base) or base
    return f"{quoted(owner)}{'-' if pod[len(owner)] == '-' else ''}*"


def stem(name: str) -> str | None:
    """What comes before the last number of a name: "db-" of "db-0"; None where it does not end in one."""
    found = _NUMBERED.fullmatch(name)
    return found["stem"] if found is not None else None


def common(patterns: Iterable[str]) -> str:
    """A pattern that means all that these mean: what they begin with, and anything."""
    texts = sorted(patterns)
    first, last = texts[0], texts[-1]
    if first == last:
        return first
    same = next((n for n, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), min(len(first), len(last)))
    begin = first[:same]
    # Neither half an escape, nor more than what comes before the first wildcard.
    begin = re.match(r"(?:[^\\*?]|\\.)*", begin, re.DOTALL)[0]  # type: ignore[index]
    return f"{begin}*"


def bounded(pattern: str) -> str:
    """A pattern that is not too long for a plan, and can be written: the rest of a long one is anything."""
    pattern = "".join("?" if "\ud800" <= char <= "\udfff" else char for char in pattern)
    if len(pattern) <= LONGEST:
        return pattern
    return re.match(r"(?:[^\\]|\\.)*", pattern[: LONGEST - 1], re.DOTALL)[0] + "*"  # type: ignore[index]


def text_pattern(text: str) -> str:
    """The text as a pattern, with ``*`` for MACs, hashes, ids, and the end of made-up names of links."""
    pieces, place = [], 0
    for found in _VOLATILE.finditer(text):
        pieces += [quoted(text[place : found.start()]), quoted(found["stem"] or ""), "*"]
        place = found.end()
    return re.sub(r"(?<!\\)\*{2,}", "*", "".join([*pieces, quoted(text[place:])]))
