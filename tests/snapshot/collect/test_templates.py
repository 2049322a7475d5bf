"""What is filled into a template is what decoding in full would have told."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from snapshot.collect.decode import FACTS
from snapshot.collect.netlink.attributes import Decoder
from snapshot.collect.netlink.transport import NetlinkError
from snapshot.collect.slots import SPECS
from snapshot.collect.templates import MOST_FACTS_OF_ALL, MOST_LAYOUTS, MOST_REFUSED, Templates, Told
from snapshot.model.route import Route
from snapshot.model.timer import Timer

RECORDED: dict[str, dict[str, list[str]]] = json.loads(
    (Path(__file__).parents[2] / "bytes" / "recorded.json").read_text(encoding="ascii")
)
MESSAGES = [
    (kind, bytes.fromhex(message))
    for kinds in RECORDED.values()
    for kind, found in kinds.items()
    for message in found
    if kind in SPECS
]
HERE = {number: f"dev{number}" for number in range(1, 60)}
THERE = {number: f"eth{number}" for number in range(1, 60, 2)}


def full(kind: str, payload: bytes, names: Mapping[int, str]) -> Told | None:
    """What decoding in full tells; None if it fails or is no fact."""
    try:
        fact, timers = FACTS[kind](Decoder().decode(kind, payload), names)
    except (NetlinkError, KeyError, TypeError, ValueError):
        return None
    return None if fact is None else (fact, timers)


def learn(templates: Templates, kind: str, payload: bytes, names: Mapping[int, str]) -> None:
    templates.learn(kind, payload, lambda known: FACTS[kind](Decoder().decode(kind, payload), known), names)


def learnt(messages: list[tuple[str, bytes]]) -> Templates:
    templates = Templates()
    for kind, payload in messages:
        if full(kind, payload, HERE) is not None:
            learn(templates, kind, payload, HERE)
    return templates


WARM = learnt(MESSAGES)


@pytest.mark.parametrize("kind", sorted(SPECS))
def test_most_messages_become_templates_and_tell_the_same_here_and_elsewhere(kind: str) -> None:
    messages = [payload for of, payload in MESSAGES if of == kind]
    filled = 0
    for payload in messages:
        for names in (HERE, THERE, {}):
            told = WARM.told(kind, payload, names)
            if told is not None:
                filled += 1
                assert told == full(kind, payload, names)
    assert filled > len(messages), "of three tellings each"


def test_what_names_other_links_than_in_its_slots_is_no_template() -> None:
    """The nexthops of a multipath route name their links by index, in the middle of its bytes."""
    told = [(payload, full(kind, payload, HERE)) for kind, payload in MESSAGES if kind == "route"]
    hops = [payload for payload, fact in told if fact is not None and isinstance(fact[0], Route) and fact[0].nexthops]
    assert hops
    templates = learnt([("route", payload) for payload in hops])
    assert all(templates.told("route", payload, names) is None for payload in hops for names in (HERE, THERE))


@settings(max_examples=1500, deadline=None)
@given(st.sampled_from(MESSAGES), st.data())
def test_a_message_with_other_bytes_anywhere_is_never_told_wrongly(
    message: tuple[str, bytes], data: st.DataObject
) -> None:
    kind, payload = message
    changed = bytearray(payload)
    for _ in range(data.draw(st.integers(1, 3))):
        changed[data.draw(st.integers(0, len(payload) - 1))] = data.draw(st.integers(0, 255))
    told = WARM.told(kind, bytes(changed), THERE)
    if told is not None:
        assert told == full(kind, bytes(changed), THERE)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(MESSAGES), st.integers(0, 70) | st.integers(0, 2**32 - 1))
def test_another_interface_index_is_told_by_the_template(message: tuple[str, bytes], index: int) -> None:
    kind, payload = message
    if WARM.told(kind, payload, THERE) is None or kind == "route":
        return
    changed = payload[:4] + struct.pack("=I", index) + payload[8:]
    told = WARM.told(kind, changed, THERE)
    assert told is not None
    assert told == full(kind, changed, THERE)


def test_a_stranger_cannot_make_it_learn_without_end() -> None:
    templates = Templates()
    seen = 0
    link = next(p for kind, p in MESSAGES if kind == "link")
    for number in range(3 * MOST_LAYOUTS):
        # Each has its MTU elsewhere: another layout of the same length.
        name = b"n" * (number % 12 + 1) + b"\0"
        padded = struct.pack("=HH", 4 + len(name), 3) + name + b"\0" * (-len(name) % 4)
        alias = b"a" * (64 - len(padded)) + b"\0"
        extra = struct.pack("=HH", 4 + len(alias), 20) + alias + b"\0" * (-len(alias) % 4)
        payload = link[:16] + padded + extra
        if full("link", payload, {}) is not None:
            seen += 1
            learn(templates, "link", payload, {})
    assert seen > MOST_LAYOUTS
    assert all(len(layouts) <= MOST_LAYOUTS for layouts in templates._layouts.values())


def test_messages_that_never_become_templates_are_not_tried_for_ever() -> None:
    """Multipath routes name links within their hops: by the hundred thousand, trying each would take most of the time."""
    templates = Templates()
    hop = struct.pack("=HBBI", 8, 0, 0, 1)
    tried = 0

    def decoded(known: Mapping[int, str]) -> tuple[Route | None, tuple[Timer, ...]]:
        nonlocal tried
        tried += 1
        return FACTS["route"](Decoder().decode("route", payload), known)  # type: ignore[return-value]

    for number in range(2 * MOST_REFUSED):
        destination = struct.pack("=HHI", 8, 1, number)
        payload = (
            struct.pack("=BBBBBBBBI", 2, 32, 0, 0, 254, 4, 0, 1, 0) + destination + struct.pack("=HH", 12, 9) + hop
        )
        templates.learn("route", payload, decoded, HERE)
    assert templates.told("route", payload, HERE) is None
    assert MOST_REFUSED <= tried <= 4 * MOST_REFUSED
    plain = struct.pack("=BBBBBBBBI", 2, 32, 0, 0, 254, 4, 0, 1, 0) + struct.pack("=HHI", 8, 1, 7)
    learn(templates, "route", plain, HERE)
    assert templates.told("route", plain, HERE) == full("route", plain, HERE)


def test_what_is_remembered_is_bounded_in_all() -> None:
    """Each metric is a template of its own: routes with a thousand of them must not all stay in memory."""
    templates = Templates()
    for metric in range(100):
        for number in range(MOST_FACTS_OF_ALL // 80):
            payload = struct.pack("=BBBBBBBBI", 2, 32, 0, 0, 254, 4, 0, 1, 0) + struct.pack("=HHI", 8, 1, number)
            payload += struct.pack("=HHI", 8, 6, metric)
            if templates.told("route", payload, HERE) is None:
                learn(templates, "route", payload, HERE)
    kept = [t for layouts in templates._layouts.values() for layout in layouts for t in layout.templates.values()]
    assert len(kept) == 100
    assert sum(len(template.facts) for template in kept) <= MOST_FACTS_OF_ALL
