"""Files of hosts that were built for checks. `make mutation` names a folder in which they are kept: each host is built once."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.lab.docker import DockerHost
from tests.requirements import require_docker

KEPT = "NETLAPSE_TWINS"


def host_file(name: str, temporary: pytest.TempPathFactory, captured: Callable[[DockerHost], Path]) -> Path:
    """The snapshots that ``captured`` takes of a host with a Docker daemon, which is gone when this returns."""
    kept = Path(os.environ.get(KEPT) or temporary.mktemp("twins")) / name
    if not kept.exists():
        require_docker()
        with DockerHost() as host:
            shutil.copyfile(captured(host), kept)
    return kept


def told(*arguments: str) -> dict[str, Any]:
    """What netlapse tells as JSON with these arguments, on a host with findings."""
    done = subprocess.run(
        [sys.executable, "-m", "netlapse", *arguments, "-f", "json"], check=False, capture_output=True, text=True
    )
    assert done.returncode == 1, done.stderr
    return dict(json.loads(done.stdout))
