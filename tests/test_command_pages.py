"""docs/commands/ has a page for each command that names all it takes, and nothing that it does not."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

import netlapse

PAGES = Path(__file__).resolve().parents[1] / "docs" / "commands"
PROGRAM: Any = get_command(netlapse.app)
COMMANDS: dict[str, Any] = dict(PROGRAM.commands)
HELP = {"--help"}
OPTION = re.compile(r"(?<![\w-])--?[a-z][a-z-]*")


def page(name: str) -> str:
    return (PAGES / f"{name}.md").read_text(encoding="utf-8")


def options(command: Any) -> list[Any]:
    return [parameter for parameter in command.params if parameter.param_type_name == "option"]


def spellings(command: Any) -> set[str]:
    return {spelling for option in options(command) for spelling in (*option.opts, *option.secondary_opts)} | HELP


def code_in(text: str) -> list[str]:
    """What stands in code spans and, line by line, in code blocks."""
    blocks = re.findall(r"^```[a-z]*\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    lines = [line for block in blocks for line in re.sub(r"\n +", " ", block).splitlines()]
    return [*lines, *re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL))]


def rows(text: str) -> dict[str, str]:
    """Each option of a page's table with its whole row."""
    found = {}
    for row in re.findall(r"^\| `-.*", text, re.MULTILINE):
        for spelling in OPTION.findall(row.split("|")[1]):
            found[spelling] = row
    return found


def check_page(text: str, command: Any) -> None:
    told = rows(text)
    for option in options(command):
        assert {*option.opts} - HELP <= set(told) | HELP, option.name
        row = told[option.opts[-1]]
        for choice in getattr(option.type, "choices", ()):
            assert f"`{getattr(choice, 'value', choice)}`" in row, f"{option.opts}: {choice}"
        if not isinstance(option.default, bool) and isinstance(option.default, int | float | str):
            default = f"{option.default:g}" if isinstance(option.default, float) else str(option.default)
            assert re.search(rf"(?<!\w){re.escape(default)}(?!\w)", row), row
        takes = row.split("|")[1]
        assert option.is_flag or re.search(rf"{option.opts[-1]} [A-Z]", takes), f"{option.opts[-1]} takes a value"
    assert set(told) <= spellings(command), "an option that is not there"


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_s_page_names_all_its_options_and_no_other(name: str) -> None:
    text = page(name)
    assert text.startswith(f"# netlapse {name}\n")
    check_page(text, COMMANDS[name])
    for argument in (p for p in COMMANDS[name].params if p.param_type_name == "argument"):
        assert re.search(rf"^netlapse {name} .*\b{argument.metavar}\b", text, re.MULTILINE), argument.metavar


@pytest.mark.parametrize("name", COMMANDS)
def test_the_usage_line_names_every_option(name: str) -> None:
    (usage,) = re.findall(rf"^```\nnetlapse {name}(.*?)^```", page(name), re.MULTILINE | re.DOTALL)
    for option in options(COMMANDS[name]):
        assert set(OPTION.findall(usage)) & set(option.opts) or "--help" in option.opts, option.opts


def test_the_list_of_commands_fits_into_80_columns_without_cuts() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "netlapse", "--help"],
        cwd=PAGES.parents[1], env={**os.environ, "COLUMNS": "80", "TERM": "dumb"}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    listed = done.stdout.partition("Commands:\n")[2].splitlines()
    assert [line.split()[0] for line in listed] == list(COMMANDS)
    assert all(line.endswith(".") and not line.endswith("...") for line in listed)


def test_the_program_s_own_options_are_on_the_first_page() -> None:
    check_page(page("README"), PROGRAM)


def test_there_is_a_page_for_each_command_and_none_for_another() -> None:
    assert {path.stem for path in PAGES.glob("*.md")} == set(COMMANDS) | {"README"}
    for name in COMMANDS:
        assert f"[`netlapse {name}`]({name}.md)" in page("README")


@pytest.mark.parametrize("path", sorted(PAGES.glob("*.md")), ids=lambda path: path.stem)
def test_no_page_names_an_option_that_does_not_exist(path: Path) -> None:
    of_page = [COMMANDS[path.stem]] if path.stem in COMMANDS else COMMANDS.values()
    own = {spelling for command in of_page for spelling in spellings(command)}
    everywhere = spellings(PROGRAM)
    for code in code_in(path.read_text(encoding="utf-8")):
        line = re.sub(r"^sudo ", "", code).partition(" | ")[0].partition("#")[0]
        called = re.match(r"netlapse (?:-v )?([a-z]+)", line)
        if called:
            known = spellings(COMMANDS[called[1]])
        elif line.startswith("-"):
            known = own
        else:
            continue
        quoted = re.sub(r"'[^']*'|\"[^\"]*\"", "", line)
        assert set(OPTION.findall(quoted)) <= known | everywhere, line


def test_every_page_says_the_exit_codes_and_gives_an_example() -> None:
    for name in COMMANDS:
        text = page(name)
        assert "xit code" in text, name
        assert re.search(rf"^(?:sudo )?netlapse {name} ?", text, re.MULTILINE), name
