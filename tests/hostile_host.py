"""A host on which everything that a stranger may name bears a hostile text, before and after everything on it has changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from snapshot.model.container import Container
from snapshot.model.coverage import Coverage
from snapshot.model.link import Link
from snapshot.model.snapshot import Capture
from snapshot.model.sysctl import Sysctl
from snapshot.store.reference import SnapshotRef
from snapshot.store.writer import create
from tests.analyze.hosts import Host, Net
from tests.snapshot.store.captures import of_host


def files(folder: Path, texts: Sequence[str]) -> tuple[SnapshotRef, SnapshotRef]:
    """Two snapshot files: for each text a container, its namespace, its link and more that are called so."""
    before = _host(texts)
    after = before.fork()
    for text, net in zip(texts, _homes(after), strict=True):
        net.links = [_changed(link, text) if link.name == text else link for link in net.links]
        net.more = [replace(row, values={text: text}) if row == _sysctl("") else row for row in net.more]
    after.containers = [
        replace(container, image=text, labels={text: text}, resolver={"search": [text]})
        for text, container in zip(texts, after.containers, strict=True)
    ]
    after.coverage += [Coverage(place=text, kinds=("namespace",), status="failed", error=text) for text in texts[:9]]
    captures = {
        "before": _named(of_host(before), texts[0]),
        "after": _named(of_host(after, started="2026-01-01T03:10:00.000000Z"), texts[-1]),
    }
    for name, capture in captures.items():
        create(folder / name, capture)
    return SnapshotRef(path=folder / "before"), SnapshotRef(path=folder / "after")


def _host(texts: Sequence[str]) -> Host:
    host = Host.with_bridge()
    for number, text in enumerate(texts):
        net = host.namespace(f"/run/netns/{text}")
        net.more.append(_sysctl(""))
        host.veth(net, f"veth{number:03}", f"10.1.27.{number % 250 + 2}", end=text)
        host.containers.append(
            Container(id=f"{number:064x}", name=text, image="plain", state="running", namespace=net.key)
        )
    return host


def _homes(host: Host) -> list[Net]:
    return [net for net in host.nets.values() if not net.host]


def _sysctl(value: str) -> Sysctl:
    return Sysctl(path="net.core", values={"name": value})


def _changed(link: Link, text: str) -> Link:
    return replace(link, mtu=1400, alias=text, altnames=(text,), qdisc=text)


def _named(capture: Capture, text: str) -> Capture:
    header = replace(capture.header, label=text, note=text, hostname=text, kernel=text)
    return replace(capture, header=header)
