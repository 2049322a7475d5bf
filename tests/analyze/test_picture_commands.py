"""The commands that draw: a diff and a host as a graph."""

from __future__ import annotations

import subprocess
import sys

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
