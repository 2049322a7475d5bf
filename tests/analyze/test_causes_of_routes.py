"""What explains a route that came or went beside the link it leads through: the addresses of that link (docs/diff.md)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from analyze.compose import compose
from tests.analyze.causing import DUMMY, both_ways, with_rows
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
