"""Reports that every renderer is tested on: nothing changed, the classic changes, hostile names, gaps, 200 pods."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from itertools import count

from reports.model import (
    Action,
    Change,
    CoverageGap,
    FieldChange,
    Finding,
    Ignored,
    Json,
    Report,
    Scene,
    SceneVeth,
    Severity,
    SnapshotIdentity,
    SummaryRow,
    Verdict,
)

GENERATOR = "netlapse 0.1.0"
HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)' x='",
    "</style><style>*{display:none}",
    "</title><svg/onload=alert(1)>",
    "\x1b[31mred\x1b[0m\x07\x9b2J",
    "\u202egnp.exe\u2066",
    "{{ 7*7 }}{% raw %}",
    "javascript:alert(1)",
    "lone \udcff surrogate",
    "zero\u200bwidth\u00ad\u3164",
    "line\nbreak\ttab\r",
    "back\\slash",
    "宽宽宽宽宽宽宽宽" * 6,
    "long-" + "x" * 120,
)
"""Names that try to be markup, attributes, styles, terminal commands, templates, or to hide."""


def identity(number: int, **more: str | None) -> SnapshotIdentity:
    return SnapshotIdentity(
        id=number,
        label=more.get("label", ("before-upgrade", "after-upgrade")[number - 1]),
        note=more.get("note"),
        host=more.get("host") or "node-1",
        started_at=f"2026-01-01T0{number + 1}:10:00.120000Z",
        finished_at=f"2026-01-01T0{number + 1}:10:00.482000Z",
        kernel=more.get("kernel") or "6.18.0",
        digest=f"{number}a7c39e0d5b2" + f"{number}f" * 26,
        status=more.get("status") or "complete",
    )


class Draft:
    """Changes in pre-order, numbered as they are said."""

    def __init__(self) -> None:
        self.changes: list[Change] = []
        self._numbers = count(1)

    def say(
        self,
        kind: str,
        action: Action,
        scope: str,
        name: str,
        *fields: tuple[str, Json, Json],
        cause: Change | None = None,
        facts: Mapping[str, Json] | None = None,
        severity: Severity = "info",
        matched: str | None = None,
    ) -> Change:
        told = facts or {"name": name}
        change = Change(
            id=f"c{next(self._numbers)}",
            kind=kind,
            action=action,
            scope=scope,
            name=name,
            before=None if action == "added" else told,
            after=None if action == "removed" else told,
            fields=tuple(FieldChange(name=n, before=b, after=a) for n, b, a in fields),
            severity=severity,
            cause=cause.id if cause is not None else None,
            matched_by=matched,
            confidence="exact" if matched is not None else None,
        )
        self.changes.append(change)
        return change

    def pod(self, name: str, index: int, old: str, new: str) -> Change:
        """A pod that was re-created, with all that follows."""
        scope = f"pod:default/{name}"
        pod = self.say(
            "pod", "recreated", scope, f"default/{name}",
            ("uid", f"6f1c-{index}-1", f"6f1c-{index}-2"), ("addresses", (f"{old}/24",), (f"{new}/24",)),
            severity="warning", matched="pod identity",
        )  # fmt: skip
        for part in ("POD", "app"):
            ids = ("a1" * 32, "b2" * 32)
            self.say(
                "container", "recreated", scope, f"k8s_{part}_{name}", ("id", *ids), ("pid", 1000, 2000), cause=pod
            )
        near, far = f"veth{index:04x}b", "eth0"
        veth = self.say(
            "veth", "recreated", scope, f"{near} - {far}", ("host_end.name", f"veth{index:04x}a", near),
            ("host_end.ifindex", 10 + index, 90 + index), cause=pod, matched="same end of the same workload",
        )  # fmt: skip
        link = self.say(
            "link", "recreated", "host", near, ("ifindex", 10 + index, 90 + index),
            ("mac", "aa:00:00:00:00:0a", "aa:00:00:00:00:0e"), cause=veth,
        )  # fmt: skip
        self.say("fdb", "removed", "host", f"02:42:0a:01:1b:02 dev veth{index:04x}a", cause=link)
        self.say("fdb", "added", "host", f"02:42:0a:01:1b:09 dev {near}", cause=link)
        inner = self.say("link", "recreated", scope, far, ("mac", "02:42:0a:01:1b:02", "02:42:0a:01:1b:09"), cause=veth)
        gone = self.say("address", "removed", scope, f"{old}/24 dev eth0", cause=inner)
        self.say("route", "changed", scope, "10.1.27.0/24 dev eth0", ("prefsrc", old, new), cause=gone)
        self.say("route", "removed", scope, f"local {old}/32 dev eth0", cause=gone)
        come = self.say("address", "added", scope, f"{new}/24 dev eth0", cause=inner)
        self.say("route", "added", scope, f"local {new}/32 dev eth0", cause=come)
        return pod

    def report(self, verdict: Verdict = "different", **more: object) -> Report:
        counts = Counter((change.kind, change.action) for change in self.changes)
        kinds = dict.fromkeys(("veth", "pod", "route", "address", *(change.kind for change in self.changes)))
        summary = tuple(
            SummaryRow(
                kind=kind,
                added=counts[kind, "added"],
                removed=counts[kind, "removed"],
                changed=counts[kind, "changed"],
                recreated=counts[kind, "recreated"],
                unknown=counts[kind, "unknown"],
            )
            for kind in kinds
        )
        told: dict[str, object] = {"before": identity(1), "after": identity(2), **more}
        return Report(
            generator=GENERATOR, verdict=verdict, summary=summary, changes=tuple(self.changes), **told  # type: ignore[arg-type]
        )  # fmt: skip


def empty() -> Report:
    return Draft().report(
        "same", ignored=(Ignored(rule="neighbour-state", count=3), Ignored(rule="fdb-learned", count=1))
    )


def classic() -> Report:
    """A pod re-created, a veth off its bridge, an MTU, routes added, removed and re-metricked, an address gone."""
    draft = Draft()
    pod = draft.pod("web-1", 1, "10.1.27.2", "10.1.27.9")
    ends: tuple[Json, ...] = tuple(
        {"scope": scope, "name": name, "ifindex": index, "mac": "aa:00:00:00:00:0c", "mtu": 1500, "state": "UP"}
        for scope, name, index in (("host", "veth77e1", 14), ("container:batch", "eth0", 2))
    )
    off = draft.say(
        "veth", "changed", "pod:default/db-1", "veth3c21 - eth0", ("bridge", "docker0", None),
        severity="critical", matched="both ends' namespace, index and MAC",
    )  # fmt: skip
    draft.say("link", "changed", "host", "veth3c21", ("master", "docker0", None), cause=off)
    mtu = draft.say(
        "veth", "changed", "pod:default/web-2", "veth9f00 - eth0", ("host_end.mtu", 1500, 1400),
        severity="warning", matched="both ends' namespace, index and MAC",
    )  # fmt: skip
    draft.say("link", "changed", "host", "veth9f00", ("mtu", 1500, 1400), cause=mtu)
    gone = draft.say(
        "veth", "removed", "container:batch", "veth77e1 - eth0", severity="critical",
        facts={"bridge": "docker0", "ends": ends},
    )  # fmt: skip
    draft.say("link", "removed", "host", "veth77e1", cause=gone)
    draft.say(
        "address", "added", "host", "192.168.7.1/24 dev docker0",
        facts={"dev": "docker0", "family": "inet", "address": "192.168.7.1/24", "scope": "global", "peer": None},
    )  # fmt: skip
    draft.say(
        "route", "added", "host", "10.9.0.0/16 via 10.1.27.3 dev docker0",
        facts={"family": "inet", "table": "main", "type": "unicast", "dst": "10.9.0.0/16", "gateway": "10.1.27.3",
               "dev": "docker0", "protocol": "static", "nexthops": ()},
    )  # fmt: skip
    draft.say(
        "route", "changed", "host", "172.16.0.0/12 via 10.1.27.1 dev docker0", ("metric", 100, 300),
        ("protocol", "boot", "static"), severity="warning", matched="same subject",
    )  # fmt: skip
    way_out = "via 10.1.27.1 dev eth0"

    def veth(host_end: str, scope: str, action: Action, change: Change, address: str, *containers: str) -> SceneVeth:
        return SceneVeth(host_end=host_end, end="eth0", scope=scope, action=action, change=change.id,
                         addresses=(address,), containers=containers, way_out=way_out)  # fmt: skip

    scene = Scene(
        scope="host",
        bridge="docker0",
        addresses=("10.1.27.1/24", "192.168.7.1/24"),
        veths=(
            veth("veth0001b", "pod:default/web-1", "recreated", pod, "10.1.27.9/24", "pause", "app"),
            veth("veth3c21", "pod:default/db-1", "changed", off, "10.1.27.4/24", "pause", "postgres"),
            veth("veth9f00", "pod:default/web-2", "changed", mtu, "10.1.27.3/24", "pause", "app"),
            veth("veth77e1", "container:batch", "removed", gone, "10.1.27.7/24", "batch"),
        ),
        unchanged=2,
    )
    return draft.report(scenes=(scene,), ignored=(Ignored(rule="neighbour-state", count=5),))


def hostile() -> Report:
    """Every text that a stranger can choose is hostile."""
    draft = Draft()
    rows = []
    for i, name in enumerate(HOSTILE):
        veth = draft.say(
            "veth", "changed", f"container:{name}", f"{name} - {name}", ("bridge", name, None), (name, name, f"{name}2"),
            severity="critical", matched=name,
        )  # fmt: skip
        draft.say("link", "added", name, name, (name, {name: [name]}, None), cause=veth, facts={name: {name: name}})
        rows.append(
            SceneVeth(host_end=name, end=name, scope=f"container:{name}", action="changed", change=veth.id,
                      addresses=(name,), containers=(name, name), way_out=name)
        )  # fmt: skip
        draft.say(name if i % 2 else "route", "removed", name, name, facts={name: name, "labels": (name,)})
    before = identity(1, label=HOSTILE[0], note=HOSTILE[4], host=HOSTILE[6], kernel=HOSTILE[3], status=HOSTILE[5])
    scenes = [
        Scene(scope=HOSTILE[1], bridge=name, addresses=(name,), action="changed", change=name) for name in HOSTILE
    ]
    return draft.report(
        before=before,
        after=identity(2, label=HOSTILE[9], host=HOSTILE[1], note=HOSTILE[11]),
        coverage=tuple(
            CoverageGap(snapshot="after", scope=n, kind=n, status="failed", error=n) for n in HOSTILE
        ),
        ignored=tuple(Ignored(rule=n, count=1) for n in HOSTILE),
        findings=tuple(
            Finding(check=n, severity="warning", scope=n, message=n, status="new", evidence=(n,)) for n in HOSTILE
        ),
        scenes=(Scene(scope="host", bridge=HOSTILE[2], addresses=HOSTILE[:2], veths=tuple(rows), unchanged=1), *scenes),
    )  # fmt: skip


def incomplete() -> Report:
    """One side saw less: a namespace without routes, a runtime that did not answer, a namespace that vanished."""
    draft = Draft()
    pod = draft.say(
        "pod", "unknown", "pod:shop/cart-0", "shop/cart-0", severity="warning",
        facts={"namespace": "shop", "name": "cart-0", "addresses": ("10.1.27.6/24",)},
    )  # fmt: skip
    draft.say("container", "unknown", "pod:shop/cart-0", "k8s_app_cart-0", cause=pod)
    draft.say("route", "unknown", "netns:blue", "10.8.0.0/16 via 10.1.27.1 dev eth0", severity="warning")
    gaps = (
        CoverageGap(snapshot="after", scope="docker at unix:///run/docker.sock", kind="container", status="failed",
                    error="no answer within 5 s: is dockerd hanging?"),
        CoverageGap(snapshot="after", scope="netns:blue", kind="route", status="torn",
                    error="changed during each of 5 readings"),
        CoverageGap(snapshot="before", scope="host", kind="fdb", status="skipped",
                    error="this capture was not asked for it"),
        CoverageGap(snapshot="after", scope="net:[4026532999]", kind="link", status="failed", error=None),
    )  # fmt: skip
    scene = Scene(
        scope="host",
        bridge=None,
        veths=(SceneVeth(host_end=None, end="eth0", scope="pod:shop/cart-0", action="unknown", change=pod.id),),
    )
    return draft.report("incomplete", after=identity(2, status="partial"), coverage=gaps, scenes=(scene,))


def pods(number: int = 200) -> Report:
    """A node whose pods were all re-created."""
    draft = Draft()
    rows = []
    for i in range(number):
        new = f"10.1.{28 + i // 250}.{i % 250 + 2}"
        change = draft.pod(f"web-7d9c5b6f4-{i:05x}", i, f"10.1.27.{i % 250 + 2}", new)
        rows.append(
            SceneVeth(host_end=f"veth{i:04x}b", end="eth0", scope=change.scope, action="recreated", change=change.id,
                      addresses=(f"{new}/24",), containers=("pause", "app"), way_out="via 10.1.27.1 dev eth0")
        )  # fmt: skip
    scene = Scene(scope="host", bridge="cni0", addresses=("10.1.27.1/16",), veths=tuple(rows), unchanged=4)
    return draft.report(scenes=(scene,))


SAMPLES: Mapping[str, Callable[[], Report]] = {
    "empty": empty,
    "classic": classic,
    "hostile": hostile,
    "incomplete": incomplete,
}
