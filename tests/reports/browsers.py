"""Real browsers, Debian's Chromium and Firefox ESR, driven by Playwright: what they say of a page that lies on the disk."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, Page, Playwright

from tests.requirements import require

Name = Literal["chromium", "firefox"]
PROGRAMS: dict[Name, str] = {"chromium": "chromium", "firefox": "firefox-esr"}
PATIENCE = 60_000
"""Milliseconds after which a browser is taken to hang."""


def launch(playwright: Playwright, name: Name) -> Browser:
    """A browser without a window. Firefox is spoken to over WebDriver BiDi, which an unchanged Firefox understands."""
    program = shutil.which(PROGRAMS[name])
    require(program is not None, f"needs Debian's {PROGRAMS[name]}")
    if name == "chromium":
        return playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-dev-shm-usage"])
    return playwright.firefox.launch(channel="moz-firefox", executable_path=program)


@dataclass
class Opened:
    """A page with all that the browser complained of or asked for beside the file itself."""

    page: Page
    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def text(self) -> str:
        """All of its text, folded parts too, without what only the script shows."""
        told = self.page.evaluate(
            """() => {
                const body = document.body.cloneNode(true);
                for (const node of body.querySelectorAll("script, template, search")) node.remove();
                return body.textContent;
            }"""
        )
        return " ".join(str(told).split())


@contextmanager
def opened(
    browser: Browser,
    path: Path,
    *,
    fragment: str = "",
    scheme: Literal["light", "dark"] = "light",
    width: int = 1280,
    scripts: bool = True,
) -> Iterator[Opened]:
    """A page from the disk, in a profile of its own."""
    if not scripts and browser.browser_type.name == "firefox":
        # Over BiDi, Firefox runs scripts whatever it is told: a copy of the page whose policy forbids its own does the same.
        html = path.read_text(encoding="utf-8")
        path = path.with_suffix(".noscript.html")
        path.write_text(
            re.sub(r"script-src &#39;sha256-[^&]+&#39;", "script-src &#39;none&#39;", html), encoding="utf-8"
        )
    context = browser.new_context(
        color_scheme=scheme, viewport={"width": width, "height": 900}, java_script_enabled=scripts
    )
    try:
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        found = Opened(page)
        page.on("console", lambda message: found.complaints.append(message.text))
        page.on("pageerror", lambda error: found.complaints.append(str(error)))
        page.on("request", lambda request: found.requests.append(request.url))
        page.goto(path.as_uri() + fragment)
        found.requests = [url for url in found.requests if url.partition("#")[0] != path.as_uri()]
        yield found
    finally:
        context.close()
