"""Container ids from cgroup paths as they are on real hosts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from snapshot.collect.runtimes.cgroups import container_of, resident

ID = "9f2c" * 16
OTHER = "0a1b" * 16
UID = "1b4e28ba-2fa1-11d2-883f-0016d3cca427"
SLICE = UID.replace("-", "_")
STATIC = "5d41402abc4b2a76b9719d911017c592"

CONTAINERS = {
    "docker, cgroupfs": f"/docker/{ID}",
    "docker, systemd": f"/system.slice/docker-{ID}.scope",
    "docker, rootless": f"/user.slice/user-1000.slice/user@1000.service/user.slice/docker-{ID}.scope",
    "docker, a parent of its own": f"/my.slice/docker-{ID}.scope",
    "docker, with systemd inside": f"/docker/{ID}/init.scope",
    "podman, systemd": f"/machine.slice/libpod-{ID}.scope",
    "podman, v2": f"/machine.slice/libpod-{ID}.scope/container",
    "podman, cgroupfs": f"/libpod_parent/libpod-{ID}",
    "podman, a pod, cgroupfs": f"/libpod_parent/{OTHER}/libpod-{ID}",
    "podman, a pod, systemd": f"/machine.slice/machine-libpod_pod_{OTHER}.slice/libpod-{ID}.scope/container",
    "podman, rootless": f"/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-{ID}.scope/container",
    "nerdctl, systemd": f"/system.slice/nerdctl-{ID}.scope",
    "nerdctl, cgroupfs": f"/default/{ID}",
    "cri without a parent": f"/k8s.io/{ID}",
    "amazon ecs": f"/ecs/4e1b0b7cd2a84a4d8a6a4c2c0dd1a3a1/{ID}",
    "docker in docker": f"/docker/{OTHER}/docker/{ID}",
}
PODS = {
    "docker or containerd, cgroupfs": (f"/kubepods/besteffort/pod{UID}/{ID}", UID),
    "guaranteed, cgroupfs": (f"/kubepods/pod{UID}/{ID}", UID),
    "cri-o, cgroupfs": (f"/kubepods/burstable/pod{UID}/crio-{ID}", UID),
    "containerd, systemd": (
        f"/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod{SLICE}.slice/cri-containerd-{ID}.scope", UID,
    ),
    "guaranteed, systemd": (f"/kubepods.slice/kubepods-pod{SLICE}.slice/cri-containerd-{ID}.scope", UID),
    "cri-o, systemd": (
        f"/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod{SLICE}.slice/crio-{ID}.scope", UID,
    ),
    "cri-o, v2": (
        f"/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod{SLICE}.slice/crio-{ID}.scope/container", UID,
    ),
    "docker, systemd": (
        f"/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod{SLICE}.slice/docker-{ID}.scope", UID,
    ),
    "containerd, systemd without its being told": (
        f"/system.slice/containerd.service/kubepods-besteffort-pod{SLICE}.slice:cri-containerd:{ID}", UID,
    ),
    "a static pod, whose uid is a hash": (
        f"/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod{STATIC}.slice/cri-containerd-{ID}.scope", STATIC,
    ),
    "k3s": (f"/kubepods/besteffort/pod{UID}/{ID}", UID),
    "kind: a node that is a container": (
        f"/docker/{OTHER}/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-besteffort.slice/"
        f"kubelet-kubepods-besteffort-pod{SLICE}.slice/cri-containerd-{ID}.scope", UID,
    ),
    "seen from another cgroup namespace": (f"/../../kubepods/besteffort/pod{UID}/{ID}", UID),
}  # fmt: skip
NOBODYS = {
    "the root": "/",
    "a service": "/system.slice/containerd.service",
    "a session": "/user.slice/user-1000.slice/session-3.scope",
    "a pod's own directory": f"/kubepods/besteffort/pod{UID}",
    "podman's conmon, systemd": f"/machine.slice/libpod-conmon-{ID}.scope",
    "podman's conmon, cgroupfs": "/libpod_parent/conmon",
    "podman's conmon in a pod": f"/libpod_parent/{OTHER}/conmon",
    "a pod's directory of podman's": f"/libpod_parent/{OTHER}",
    "cri-o's conmon": f"/kubepods.slice/kubepods-besteffort-pod{SLICE}.slice/crio-conmon-{ID}.scope",
    "an id that is too short": f"/docker/{ID[:63]}",
    "an id that is too long": f"/docker/{ID}0",
    "a container with a name": "/lxc.payload.web",
}


@pytest.mark.parametrize("path", CONTAINERS.values(), ids=CONTAINERS.keys())
def test_containers(path: str) -> None:
    found = resident(f"0::{path}\n")
    assert found is not None
    assert found[:2] == (ID, None)


@pytest.mark.parametrize(("path", "uid"), PODS.values(), ids=PODS.keys())
def test_containers_of_pods(path: str, uid: str) -> None:
    found = resident(f"0::{path}\n")
    assert found is not None
    assert found[:2] == (ID, uid)


@pytest.mark.parametrize("path", NOBODYS.values(), ids=NOBODYS.keys())
def test_what_is_in_no_container(path: str) -> None:
    assert resident(f"0::{path}\n") is None


@pytest.mark.parametrize(
    ("path", "prefix"),
    [
        (f"/docker/{ID}", None),
        (f"/system.slice/docker-{ID}.scope", "docker"),
        (f"/machine.slice/libpod-{ID}.scope/container", "libpod"),
        (f"/kubepods/burstable/pod{UID}/crio-{ID}", "crio"),
        (
            f"/system.slice/containerd.service/kubepods-besteffort-pod{SLICE}.slice:cri-containerd:{ID}",
            "cri-containerd",
        ),
    ],
)
def test_the_engines_own_word_before_the_id(path: str, prefix: str | None) -> None:
    found = resident(f"0::{path}\n")
    assert found is not None
    assert found.prefix == prefix


def test_the_id_alone() -> None:
    assert container_of(f"0::/docker/{ID}\n".encode()) == ID
    assert container_of(b"0::/system.slice/odd\xff.service\n") is None


def test_any_controller_of_version_1_may_tell() -> None:
    """On a host of both versions some hierarchies have everything in their root."""
    lines = ["13:misc:/", f"12:pids:/docker/{ID}", f"1:name=systemd:/docker/{ID}", "0::/"]
    assert resident("\n".join(lines)) == (ID, None, None)
    assert resident("\n".join(reversed(lines))) == (ID, None, None)
    assert resident("\n".join(line for line in lines if line.endswith(":/"))) is None


@given(st.text())
def test_any_text_is_read(told: str) -> None:
    found = resident(told)
    assert found is None or len(found.container) == 64
