"""Decoding, on messages this kernel sent and on what becomes of them when they are cut or garbled."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from analyze.facts import columns
from snapshot.collect.decode import Decoding
from snapshot.collect.netlink.attributes import FIXED, decode_any
from snapshot.collect.netlink.flat import decode_flat
from snapshot.collect.netlink.message import Message
from snapshot.collect.netlink.reading import Reading
from snapshot.collect.netlink.transport import NLMSG, NetlinkError, messages
from snapshot.collect.netlink.trim import trimmed

BYTES = Path(__file__).parents[2] / "bytes"
RECORDED: dict[str, dict[str, list[str]]] = json.loads((BYTES / "recorded.json").read_text(encoding="ascii"))
EXPECTED = BYTES / "expected.json"
MESSAGES = [
    (kind, bytes.fromhex(message)) for kinds in RECORDED.values() for kind, found in kinds.items() for message in found
]


def without_ages(message: Message) -> dict[str, Any]:
    return {name: value for name, value in message.attributes.items() if name != "cacheinfo"}


def expires(message: Message) -> Any:
    ages = message.attributes.get("cacheinfo")
    return (ages.get("rta_expires") or 0) if isinstance(ages, dict) else 0


def facts(namespace: str) -> dict[str, list[dict[str, Any]]]:
    readings = {
        kind: Reading(kind=kind, payloads=tuple(map(bytes.fromhex, found)))
        for kind, found in RECORDED[namespace].items()
    }
    sections, failures = Decoding().namespace(readings)
    assert failures == {}
    return {kind: [json.loads(json.dumps(columns(fact))) for fact in rows] for kind, rows in sections.items()}


def test_recorded_messages_give_the_facts_that_were_read_by_eye() -> None:
    told = {namespace: facts(namespace) for namespace in RECORDED}
    if os.environ.get("NETLAPSE_UPDATE_GOLDEN"):
        EXPECTED.write_text(json.dumps(told, indent=1, sort_keys=True, ensure_ascii=True) + "\n", encoding="ascii")
    assert told == json.loads(EXPECTED.read_text(encoding="ascii"))


def test_hostile_bytes_of_an_alias_are_kept() -> None:
    (link,) = (link for link in facts("host")["link"] if link["name"] == "vblue")
    assert link["alias"] == "café \\xff\x1b[31m"
    assert bytes.fromhex(link["extra"]["ifalias_hex"]) == b"caf\xc3\xa9 \xff\x1b[31m"
    assert link["altnames"] == ["blau", "blue-uplink"]


def test_what_runs_is_a_timer_and_no_configuration() -> None:
    blue = facts("blue")
    assert {(t["name"], t["key"]) for t in blue["timer"]} == {
        ("valid_lft", "fd00::3/64"),
        ("preferred_lft", "fd00::3/64"),
    }
    host = facts("host")
    assert [t["key"] for t in host["timer"] if t["of"] == "route"] == ["fd03::/48"]
    assert not any(
        "cacheinfo" in row["extra"] for kind in ("address", "route", "neighbour", "fdb") for row in host[kind]
    )
    assert not any(name.startswith("stats") for link in host["link"] for name in link["extra"])


def test_routes_of_every_sort() -> None:
    routes = {(r["dst"], r["table"]): r for r in facts("host")["route"]}
    assert routes["10.69.0.0/16", "main"]["gateway"] == "inet6 fe80::1"
    assert routes["10.70.0.0/16", "main"]["nexthop_id"] == 7
    assert [hop["weight"] for hop in routes["10.9.0.0/16", "main"]["nexthops"]] == [2, 5]
    assert routes["10.67.0.0/16", "77"]["type"] == "unreachable"
    assert routes["fd01::/48", "main"]["pref"] == "high"
    rules = {r["priority"]: r for r in facts("host")["rule"] if r["family"] == "inet"}
    assert (rules[400]["sport"], rules[400]["dport"], rules[400]["uid_range"], rules[400]["ipproto"]) == (
        "80",
        "443-444",
        "1-99",
        6,
    )
    assert (rules[450]["goto"], rules[500]["suppress_prefixlength"], rules[200]["invert"]) == (500, 0, True)


@pytest.mark.parametrize("kind", ["link", "address", "route", "rule", "neighbour", "fdb"])
def test_the_fast_decoder_says_what_pyroute2_says(kind: str) -> None:
    fast = 0
    for message_kind, payload in MESSAGES:
        if message_kind == kind:
            flat = decode_flat(kind, payload)
            if flat is not None:
                fast += 1
                slow = decode_any(kind, trimmed(kind, payload, FIXED[kind]))
                assert without_ages(flat) == without_ages(slow)
                assert dict(flat.fields) == {name: slow.fields[name] for name in flat.fields}
                assert expires(flat) == expires(slow)
    assert fast > 0


def garbled() -> Iterator[st.SearchStrategy[tuple[str, bytes]]]:
    recorded = st.sampled_from(MESSAGES)
    yield recorded.flatmap(
        lambda m: st.tuples(st.just(m[0]), st.integers(0, len(m[1])).map(lambda n, raw=m[1]: raw[:n]))  # type: ignore[misc]
    )
    yield recorded.flatmap(
        lambda m: st.tuples(
            st.just(m[0]),
            st.tuples(st.integers(0, len(m[1]) - 1), st.integers(0, 255)).map(
                lambda at, raw=m[1]: raw[: at[0]] + bytes((at[1],)) + raw[at[0] + 1 :]  # type: ignore[misc]
            ),
        )
    )
    yield st.tuples(st.sampled_from(sorted(FIXED)), st.binary(max_size=200))


@settings(max_examples=600, deadline=None)
@given(st.one_of(*garbled()))
def test_garbled_messages_fail_their_kind_and_never_the_capture(message: tuple[str, bytes]) -> None:
    kind, payload = message
    sections, failures = Decoding().namespace({kind: Reading(kind=kind, payloads=(payload,))})
    assert (kind in sections) != (kind in failures)


@settings(max_examples=300, deadline=None)
@example(("link", b"\1" + next(raw for kind, raw in MESSAGES if kind == "link")[1:]))  # a link message of a family
@given(st.one_of(*garbled()))
def test_both_decoders_agree_on_garbled_messages_too(message: tuple[str, bytes]) -> None:
    kind, payload = message
    try:
        flat = decode_flat(kind, payload)
        slow = decode_any(kind, trimmed(kind, payload, FIXED[kind]))
    except NetlinkError:
        return
    if flat is not None:
        assert without_ages(flat) == without_ages(slow)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(MESSAGES), min_size=1, max_size=4), st.data())
def test_a_cut_datagram_is_never_taken_for_a_whole_one(found: list[tuple[str, bytes]], data: st.DataObject) -> None:
    whole = b"".join(NLMSG.pack(NLMSG.size + len(p), 16, 2, 1, 1) + p + b"\0" * (-len(p) % 4) for _, p in found)
    assert len(list(messages("test", bytearray(whole), len(whole)))) == len(found)
    cut = data.draw(st.integers(1, len(whole) - 1))
    boundaries = set()
    offset = 0
    for _, payload in found:
        offset += NLMSG.size + len(payload) + (-len(payload) % 4)
        boundaries |= {offset - pad for pad in range(-len(payload) % 4 + 1)}
    if cut not in boundaries:
        with pytest.raises(NetlinkError):
            list(messages("test", bytearray(whole[:cut]), cut))
