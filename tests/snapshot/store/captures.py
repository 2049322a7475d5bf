"""Captures as Hypothesis makes them, and as the analyzer's small hosts give them."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from snapshot.model.container import Runtime
from snapshot.model.coverage import Coverage
from snapshot.model.kinds import KINDS, Fact, Kind
from snapshot.model.namespace import Namespace
from snapshot.model.provenance import Provenance
from snapshot.model.snapshot import Capture, CapturedNamespace, CapturedRuntime, Header
from snapshot.store.writer import append, create
from tests.analyze.hosts import ENDPOINT, Host
from tests.analyze.test_changes import classic, pod_recreated

HEADER = Header(
    hostname="node-1", machine_id="m" * 64, boot_id="boot-1", kernel="6.18.0", tool="netlapse 0.1.0",
    started_at="2026-01-01T02:10:00.000000Z", finished_at="2026-01-01T02:10:01.000000Z", kinds=tuple(sorted(KINDS)),
    status="complete",
)  # fmt: skip

PROVENANCE = Provenance(
    build="b" * 64, command=("netlapse", "capture", "-o", "file"), uid=0, login_uid=1000, sudo_uid=1000, sudo_user="joe",
    distribution="Debian GNU/Linux 12 (bookworm)", started_monotonic_us=1, started_boottime_us=2, finished_monotonic_us=3,
    finished_boottime_us=4, synchronised=True, clock_error_us=5, timeout_us=60_000_000, endpoints=("unix:///run/docker.sock",),
)  # fmt: skip

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
numbers = st.integers(-(2**62), 2**62)
jsons = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=5,
)
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "int": numbers,
    "int | None": st.none() | numbers,
    "bool": st.booleans(),
    "str": texts,
    "str | None": st.none() | texts,
    "tuple[str, ...]": st.lists(texts, max_size=3).map(tuple),
    "tuple[Json, ...]": st.lists(jsons, max_size=3).map(tuple),
    "JsonObject": st.dictionaries(texts, jsons, max_size=3),
}


def facts(kind: Kind) -> st.SearchStrategy[Fact]:
    """Any fact of a kind: whatever a stranger's names and a future kernel may put there."""
    return st.builds(kind.fact, **{field.name: VALUES[str(field.type)] for field in fields(kind.fact)})


def sections(owner: str) -> st.SearchStrategy[dict[str, tuple[Fact, ...]]]:
    """Sections of any rows, some kinds not read at all."""
    of_kind = {k.name: st.lists(facts(k), max_size=3).map(tuple) for k in KINDS.values() if k.owner == owner}
    return st.fixed_dictionaries({}, optional=of_kind)


provenances = st.builds(
    Provenance,
    **{
        field.name: {
            "str | None": VALUES["str | None"],
            "int | None": VALUES["int | None"],
            "bool | None": st.none() | st.booleans(),
            "tuple[str, ...]": VALUES["tuple[str, ...]"],
        }[str(field.type)]
        for field in fields(Provenance)
    },
)


def captures() -> st.SearchStrategy[Capture]:
    """A host's namespace and another one, a runtime, some coverage."""
    namespaces = st.tuples(sections("namespace"), sections("namespace"))
    return st.builds(
        lambda both, told, label, note, provenance: Capture(
            header=replace(HEADER, label=label, note=note),
            namespaces=(
                CapturedNamespace(namespace=Namespace(key="cookie:1", inode=1, host=True), sections=both[0]),
                CapturedNamespace(
                    namespace=Namespace(key="cookie:2", inode=2, names=("/run/netns/\x1b",)), sections=both[1]
                ),
            ),
            runtimes=(CapturedRuntime(runtime=Runtime(name="docker", endpoint=ENDPOINT), sections=told),),
            coverage=(
                Coverage(namespace="cookie:1", kinds=tuple(sorted(both[0])), status="complete"),
                Coverage(place="net:[7]", kinds=("namespace",), status="skipped", error="vanished"),
            ),
            provenance=provenance,
        ),
        namespaces,
        sections("runtime"),
        st.none() | texts.filter(bool),
        st.none() | texts,
        provenances,
    )


def of_host(host: Host, *, started: str = HEADER.started_at, label: str | None = None) -> Capture:
    """The capture of a small host."""
    return Capture(
        header=replace(host.loaded(started=started).header, label=label),
        namespaces=tuple(
            CapturedNamespace(
                namespace=Namespace(key=net.key, inode=net.inode, host=net.host, names=net.names, has_process=True),
                sections={**{k: rows for k, rows in net.rows().items() if k in host.kinds}, "nsid": tuple(net.nsids)},
            )
            for net in host.nets.values()
        ),
        runtimes=(
            CapturedRuntime(
                runtime=Runtime(name="docker", endpoint=ENDPOINT),
                sections={"container": tuple(host.containers), "network": tuple(host.networks)},
            ),
        ),
        coverage=tuple(host.coverage),
    )


def before_and_after(path: Path) -> None:
    """Write a file of two snapshots: the classic host, and the same with a pod re-created."""
    after = classic()
    pod_recreated(after)
    create(path, of_host(classic(), label="before"))
    append(path, of_host(after, started="2026-01-01T03:10:00.000000Z", label="after"))
