"""What explains a route that came or went beside the link it leads through: the addresses of that link (docs/diff.md)."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import pytest

from analyze.compose import compose
from analyze.filters.filters import Filters
from analyze.names import row_name
from snapshot.model.coverage import Coverage
from snapshot.model.json import Json
from snapshot.model.kinds import Fact
from snapshot.model.neighbour import Neighbour
from tests.analyze.causing import BRIDGE, DUMMY, both_ways, with_rows
from tests.analyze.hosts import Host
from tests.analyze.pairs import sides_of
from tests.analyze.rows import address, route
from tests.analyze.test_changes import classic


def found_anew(dev: str, *, detected: bool) -> Host:
    """A host with a link of that name whose IPv6 address was found to be its own, or not yet."""
    flags = ("permanent",) if detected else ("permanent", "tentative")
    own = replace(address(dev, "fe80::7/64", scope="link", label=None), flags=flags)
    local = route("fe80::7/128", dev, table="local", type="local", protocol="kernel", metric=0)
    groups = route("ff00::/8", dev, table="local", type="multicast", protocol="kernel")
    rows = (own, local, groups) if detected else (own, groups)
    return with_rows(classic(), replace(DUMMY, name=dev), *rows)


@pytest.mark.parametrize("name", ["dummy0", "a0", "z0"])
def test_an_address_in_detection_explains_its_route_whatever_its_link_is_called_now(name: str) -> None:
    """``ip link set dummy0 down; ip link set dummy0 name z0; ip link set z0 up``, captured before the detection ended."""
    before, after = found_anew("dummy0", detected=True), found_anew(name, detected=False)
    there, back = both_ways(before, after)
    assert there["route", "local fe80::7/128 dev dummy0"] == back["route", "local fe80::7/128 dev dummy0"] == "address"
    report = compose(sides_of(before, after), "netlapse test")
    assert {change.kind for change in report.changes} == ({"link"} if name != "dummy0" else set())
    assert {i.rule: i.count for i in report.ignored if i.count} == {"address-detection": 2}


LAST = address("dummy0", "10.9.0.1/24")
MORE = address("dummy0", "10.8.0.1/25")
DEFAULT = route("0.0.0.0/0", "dummy0", gateway="10.9.0.254")
HOP: Json = {"gateway": "10.9.0.254", "dev": "dummy0", "weight": 1, "flags": ()}
OTHER_HOP: dict[str, Json] = {"gateway": "192.0.2.1", "dev": "br9", "weight": 1, "flags": ()}

FOLLOWS: list[tuple[str, Fact]] = [
    ("a default route", DEFAULT),
    ("a route without a gateway", route("198.51.100.0/24", "dummy0")),
    ("one of another table", replace(DEFAULT, table="77")),
    ("one whose gateway is of the other family", replace(DEFAULT, gateway="inet6 fe80::1")),
    ("one all of whose ways lead there", route("198.51.100.0/24", None, nexthops=(HOP, HOP))),
    ("a neighbour that somebody set",
     Neighbour(family="inet", dev="dummy0", address="10.9.0.254", mac="02:aa:00:00:00:01", state="PERMANENT")),
]  # fmt: skip
STANDS: list[tuple[str, Fact]] = [
    ("one of another link", replace(DEFAULT, dev="br9")),
    ("one of IPv6", route("2001:db8::/32", "dummy0", gateway="fe80::1")),
    ("one by a nexthop object", replace(DEFAULT, nexthop_id=7)),
    ("one that leads nowhere", route("198.51.100.0/24", None, type="blackhole")),
    ("one with another way", route("198.51.100.0/24", None, nexthops=(HOP, OTHER_HOP))),
]


def around(last: tuple[Fact, ...], row: Fact) -> tuple[Host, Host]:
    """A host whose link has these addresses and that row, and the same host without them."""
    base = with_rows(classic(), DUMMY, BRIDGE)
    return with_rows(base, *last, row), base


def cause_of(before: Host, after: Host, row: Fact) -> str | None:
    """The name of what the row's removal hangs under."""
    changes = compose(sides_of(before, after), "netlapse test", filters=Filters(default=False)).changes
    by_id = {change.id: change.name for change in changes}
    (change,) = [change for change in changes if change.name == row_name(row)]
    return by_id[change.cause] if change.cause is not None else None


@pytest.mark.parametrize("row", [row for _, row in FOLLOWS], ids=[words for words, _ in FOLLOWS])
def test_the_last_ipv4_address_of_a_link_takes_along(row: Fact) -> None:
    before, after = around((LAST,), row)
    assert cause_of(before, after, row) == "10.9.0.1/24 dev dummy0"
    # The kernel puts none of them back.
    assert cause_of(after, before, row) is None


@pytest.mark.parametrize("row", [row for _, row in STANDS], ids=[words for words, _ in STANDS])
def test_the_last_ipv4_address_of_a_link_does_not_take_along(row: Fact) -> None:
    assert cause_of(*around((LAST,), row), row) is None


def test_an_address_that_is_not_the_last_takes_no_route_that_somebody_set() -> None:
    before, after = around((LAST,), DEFAULT)
    for more in (MORE, replace(MORE, dev="renamed0")):
        left = with_rows(after, more)
        left.root.links = [replace(x, name=more.dev) if x.name == "dummy0" else x for x in left.root.links]
        assert cause_of(with_rows(before, MORE), left, DEFAULT) is None
    assert cause_of(before, with_rows(after, MORE), DEFAULT) is None


@pytest.mark.parametrize("name", ["dummy0", "a0"])
def test_of_several_that_went_the_one_in_whose_subnet_the_gateway_is(name: str) -> None:
    for gateway, cause in (("10.9.0.254", LAST), ("10.8.0.9", MORE)):
        row = replace(DEFAULT, gateway=gateway)
        before, after = around((LAST, MORE), row)
        after.root.links = [replace(link, name=name) if link.name == "dummy0" else link for link in after.root.links]
        assert cause_of(before, after, row) == row_name(cause)


def test_of_several_in_whose_subnet_no_gateway_is_the_numbers_decide_and_no_name() -> None:
    row = route("198.51.100.0/24", "dummy0")
    assert cause_of(*around((LAST, MORE), row), row) == row_name(LAST)
    secondary = replace(address("dummy0", "10.8.0.1/24"), flags=("permanent", "secondary"))
    assert cause_of(*around((LAST, secondary), row), row) == row_name(LAST)
    assert cause_of(*around((LAST, address("dummy0", "10.8.0.1/24")), row), row) is None


def test_of_two_links_whose_last_addresses_went_that_of_the_lower_index() -> None:
    hops = ({**OTHER_HOP, "gateway": "10.8.0.9"}, HOP)
    row = route("198.51.100.0/24", None, nexthops=hops)
    assert cause_of(*around((LAST, address("br9", "10.8.0.1/24")), row), row) == "10.8.0.1/24 dev br9"
    assert cause_of(*around((LAST, address("br9", "10.8.0.1/24")), replace(row, nexthops=hops[::-1])), row) is not None


@pytest.mark.parametrize("status", ["failed", "torn"])
def test_addresses_that_were_not_read_explain_nothing(status: Literal["failed", "torn"]) -> None:
    before, after = around((LAST,), DEFAULT)
    root = after.root
    if status == "failed":
        after.nets[root.key] = replace(root, unread=frozenset({"address"}))
    after.coverage.append(Coverage(namespace=root.key, kinds=("address",), status=status, error="no answer"))
    assert cause_of(before, after, DEFAULT) is None


def test_a_route_that_has_another_way_now_was_changed_by_somebody() -> None:
    before, after = around((LAST,), DEFAULT)
    elsewhere = replace(DEFAULT, dev="br9", gateway="192.0.2.1")
    assert cause_of(before, with_rows(after, elsewhere), elsewhere) is None


def test_a_link_that_went_explains_the_route_itself() -> None:
    before, _ = around((LAST,), DEFAULT)
    assert cause_of(before, with_rows(classic(), BRIDGE), DEFAULT) == "dummy0"
