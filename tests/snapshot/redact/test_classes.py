"""Every column has a class, and none that could hold a name is left as it is."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest
from hypothesis import given, settings

from snapshot.collect.netlink import classifiers, disciplines, link_kinds
from snapshot.model import names
from snapshot.model.frozen import frozen
from snapshot.model.kinds import KINDS
from snapshot.model.snapshot import Capture
from snapshot.redact.captures import redacted
from snapshot.redact.classes import (
    COLUMNS,
    COVERAGE,
    HEADER,
    NAMESPACE,
    PROVENANCE,
    RUNTIME,
    Class,
    UnclassedError,
    check,
)
from snapshot.redact.keys import Key
from snapshot.redact.rows import Redaction
from snapshot.store.tables import METADATA
from tests.cases.captures import read_capture
from tests.snapshot.store.captures import captures

ROOT = Path(__file__).resolve().parents[3]

OF_TABLES = {
    "snapshot": HEADER,
    "provenance": PROVENANCE,
    "namespace": NAMESPACE,
    "runtime": RUNTIME,
    "coverage": COVERAGE,
}
OF_THE_FILE = {
    "id", "digest", "added_rows", "header_digest", "provenance_digest", "members_digest", "coverage_digest",
    "previous", "snapshot_id",
    "namespace_id", "kind_set_id", "runtime_id", "section_id", "number", "form", "rows", "first_row",
}  # fmt: skip
"""Columns that the writer makes anew: numbers within the file, and digests of what is redacted."""
WITHOUT = {"section": {"kind"}, "kind_set": {"kinds"}, "signature": {"signature"}}
"""The names of kinds; and signatures, which are not taken over."""


def test_every_column_of_every_table_has_a_class() -> None:
    for table in METADATA.sorted_tables:
        kind = table.name.removesuffix("_row").removesuffix("_form")
        classed = set(COLUMNS.get(kind, OF_TABLES.get(table.name, {}))) | WITHOUT.get(table.name, set())
        own = {column.name for column in table.columns} - OF_THE_FILE - classed
        assert not own, f"{table.name}: {own}"


def test_the_words_of_the_kernel_the_tools_and_the_runtimes_stay() -> None:
    """The analyzer goes by them: of every host that was recorded, and all that the agent has words for."""
    words: set[str] = set()
    for table, told in vars(names).items():
        if table.isupper():
            words |= set(told.values() if isinstance(told, dict) else told)
    words |= {
        *link_kinds.KINDS,
        *disciplines.QDISCS,
        *classifiers.ACTIONS,
        *classifiers.VERDICTS.values(),
        *classifiers.MIRRED,
    }
    words |= {
        "nft",
        "iptables-nft",
        "iptables-legacy",
        "ebtables-nft",
        "ebtables-legacy",
        "arptables-nft",
        "arptables-legacy",
    }
    words |= {
        "ipset",
        "tcx ingress",
        "netkit primary",
        "tc ffff:fff2",
        "direct-action",
        "1:10",
        "ffff:fff1",
        "800::800",
    }
    for case in (path.parent for path in (ROOT / "tests" / "cases").glob("*/before.json")):
        for capture in (read_capture(case / f"{side}.json") for side in ("before", "after")):
            sections = [place.sections for place in capture.namespaces] + [told.sections for told in capture.runtimes]
            for kind, facts in ((kind, facts) for section in sections for kind, facts in section.items()):
                assert isinstance(facts, tuple)
                for column, of in COLUMNS[kind].items():
                    found = [getattr(fact, column) for fact in facts]
                    if of is Class.WORD:
                        words |= {word for word in found if word is not None}
                    elif of is Class.WORDS:
                        words |= {word for several in found for word in several}
    assert len(words) > 150
    redaction = Redaction(Key(b"a key of the tests"))
    assert {word for word in words if redaction.value(Class.WORD, word) != word} == set()


def test_a_column_without_a_class_stops_the_build() -> None:
    @frozen
    class Grown:
        name: str
        secret: str

    with pytest.raises(
        UnclassedError, match=r"link: every column needs a class in snapshot/redact/classes\.py.*: secret"
    ):
        check("link", Grown, {"name": Class.TEXT})
    with pytest.raises(UnclassedError, match="gone"):
        check("link", Grown, {"name": Class.TEXT, "secret": Class.TEXT, "gone": Class.TEXT})
    code = (
        "import snapshot.model.kinds as kinds\nkinds.KINDS['new'] = kinds.KINDS['link']\nimport snapshot.redact.classes"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "UnclassedError" in ended.stderr


def test_what_is_a_number_is_one() -> None:
    for kind in KINDS.values():
        for field in fields(kind.fact):
            if COLUMNS[kind.name][field.name] in (Class.NUMBER, Class.MARK):
                assert str(field.type) in ("int", "int | None", "bool"), f"{kind.name}.{field.name}"


@settings(max_examples=8, deadline=None)
@given(captures())
def test_any_capture_can_be_redacted(capture: Capture) -> None:
    redaction = Redaction(Key(b"a key of the tests"))
    found = redacted(capture, redaction)
    assert found.header.redacted_with == redaction.key.id
    assert found.header.hostname != capture.header.hostname
    for before, after in zip(capture.namespaces, found.namespaces, strict=True):
        assert {kind: len(rows) for kind, rows in before.sections.items()} == {
            k: len(r) for k, r in after.sections.items()
        }
