"""docs/plan.md: its plans are plans, and it knows every key and operator."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from analyze.plan.document import Source
from analyze.plan.grammar import KEYS, TOP_KEYS, read_plan
from analyze.plan.patterns import OPERATORS

PAGE = (Path(__file__).parents[3] / "docs" / "plan.md").read_text(encoding="utf-8")
PLANS = re.findall(r"^```yaml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("text", PLANS, ids=lambda text: text.splitlines()[2])
def test_every_plan_in_the_page_is_one(text: str) -> None:
    assert read_plan(Source(name="plan.md", data=text.encode())).name


def test_every_key_and_operator_is_explained() -> None:
    assert len(PLANS) >= 4
    for key in {*TOP_KEYS, *(key for keys in KEYS.values() for key in keys)}:
        assert f"`{key}`" in PAGE, key
    for operator in OPERATORS:
        assert re.search(rf"{{{operator}: |, {operator}: ", PAGE), operator
