"""The commands that draw: a diff and a host as a graph, a host as a document."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SHIPPED = "snapshot/demo/shipped.netlapse"


def netlapse(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "netlapse", *arguments], capture_output=True, text=True, check=False)


@pytest.mark.parametrize(("wanted", "first"), [("dot", "graph netlapse {"), ("mermaid", "flowchart LR")])
def test_a_comparison_and_a_host_are_drawn(wanted: str, first: str) -> None:
    done = netlapse("diff", f"{SHIPPED}@before", f"{SHIPPED}@after", "-f", wanted)
    assert (done.returncode, done.stdout.partition("\n")[0]) == (1, first)
    assert "unchanged veth pairs" in done.stdout
    done = netlapse("show", f"{SHIPPED}@before", "-f", wanted)
    assert (done.returncode, done.stdout.partition("\n")[0]) == (0, first)
    assert "unchanged" not in done.stdout
    assert done.stdout.count("via 10.1.27.1 dev eth0") == 6


@pytest.mark.parametrize("option", [("--scope", "host"), ("--kind", "route")])
def test_a_picture_is_of_the_whole_host(option: tuple[str, str]) -> None:
    done = netlapse("show", SHIPPED, "-f", "dot", *option)
    assert done.returncode == 2
    assert done.stderr == "netlapse: -f dot draws the whole host: leave --scope and --kind out\n"


def test_one_snapshot_is_documented(tmp_path: Path) -> None:
    page = tmp_path / "host.html"
    assert netlapse("report", f"{SHIPPED}@before", "-o", str(page)).returncode == 0
    html = page.read_text(encoding="utf-8")
    assert "12 containers in 6 namespaces" in html
    assert html.count('class="place"') == 7
    assert 'class="canvas wide"' in html
    assert netlapse("report", f"{SHIPPED}@before", f"{SHIPPED}@after", "-o", str(page)).returncode == 0
    assert "Different: 4 changes" in page.read_text(encoding="utf-8")


@pytest.mark.parametrize("option", [("--select", "kind=route"), ("--force",), ("--plan", "plan.yaml")])
def test_what_is_for_two_snapshots_is_refused_for_one(option: tuple[str, ...], tmp_path: Path) -> None:
    done = netlapse("report", SHIPPED, "-o", str(tmp_path / "x.html"), *option)
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)
    assert "one snapshot alone" in done.stderr
