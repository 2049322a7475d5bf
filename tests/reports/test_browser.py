"""Real browsers open the reports from disk: nothing to complain of, nothing asked of anybody, whole without scripts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

from reports.html import folding
from reports.html.document import render
from reports.html.snapshot import render as render_snapshot
from reports.model import Report
from tests.hostile import STRINGS
from tests.reports import samples
from tests.reports.browsers import PROGRAMS, Name, launch, opened
from tests.reports.drafting import Draft
from tests.reports.html.test_snapshot import DOCUMENTS

HOSTS: dict[str, Callable[[], Report]] = {
    "empty": samples.empty,
    "classic": samples.classic,
    "pods": samples.pods,
    "many": samples.many,
    "hostile": samples.hostile,
    "incomplete": samples.incomplete,
}
"""Nothing changed; the classic four pods; 200 pods rolled; 1,000 pods with 10,000 changes; hostile names; gaps."""
OTHERS: dict[str, Callable[[], Report]] = {
    "500 hostile": lambda: samples.hostile(STRINGS),
    **{name: make for name, make in samples.SAMPLES.items() if name not in HOSTS},
}


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("pages")
    made = {name: folder / f"{name}.html" for name in (*HOSTS, *OTHERS)}
    for name, path in made.items():
        path.write_text(render({**HOSTS, **OTHERS}[name]()), encoding="utf-8")
    return made


@pytest.fixture(scope="module")
def browsers() -> Iterator[Callable[[Name], Browser]]:
    running: dict[Name, Browser] = {}
    with sync_playwright() as playwright:

        def get(name: Name) -> Browser:
            if name not in running:
                running[name] = launch(playwright, name)
            return running[name]

        yield get
        for browser in running.values():
            browser.close()


Get = Callable[[Name], Browser]
Pages = dict[str, Path]
both = pytest.mark.parametrize("name", PROGRAMS)


@pytest.mark.parametrize(
    ("name", "host"), [*(("chromium", host) for host in (*HOSTS, *OTHERS)), *(("firefox", host) for host in HOSTS)]
)
def test_nothing_to_complain_of_no_request_and_the_same_text_without_scripts(
    name: Name, host: str, browsers: Get, pages: Pages
) -> None:
    with opened(browsers(name), pages[host]) as found:
        text = found.text()
        assert found.page.locator("search").count() == (host != "empty")
        assert not found.complaints
        assert not found.requests
    with opened(browsers(name), pages[host], scripts=False) as found:
        assert found.text() == text
        assert found.page.locator("search").count() == 0
        assert not found.requests


FEWER = """() => {
    const more = ".lot:nth-of-type(n+2), .lot > :nth-child(n+15), .flow > :nth-child(n+3)";
    for (const node of document.querySelectorAll(more)) node.remove();
    const alike = "ul > li, tbody > tr, dl > div, .canvas > a, .canvas > g";
    const lists = new Map();
    for (const node of document.querySelectorAll(alike)) {
        const number = lists.get(node.parentNode) ?? 0;
        lists.set(node.parentNode, number + 1);
        if (number > 12 && number % 25) node.remove();
    }
    for (const node of document.querySelectorAll("details")) node.open = true;
}"""
"""What bounds axe: over 10,000 rows it takes minutes, all of them made by one template. It looks at the first stories, with
all that follows from them open, and of each long list at the first rows and then at every 25th."""


@pytest.mark.parametrize(("name", "host", "scheme", "width"), [
    *(("chromium", host, "light", 1280) for host in (*HOSTS, *OTHERS)),
    ("chromium", "classic", "dark", 1280), ("chromium", "planned", "dark", 1280), ("chromium", "findings", "dark", 400),
    *(("firefox", host, "light", 1280 if host != "hostile" else 400) for host in HOSTS),
])  # fmt: skip
def test_axe_finds_nothing(
    name: Name, host: str, scheme: Literal["light", "dark"], width: int, browsers: Get, pages: Pages
) -> None:
    with opened(browsers(name), pages[host], scheme=scheme, width=width) as found:
        found.page.evaluate(FEWER)
        told = [
            (rule["id"], [node["html"][:160] for node in rule["nodes"][:3]])
            for rule in Axe().run(found.page, options={"resultTypes": ["violations"]}).response["violations"]
        ]
        assert not told


@pytest.mark.parametrize(
    ("name", "scheme", "width"), [("chromium", "light", 1280), ("chromium", "dark", 400), ("firefox", "light", 1280)]
)
def test_a_snapshot_s_document_opens_and_axe_finds_nothing(
    name: Name, scheme: Literal["light", "dark"], width: int, browsers: Get, tmp_path: Path
) -> None:
    page = tmp_path / "snapshot.html"
    page.write_text(render_snapshot(*DOCUMENTS["unusual"]()), encoding="utf-8")
    with opened(browsers(name), page, scheme=scheme, width=width) as found:
        told = [(rule["id"], rule["nodes"][0]["html"][:160]) for rule in Axe().run(found.page).response["violations"]]
        assert not told
        assert not found.complaints
        assert not found.requests
        assert found.page.evaluate("document.documentElement.scrollWidth") <= width


@both
def test_the_policy_stops_what_a_hole_in_our_escaping_would_let_in(name: Name, browsers: Get, tmp_path: Path) -> None:
    inserted = (
        "<script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">"
        "<style>main{display:none}</style></main>"
    )
    page = tmp_path / "page.html"
    page.write_text(render(samples.classic()).replace("</main>", inserted), encoding="utf-8")
    with opened(browsers(name), page) as found:
        assert found.page.title() == "Different: 7 changes on node-1 - netlapse"
        assert found.page.locator("main").is_visible()
        assert len(found.complaints) >= 3


@both
def test_hostile_names_make_no_elements(name: Name, browsers: Get, pages: Pages) -> None:
    with opened(browsers(name), pages["500 hostile"]) as found:
        assert found.page.locator("script").count() == 1
        assert found.page.locator("style").count() == 1
        assert found.page.locator("img, iframe, object, form").count() == 0
        names = "() => [...document.querySelectorAll('*')].flatMap((node) => node.getAttributeNames())"
        assert not [name for name in found.page.evaluate(names) if name.startswith("on")]


def shown(page: Page) -> int:
    return int(page.evaluate("[...document.querySelectorAll('.change')].filter((e) => e.checkVisibility()).length"))


@both
def test_the_filter_leaves_what_is_meant_and_its_causes(name: Name, browsers: Get, pages: Pages) -> None:
    with opened(browsers(name), pages["classic"]) as found:
        page = found.page
        assert shown(page) == 7
        page.get_by_label("Text").fill("10.1.27.9")
        assert shown(page) == 1
        assert page.locator("output").text_content() == "4 of 22 changes"
        assert page.evaluate("location.hash") == "#text=10.1.27.9"
        row = page.locator("#c13")
        assert row.is_visible(), "what few were meant is open"
        page.get_by_label("Kind").select_option("route")
        assert page.locator("output").text_content() == "2 of 22 changes"
        assert not page.locator("#c2").is_visible()
        page.get_by_role("button", name="Clear").click()
        assert shown(page) == 7
        page.get_by_label("Severity").select_option("critical")
        assert shown(page) == 2
        page.get_by_label("Action").select_option("removed")
        assert shown(page) == 1
        page.get_by_role("button", name="Clear").click()
        page.get_by_label("Scope").fill("DB-1")
        assert shown(page) == 1
        assert not found.complaints


@both
def test_the_address_keeps_the_filter_and_leads_to_rows(name: Name, browsers: Get, pages: Pages) -> None:
    with opened(browsers(name), pages["classic"], fragment="#c13&text=10.1.27.9&kind=route") as found:
        page = found.page
        assert page.locator("output").text_content() == "2 of 22 changes"
        assert page.locator("#c13").is_visible()
        page.evaluate("location.hash = 'c14'")
        page.wait_for_function("location.hash === '#c14'")
        assert page.locator("#c14").is_visible(), "what a link leads to is shown, filtered out or not"
        page.evaluate("location.hash = 'text=%3Cscript%3E&nonsense=1&c2'")
        page.wait_for_function("document.querySelector('output').value === '0 of 22 changes'")
        assert not found.complaints


@both
def test_a_link_to_a_folded_row_opens_it_without_scripts(name: Name, browsers: Get, pages: Pages) -> None:
    with opened(browsers(name), pages["classic"], fragment="#c13", scripts=False) as found:
        assert found.page.locator("#c13").is_visible()


@both
@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_a_link_leads_to_one_of_ten_thousand_rows(name: Name, scripts: bool, browsers: Get, pages: Pages) -> None:
    with opened(browsers(name), pages["many"], fragment="#c9993", scripts=scripts) as found:
        seen = """() => {
            const {top, bottom} = document.getElementById("c9993").getBoundingClientRect();
            return top >= 0 && top < bottom && bottom <= innerHeight;
        }"""
        found.page.wait_for_function(seen)
        if scripts:
            found.page.wait_for_function("!document.querySelector('.later')")
            assert shown(found.page) == 772, "all stories are there, out of sight or not"


@both
def test_what_is_counted_is_filtered_with_what_it_is_like(
    name: Name, browsers: Get, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folding, "FOLD_ABOVE", 10)
    draft = Draft()
    for number in range(40):
        draft.say("route", "added", "host", f"10.9.{number}.0/24 via 10.1.27.3 dev cni0")
    draft.say("rule", "removed", "host", "100: from all lookup 7")
    page = tmp_path / "folded.html"
    page.write_text(render(draft.report()), encoding="utf-8")
    with opened(browsers(name), page) as found:
        more = found.page.locator(".alike")
        assert more.is_visible()
        found.page.get_by_label("Kind").select_option("rule")
        assert shown(found.page) == 1
        assert not more.is_visible()
        found.page.get_by_label("Kind").select_option("")
        assert more.is_visible()


def test_on_paper_folded_stories_are_open_and_the_appendix_is_a_choice(browsers: Get, pages: Pages) -> None:
    with opened(browsers("chromium"), pages["classic"], scripts=False) as found:
        page = found.page
        page.get_by_role("checkbox").check()
        page.emulate_media(media="print")
        assert page.locator("#c13").is_visible()
        assert page.locator("#evidence").is_visible()
        assert not page.locator("nav").is_visible()
        page.get_by_role("checkbox", include_hidden=True).evaluate("(box) => { box.checked = false }")
        assert not page.locator("#evidence").is_visible()


def test_ten_thousand_changes_print_small(browsers: Get, pages: Pages) -> None:
    with opened(browsers("chromium"), pages["many"]) as found:
        printed = found.page.pdf(print_background=True)
        assert printed.startswith(b"%PDF-")
        assert len(printed) < 2_000_000


@both
@pytest.mark.parametrize("host", ["classic", "hostile", "500 hostile", "planned"])
def test_a_narrow_screen_has_no_sideways_scrolling(name: Name, host: str, browsers: Get, pages: Pages) -> None:
    with opened(browsers(name), pages[host], width=360) as found:
        assert found.page.evaluate("document.documentElement.scrollWidth") <= 360


def test_the_colours_follow_the_reader(browsers: Get, pages: Pages) -> None:
    grounds = set()
    for scheme in ("light", "dark"):
        with opened(browsers("chromium"), pages["classic"], scheme=scheme) as found:
            grounds.add(found.page.evaluate("getComputedStyle(document.body).backgroundColor"))
    assert len(grounds) == 2


def test_the_browsers_are_real(browsers: Get) -> None:
    assert all(re.match(r"\d{3}\.", browsers(name).version) for name in PROGRAMS)
