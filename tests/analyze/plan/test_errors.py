"""Bad plans: one line that says file, line, column and field, what was found there and what was expected; exit code 2."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
import yaml

from analyze.plan.document import MOST_BYTES, Source
from analyze.plan.errors import PlanError
from analyze.plan.grammar import load_plan, read_plan
from tests.analyze.messages import says
from tests.analyze.plan.bad_patterns import BAD_PATTERNS
from tests.analyze.plan.bad_plans import BAD_PLANS, RULE
from tests.analyze.plan.bad_values import BAD_VALUES
from tests.analyze.plan.plans import HEAD


def error_of(data: str | bytes) -> str:
    source = Source(name="plan.yaml", data=data if isinstance(data, bytes) else data.encode("utf-8", "surrogatepass"))
    with pytest.raises(PlanError) as caught:
        read_plan(source)
    text = str(caught.value)
    assert "\n" not in text
    assert caught.value.exit_code == 2
    return text


@pytest.mark.parametrize(("text", "message"), BAD_PLANS + BAD_VALUES + BAD_PATTERNS)
def test_what_is_wrong_is_said_with_its_place(text: str, message: str) -> None:
    assert says(error_of(text), message)


def test_places_do_not_depend_on_how_yaml_was_built(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = ("", HEAD + "title: a: b\n", HEAD + "hosts: *h\n", HEAD + RULE + "    scop: host\n", HEAD + "x: !!str a\n")
    with_c = [error_of(text).partition(" is no YAML")[0] for text in texts]
    monkeypatch.delattr(yaml, "CSafeLoader")
    assert [error_of(text).partition(" is no YAML")[0] for text in texts] == with_c


def test_what_is_not_utf_8_is_refused_where_it_stands() -> None:
    assert error_of(HEAD.encode() + b"title: \xff\n") == "plan.yaml:3:8: is not UTF-8; a plan is text in UTF-8"


def test_a_byte_order_mark_is_none_of_the_plan() -> None:
    assert read_plan(Source(name="p", data=b"\xef\xbb\xbf" + HEAD.encode())).rules == ()


def test_windows_line_ends_are_line_ends() -> None:
    data = (HEAD + RULE).replace("\n", "\r\n").encode()
    assert [rule.mark.line for rule in read_plan(Source(name="p", data=data)).rules] == [4]


@pytest.mark.parametrize(
    ("what", "message"),
    [
        ("missing", "PATH: No such file or directory; --plan takes a YAML file (docs/plan.md)"),
        ("folder", "PATH: is a folder; --plan takes a YAML file"),
        ("too long", "PATH: longer than 256 KiB; a plan of that many rules cannot be reviewed"),
        ("zero byte", "'plan\\x00.yaml': is no file's name"),
    ],
)
def test_what_is_no_file_to_read(what: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "plan.yaml"
    if what == "folder":
        path.mkdir()
    elif what == "too long":
        path.write_bytes(b"#" * (MOST_BYTES + 1))
    elif what == "zero byte":
        path = Path("plan\0.yaml")
    with pytest.raises(PlanError) as caught:
        load_plan(path)
    assert str(caught.value) == message.replace("PATH", str(path))
    assert caught.value.exit_code == 2


def test_the_longest_plan_is_read(tmp_path: Path) -> None:
    path = tmp_path / "plan.yaml"
    path.write_bytes(HEAD.encode().ljust(MOST_BYTES, b"#"))
    assert load_plan(path).name == "plan.yaml"


def test_more_rules_than_can_be_reviewed() -> None:
    assert "more than 1000 rules" in error_of(HEAD + "forbid:\n" + "  - kind: pod\n" * 1001)


def test_what_is_found_is_not_repeated_without_end() -> None:
    assert len(error_of(HEAD + "expect:\n  - kind: " + "x" * 100_000 + "\n    action: added\n")) < 600
    assert len(error_of(HEAD + "x" * 1000 + ": 1\n")) < 600


@pytest.mark.parametrize(
    "bomb",
    [
        "[" * 200_000,
        "{" * 200_000,
        "- " * 100_000,
        "a: " * 80_000,
        "? " * 100_000,
        "'" * 200_000,
        "&a " * 80_000,
        "\n" * 250_000,
        "a:\n" + "".join(f"{' ' * n}a:\n" for n in range(1, 600)),
        "a: &a [x, x]\n" + "".join(f"b{n}: [*a, *a]\n" for n in range(1000)),
        "%TAG ! tag:x,2000:\n" * 10_000,
    ],
    ids=range(11),
)
@pytest.mark.parametrize("loader", ["C", "Python"])
def test_no_text_takes_long(bomb: str, loader: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if loader == "Python":
        monkeypatch.delattr(yaml, "CSafeLoader", raising=False)
    begun = time.process_time()
    error_of(bomb)
    assert time.process_time() - begun < 3
