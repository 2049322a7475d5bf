"""The pages that explain a diff name what there is."""

from __future__ import annotations

from pathlib import Path

from analyze.diff.noise import RULES
from analyze.names import _NAMES
from analyze.subjects import ROW_KINDS, SUBJECTS
from snapshot.model.kinds import KINDS

DOCS = Path(__file__).parents[2] / "docs"


def test_every_rule_of_noise_is_explained() -> None:
    page = (DOCS / "diff.md").read_text(encoding="utf-8")
    assert [rule.name for rule in RULES if f"| `{rule.name}` |" not in page] == []


def test_every_kind_has_a_subject_and_a_name() -> None:
    assert set(SUBJECTS) == set(ROW_KINDS)
    assert set(_NAMES) == set(KINDS)


def test_the_page_of_the_report_names_every_kind() -> None:
    page = (DOCS / "report-json.md").read_text(encoding="utf-8")
    assert [kind for kind in ROW_KINDS if f"`{kind}`" not in page] == []
