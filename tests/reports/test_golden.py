"""Golden files of the formats that pipelines and reviewers read, from the samples that all formats share."""

from __future__ import annotations

import pytest

from tests.reports import faces, findings, samples
from tests.reports.golden_files import check_golden

CHECKS = {"sound": findings.sound, "unsound": findings.unsound, "unseen": findings.unseen}


@pytest.mark.parametrize("sample", samples.SAMPLES)
@pytest.mark.parametrize("face", [face for face in faces.DIFF if face in faces.GOLDEN])
def test_a_comparison(face: str, sample: str) -> None:
    check_golden(f"{sample}.{faces.GOLDEN[face]}", faces.DIFF[face](samples.SAMPLES[sample]()))


@pytest.mark.parametrize("sample", CHECKS)
@pytest.mark.parametrize("face", [face for face in faces.CHECK if face in faces.GOLDEN])
def test_the_findings_on_one_snapshot(face: str, sample: str) -> None:
    check_golden(f"{sample}.check.{faces.GOLDEN[face]}", faces.CHECK[face](CHECKS[sample]()))
