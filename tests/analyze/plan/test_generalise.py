"""Names as a plan for other hosts has them, to the letter; ``test_draft.py`` has the laws."""

from __future__ import annotations

import pytest

from analyze.plan.generalise import bounded, common, pod_pattern, scope_pattern, stem, text_pattern
from analyze.plan.globs import LONGEST

HEX = "0123456789ab"


@pytest.mark.parametrize(
    ("text", "pattern"),
    [
        ("eth0", "eth0"),
        ("a*b", r"a\*b"),
        ("veth0a1b2c3", "veth*"),
        ("vethzoo0a1b2c3", "vethzoo*"),
        ("cali0a1b2c3d4e5", "cali*"),
        ("br-0a1b2c3d4e5f", "br-*"),
        ("veth12345", "veth12345"),
        ("xveth0a1b2c3", "xveth0a1b2c3"),
        ("veth0a1b2c3_x", "veth0a1b2c3_x"),
        ("dev veth0a1b2c3 up", "dev veth* up"),
        (HEX, "*"),
        (HEX[:11], HEX[:11]),
        (f"id {HEX} x", "id * x"),
        (f"z{HEX}", f"z{HEX}"),
        ("02:42:ac:11:00:02 dev eth0", "* dev eth0"),
        ("02:42:ac:11:00:02:33", "02:42:ac:11:00:02:33"),
        ("1b671a64-40d5-491e-99b0-da01ff1f3341", "*"),
        ("x-1b671a64-40d5-491e-99b0-da01ff1f3341-y", "x-*-y"),
        (f"veth0a1b2c3 {HEX}", "veth* *"),
        (f"{HEX}\\", "*\\\\"),
        ("", ""),
    ],
)
def test_a_text(text: str, pattern: str) -> None:
    assert text_pattern(text) == pattern


@pytest.mark.parametrize(
    ("names", "pattern"),
    [
        (["db-1"], "db-1"),
        (["db-1", "db-2"], "db-*"),
        (["db", "db-1"], "db*"),
        (["web", "db"], "*"),
        (["a?b", "a?c"], "a*"),
        (["a*b", "axb"], "a*"),
        ([r"a\*b", r"a\*c"], r"a\**"),
        ([r"a\*b", r"a\?b"], "a*"),
        (["db-2", "db-1", "db-1"], "db-*"),
    ],
)
def test_what_names_have_in_common(names: list[str], pattern: str) -> None:
    assert common(names) == pattern


def test_a_pattern_that_is_too_long_or_cannot_be_written() -> None:
    assert bounded("x" * LONGEST) == "x" * LONGEST
    assert bounded("x" * (LONGEST + 1)) == "x" * (LONGEST - 1) + "*"
    # Never half an escape.
    assert bounded("x" * (LONGEST - 2) + r"\*\*") == "x" * (LONGEST - 2) + "*"
    assert bounded("a\ud800b\udfff\ue000\ud7ff") == "a?b?\ue000\ud7ff"


@pytest.mark.parametrize(
    ("name", "begin"), [("db-0", "db-"), ("db-12", "db-"), ("db", None), ("7", None), ("a1b2", "a1b"), ("1a", None), ("", None)]
)  # fmt: skip
def test_what_comes_before_the_last_number(name: str, begin: str | None) -> None:
    assert stem(name) == begin


@pytest.mark.parametrize(
    ("pod", "pattern"),
    [
        ("web-0", "web-0"),
        ("web-7d9c5b6f4-x2k4z", "web-*"),
        ("web-x2k4z", "web-*"),
        ("job-28412345-x2k4z", "job-*"),
        ("a*-x2k4z", r"a\*-*"),
    ],
)
def test_a_pod(pod: str, pattern: str) -> None:
    assert pod_pattern(pod) == pattern


@pytest.mark.parametrize(
    ("scope", "pattern"),
    [
        ("host", "host"),
        ("pod:shop/web-x2k4z", "pod:shop/web-*"),
        ("pod:s*p/web", r"pod:s\*p/web"),
        ("container:db", "container:db"),
        (f"container:{HEX}", "container:*"),
        ("netns:blue", "netns:blue"),
        ("netns:[4026532001]", "netns:[*]"),
        ("netns:[blue]", "netns:[blue]"),
        ("container:[4026532001]", "container:[4026532001]"),
    ],
)
def test_a_scope(scope: str, pattern: str) -> None:
    assert scope_pattern(scope) == pattern
