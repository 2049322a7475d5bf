"""--ignore, --select and --config as a pipeline uses them: exit codes, what is shown, one line for each error."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.analyze.plan.test_commands import PAIR, netlapse

ALL = ("--ignore", "kind=pod", "--ignore", "kind=veth", "--ignore", "kind=route,scope=host")


def top_level(text: str) -> set[tuple[str, str]]:
    return {(c["kind"], c["action"]) for c in json.loads(text)["changes"] if c["cause"] is None}


def test_what_is_ignored_is_counted_and_judged_no_more() -> None:
    done = netlapse("diff", *PAIR, "--ignore", "kind=route,scope=host", "-f", "json")
    assert (done.returncode, done.stderr) == (1, "")
    assert top_level(done.stdout) == {("pod", "recreated"), ("veth", "removed")}
    assert {i["rule"]: i["count"] for i in json.loads(done.stdout)["ignored"]}["kind=route,scope=host"] == 3
    # A veth pair was removed, and with it a default route: what is critical stays, though its cause is ignored.
    done = netlapse("diff", *PAIR, *ALL, "-f", "json")
    assert done.returncode == 1
    assert {c["severity"] for c in json.loads(done.stdout)["changes"] if c["cause"] is None} == {"critical"}
    done = netlapse("diff", *PAIR, *ALL, "--ignore", "severity=critical", "-f", "json")
    assert (done.returncode, json.loads(done.stdout)["changes"]) == (0, [])


def test_only_what_is_selected_is_shown_and_judged() -> None:
    done = netlapse("diff", *PAIR, "--select", "kind=route,dst=192.168.41.0/24", "-f", "json")
    assert done.returncode == 1
    assert [c["name"] for c in json.loads(done.stdout)["changes"]] == ["192.168.41.0/24 via 10.1.27.7 dev cni0"]
    done = netlapse("diff", *PAIR, "--select", "kind=rule")
    assert done.returncode == 0


def test_rules_come_from_a_file_that_is_named(tmp_path: Path) -> None:
    config = tmp_path / "netlapse.toml"
    config.write_text('ignore = ["kind=route,scope=host"]\n', encoding="ascii")
    done = netlapse("diff", *PAIR, "--config", config, "-f", "json")
    assert top_level(done.stdout) == {("pod", "recreated"), ("veth", "removed")}
    html = tmp_path / "report.html"
    assert netlapse("report", *PAIR, "--config", config, "-o", html).returncode == 0
    assert "kind=route,scope=host" in html.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--ignore", "kind=rout"), "did you mean 'route'?"),
        (("--ignore", "kind"), "--ignore 'kind'"),
        (("--select", "kind=route,colour=red"), "colour"),
        (("--config", "/nowhere/netlapse.toml"), "/nowhere/netlapse.toml"),
    ],
)
def test_a_mistake_is_one_line(arguments: tuple[str, ...], said: str) -> None:
    done = netlapse("diff", *PAIR, *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("netlapse: ")
    assert done.stderr.count("\n") == 1
    assert said in done.stderr
