"""Every check fires on the host that was built for it and not on its healthy twin, both on a real kernel with a real engine."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from analyze.checks.registry import CHECKS
from tests.analyze.checks.host_twins import HOST_TWINS
from tests.analyze.checks.kept import host_file, told
from tests.analyze.checks.twins import TWINS
from tests.lab.docker import DockerHost

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "checks.md").read_text(encoding="utf-8")
PARTS = ("**What it means.**", "**Why it hurts.**", "**How to confirm.**", "**How to fix.**")


@pytest.fixture(scope="module")
def findings(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """What the checks say of one host that holds all the twins."""
    report = told("check", str(host_file("twins", tmp_path_factory, _captured)))
    assert report["unchecked"] == []
    return list(report["findings"])


def _captured(host: DockerHost) -> Path:
    for twin in TWINS:
        twin.build(host)
    host.bottle.settle()
    return host.capture()


@pytest.mark.parametrize("twin", TWINS, ids=lambda twin: twin.check)
def test_a_check_fires_on_its_host_and_not_on_its_healthy_twin(twin: Any, findings: list[dict[str, Any]]) -> None:
    fired = [finding for finding in findings if finding["check"] == twin.check]
    for scope, words in twin.fires:
        assert [f for f in fired if f["scope"] == scope and words in f["message"]], (scope, words, fired)
    assert len(fired) == len(twin.fires), [(finding["scope"], finding["message"]) for finding in fired]


def test_every_check_has_its_twins_and_its_section_of_the_page() -> None:
    ids = [check.id for check in CHECKS]
    assert len(set(ids)) == len(ids)
    assert {twin.check for twin in (*TWINS, *HOST_TWINS)} == set(ids)
    sections = dict(re.findall(r"^### ([a-z0-9-]+)\n(.*?)(?=^##|\Z)", PAGE, re.MULTILINE | re.DOTALL))
    assert list(sections) == ids
    for check in CHECKS:
        assert all(part in sections[check.id] for part in PARTS), check.id
        assert f"{check.severity}, {check.confidence}" in sections[check.id], check.id


def test_every_file_of_a_check_is_in_the_registry() -> None:
    files = {p.stem for p in (ROOT / "analyze" / "checks").glob("*.py") if "\nCHECK = Check(" in p.read_text("utf-8")}
    assert files == {check.id.replace("-", "_") for check in CHECKS}
