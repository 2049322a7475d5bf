"""What is written is what is read: facts, order, sharing, and where two snapshots differ."""

from __future__ import annotations

import copy
import random
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyze.compose import compose
from analyze.diff.sides import prepare
from snapshot.model.json import canonical
from snapshot.model.snapshot import Capture, CapturedNamespace
from snapshot.store.errors import FileError
from snapshot.store.loaded import Place
from snapshot.store.reader import list_snapshots, load, load_whole
from snapshot.store.reference import parse
from snapshot.store.writer import append, create
from tests.analyze.hosts import Host, pair_of
from tests.analyze.test_changes import CLASSIC, classic, pod_recreated
from tests.snapshot.store.captures import captures, of_host
from tests.snapshot.store.loading import load_pair

LATER = "2026-01-01T03:10:00.000000Z"


def as_text(rows: object) -> list[str]:
    return sorted(map(repr, rows))  # type: ignore[call-overload]


@settings(max_examples=60, deadline=None)
@given(captures())
def test_every_fact_comes_back(capture: Capture) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file"
        written = create(path, capture)
        whole = load_whole(parse(str(path)))
        assert (whole.snapshot.header, whole.snapshot.digest) == (capture.header, written.digest)
        assert set(whole.snapshot.coverage) == set(capture.coverage)
        assert whole.snapshot.provenance == capture.provenance
        for place in capture.namespaces:
            for kind, rows in place.sections.items():
                assert isinstance(rows, tuple)
                back = whole.rows[Place(namespace=place.namespace.key, kind=kind)]
                assert sorted(canonical_fact(row) for row in back) == sorted(canonical_fact(row) for row in rows)
        for runtime, told in zip(capture.runtimes, whole.snapshot.runtimes, strict=True):
            assert told.runtime == runtime.runtime
            assert len(told.containers) == len(runtime.sections.get("container", ()))


def canonical_fact(fact: object) -> str:
    return canonical({name: getattr(fact, name) for name in fact.__dataclass_fields__})  # type: ignore[attr-defined]


@settings(max_examples=60, deadline=None)
@given(captures(), st.randoms(use_true_random=False))
def test_order_means_nothing_to_a_digest(capture: Capture, chance: random.Random) -> None:
    def shuffled(place: CapturedNamespace) -> CapturedNamespace:
        sections = {
            kind: tuple(chance.sample(rows, len(rows)))
            for kind, rows in place.sections.items()
            if isinstance(rows, tuple)
        }
        return replace(place, sections=sections)

    other = replace(capture, namespaces=tuple(map(shuffled, reversed(capture.namespaces))))
    with tempfile.TemporaryDirectory() as folder:
        first, second = create(Path(folder) / "a", capture), create(Path(folder) / "b", other)
        assert first.digest == second.digest


def test_equal_sections_are_stored_once(tmp_path: Path) -> None:
    path = tmp_path / "file"
    first = create(path, of_host(classic(), label="one"))
    second = append(path, of_host(classic(), started=LATER, label="two"))
    assert (second.rows, second.added_rows) == (first.rows, 0)
    assert [(e.id, e.header.label, e.rows, e.added_rows) for e in list_snapshots(path)] == [
        (1, "one", first.rows, first.added_rows),
        (2, "two", first.rows, 0),
    ]


@pytest.mark.parametrize("one_file", [True, False], ids=["one file", "two files"])
@pytest.mark.parametrize("change", [case[0] for case in CLASSIC], ids=[case[0].__name__ for case in CLASSIC])
def test_a_pair_says_where_two_snapshots_literally_differ(
    tmp_path: Path, change: Callable[[Host], None], one_file: bool
) -> None:
    before = classic()
    after = copy.deepcopy(before)
    change(after)
    a, b = tmp_path / "a", tmp_path / ("a" if one_file else "b")
    create(a, of_host(before))
    append(b, of_host(after, started=LATER))
    pair = load_pair(parse(f"{a}@first"), parse(f"{b}@last"))
    expected = pair_of(before, after)
    for mine, theirs in ((pair.before_rows, expected.before_rows), (pair.after_rows, expected.after_rows)):
        assert {place: as_text(rows) for place, rows in mine.items()} == {
            place: as_text(rows) for place, rows in theirs.items()
        }
    assert compose(prepare(pair), "t").changes == compose(prepare(expected), "t").changes


def test_a_kind_that_one_side_did_not_read_is_not_compared(tmp_path: Path) -> None:
    before, after = classic(), classic()
    after.kinds = tuple(kind for kind in after.kinds if kind != "route")
    path = tmp_path / "file"
    create(path, of_host(before))
    append(path, of_host(after, started=LATER))
    pair = load_pair(parse(f"{path}@1"), parse(f"{path}@2"))
    assert (pair.before_rows, pair.after_rows) == ({}, {})
    assert "route" not in pair.after.namespaces[0].digests


def test_references(tmp_path: Path) -> None:
    path = tmp_path / "odd@name"
    create(path, of_host(classic(), label="one"))
    append(path, of_host(classic(), started=LATER, label="two"))
    assert load(parse(str(path))).id == 2
    assert [load(parse(f"{path}@{name}")).id for name in ("one", "two", "1", "2", "first", "last")] == [
        1,
        2,
        1,
        2,
        1,
        2,
    ]


def test_lone_surrogates_are_refused_before_anything_is_written(tmp_path: Path) -> None:
    capture = of_host(classic())
    hostile = replace(capture, header=replace(capture.header, note="\ud800"))
    with pytest.raises(FileError):
        create(tmp_path / "file", hostile)
    assert list(tmp_path.iterdir()) == []


def test_big_kinds_are_read_where_they_differ_only(tmp_path: Path) -> None:
    before = classic()
    after = copy.deepcopy(before)
    pod_recreated(after)
    path = tmp_path / "file"
    create(path, of_host(before))
    append(path, of_host(after, started=LATER))
    pair = load_pair(parse(f"{path}@1"), parse(f"{path}@2"))
    untouched = {n.namespace.key for n in pair.before.namespaces} & {n.namespace.key for n in pair.after.namespaces}
    touched = {place.namespace for place in (*pair.before_rows, *pair.after_rows)}
    assert len(untouched - touched) == 3, "three pods did not change"
