"""Reports about redacted snapshots, turned back: what the reports about the originals say."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path

import pytest
from typer.testing import CliRunner

from netlapse import app
from snapshot.redact.files import redact_file
from snapshot.redact.keys import Key
from snapshot.redact.reports import TurningBack
from snapshot.redact.rows import Redaction
from snapshot.redact.texts import Texts
from snapshot.store.reader import list_snapshots
from tests.snapshot.redact.test_command import SHIPPED, netlapse

KEY = bytes(range(32))
TEXTS = Texts(Key(KEY))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("reports")
    redact_file(SHIPPED, folder / "out", Redaction(Key(KEY)))
    (folder / "key").write_bytes(KEY)
    (folder / "key").chmod(0o600)
    return folder


def words(report: str) -> Counter[str]:
    """What a report says, but for digests, order, ids of changes, the redaction and how long ids of containers are shown."""
    report = re.sub(r'"redacted_with": (null|"[0-9a-f]{16}")', "", report)
    report = re.sub(r"</?mark>|\bc[0-9]+\b", "", report)
    report = re.sub(r"([0-9a-f]{12})(?:[0-9a-f]{52}|…)", r"\1", report)
    return Counter(re.findall(r"[\w./:-]+", report))


def run(*arguments: str | Path) -> None:
    """A command, in this process."""
    done = CliRunner().invoke(app, [*map(str, arguments)], catch_exceptions=False)
    assert done.exit_code == 0, done.output


@pytest.fixture(scope="module")
def known() -> set[str]:
    """The beginnings of the digests of the original's snapshots."""
    return {entry.digest[:12] for entry in list_snapshots(SHIPPED)}


@pytest.mark.parametrize("form", ["text", "markdown", "json", "ndjson", "junit", "dot", "mermaid", "html"])
def test_each_format_comes_back(folder: Path, known: set[str], form: str) -> None:
    told = {}
    for name, path in (("plain", SHIPPED), ("redacted", folder / "out")):
        file = folder / f"{name}.{form}"
        sides = f"{path}@before", f"{path}@after"
        run(*(("report", *sides) if form == "html" else ("diff", *sides, "-f", form, "--exit-zero")), "-o", file)
        told[name] = file.read_text()
    dash = "#45;" if form == "mermaid" else "-"
    assert f"web{dash}1" in told["plain"]
    assert f"web{dash}1" not in told["redacted"]
    back = folder / f"back.{form}"
    run("redact", "--unredact", folder / f"redacted.{form}", "-o", back, "--key-file", folder / "key")
    assert back.stat().st_mode & 0o777 == 0o600
    found = back.read_text()
    assert not re.search(r"\bq[a-z2-7]{6,}[aeio]\b", found)
    there, here = words(told["plain"]), words(found)
    names = {word for word in there if re.search(r"[a-z]", word) and word[:12] not in known}
    missing = (
        {word for word in names if here[word] != there[word]} if form in ("json", "ndjson") else names - here.keys()
    )
    # In the others what is shown of a long list goes by order, and lines break elsewhere.
    assert not missing or form not in ("json", "ndjson", "markdown", "dot"), missing
    assert len(missing) < len(names) / 20
    if form == "json":
        json.loads(found)


def test_to_standard_output(folder: Path) -> None:
    (folder / "line.txt").write_text(f"pod {TEXTS.there('payments-7d9c6b5f4-x2x9z')} is down\n")
    done = netlapse("redact", "--unredact", folder / "line.txt", "-o", "-", "--key-file", folder / "key")
    assert (done.returncode, done.stdout) == (0, "pod payments-7d9c6b5f4-x2x9z is down\n")


def test_another_key_turns_nothing_back(folder: Path) -> None:
    (folder / "line").write_text(f"pod {TEXTS.there('payments')} is down\n")
    (folder / "other").write_bytes(bytes(32))
    (folder / "other").chmod(0o600)
    done = netlapse("redact", "--unredact", folder / "line", "-o", folder / "none", "--key-file", folder / "other")
    assert (done.returncode, (folder / "none").exists()) == (3, False)


@pytest.mark.parametrize(
    "name",
    [
        "ev\u202eil",
        "x\u2028y",
        "x\ufeffy",
        "<b>",
        "é",
        "日本語",
        "a\tb",
        "\x1b[31mred",
        'quo"te',
        "back\\slash",
        "a\nb",
    ],
)
def test_strange_names_come_back_escaped(name: str) -> None:
    """As each format needs them: the strange part of a name stands in the redacted report as it was, or as an escape here."""
    there = TEXTS.there(name)
    turning = TurningBack(TEXTS)
    found = turning.report(json.dumps({"name": there, "more": [there]})).text
    assert json.loads(found) == {"name": name, "more": [name]}
    page = f'<p title="x">{there.replace("<", "&lt;").replace(">", "&gt;")}</p>'
    shown = turning.report(page).text
    assert "\ufeff" not in shown
    assert shown.count("<") == page.count("<")


def test_only_words_are_put_back() -> None:
    """Whoever sends a report back may have put any letters into it."""
    chance = 0
    for number in range(6_000):
        digits, letters = number, []
        for _ in range(6):
            digits, at = divmod(digits * 2654435761 % 2**31, 32)
            letters.append("abcdefghijklmnopqrstuvwxyz234567"[at])
        word = f"q{''.join(letters)}a"
        found = TEXTS.back(word)
        chance += found != word
        assert all(letter.isalnum() or ord(letter) >= 0x80 for letter in found)
    assert chance < 60


def test_a_page_s_program_and_style_stay() -> None:
    word = TEXTS.there("payments")
    page = (
        f"<html><style>.{word} {{color:#bcdf45}}</style><script>let {word}='10.9.9.9'</script>"
        f'<script type="application/json">{{"a":"{word}<"}}</script><a href="#{word}">{word}</a>'
        f"<b>{TEXTS.there('10.9.9.9')}</b></html>"
    )
    found = TurningBack(TEXTS).report(page).text
    assert f".{word} {{color:#bcdf45}}" in found
    assert f"let {word}='10.9.9.9'" in found
    assert '{"a":"payments\\u003c"}' in found
    assert "<b>10.9.9.9</b>" in found
    assert ">payments</a>" in found
