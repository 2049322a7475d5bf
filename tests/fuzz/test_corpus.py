"""Every input that a fuzzer once found worth keeping is replayed: each target takes it without a defect."""

from __future__ import annotations

import sys
import time

import pytest

from tests.fuzz.__main__ import SHARES
from tests.fuzz.corpus import FOLDER, kept
from tests.fuzz.targets import TARGETS

EACH = 10.0
"""Seconds that an input may take."""


@pytest.mark.parametrize("name", TARGETS)
def test_what_was_found_is_no_defect(name: str) -> None:
    target = TARGETS[name]
    inputs = {*target.seeds(), *kept(name)}
    assert len(inputs) > 1
    for data in sorted(inputs):
        start = time.monotonic()
        try:
            target.run(data)
        except Exception as error:
            raise AssertionError(f"{name}: {data!r}") from error
        assert time.monotonic() - start < EACH, data


def test_the_corpus_is_small_and_of_targets_that_there_are() -> None:
    assert {path.stem for path in FOLDER.glob("*")} <= set(TARGETS) == set(SHARES)
    assert sum(path.stat().st_size for path in FOLDER.glob("*")) < 500_000


def test_the_fuzzer_is_no_part_of_the_environment() -> None:
    assert "atheris" not in sys.modules
