"""Where runtimes are looked for."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from snapshot.collect.runtimes import endpoints
from snapshot.collect.runtimes.endpoints import find_endpoints
from tests.requirements import require


@pytest.fixture
def nothing_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(endpoints, "WELL_KNOWN", ())


@pytest.mark.usefixtures("nothing_known")
def test_the_named_engines_are_asked_and_no_other() -> None:
    environment = {"DOCKER_HOST": "tcp://10.0.0.1:2375"}
    assert [(e.url, e.explicit) for e in find_endpoints(["unix:///a.sock"], (), environment)] == [
        ("unix:///a.sock", True)
    ]
    assert [(e.url, e.explicit) for e in find_endpoints((), (), environment)] == [("tcp://10.0.0.1:2375", True)]
    named = find_endpoints(["/srv/docker.sock", "unix:///srv/podman.sock"], ["/srv/cri.sock"], {})
    assert [(e.api, e.url) for e in named] == [
        ("docker", "unix:///srv/docker.sock"),
        ("docker", "unix:///srv/podman.sock"),
        ("cri", "unix:///srv/cri.sock"),
    ]


def test_sockets_are_asked_once_each_whatever_they_are_called(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real, other, link, plain = (tmp_path / name for name in ("real", "other", "link", "plain"))
    link.symlink_to(real)
    plain.touch()
    known = [("docker", "docker", str(path)) for path in (real, link, other, plain, tmp_path / "missing")]
    monkeypatch.setattr(endpoints, "WELL_KNOWN", (*known, ("podman", "docker", f"{tmp_path}/re*l")))
    with socket.socket(socket.AF_UNIX) as one, socket.socket(socket.AF_UNIX) as two:
        one.bind(str(real))
        two.bind(str(other))
        found = find_endpoints(environment={})
        named = find_endpoints([str(link), str(real)], environment={})
    assert [(e.url, e.explicit) for e in found] == [(f"unix://{real}", False), (f"unix://{other}", False)]
    assert [(e.url, e.explicit) for e in named] == [(f"unix://{link}", True)]


def test_a_user_leads_root_to_no_socket_but_their_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    require(os.geteuid() == 0, "needs root")
    monkeypatch.setattr(endpoints, "WELL_KNOWN", (("docker", "docker", f"{tmp_path}/user/*/docker.sock"),))
    for uid in (1000, 1001):
        folder = tmp_path / "user" / str(uid)
        folder.mkdir(parents=True)
        os.chown(folder, uid, uid)
    with socket.socket(socket.AF_UNIX) as roots, socket.socket(socket.AF_UNIX) as theirs:
        roots.bind(str(tmp_path / "private"))
        theirs.bind(str(tmp_path / "user" / "1001" / "docker.sock"))
        os.chown(tmp_path / "user" / "1001" / "docker.sock", 1001, 1001)
        (tmp_path / "user" / "1000" / "docker.sock").symlink_to(tmp_path / "private")
        assert [e.url for e in find_endpoints(environment={})] == [f"unix://{tmp_path}/user/1001/docker.sock"]


def test_each_api_is_looked_for_by_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A Docker that is named hides no pods of containerd's."""
    sock = tmp_path / "containerd.sock"
    monkeypatch.setattr(endpoints, "WELL_KNOWN", (("containerd", "cri", str(sock)),))
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(sock))
        assert [e.url for e in find_endpoints(["/srv/docker.sock"], environment={})] == [
            "unix:///srv/docker.sock",
            f"unix://{sock}",
        ]
        assert [e.url for e in find_endpoints((), ["/srv/cri.sock"], {})] == ["unix:///srv/cri.sock"]


def test_a_podman_that_would_have_to_be_started_is_not_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its socket is held by another program (systemd, here the test), which would start it for whoever connects."""
    sock = tmp_path / "podman.sock"
    monkeypatch.setattr(endpoints, "WELL_KNOWN", (("podman", "docker", str(sock)),))
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(sock))
        listener.listen()
        (idle,) = find_endpoints(environment={})
        assert idle.idle is not None
        assert f"--docker-host unix://{sock}" in idle.idle
        (named,) = find_endpoints([str(sock)], environment={})
        assert named.idle is None
        own = Path("/proc/self/comm").read_text(encoding="utf-8").strip()
        assert endpoints._is_served(str(sock), own), "by whoever holds the listening socket"
