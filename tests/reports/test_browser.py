"""A real browser opens the report from disk: it draws it, runs nothing, asks nobody for anything."""

from __future__ import annotations

import re
import shutil
import struct
import subprocess
from pathlib import Path

import pytest

from reports.html.document import render
from tests.reports import samples
from tests.requirements import require

CHROMIUM = shutil.which("chromium")
PATIENCE = 120
"""Seconds after which a browser is taken to hang."""


def browse(page: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Open a page without a window, in a profile of its own."""
    require(CHROMIUM is not None, "needs Debian's chromium")
    assert CHROMIUM is not None
    profile = page.parent / "profile"
    return subprocess.run(
        [
            CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
            f"--user-data-dir={profile}", "--enable-logging=stderr", "--v=0", "--hide-scrollbars", *options, page.as_uri(),
        ],
        check=True, capture_output=True, text=True, timeout=PATIENCE,
    )  # fmt: skip


@pytest.fixture
def page(tmp_path: Path) -> Path:
    return tmp_path / "report.html"


@pytest.mark.parametrize("name", samples.SAMPLES)
def test_the_browser_complains_of_nothing(name: str, page: Path) -> None:
    page.write_text(render(samples.SAMPLES[name]()), encoding="utf-8")
    opened = browse(page, "--dump-dom")
    assert "</html>" in opened.stdout
    assert not [line for line in opened.stderr.splitlines() if "CONSOLE" in line or "Content Security Policy" in line]


def test_the_policy_stops_what_a_hole_in_our_escaping_would_let_in(page: Path) -> None:
    inserted = (
        "<script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">"
        "<style>body{display:none}</style></main>"
    )
    page.write_text(render(samples.classic()).replace("</main>", inserted), encoding="utf-8")
    opened = browse(page, "--dump-dom")
    assert "<title>Different: 7 changes on node-1 - netlapse</title>" in opened.stdout
    assert opened.stderr.count("Content Security Policy") >= 2


def test_hostile_names_make_no_elements(page: Path) -> None:
    page.write_text(render(samples.hostile()), encoding="utf-8")
    dom = browse(page, "--dump-dom").stdout
    assert len(re.findall(r"<script", dom, re.IGNORECASE)) == 1
    assert not re.findall(r"<(?:img|iframe)", dom, re.IGNORECASE)
    assert not re.findall(r"<[^>]*\son[a-z]+=(?=[^>]*>)", re.sub(r"\"[^\"]*\"", '""', dom[: dom.index("<script>")]))
    assert dom.count("<style") == 1


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 500])
def test_it_is_drawn_in_light_and_dark_wide_and_narrow(scheme: str, width: int, page: Path) -> None:
    page.write_text(render(samples.classic()), encoding="utf-8")
    shot = page.with_suffix(".png")
    browse(
        page, f"--screenshot={shot}", f"--window-size={width},1200",
        f"--blink-settings=preferredColorScheme={0 if scheme == 'dark' else 1}",
    )  # fmt: skip
    drawn = shot.read_bytes()
    assert struct.unpack(">II", drawn[16:24]) == (width, 1200)
    assert len(drawn) > 40_000, "an empty page is a smaller picture"


def test_ten_thousand_changes_open(page: Path) -> None:
    page.write_text(render(samples.pods(770)), encoding="utf-8")
    shot = page.with_suffix(".png")
    browse(page, f"--screenshot={shot}", "--window-size=1280,1200")
    assert shot.stat().st_size > 40_000


def test_it_prints(page: Path) -> None:
    page.write_text(render(samples.pods()), encoding="utf-8")
    printed = page.with_suffix(".pdf")
    browse(page, f"--print-to-pdf={printed}", "--no-pdf-header-footer")
    assert printed.read_bytes().startswith(b"%PDF-")
    assert printed.stat().st_size < 3_000_000, "closed changes stay closed on paper"
