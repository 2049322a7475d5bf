"""What several of these tests start from."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.requirements import require


@pytest.fixture
def top(tmp_path: Path) -> Path:
    """A folder that other users can reach."""
    require(os.geteuid() == 0, "needs root")
    for folder in (tmp_path, *list(tmp_path.parents)[:2]):
        folder.chmod(0o755)
    return tmp_path
