"""``make screenshots``: what a reader sees of the reports, to be looked at by a person.

Light and dark whole, narrow whole, and the first two pages on paper as pdftoppm draws them. Very long pages are cut at the
height at which nobody looks any more.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from reports.html.document import render
from reports.model import Report
from tests.reports import samples
from tests.reports.browsers import launch, opened

TALLEST = 3600
HOSTS: dict[str, Callable[[], Report]] = {
    **samples.SAMPLES,
    "pods": samples.pods,
    "many": samples.many,
}


def shoot(page: Page, path: Path, width: int) -> None:
    """The page from its top, in a window that is tall enough: what is outside of one may be left undrawn."""
    height = int(page.evaluate("document.documentElement.scrollHeight"))
    page.set_viewport_size({"width": width, "height": min(height, TALLEST)})
    page.wait_for_function(
        "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))"
    )
    page.screenshot(path=path)
    print(path)


def on_paper(page: Page, path: Path) -> None:
    """As it is printed: the PDF, and its first pages as pictures where poppler is installed."""
    page.pdf(path=path, format="A4", print_background=True)
    print(path)
    if shutil.which("pdftoppm"):
        subprocess.run(["pdftoppm", "-r", "70", "-l", "2", "-png", path, path.with_suffix("")], check=True)


def main() -> None:
    """Write them all into the folder that is named."""
    folder = Path(sys.argv[1]).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = launch(playwright, "chromium")
        for name in sys.argv[2:] or HOSTS:
            html = folder / f"{name}.html"
            html.write_text(render(HOSTS[name]()), encoding="utf-8")
            for look, width in (("light", 1280), ("dark", 1280), ("narrow", 390)):
                with opened(browser, html, scheme="dark" if look == "dark" else "light", width=width) as found:
                    shoot(found.page, folder / f"{name}-{look}.png", width)
            with opened(browser, html) as found:
                on_paper(found.page, folder / f"{name}.pdf")
        browser.close()


if __name__ == "__main__":
    main()
