"""A copy of the project in which every function of ``analyze/`` has its variants beside it, as mutmut makes them."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Container, Mapping
from pathlib import Path

from mutmut.mutation.file_mutation import MutatedFile, mutate_file_contents

ROOT = Path(__file__).parents[2]
COPIED = [
    "analyze",
    "snapshot",
    "reports",
    "tests",
    "docs",
    "netlapse.py",
    "pyproject.toml",
    "README.md",
    "CHANGELOG.md",
]
THEIRS = "from mutmut.mutation.trampoline import wrap_in_trampoline as _mutmut_mutated, MutantDict\n"
ENTRY = re.compile(r"mutants_\S+__mutmut\['(\w+)'\] = ")  # of the table from which a function's variant is chosen
OURS = "from tests.mutants.switch import switched as _mutmut_mutated, Variants as MutantDict\n"
LENIENT = ["--no-warn-unused-ignores", "--disable-error-code", "has-type"]  # what the copies bring about by themselves
MYPY = ["-p", "analyze", "--output", "json", "--no-incremental", *LENIENT]


def every_mutant() -> dict[str, MutatedFile]:
    """Each file of ``analyze/`` with all the variants that mutmut makes of its functions. It takes some minutes."""
    paths = [str(path.relative_to(ROOT)) for path in sorted((ROOT / "analyze").rglob("*.py"))]
    return {path: mutate_file_contents(path, (ROOT / path).read_text(encoding="utf-8")) for path in paths}


def names(files: Mapping[str, MutatedFile]) -> list[str]:
    """The names of all mutants (``analyze.seen.x_gaps__mutmut_3``), in order."""
    return [f"{_module(path)}.{name}" for path, file in files.items() for name in file.mutant_names]


def plant(tree: Path, files: Mapping[str, MutatedFile], drawn: Container[str]) -> None:
    """Make the copy, with those variants that are drawn: with all of them, loading it would take longer than the tests."""
    shutil.rmtree(tree, ignore_errors=True)
    tree.mkdir(parents=True)
    for name in COPIED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, tree / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, tree / name)
    spans: dict[str, list[tuple[int, int, str]]] = {}
    for path, file in files.items():
        code, spans[path] = _thinned(file, _module(path), drawn)
        (tree / path).write_text(code.replace(THEIRS, OURS), encoding="utf-8")
    (tree / "spans.json").write_text(json.dumps(spans), encoding="utf-8")


def _module(path: str) -> str:
    return path.removesuffix(".py").replace("/", ".")


def _thinned(file: MutatedFile, module: str, drawn: Container[str]) -> tuple[str, list[tuple[int, int, str]]]:
    """The code without what is not drawn, and the first line, last line and name of each variant that is left."""
    out = {name for name in file.mutant_names if f"{module}.{name}" not in drawn}
    left = [name for name in file.mutant_names if f"{module}.{name}" in drawn]
    where = file.line_span_by_function_name
    dropped = {line for name in out for line in range(where[name].start, where[name].end + 1)}
    lines, moved = [], {}
    for number, line in enumerate(file.code.splitlines(keepends=True), 1):
        entry = ENTRY.match(line)
        if number not in dropped and not (entry and entry[1] in out):
            lines.append(line)
            moved[number] = len(lines)
    return "".join(lines), sorted((moved[where[n].start], moved[where[n].end], f"{module}.{n}") for n in left)


def type_check(tree: Path) -> subprocess.Popen[bytes]:
    """Let mypy look at all variants at once, in a process beside; ``refused`` reads what it said when it has ended."""
    with (tree / "mypy.json").open("wb") as told:
        return subprocess.Popen(
            [sys.executable, "-m", "mypy", *MYPY], cwd=tree, stdout=told, env={**os.environ, "PYTHONPATH": str(tree)}
        )


def refused(tree: Path) -> set[str]:
    """The mutants in which mypy found a mistake. What it says of other lines the copies bring about by themselves."""
    spans = json.loads((tree / "spans.json").read_text(encoding="utf-8"))
    bad = set()
    for line in (tree / "mypy.json").read_text(encoding="utf-8").splitlines():
        told = json.loads(line)
        if told["severity"] != "error":
            continue
        bad |= {name for start, end, name in spans[told["file"]] if start <= told["line"] <= end}
    return bad
