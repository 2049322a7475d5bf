"""Where two sections differ, found in place, side by side, or by SQLite: always the rows that only one of them has."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from snapshot.model.kinds import Fact
from snapshot.model.namespace import Namespace
from snapshot.model.route import Route
from snapshot.model.snapshot import Capture, CapturedNamespace
from snapshot.model.socket import Socket
from snapshot.store import unlike
from snapshot.store.loaded import Place
from snapshot.store.reference import parse
from snapshot.store.writer import append, create
from tests.snapshot.store.captures import HEADER
from tests.snapshot.store.loading import load_pair

Rows = list[Fact]
HOME = "cookie:1"


def capture(kind: str, rows: Rows, label: str) -> Capture:
    """One namespace with these rows of one kind."""
    return Capture(
        header=replace(HEADER, label=label),
        namespaces=(
            CapturedNamespace(namespace=Namespace(key=HOME, inode=1, host=True), sections={kind: tuple(rows)}),
        ),
        runtimes=(),
        coverage=(),
    )


def route(number: int, metric: int | None = None, gateway: str = "10.0.0.1", table: str = "main") -> Route:
    return Route(
        family="inet", table=table, type="unicast", dst=f"{10 + number // 65536}.{number // 256 % 256}.{number % 256}.0/24",
        gateway=gateway, dev="eth0", metric=metric, protocol="static", scope="global",
    )  # fmt: skip


def told(rows: Iterable[Fact]) -> Counter[str]:
    return Counter(map(repr, rows))


def differing(before: Rows, after: Rows, folder: Path, *, one_file: bool) -> tuple[Counter[str], Counter[str]]:
    """The rows that only one side has, by way of files."""
    kind = "socket" if any(isinstance(row, Socket) for row in (*before, *after)) else "route"
    first, second = folder / "first", folder / "second"
    create(first, capture(kind, before, "a-before"))
    if one_file:
        append(first, capture(kind, after, "an-after"))
        pair = load_pair(parse(f"{first}@a-before"), parse(f"{first}@an-after"))
    else:
        create(second, capture(kind, after, "an-after"))
        pair = load_pair(parse(str(first)), parse(str(second)))
    place = Place(namespace=HOME, kind=kind)
    return told(pair.before_rows.get(place, ())), told(pair.after_rows.get(place, ()))


def test_a_large_table_is_compared_in_place_and_side_by_side(tmp_path: Path) -> None:
    count = unlike.LARGE + 10
    rows: Rows = [route(number) for number in range(count)]
    changed = [*rows]
    changed[5], changed[count - 1] = route(5, gateway="10.0.0.2"), route(count - 1, metric=7)
    shifted: Rows = [route(number) for number in range(3, count + 3) if number != 9_000]
    (tmp_path / "1").mkdir()
    (tmp_path / "2").mkdir()
    assert differing(rows, changed, tmp_path / "1", one_file=False) == (
        told([rows[5], rows[-1]]),
        told([changed[5], changed[-1]]),
    )
    # The other table was written in another order of forms: the last route comes first.
    shifted.append(route(count + 9, metric=7))
    assert differing([*rows, route(count + 9, metric=7)], shifted, tmp_path / "2", one_file=False) == (
        told([*rows[:3], rows[9_000]]),
        told(route(number) for number in range(count, count + 3)),
    )


routes = st.builds(
    route,
    st.integers(0, 30), st.sampled_from([None, 1, 7]), st.sampled_from(["10.0.0.1", "10.0.0.2"]), st.sampled_from(["main", "7"])
)  # fmt: skip
sockets = st.builds(
    Socket,
    protocol=st.just("tcp"), family=st.just("inet"), address=st.just("0.0.0.0"), port=st.integers(1, 9), uid=st.integers(0, 2),
    sockets=st.integers(1, 2), owner=st.just("none"),
)  # fmt: skip


@pytest.mark.parametrize("how", ["side by side", "in place", "too many forms", "forms that cannot be translated"])
def test_only_what_one_side_has(how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unlike, "AT_ONCE", 4)
    if how == "in place":
        monkeypatch.setattr(unlike, "LARGE", 1)
    elif how == "too many forms":
        monkeypatch.setattr(unlike, "MOST_FORMS", 0)
    elif how == "forms that cannot be translated":
        monkeypatch.setattr(unlike, "FORMS", 0)
    unique = how in ("too many forms", "forms that cannot be translated")

    @settings(max_examples=60, deadline=None)
    @given(
        st.one_of(
            st.tuples(
                st.lists(routes, max_size=25, unique_by=repr if unique else None),
                st.lists(routes, max_size=25, unique_by=repr if unique else None),
            ),
            st.tuples(
                st.lists(sockets, max_size=25, unique_by=repr if unique else None),
                st.lists(sockets, max_size=25, unique_by=repr if unique else None),
            ),
        ),
        st.booleans(),
    )
    def law(sides: tuple[Rows, Rows], one_file: bool) -> None:
        before, after = sides
        with tempfile.TemporaryDirectory() as folder:
            found = differing(before, after, Path(folder), one_file=one_file)
        old, new = told(before), told(after)
        assert found == (old - new, new - old)

    law()
