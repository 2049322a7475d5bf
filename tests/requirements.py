"""What a test needs of the machine. A skip is said with its reason, and is a failure in CI."""

from __future__ import annotations

import os
import shutil
import subprocess
from functools import cache
from pathlib import Path

import pytest


def require(condition: bool, reason: str) -> None:
    """Skip the test unless ``condition`` holds; with CI=true fail it."""
    if condition:
        return
    if os.environ.get("CI") == "true":
        pytest.fail(f"this machine cannot run the test: {reason}")
    pytest.skip(reason)


@cache
def can_make_bottles() -> bool:
    """Whether hosts can be built in throwaway namespaces here."""
    if os.geteuid() != 0 or not all(shutil.which(name) for name in ("unshare", "nsenter", "ip", "bridge")):
        return False
    trial = subprocess.run(
        ["unshare", "-n", "-m", "-p", "--fork", "--mount-proc", "--kill-child", "true"],
        check=False,
        capture_output=True,
    )
    return trial.returncode == 0


def require_bottles() -> None:
    """Skip unless hosts can be built in throwaway namespaces."""
    require(can_make_bottles(), "needs root, iproute2 and the right to make network, mount and pid namespaces")


def require_docker() -> None:
    """Skip unless a Docker daemon can be started in a bottle."""
    require_bottles()
    has = all(shutil.which(name) for name in ("dockerd", "docker")) and Path("/bin/busybox").exists()
    require(has, "needs Debian's docker.io and busybox-static")


def require_containerd() -> None:
    """Skip unless a containerd with a CNI bridge can be started in a bottle."""
    require_bottles()
    has = all(shutil.which(name) for name in ("containerd", "ctr", "runc")) and Path("/bin/busybox").exists()
    require(has and _has_cni(), "needs Debian's containerd, runc, containernetworking-plugins and busybox-static")


def require_podman() -> None:
    """Skip unless a Podman with a CNI bridge can be started in a bottle."""
    require_bottles()
    has = all(shutil.which(name) for name in ("podman", "runc")) and Path("/bin/busybox").exists()
    require(has and _has_cni(), "needs Debian's podman, runc, containernetworking-plugins and busybox-static")


def _has_cni() -> bool:
    return all(Path("/usr/lib/cni", name).exists() for name in ("bridge", "host-local", "portmap"))
