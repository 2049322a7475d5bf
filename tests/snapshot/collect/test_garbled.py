"""Messages of every kind, cut, repeated, changed and random: a kind is told, or it fails with a reason."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from snapshot.collect import bpf
from snapshot.collect.decode import FACTS, Decoding
from snapshot.collect.dumped import tellers
from snapshot.collect.netlink import plans
from snapshot.collect.netlink.nests import walk
from snapshot.collect.netlink.reading import Reading
from snapshot.collect.netlink.transport import NetlinkError
from snapshot.collect.wireguard import peers, without_secrets
from tests.bytes import constructed, steering, tunnels

BYTES = Path(__file__).parents[2] / "bytes"


def recorded(name: str) -> list[tuple[str, bytes]]:
    told: dict[str, dict[str, list[str]]] = json.loads((BYTES / name).read_text(encoding="ascii"))
    return [(kind, bytes.fromhex(one)) for kinds in told.values() for kind, found in kinds.items() for one in found]


def statistic(index: int, values: bytes) -> bytes:
    return struct.pack("=BxxxII", 0, index, 1) + constructed.attribute(1, values)


MESSAGES = [
    *recorded("recorded.json"),
    *recorded("recorded_steering.json"),
    *(("link", one) for one in (*constructed.LINKS, *tunnels.LINKS)),
    *(("vlan", one) for one in (*steering.PORT_VLANS, *steering.GLOBAL_VLANS)),
    *(("mdb", one) for one in steering.GROUPS),
    *(("filter", one) for one in (steering.flower(), steering.policed(), *steering.PROGRAMS)),
    ("nexthop", steering.MPLS_NEXTHOP),
    *(("wireguard", without_secrets(one)) for one in steering.WIREGUARD),
    ("counter", statistic(2, bytes(range(200)))),
    ("bpf", json.dumps(bpf.Attachment(2, "xdp", 0, "generic", 7, None)).encode()),
]
KINDS = sorted({kind for kind, _ in MESSAGES})


def told(kind: str, payloads: tuple[bytes, ...]) -> tuple[bool, str | None]:
    """Whether a kind was told, and why not."""
    readings = {"link": Reading(kind="link", payloads=()), kind: Reading(kind=kind, payloads=payloads)}
    sections, failures = Decoding().namespace(readings)
    assert set(failures) <= {kind}
    assert all(failures.values())
    return kind in sections, failures.get(kind)


@st.composite
def garbled(draw: st.DrawFn) -> tuple[str, tuple[bytes, ...]]:
    """Some messages of one kind, of which one or the other is not as it was sent."""
    kind = draw(st.sampled_from(KINDS))
    found = []
    for _ in range(draw(st.integers(1, 3))):
        payload = draw(st.sampled_from([one for of, one in MESSAGES if of == kind]) | st.binary(max_size=200))
        match draw(st.sampled_from(("whole", "cut", "changed", "repeated", "longer"))):
            case "cut":
                payload = payload[: draw(st.integers(0, len(payload)))]
            case "changed":
                raw = bytearray(payload)
                for _ in range(draw(st.integers(1, 4)) if raw else 0):
                    raw[draw(st.integers(0, len(raw) - 1))] = draw(st.integers(0, 255))
                payload = bytes(raw)
            case "repeated":
                at = draw(st.integers(0, len(payload)))
                payload = payload[:at] + payload[at:] * 2
            case "longer":
                payload += draw(st.binary(max_size=20))
        found.append(payload)
    return kind, tuple(found)


@settings(max_examples=1000, deadline=None)
@given(garbled())
@example(("class", (b"",)))
@example(("counter", (b"\0" * 13,)))
def test_a_kind_is_told_or_it_fails_with_a_reason(messages: tuple[str, tuple[bytes, ...]]) -> None:
    kind, payloads = messages
    there, failure = told(kind, payloads)
    assert there == (failure is None)


OWN = sorted({*tellers(), "counter", "wireguard"})
HEADERS = {"nexthop": 8, "vlan": 8, "mdb": 8, "qdisc": 20, "class": 20, "filter": 20, "counter": 12, "wireguard": 4}


@pytest.mark.parametrize("kind", OWN)
def test_a_message_that_is_cut_within_an_attribute_fails_its_kind(kind: str) -> None:
    for payload in [one for of, one in MESSAGES if of == kind]:
        whole = {HEADERS[kind]}
        for _, value in walk(kind, payload, HEADERS[kind]):
            end = max(whole) + 4 + len(value)
            whole |= {end, *range(end, min((end + 3) & ~3, len(payload)) + 1)}
        cuts = set(range(len(payload))) - whole
        assert cuts
        for cut in cuts:
            assert told(kind, (payload[:cut],)) != (True, None), cut


@settings(max_examples=500, deadline=None)
@given(garbled())
def test_who_looks_where_to_ask_fails_in_words(messages: tuple[str, tuple[bytes, ...]]) -> None:
    """Plans and sources go by messages before they are decoded, in the namespace's thread: nothing else may come of it."""
    kind, payloads = messages
    readings = {of: Reading(kind=of, payloads=payloads) for of in ("link", "qdisc", "class", "filter")}
    asked: list[Callable[[], object]] = [
        lambda: plans.vlans(readings),
        lambda: plans.groups(readings),
        lambda: plans.classes(readings),
        lambda: plans.filters(readings),
        lambda: [list(bpf._xdp(payload)) for payload in payloads],
        lambda: list(bpf._of_filters(payloads, payloads)),
        lambda: [without_secrets(payload) for payload in payloads],
        lambda: list(peers(payloads, {})),
    ]
    for ask in asked:
        try:
            ask()
        except NetlinkError as error:
            assert str(error)
    assert kind in KINDS


def test_every_kind_that_is_dumped_is_garbled_here() -> None:
    assert set(KINDS) == {*FACTS, *tellers(), "bpf", "counter", "wireguard"}
