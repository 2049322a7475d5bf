"""Bad plans: one line that says file, line, column and field, what was found there and what was expected; exit code 2."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
import yaml

from analyze.plan.document import DEEPEST, MOST_BYTES, Source
from analyze.plan.errors import PlanError
from analyze.plan.grammar import load_plan, read_plan
from tests.analyze.plan.plans import HEAD

RULE = "expect:\n  - kind: link\n    action: changed\n"


def error_of(data: str | bytes) -> str:
    source = Source(name="plan.yaml", data=data if isinstance(data, bytes) else data.encode("utf-8", "surrogatepass"))
    with pytest.raises(PlanError) as caught:
        read_plan(source)
    text = str(caught.value)
    assert "\n" not in text
    assert caught.value.exit_code == 2
    return text


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "plan.yaml:1:1: there is nothing in this file; a plan begins with 'format: netlapse/plan'"),
        ("# only a comment\n", "plan.yaml:1:1: there is nothing in this file"),
        ("- a\n- b\n", "plan.yaml:1:1: a plan is a mapping that begins with 'format: netlapse/plan'"),
        ("version: 1\n", "plan.yaml:1:1: format: is missing; a plan begins with 'format: netlapse/plan'"),
        ("format: netlapse/plan\n", "plan.yaml:1:1: version: is missing"),
        ("format: netlapse/report\nversion: 1\n", "plan.yaml:1:9: format: is 'netlapse/report', this netlapse reads"),
        ("format: netlapse/plan\nversion: 2\n", "plan.yaml:2:10: version: is '2', this netlapse reads 1; a newer netlapse may"),
        ("format: netlapse/plan\nversion: true\n", "plan.yaml:2:10: version: is 'true', this netlapse reads 1"),
        (HEAD + "expects: []\n", "plan.yaml:3:1: expects: is no key here: did you mean 'expect'? it is one of format,"),
        (HEAD + "expect: pod\n", "plan.yaml:3:9: expect: is no list; each rule begins with '- kind: ...'"),
        (HEAD + "expect:\n  - pod\n", "plan.yaml:4:5: expect[1]: is no mapping"),
        (HEAD + "expect:\n  - action: added\n", "plan.yaml:4:5: expect[1].kind: is missing; every rule of expect: has one"),
        (HEAD + "expect:\n  - kind: link\n", "plan.yaml:4:5: expect[1].action: is missing"),
        (
            HEAD + "expect:\n  - kind: rout\n    action: added\n",
            "plan.yaml:4:11: expect[1].kind: unknown kind 'rout': did you mean 'route'? it is one of host, pod,",
        ),
        (
            HEAD + "expect:\n  - kind: pod\n    action: [added, recreate]\n",
            "plan.yaml:5:21: expect[1].action[2]: unknown action 'recreate': did you mean 'recreated'?",
        ),
        (HEAD + "expect:\n  - kind: pod\n    action: unknown\n", "unknown is what a capture did not see"),
        (HEAD + "expect:\n  - kind: pod\n    action: []\n", "is an empty list, which nothing can be one of"),
        (HEAD + RULE + "    severity: high\n", "plan.yaml:6:15: expect[1].severity: unknown severity 'high'"),
        (HEAD + RULE + "    scop: host\n", "plan.yaml:6:5: expect[1].scop: is no key here: did you mean 'scope'?"),
        (HEAD + RULE + "    scope: {a: b}\n", "plan.yaml:6:12: expect[1].scope: is no text; a pattern is a text"),
        (HEAD + RULE + '    name: "web\\\\"\n', "expect[1].name: 'web\\\\' ends in a backslash"),
        (HEAD + RULE + f"    name: {'x' * 1001}\n", "longer than 1000 characters"),
        (HEAD + RULE + '    name: ""\n', "is empty, which no name is"),
        (
            HEAD + RULE + "    fields: {mtv: {}}\n",
            "plan.yaml:6:14: expect[1].fields.mtv: a link has no such changed field: did you mean 'mtu'?",
        ),
        (HEAD + RULE + "    fields: [mtu, gateway]\n", "a link has no such changed field: it is one of ifindex, name,"),
        (HEAD + RULE + "    fields: {mtu: 1400}\n", "plan.yaml:6:19: expect[1].fields.mtu: is neither before: nor after:"),
        (HEAD + RULE + "    fields: {mtu: {to: 1400}}\n", "expect[1].fields.mtu.to: is no key here: it is one of"),
        (HEAD + RULE + "    fields: {mtu: {after: big}}\n", "expect[1].fields.mtu.after: is 'big', but this is a number"),
        (HEAD + RULE + "    fields: {mtu: {after: true}}\n", "is 'true', but this is a number"),
        (HEAD + RULE + "    fields: {flags: {after: UP}}\n", "is 'UP', but this is a list: write [...] or {contains: ...}"),
        (HEAD + RULE + "    fields: {mtu: {after: {atleast: 1}}}\n", "is no operator: did you mean 'at_least'?"),
        (HEAD + RULE + "    fields: {mtu: {after: {at_least: 9, at_most: 8}}}\n", "at least 9 and at most 8 cannot both be"),
        (HEAD + RULE + "    fields: {mtu: {after: {at_least: x}}}\n", "fields.mtu.after.at_least: is 'x', it is a number"),
        (HEAD + RULE + "    fields: {mtu: {after: {within: 10.0.0.0/8}}}\n", "asks for a network, but this is a number"),
        (HEAD + RULE + "    fields: {}\n", "names no attribute"),
        (HEAD + RULE + "    other_fields: true\n", "expect[1].other_fields: means nothing without fields:"),
        (HEAD + RULE + "    optional: perhaps\n", "expect[1].optional: is 'perhaps', it is true or false"),
        (HEAD + RULE + "    count: few\n", "expect[1].count: is 'few', it is a whole number from 0 to 1,000,000,000"),
        (HEAD + RULE + "    count: -1\n", "expect[1].count: is '-1', it is a whole number"),
        (HEAD + RULE + "    count: 0\n", "expect[1].count: expects none; what must not happen stands under forbid:"),
        (HEAD + RULE + "    count: {at_least: 3, at_most: 2}\n", "plan.yaml:6:12: expect[1].count: at least 3 and at most 2"),
        (HEAD + RULE + "    count: {atleast: 3}\n", "expect[1].count.atleast: is no key here: did you mean 'at_least'?"),
        (HEAD + RULE + "    why: [a]\n", "expect[1].why: is no text"),
        (
            HEAD + "expect:\n  - {kind: route, action: added, fields: {metric: {after: 5}}}\n",
            "what is added has no before and after; say facts:",
        ),
        (
            HEAD + "expect:\n  - {kind: route, action: added, facts: {dst: {within: 10.1.0.0/33}}}\n",
            "expect[1].facts.dst.within: is '10.1.0.0/33', it is a network such as 10.1.0.0/16",
        ),
        (
            HEAD + "expect:\n  - {kind: route, action: added, facts: {dst: {within: 10.1.0.1/16}}}\n",
            "it is a network such as 10.1.0.0/16 (10.1.0.1/16 has host bits set)",
        ),
        (HEAD + "expect:\n  - {kind: [link, route], action: added, facts: {dst: x}}\n", "a link has no such fact"),
        (HEAD + "forbid:\n  - {why: because}\n", "plan.yaml:4:5: forbid[1]: forbids nothing in particular"),
        (HEAD + "forbid:\n  - {kind: pod, count: 1}\n", "forbid[1].count: is no key here"),
        (HEAD + "forbid:\n  - {scope: host, facts: {mtu: 1}}\n", "forbid[1].facts: needs a kind"),
        (HEAD + "must:\n  - {kind: pod, action: added}\n", "must[1].action: is no key here"),
        (HEAD + "must:\n  - {kind: pod, severity: info}\n", "must[1].severity: is of check: only"),
        (HEAD + "must:\n  - {check: no-route}\n", "plan.yaml:4:13: must[1].check: there is no check 'no-route': did you mean"),
        (HEAD + "forbid:\n  - {check: '*', kind: pod}\n", "forbid[1].kind: does not go with check: it is one of check, scope,"),
        (HEAD + "must:\n  - {kind: pod, scope: a, each_scope: b}\n", "must[1].each_scope: and scope: stand side by side"),
        (HEAD + "title: a\ntitle: b\n", "plan.yaml:4:1: 'title' stands here for the second time (first: line 3)"),
        (HEAD + "hosts: &h [a]\n", "plan.yaml:3:8: an anchor (&h)"),
        (HEAD + "hosts: *h\n", "plan.yaml:3:8: an alias (*h)"),
        (HEAD + "hosts: !!python/name:os.system a\n", "plan.yaml:3:8: a tag ('tag:yaml.org,2002:python/name:os.system')"),
        (HEAD + "hosts: !!str a\n", "a tag ('tag:yaml.org,2002:str')"),
        (HEAD + "? [a]\n: b\n", "a list or mapping stands where the name of a field should be"),
        (HEAD + "---\n" + HEAD, "plan.yaml:3:1: a second document begins here"),
        (HEAD + "hosts: " + "[" * DEEPEST + "]" * DEEPEST + "\n", f"nested deeper than {DEEPEST} levels"),
        (HEAD + "hosts: [a\n", "is no YAML: "),
        (HEAD + "title: 'a\n", "is no YAML: "),
        (HEAD + "title: a: b\n", "plan.yaml:3:9: is no YAML: mapping values are not allowed"),
        (HEAD + "title: a\x00b\n", "plan.yaml:3:9: the character U+0000 cannot be seen; write it as an escape"),
        (HEAD + "title: a\u202eb\n", 'U+202E cannot be seen; write it as an escape in double quotes: "\\U0000202e"'),
        (HEAD + "title: a\xa0b\n", "the character U+00A0 cannot be seen"),
        (HEAD + 'title: "a\\ud800"\n', "plan.yaml:3:"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_its_place(text: str, message: str) -> None:
    assert message in error_of(text)


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


@pytest.mark.parametrize("what", ["missing", "folder", "too long", "zero byte"])
def test_what_is_no_file_to_read(what: str, tmp_path: Path) -> None:
    path = tmp_path / "plan.yaml"
    if what == "folder":
        path.mkdir()
    elif what == "too long":
        path.write_bytes(b"#" * (MOST_BYTES + 1))
    elif what == "zero byte":
        path = Path("plan\0.yaml")
    with pytest.raises(PlanError) as caught:
        load_plan(path)
    assert "plan" in str(caught.value)
    assert caught.value.exit_code == 2


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
