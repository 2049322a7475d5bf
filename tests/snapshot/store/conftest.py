"""What several of these tests start from."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.requirements import require
from tests.snapshot.store.zygote import Zygote


@pytest.fixture
def top(tmp_path: Path) -> Path:
    """A folder that other users can reach."""
    require(os.geteuid() == 0, "needs root")
    for folder in (tmp_path, *list(tmp_path.parents)[:2]):
        folder.chmod(0o755)
    return tmp_path


@pytest.fixture(scope="module")
def zygote(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Zygote]:
    """A process that forks writers."""
    zygote = Zygote(tmp_path_factory.mktemp("scratch"))
    yield zygote
    zygote.close()
