"""Routes by the hundred thousand tell what they would tell one by one, in the same order, whatever order they came in."""

from __future__ import annotations

import struct
import sys
from collections.abc import Mapping, Sequence
from ipaddress import ip_address
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from snapshot.collect.bulk import Routes
from snapshot.collect.decode import Decoding
from snapshot.collect.netlink.reading import Reading
from snapshot.collect.netlink.transport import NLMSG, Run
from snapshot.model.kinds import Fact
from snapshot.model.timer import Timer
from snapshot.store.digests import line
from snapshot.store.packing import pack
from tests.lab.bottle import Bottle
from tests.requirements import require_bottles

RTM_NEWROUTE = 24

Told = tuple[int, int, int, int | None, str | None, int | None, str | None]
"""Table, address, prefix length, metric, gateway, interface index, source."""


def attribute(number: int, value: bytes) -> bytes:
    return struct.pack("=HH", len(value) + 4, number) + value + bytes(-len(value) % 4)


def message(told: Told, *, six: bool = False, expires: int = 0) -> bytes:
    """A route as the kernel tells it (net/ipv4/fib_semantics.c: fib_dump_info)."""
    table, address, length, metric, gateway, index, source = told
    size = 16 if six else 4
    network = address >> (size * 8 - length) << (size * 8 - length)
    header = struct.pack("=BBBBBBBBI", 10 if six else 2, length, 0, 0, table & 0xFF, 4, 0, 1, 0)
    found = attribute(15, struct.pack("=I", table))
    if length:
        found += attribute(1, network.to_bytes(size, "big"))
    if metric is not None:
        found += attribute(6, struct.pack("=I", metric))
    if source is not None and not six:
        found += attribute(7, ip_address(source).packed)
    if gateway is not None and not six:
        found += attribute(5, ip_address(gateway).packed)
    if index is not None:
        found += attribute(4, struct.pack("=I", index))
    if expires:
        found += attribute(12, struct.pack("=IIiIIIII", 0, 0, expires, 0, 0, 0, 0, 0))
    return header + found


def runs(payloads: list[bytes], most: int) -> list[bytes | Run]:
    """Payloads as the transport hands them on: neighbours of one length in a run, others by themselves."""
    parts: list[bytes | Run] = []
    waiting: list[bytes] = []

    def flush() -> None:
        if len(waiting) > 1:
            size = NLMSG.size + len(waiting[0])
            parts.append(Run(b"".join(NLMSG.pack(size, RTM_NEWROUTE, 2, 7, 9) + raw for raw in waiting), size))
        else:
            parts.extend(waiting)
        waiting.clear()

    for payload in payloads:
        if waiting and (len(waiting) == most or len(waiting[0]) != len(payload)):
            flush()
        waiting.append(payload)
    flush()
    return parts


def hold(payloads: list[bytes], most: int) -> None:
    one_by_one, failures = Decoding().namespace({"route": Reading(kind="route", payloads=tuple(payloads))})
    assert failures == {}
    routes = one_by_one["route"]
    bulk = Routes(runs(payloads, most), {}, Decoding())
    alike, wanted = pack("route", bulk), pack("route", routes)
    assert (alike.digest, alike.count) == (wanted.digest, wanted.count)
    assert sorted(bulk, key=repr) == sorted(routes, key=repr)


few = st.sampled_from
tables = few([254, 255, 77, 1000])
addresses = few([f"10.{n}.0.1" for n in range(5)])
routes = st.tuples(
    tables, st.integers(0, 2**32 - 1) | few([167772160, 167837696]), few([0, 8, 16, 24, 24, 24, 32]),
    few([None, 0, 20, 100]), st.none() | addresses, few([None, 1, 2, 3, 9]), st.none() | addresses,
)  # fmt: skip
alike = st.tuples(
    st.just(254), st.integers(0, 2**32 - 1), st.just(24), few([20, 100]), addresses, few([2, 3]), st.none()
)


@settings(deadline=None, max_examples=150)
@given(st.lists(routes | alike, max_size=40), st.booleans(), st.integers(2, 12))
@example([(254, n << 8, 24, 20, "10.0.0.1", 2, None) for n in range(40)], False, 12)
@example([(254, n << 8, 24, None, "10.0.0.1", 2, None) for n in (3, 1, 2, 1, 1)], False, 12)
def test_any_routes(told: list[Told], ordered: bool, most: int) -> None:
    payloads = [message(route) for route in (sorted(told, key=lambda r: r[:3]) if ordered else told)]
    hold(payloads, most)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(tables, st.integers(0, 2**128 - 1), few([0, 32, 48, 64, 128]), few([None, 256, 1024]), st.none(),
                          few([1, 2]), st.none()), max_size=20), st.integers(2, 6))  # fmt: skip
def test_any_routes_of_ipv6(told: list[Told], most: int) -> None:
    hold([message(route, six=True) for route in told], most)


def test_what_the_routes_of_a_sorted_table_have_in_common_is_spelt_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """IPv6 tables come in no order: spelling all columns of each of their routes takes most of the time."""
    spelt = 0

    def counted(row: Sequence[Any]) -> str:
        nonlocal spelt
        spelt += 1
        return line(row)

    monkeypatch.setattr("snapshot.store.bulk.line", counted)
    payloads = [
        message((254, (0x2001 << 112) + (at << 64), 64, 1024, None, 2, None), six=True) for at in range(400, 0, -1)
    ]
    packed = pack("route", Routes(runs(payloads, 100), {2: "eth0"}, Decoding()))
    assert packed.count == len(payloads)
    assert spelt < len(payloads)


def test_routes_of_one_place_do_not_have_a_whole_table_taken_apart() -> None:
    """Every link that is up has its fe80::/64: with two of them no table of IPv6 is in an order that tells all apart."""

    class Counting(Decoding):
        told = 0

        def tell(self, kind: str, payload: bytes, names: Mapping[int, str]) -> tuple[Fact | None, tuple[Timer, ...]]:
            self.told += 1
            return super().tell(kind, payload, names)

    many = [message((254, (0x2001 << 112) + (at << 64), 64, 1024, None, 2, None), six=True) for at in range(4_000)]
    own = [message((254, 0xFE80 << 112, 64, 256, None, index, None), six=True) for index in (3, 2)]
    other = [message((254, (0x2001 << 112) + (77 << 64), 64, 512, None, 3, None), six=True)]
    teller = Counting()
    packed = pack("route", Routes(runs([*many, *own, *other], 100), {2: "eth0", 3: "eth1"}, teller))
    assert packed.count == len(many) + 3
    assert teller.told < 1_000
    hold([*many, *own, *other], 100)


def test_lifetimes_are_timers() -> None:
    told = [(254, n << 8, 24, 20, "10.0.0.1", 2, None) for n in range(1, 9)]
    bulk = Routes(runs([message(route, expires=n * 100) for n, route in enumerate(told)], 4), {}, Decoding())
    assert pack("route", bulk).count == 8
    assert sorted(timer.value for timer in bulk.timers) == list(range(1, 8))


SAME = """
import pickle
from snapshot.collect.decode import Decoding
from snapshot.collect.netlink import dumps
from snapshot.store.packing import pack
told = []
for dumps.MANY in (10_000_000, 100):
    raw = dumps.read_namespace(("link", "route"))
    assert bool(raw.readings["route"].parts) == (dumps.MANY == 100)
    sections, failures = Decoding().namespace(raw.readings)
    assert not failures, failures
    packed = pack("route", sections["route"])
    told.append((packed.digest, packed.count))
assert told[0] == told[1], told
again = pickle.loads(pickle.dumps(sections["route"]))
assert pack("route", again).digest == told[0][0]
print(told[0][1])
"""


def test_a_real_table_read_both_ways() -> None:
    require_bottles()
    lines = [f"route add 20.{n // 250}.{n % 250}.0/24 via 10.0.0.{n % 9 + 2} metric {n % 3}" for n in range(3000)]
    lines += [f"route add 21.0.{n}.0/24 via 10.0.0.2 table {77 + n % 2}" for n in range(200)]
    lines += [f"route add 21.0.{n}.0/{25 + n % 3} dev br0" for n in range(100)]
    lines += [
        "route add 10.9.0.0/16 nexthop via 10.0.0.2 weight 2 nexthop via 10.0.0.3",
        "route add blackhole 10.66.0.0/16",
    ]
    lines += [f"-6 route add fd00:{n:x}::/48 via fd01::{n % 7 + 2:x} dev br0 metric {n % 2 + 1}" for n in range(1, 900)]
    with Bottle() as bottle:
        bottle.sh("ip link add br0 type bridge; ip link set br0 up; ip addr add 10.0.0.1/24 dev br0; "
                  "ip -6 addr add fd01::1/64 dev br0 nodad")  # fmt: skip
        for family in ("", "-6"):
            batch = bottle.folder / f"routes{family}"
            own = [line.removeprefix("-6 ") for line in lines if line.startswith("-6") == bool(family)]
            batch.write_text("\n".join(own) + "\n", encoding="ascii")
            bottle.run("ip", *([family] if family else []), "-batch", str(batch))
        done = bottle.run(sys.executable, "-c", SAME)
        assert int(done.stdout) > 4000
