"""Drawings that both languages are tested on."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from reports.drawing import Badge, Branch, Drawing, Home, Hub, Told, Wire
from reports.model import FieldChange, Report
from tests.reports import samples
from tests.reports.html.test_picture import NAME


def of(report: Report) -> Drawing:
    assert report.drawing is not None
    return report.drawing


def host() -> Drawing:
    """One snapshot: two bridges, a namespace on both of them, a macvlan, a bridge in a container."""
    router = Home(
        scope="container:router", containers=(Told(text="router"),), ways_out=(Told(text="via 10.5.0.1 dev eth0"),)
    )
    tunnel = Badge(name="vx7", kind="vxlan", text="id 7")
    mate = Home(
        scope="netns:mv",
        addresses=(Told(text="192.0.2.77/24"),),
        badges=(Badge(name="mv0", kind="macvlan", text="bridge on host/eth0"),),
    )
    return Drawing(
        name="node-1",
        host=Home(
            scope="host",
            ways_out=(Told(text="via 192.0.2.1 dev eth0"),),
            badges=(Badge(name="eth0", kind="device"), Badge(name="eth0", kind="macvlan", text="to netns:mv/mv0")),
        ),
        hubs=(
            Hub(scope="host", bridge="br0", branches=(_on(router, "veth0"),), addresses=(Told(text="10.5.0.1/24"),)),
            Hub(scope="host", bridge="br1", branches=(_on(router, "veth1"),), badges=(tunnel,)),
            Hub(scope="host", bridge=None, branches=(Branch(home=mate),)),
            Hub(scope="container:switch", bridge="br9"),
        ),
        before_and_after=False,
    )  # fmt: skip


def _on(home: Home, near: str) -> Branch:
    return Branch(home=home, wires=(Wire(near=near, far="eth0", addresses=(Told(text="10.5.0.2/24"),)),))


def filled_with(text: str) -> Drawing:
    """A drawing with one text in every place."""
    told = tuple(Told(text=text, action=action) for action in (None, "added", "removed"))
    badge = Badge(name=text, kind=text, text=text, action="changed", change=text)
    home = Home(
        scope=text, action="recreated", containers=told, addresses=told, ways_out=told, badges=(badge,), change=text
    )
    wire = Wire(near=text, far=text, action="added", change=text, addresses=told, taken_off=True,
                fields=(FieldChange(name=text, before=text, after=text),))  # fmt: skip
    hub = Hub(scope=text, bridge=text, addresses=told, badges=(badge,), unchanged=1, change=text,
              branches=(Branch(home=home, wires=(wire,)),))  # fmt: skip
    return Drawing(name=text, host=Home(scope="host", ways_out=told, badges=(badge,)), hubs=(hub,))


DRAWINGS: Mapping[str, Callable[[], Drawing]] = {
    "classic": lambda: of(samples.classic()),
    "hostile": lambda: of(samples.hostile()),
    "incomplete": lambda: of(samples.incomplete()),
    "host": host,
    "pods": lambda: of(samples.pods(200)),
    "nothing": lambda: Drawing(name="node-1", host=Home(scope="host")),
    "long": lambda: filled_with(NAME),
}
GOLDEN = ("classic", "hostile", "incomplete", "host")
