"""One snapshot as a document: its inventory, picture, findings, coverage and evidence, safe whatever is in it."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest

from reports.drawing import Branch, Drawing, Home, Hub, Told, Wire
from reports.html.snapshot import OPEN_UP_TO, render
from reports.inventory import Captured, Inventory
from reports.model import CheckReport, Json
from reports.safe import make_visible
from tests import hostile
from tests.reports import filled, findings, inventories
from tests.reports.golden_files import check_page
from tests.reports.html.pages import read
from tests.reports.redacted import KEY

CAPTURED = Captured(
    tool="netlapse 0.1.0", kinds=("address", "link"), boot_id="9e86fc63-5cc1", runtimes=("docker 28 at unix:///run/docker.sock",),
)  # fmt: skip
PROVENANCE: Mapping[str, Json] = {
    "build": "b" * 64, "command": ["netlapse", "capture", "-o", "it's <b>.netlapse", "--note", "why"], "uid": 0,
    "login_uid": 1000, "sudo_uid": 1000, "sudo_user": "joe", "distribution": "Debian GNU/Linux 12 (bookworm)",
    "started_monotonic_us": 1, "started_boottime_us": 2, "finished_monotonic_us": 362_001, "finished_boottime_us": 4,
    "synchronised": True, "clock_error_us": 12_345, "timeout_us": 60_000_000, "endpoints": ["unix:///run/docker.sock"],
}  # fmt: skip


def squeezed(text: str) -> str:
    return "".join(text.split())


def pictured(inventory: Inventory) -> Inventory:
    branches = tuple(
        Branch(
            home=Home(scope=port.scope, ways_out=(Told(text=inventories.WAY_OUT),))
            if port.scope is not None
            else Home(scope="not seen", without_ways="unseen"),
            wires=(Wire(near=port.near.name, far=port.end.name if port.end is not None else None),),
        )
        for bridge in inventory.bridges
        for port in bridge.ports
    )
    hub = Hub(scope="host", bridge="docker0", branches=branches)
    drawing = Drawing(name="node-1", host=Home(scope="host"), hubs=(hub,), before_and_after=False)
    told = replace(inventory.snapshot, provenance=PROVENANCE)
    return replace(inventory, snapshot=told, drawing=drawing, captured=CAPTURED)


DOCUMENTS: dict[str, Callable[[], tuple[Inventory, CheckReport]]] = {
    "classic": lambda: (pictured(inventories.classic()), findings.sound()),
    "unusual": lambda: (pictured(inventories.unusual()), findings.unsound()),
    "hostile": lambda: (pictured(inventories.hostile()), findings.unseen()),
}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_what_was_accepted(name: str) -> None:
    check_page(f"{name}.snapshot.html", render(*DOCUMENTS[name]()), like="classic.snapshot.html")


@pytest.mark.parametrize("name", DOCUMENTS)
def test_it_runs_and_loads_nothing_and_every_link_leads_somewhere(name: str) -> None:
    page = read(render(*DOCUMENTS[name]()))
    assert not page.unbalanced
    assert not page.all("script", "img", "link", "iframe", "object", "form", "base", "use")
    (policy,) = [e.attributes["content"] for e in page.all("meta") if "http-equiv" in e.attributes]
    digest = base64.b64encode(hashlib.sha256(page.style.encode()).digest()).decode()
    assert (
        policy == f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; form-action 'none'"
    )
    ids = page.attribute("id")
    assert len(ids) == len(set(ids))
    assert {href for href in page.attribute("href") if href.removeprefix("#") not in ids} == set()


def test_it_says_that_a_snapshot_is_redacted_and_how_to_turn_it_back() -> None:
    inventory, check = DOCUMENTS["classic"]()
    told = replace(inventory, snapshot=replace(inventory.snapshot, redacted_with=KEY))
    text = " ".join(read(render(told, check)).text.split())
    assert f"It is redacted with key {KEY}: names and addresses are pseudonyms." in text
    assert text.count(f"redacted with key {KEY}") == 3  # in the lead, under Snapshot, and under Evidence
    assert "netlapse redact --unredact snapshot.html -o turned-back.html --key-file KEY-FILE" in text
    assert "redact" not in read(render(inventory, check)).text


def test_it_tells_what_support_asks_for() -> None:
    inventory, check = DOCUMENTS["unusual"]()
    text = squeezed(read(render(inventory, check)).text)
    for told in (
        "5 containers, 3 namespaces, 4 veth pairs, 1 bridge", "Status partial", "Runtimes docker 28 at unix:///run/docker.sock",
        "container:router", "via 10.5.0.1 dev eth0", "mv0 (11) macvlan up 1500 to host/eth0",
        "route: torn (changed during each of 5 readings)", inventory.snapshot.digest, "Asked for address, link",
        "User uid 0, login uid 1000, sudo's user joe, sudo's uid 1000", "Clock synchronised, by the kernel within 12 ms",
        "Budget 60 s", "lost busybox running", "old exited", "Containers in none of these namespaces 3",
        "netlapse verify FILE --key KEY.pub",
        "netlapse report FILE@2 -o snapshot.html", "netlapse check FILE@2 -f json",
    ):  # fmt: skip
        assert squeezed(told) in text
    for finding in check.findings:
        assert squeezed(make_visible(finding.message)) in text


def test_what_could_not_be_checked_is_told() -> None:
    check = findings.unseen()
    text = " ".join(read(render(pictured(inventories.classic()), check)).text.split())
    assert check.unchecked
    for gap in check.unchecked:
        assert make_visible(gap.reason) in text


def test_cards_lead_to_their_namespaces() -> None:
    html = render(*DOCUMENTS["classic"]())
    number = next(
        n for n, place in enumerate(inventories.classic().namespaces, start=1) if place.scope == "pod:default/web-1"
    )
    assert f'<a href="#n{number}"><title>pod:default/web-1; ' in html
    assert f'<details class="place" id="n{number}" open>' in html


def test_many_namespaces_are_folded() -> None:
    inventory = inventories.classic()
    places = tuple(replace(inventory.namespaces[1], scope=f"netns:{n}") for n in range(OPEN_UP_TO + 1))
    html = render(replace(inventory, namespaces=places), findings.sound())
    assert len(re.findall(r'<details class="place" id="n[0-9]+">', html)) == len(places)


@pytest.mark.parametrize("family", sorted(hostile.FAMILIES))
def test_a_hostile_text_is_text_and_is_told(family: str) -> None:
    plain = read(render(filled.inventory(lambda _: "plain"), filled.check_report(lambda _: "plain")))
    for text in hostile.FAMILIES[family]:
        page = read(
            render(filled.inventory(lambda _, text=text: text), filled.check_report(lambda _, text=text: text))  # type: ignore[misc]
        )
        assert {e.tag for e in page.elements} == {e.tag for e in plain.elements}, ascii(text)
        assert {a for e in page.elements for a in e.attributes} == {a for e in plain.elements for a in e.attributes}
        assert squeezed(make_visible(text)) in squeezed(page.text), ascii(text)
