"""The house as a whole: what a process loads, what the commands are called, and that the papers tell the truth."""

from __future__ import annotations

import importlib
import importlib.metadata
import os
import pkgutil
import re
import resource
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
HEAVY = ("sqlalchemy", "pyroute2", "docker", "requests", "jinja2", "rich", "grpc", "google.protobuf", "yaml")
OUR_OTHERS = ("analyze", "snapshot.store", "snapshot.collect", "snapshot.cli", "snapshot.model.kinds")
"""What reports know nothing of: of the package snapshot they use a decorator and a number's word."""
HOST_SIDE = ("pyroute2", "docker", "requests", "grpc", "snapshot.collect")
HELP_CPU_SECONDS = 0.25
PAPERS = ("README.md", "CONTRIBUTING.md", "docs")

OPTIONS = {
    "": ["-q", "-v", "--color", "--version"],
    "capture": [
        "-o",
        "--append",
        "--label",
        "--note",
        "--kinds",
        "--timeout",
        "--require-complete",
        "--redact",
        "--key-file",
        "--docker-host",
        "--cri-socket",
        "--sign",
    ],
    "doctor": ["--docker-host", "--cri-socket"],
    "ls": [],
    "show": ["--scope", "--kind", "-f"],
    "diff": ["-f", "-o", "--no-default-ignores", "--fail-on", "--exit-zero", "--plan", "--force"],
    "check": ["-f", "-o"],
    "report": ["-o", "--plan"],
    "verify": ["--key", "-f", "-o"],
    "bundle": ["-o", "--damaged", "--no-doctor"],
    "plan": ["-o", "--no-default-ignores", "--force"],
    "redact": ["-o", "--key-file", "--new-key", "--unredact", "--sign"],
    "demo": [],
}
"""The commands and options that others may rely on: some may come, none may go."""


def python(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code, *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )


def netlapse(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "netlapse", *arguments],
        cwd=ROOT,
        env={**os.environ, "COLUMNS": "200", "TERM": "dumb"},
        capture_output=True,
        text=True,
        check=False,
    )


def loaded_by(code: str, *arguments: str) -> set[str]:
    """All modules a fresh process has loaded after running some code, with their packages."""
    done = python(f"{code}\nimport sys; print('\\n' + '\\n'.join(sys.modules), file=sys.stderr)", *arguments)
    assert done.returncode == 0, done.stderr
    return set(done.stderr.split())


@pytest.mark.parametrize(
    ("code", "never"),
    [
        ("import netlapse", (*HEAVY, "snapshot.collect", "snapshot.store")),
        ("import snapshot.cli", (*HEAVY, "analyze", "reports")),
        ("import analyze.cli", (*HEAVY, "snapshot.collect", "snapshot.cli")),
        ("import analyze.compose", HOST_SIDE),
        ("import snapshot.store.reader, snapshot.store.writer", (*HOST_SIDE, "analyze", "reports")),
        (
            "import reports.json, reports.text.diff, reports.text.tree",
            ("sqlalchemy", *OUR_OTHERS, *HOST_SIDE),
        ),
        (
            "import reports.ndjson, reports.markdown.diff, reports.junit, reports.sarif",
            ("sqlalchemy", "rich", *OUR_OTHERS, *HOST_SIDE),
        ),
        ("import reports.html.document", ("sqlalchemy", *OUR_OTHERS, *HOST_SIDE)),
        ("import snapshot.collect.run", ("docker", "requests", "grpc", "google.protobuf", "pyroute2", "sqlalchemy")),
        ("import snapshot.model.kinds", (*HEAVY, "typer", "snapshot.store", "snapshot.collect")),
        ("import snapshot.redact.command", (*HEAVY, "analyze", "reports", "snapshot.collect", "snapshot.store")),
        ("import snapshot.redact.files, snapshot.redact.reports", (*HEAVY, "analyze", "reports", "snapshot.collect")),
        ("import snapshot.demo.command", (*HEAVY, "analyze", "reports", "snapshot.collect", "snapshot.store")),
    ],
)
def test_a_part_loads_only_what_it_may(code: str, never: tuple[str, ...]) -> None:
    assert not loaded_by(code) & set(never)


def test_a_whole_diff_touches_nothing_of_the_host_side() -> None:
    """A laptop needs neither pyroute2 nor the docker SDK to be importable."""
    code = f"import sys, netlapse\nfor name in {HOST_SIDE!r}: sys.modules[name] = None\nnetlapse.main()"
    shipped = "snapshot/demo/shipped.netlapse"
    done = python(code, "diff", f"{shipped}@before", f"{shipped}@after")
    assert done.returncode == 1, done.stderr
    assert "pod default/web-1 re-created" in done.stdout


def test_help_is_quick() -> None:
    def cpu() -> float:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        assert netlapse("--help").returncode == 0
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    assert min(cpu() for _ in range(5)) < HELP_CPU_SECONDS


@pytest.mark.parametrize("command", OPTIONS)
def test_every_promised_command_and_option_is_in_its_help(command: str) -> None:
    done = netlapse(*command.split(), "--help")
    assert done.returncode == 0
    for option in OPTIONS[command]:
        assert re.search(rf"(?<![\w-]){option}(?![\w-])", done.stdout), option


def test_help_lists_every_command_with_what_it_does() -> None:
    listed = re.findall(r"^  ([a-z]+)  +\S", netlapse("--help").stdout.partition("Commands:")[2], re.MULTILINE)
    assert set(listed) >= set(OPTIONS) - {""}


def test_there_is_one_version() -> None:
    version = importlib.metadata.version("netlapse")
    assert netlapse("--version").stdout == f"netlapse {version}\n"
    agent = subprocess.run(
        [sys.executable, "-m", "snapshot", "--version"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert agent.stdout == f"netlapse {version}\n"
    assert f"## [{version}]" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_an_unknown_option_is_wrong_usage_in_one_line() -> None:
    done = netlapse("diff", "--no-such-option")
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1


def papers() -> list[Path]:
    found: list[Path] = []
    for name in PAPERS:
        path = ROOT / name
        found += sorted(path.rglob("*.md")) if path.is_dir() else [path]
    return found


def commands_in(text: str) -> list[str]:
    """The netlapse command lines in a page's code blocks and code spans."""
    blocks = re.findall(r"^```[a-z]*\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    lines = [line.strip().removeprefix("$ ").removeprefix("sudo ") for block in blocks for line in block.splitlines()]
    spans = re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL))
    return [line for line in [*lines, *spans] if re.match(r"netlapse [a-z]", line)]


@pytest.mark.parametrize("paper", papers(), ids=lambda path: path.name)
def test_every_command_in_the_papers_exists(paper: Path) -> None:
    for line in commands_in(paper.read_text(encoding="utf-8")):
        words = line.split()
        command = words[1]
        assert command in OPTIONS, line
        shown = netlapse(command, "--help").stdout
        for option in re.findall(r"(?<=\s)--[a-z-]+", line):
            assert option in shown, line


def test_the_readme_names_every_command() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert {line.split()[1] for line in commands_in(text)} >= set(OPTIONS) - {""}


@pytest.mark.parametrize("paper", papers(), ids=lambda path: path.name)
def test_every_link_between_the_papers_leads_somewhere(paper: Path) -> None:
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", paper.read_text(encoding="utf-8")):
        assert (paper.parent / target).exists(), target


def test_every_exit_code_is_documented() -> None:
    from snapshot.model.errors import NetlapseError

    for package in ("snapshot", "analyze", "reports"):
        for module in pkgutil.walk_packages([str(ROOT / package)], f"{package}."):
            if not module.name.endswith("__main__"):
                importlib.import_module(module.name)
    page = (ROOT / "docs" / "exit-codes.md").read_text(encoding="utf-8")
    documented = set(map(int, re.findall(r"^\| (\d+) \|", page, re.MULTILINE)))
    assert documented == {0, 1, 2, 3, 4, 5, 130}
    kinds = [NetlapseError]
    for kind in kinds:
        kinds += kind.__subclasses__()
    assert {kind.exit_code for kind in kinds} <= documented - {0, 1}


def test_every_dependency_is_pinned_with_hashes_and_no_registry_is_named() -> None:
    text = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    assert not re.search(r"://|index|find-links|trusted-host|file:", text)
    entries = re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE)[1:]
    pinned = {}
    for entry in entries:
        name, version = re.match(r"([a-z0-9._-]+)==([^ ;\\\n]+)", entry).groups()  # type: ignore[union-attr]
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", entry), name
        pinned[name] = version
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wanted = project["project"]["dependencies"] + project["build-system"]["requires"]
    wanted += [name for extra in project["project"]["optional-dependencies"].values() for name in extra]
    wanted.remove("netlapse[cri]")
    assert {re.match(r"[A-Za-z0-9._-]+", name)[0] for name in wanted} <= set(pinned)  # type: ignore[index]


def test_packages_are_folders_and_nothing_more() -> None:
    for package in ("snapshot", "analyze", "reports"):
        for path in (ROOT / package).rglob("*.py"):
            assert (path.parent / "__init__.py").is_file(), path
            if path.name == "__init__.py":
                assert not path.read_bytes(), path


def test_the_wheel_brings_all_that_the_commands_read(tmp_path: Path) -> None:
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", "wheel"]
    subprocess.run(
        [*pip, "--no-deps", "--no-build-isolation", "--no-index", "--wheel-dir", str(tmp_path), str(ROOT)],
        check=True,
        capture_output=True,
    )
    (wheel,) = tmp_path.glob("*.whl")
    inside = set(zipfile.ZipFile(wheel).namelist())
    brought = {"netlapse.py"} | {
        str(path.relative_to(ROOT))
        for package in ("snapshot", "analyze", "reports")
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert brought <= inside
    installed = {name.partition(".data/data/")[2] for name in inside}
    assert {f"lib/systemd/system/netlapse.{kind}" for kind in ("service", "timer")} <= installed
    assert not any(name.startswith(("tests/", "benchmarks/", "docs/")) for name in inside)
