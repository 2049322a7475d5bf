"""Reports that every renderer is tested on: nothing changed, the classic changes, hostile names, gaps, 200 pods."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from reports.drawing import Badge, Branch, Drawing, Home, Hub, Told, Wire
from reports.model import (
    Action,
    Change,
    CoverageGap,
    Finding,
    Ignored,
    Json,
    Report,
)
from tests.reports.drafting import Draft, identity
from tests.reports.findings import findings
from tests.reports.planned import hostile_plan, planned
from tests.reports.rebooted import rebooted
from tests.reports.redacted import redacted
from tests.reports.steering import steering

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
    way_out = (Told(text="via 10.1.27.1 dev eth0"),)

    def branch(
        name: str,
        scope: str,
        action: Action,
        change: Change,
        addresses: tuple[Told, ...],
        *containers: str,
        off: bool = False,
    ) -> Branch:
        wire = Wire(near=name, far="eth0", action=action, change=change.id, addresses=addresses, taken_off=off,
                    fields=change.fields if action == "changed" else ())  # fmt: skip
        home = Home(scope=scope, containers=tuple(Told(text=text) for text in containers), ways_out=way_out,
                    action=change.action if change.kind == "pod" else None, change=change.id)  # fmt: skip
        return Branch(home=home, wires=(wire,))

    hub = Hub(
        scope="host",
        bridge="docker0",
        addresses=(Told(text="10.1.27.1/24"), Told(text="192.168.7.1/24", action="added")),
        action="changed",
        change="c20",
        branches=(
            branch("veth0001b", "pod:default/web-1", "recreated", pod,
                   (Told(text="10.1.27.2/24", action="removed"), Told(text="10.1.27.9/24", action="added")), "pause", "app"),
            branch("veth3c21", "pod:default/db-1", "changed", off, (Told(text="10.1.27.4/24"),), "pause", "postgres", off=True),
            branch("veth9f00", "pod:default/web-2", "changed", mtu, (Told(text="10.1.27.3/24"),), "pause", "app"),
            branch("veth77e1", "container:batch", "removed", gone, (Told(text="10.1.27.7/24"),), "batch"),
        ),
        unchanged=2,
    )  # fmt: skip
    host = Home(
        scope="host",
        ways_out=(Told(text="via 192.0.2.1 dev eth0"),),
        badges=(Badge(name="eth0", kind="device", text="192.0.2.10/24"),),
    )
    drawing = Drawing(name="node-1", host=host, hubs=(hub,))
    return draft.report(drawing=drawing, ignored=(Ignored(rule="neighbour-state", count=5),))


def hostile(names: Sequence[str] = HOSTILE) -> Report:
    """Every text that a stranger can choose is hostile."""
    draft = Draft()
    rows = []
    for i, name in enumerate(names):
        veth = draft.say(
            "veth", "changed", f"container:{name}", f"{name} - {name}", ("bridge", name, None), (name, name, f"{name}2"),
            severity="critical", matched=name,
        )  # fmt: skip
        draft.say("link", "added", name, name, (name, {name: [name]}, None), cause=veth, facts={name: {name: name}})
        one = (Told(text=name), Told(text=name, action="added"))
        badge = Badge(name=name, kind=name, text=name, action="removed", change=name)
        home = Home(scope=f"container:{name}", change=veth.id, action="changed", containers=one, addresses=one, ways_out=one,
                    badges=(badge,))  # fmt: skip
        wire = Wire(near=name, far=name, action="changed", change=veth.id, addresses=one, fields=veth.fields)
        rows.append(Branch(home=home, wires=(wire,)))
        draft.say(name if i % 2 else "route", "removed", name, name, facts={name: name, "labels": (name,)})
    strange: Mapping[str, Json] = {
        "build": names[3], "command": tuple(names), "uid": 1000, "sudo_user": names[0], "distribution": names[4],
        "synchronised": False, "endpoints": tuple(names),
    }  # fmt: skip
    before = identity(1, strange, label=names[0], note=names[4], host=names[6], kernel=names[3], status=names[5])
    one = (Told(text=names[0]), Told(text=names[1], action="removed"))
    hubs = [
        Hub(scope=names[1], bridge=name, addresses=(Told(text=name),), action="changed", change=name, badges=(badge,))
        for name in names
    ]
    host = Home(scope="host", ways_out=one, badges=(badge,), action="changed", change=names[8])
    hub = Hub(scope="host", bridge=names[2], addresses=one, branches=tuple(rows), unchanged=1)
    return draft.report(
        before=before,
        after=identity(2, label=names[9], host=names[1], note=names[11]),
        coverage=tuple(
            CoverageGap(snapshot="after", scope=n, kind=n, status="failed", error=n) for n in names
        ),
        ignored=tuple(Ignored(rule=n, count=1) for n in names),
        findings=tuple(
            Finding(check=n, severity="warning", scope=n, message=n, status="new", evidence=(n,)) for n in names
        ),
        plan=hostile_plan(names),
        drawing=Drawing(name=names[6], host=host, hubs=(hub, *hubs)),
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
    home = Home(scope="pod:shop/cart-0", action="unknown", change=pod.id)
    wire = Wire(near=None, far="eth0", action="unknown", change=pod.id)
    hub = Hub(scope="host", bridge=None, branches=(Branch(home=home, wires=(wire,)),))
    drawing = Drawing(name="node-1", host=Home(scope="host"), hubs=(hub,))
    return draft.report("incomplete", after=identity(2, status="partial"), coverage=gaps, drawing=drawing)


def pods(number: int = 200) -> Report:
    """A node whose pods were all re-created."""
    draft = Draft()
    rows = []
    for i in range(number):
        new = f"10.1.{28 + i // 250}.{i % 250 + 2}"
        change = draft.pod(f"web-7d9c5b6f4-{i:05x}", i, f"10.1.27.{i % 250 + 2}", new)
        rows.append(anew(change, i, new))
    return draft.report(drawing=node(rows, 4))


def anew(change: Change, index: int, new: str) -> Branch:
    """A pod that was re-created, as it is drawn."""
    home = Home(scope=change.scope, action="recreated", change=change.id, ways_out=(Told(text="via 10.1.27.1 dev eth0"),),
                containers=(Told(text="pause"), Told(text="app")))  # fmt: skip
    addresses = (Told(text=f"10.1.27.{index % 250 + 2}/24", action="removed"), Told(text=f"{new}/24", action="added"))
    wire = Wire(near=f"veth{index:04x}b", far="eth0", action="recreated", change=change.id, addresses=addresses)
    return Branch(home=home, wires=(wire,))


def node(rows: Iterable[Branch], unchanged: int) -> Drawing:
    """A node with one bridge."""
    hub = Hub(
        scope="host", bridge="cni0", addresses=(Told(text="10.1.27.1/16"),), branches=tuple(rows), unchanged=unchanged
    )
    host = Home(
        scope="host",
        ways_out=(Told(text="via 192.0.2.1 dev eth0"),),
        badges=(Badge(name="eth0", kind="device"), Badge(name="flannel.1", kind="vxlan", text="id 1 on eth0")),
    )
    return Drawing(name="node-1", host=host, hubs=(hub,))


def many() -> Report:
    """1,000 pods and 10,000 changes: two thirds of the pods re-created, and some routes."""
    draft = Draft()
    rows = []
    for i in range(769):
        new = f"10.1.{28 + i // 250}.{i % 250 + 2}"
        change = draft.pod(f"web-7d9c5b6f4-{i:05x}", i, f"10.1.27.{i % 250 + 2}", new)
        rows.append(anew(change, i, new))
    for i in range(10_000 - len(draft.changes)):
        draft.say("route", "added", "host", f"10.9.{i}.0/24 via 10.1.27.3 dev cni0", severity="warning",
                  facts={"family": "inet", "dst": f"10.9.{i}.0/24", "gateway": "10.1.27.3", "dev": "cni0"})  # fmt: skip
    return draft.report(drawing=node(rows, 231))


SAMPLES: Mapping[str, Callable[[], Report]] = {
    "empty": empty,
    "classic": classic,
    "hostile": hostile,
    "incomplete": incomplete,
    "steering": steering,
    "findings": findings,
    "rebooted": rebooted,
    "planned": planned,
    "redacted": redacted,
}
