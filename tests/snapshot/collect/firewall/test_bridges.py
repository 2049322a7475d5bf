"""When the tables of ebtables-legacy are read: this kernel has none, so what it has loaded is said to it."""

from __future__ import annotations

import pytest

from snapshot.collect.firewall import look
from snapshot.collect.netlink.reading import Reading
from snapshot.collect.netlink.transport import NetlinkError
from tests.bytes import constructed

BRIDGE = bytes(16) + b"\x10\x00\x12\x00\x0b\x00\x01\x00bridge\x00\x00"
WITH = {"link": Reading(kind="link", payloads=(*constructed.LINKS, BRIDGE))}
WITHOUT = {"link": Reading(kind="link", payloads=constructed.LINKS)}


@pytest.fixture(autouse=True)
def loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(look, "loaded_tables_of_bridges", lambda: ("filter", "nat"))


def test_they_matter_only_where_there_is_a_bridge() -> None:
    assert look.bridge_tables(WITHOUT) == ()
    assert look.bridge_tables(WITH) == ("filter", "nat")


def test_elsewhere_a_newer_kernel_would_make_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(look, "at_home", lambda: False)
    monkeypatch.setattr(look, "kernel_release", lambda: (6, 1))
    with pytest.raises(NetlinkError, match="would make them"):
        look.bridge_tables(WITH)
    assert look.bridge_tables(WITHOUT) == ()
    monkeypatch.setattr(look, "kernel_release", lambda: (5, 10))
    assert look.bridge_tables(WITH) == ("filter", "nat")


def test_a_kernel_that_has_none_is_not_looked_at_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(look, "loaded_tables_of_bridges", lambda: ())
    assert look.bridge_tables({}) == ()
