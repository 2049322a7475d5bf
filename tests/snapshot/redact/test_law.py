"""The diff of two redacted snapshots is the diff of the two, redacted: turned back by the key, the reports say the same.

Order is left aside: a report lists in the order of names, and the order of pseudonyms is another one (docs/redaction.md).
"""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from snapshot.redact.files import redact_file
from snapshot.store.reference import parse
from tests.analyze.generated.blinding import blinded
from tests.analyze.generated.changes import changed
from tests.analyze.generated.histories import ASKED, FEW, LAWS, Steps, gaps, seeds, steps
from tests.analyze.generated.hosts import made
from tests.analyze.hosts import Host
from tests.analyze.test_matching_laws import Recipe
from tests.analyze.test_matching_laws import hosts as recipes
from tests.analyze.test_matching_laws import made as with_replicas
from tests.cases.captures import capture_of, read_capture
from tests.snapshot.redact.law import BY, KEYS, hold, hold_files, hold_hosts

ROOT = Path(__file__).resolve().parents[3]
CASES = sorted(path.parent for path in (ROOT / "tests" / "cases").glob("*/before.json"))
FILES = settings(LAWS, max_examples=FEW // 10 if ASKED else 10)
"""With four files for each example."""
keys = st.integers(0, len(KEYS) - 1)


def two_of(seed: int, first: Steps, second: Steps, fewer: Steps, unseen: Steps) -> tuple[Host, Host]:
    """Two hosts with one past, of each of which something may not have been seen."""
    host = made(seed)
    return blinded(changed(host, first), fewer), blinded(changed(host, second), unseen)


@LAWS
@given(seeds, steps, steps, gaps, gaps, keys)
def test_the_diff_of_redacted_hosts_is_the_redacted_diff(
    seed: int, first: Steps, second: Steps, fewer: Steps, unseen: Steps, key: int
) -> None:
    hold_hosts(*two_of(seed, first, second, fewer, unseen), KEYS[key])


@settings(LAWS, max_examples=FEW // 10)
@given(recipes, recipes, st.booleans(), keys)
def test_so_it_is_of_replicas_and_of_namespaces_of_nobody(first: Recipe, second: Recipe, boot: bool, key: int) -> None:
    hosts = with_replicas(first), with_replicas(second, "boot-2" if boot else "boot-1")
    for host in hosts:
        # Of two that were given one address the kernel knows one.
        known = {(row.dev, row.address): row for row in host.root.neighbours if row.dev is not None}
        host.root.neighbours = [*known.values()]
    hold_hosts(*hosts, KEYS[key])


@FILES
@given(seeds, steps, steps, gaps, gaps)
def test_so_it_is_through_files(seed: int, first: Steps, second: Steps, fewer: Steps, unseen: Steps) -> None:
    with TemporaryDirectory() as folder:
        hold(Path(folder), [capture_of(host.whole()) for host in two_of(seed, first, second, fewer, unseen)])


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_so_it_is_of_hosts_that_were_recorded(case: Path, tmp_path: Path) -> None:
    captures = [read_capture(case / f"{side}.json") for side in ("before", "after")]
    assert hold(tmp_path, captures) > 0 or case.name == "runtime-silent"


def test_so_it_is_of_a_file(tmp_path: Path) -> None:
    plain = ROOT / "snapshot" / "demo" / "shipped.netlapse"
    target = tmp_path / "redacted"
    redact_file(plain, target, BY)
    sides = (f"{path}@{side}" for path in (plain, target) for side in ("before", "after"))
    assert hold_files(*map(parse, sides)) > 30
