"""Pseudonyms of names: the same wherever a name stands, of the forms that the analyzer goes by, and read back by the key."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyze.match.generated import without_hash, without_schedule, without_suffix, without_uuid
from snapshot.redact.keys import Key
from snapshot.redact.texts import Texts
from snapshot.redact.tokens import looks

TEXTS = Texts(Key(b"a key of the tests"))
told = TEXTS.there
UNHURRIED = settings(deadline=None)
letters = st.one_of(st.sampled_from('abcq27-_. /"019fe'), st.characters(exclude_categories=["Cs"]))


@UNHURRIED
@given(st.text(letters, max_size=30))
def test_a_text_comes_back(text: str) -> None:
    """But for the spelling of an IPv6 address, which has one only after it."""
    if ":" not in text:
        assert TEXTS.back(told(text)) == text


@UNHURRIED
@given(st.text(letters, max_size=20), st.text(letters, max_size=20))
def test_two_names_have_two_pseudonyms(one: str, other: str) -> None:
    """But for an IPv6 address that is spelt in two ways."""
    if ":" not in one + other:
        assert (told(one) == told(other)) == (one == other)


@pytest.mark.parametrize("name", [
    "lo", "eth0", "enp3s0f1np1", "eth0.100", "docker0", "cni0", "vxlan.calico", "flannel.1", "default",
    "kube-system", "POD", "if12",
    "KUBE-FORWARD", "DOCKER-ISOLATION-STAGE-1", "1.25.3", "host", "bridge",
])  # fmt: skip
def test_what_everybody_calls_so_stays(name: str) -> None:
    assert told(name) == name


@pytest.mark.parametrize(("name", "form"), [
    ("veth139d953d", "veth@"), ("cali5f3a9c0b1d2", "cali@"), ("br-3f2a9c0b1d2e", "br-@"), ("db-0", "@-0"),
    ("shop-web-12", "@-@-12"),
    ("web-1234", "@-@"), ("k8s_web_web-2_default", "k8s_@_@-2_@"), ("KUBE-SVC-ABCDEFGH12345678", "KUBE-SVC-@"),
    ("rack7", "@7"),
    ("/run/netns/blue", "/run/netns/@"), ("registry.corp:5000/team/web:1.25", "@.@:5000/@/@:1.25"),
    ("web.1.k3j4mnb5vcxz", "@.1.@"),
    ("node.corp.example", "@.@.@"), ("default/web/app", "default/@/@"), ("a b", "@ @"), ("</script>", "</@>"), ("<ä>", "<@>"),
    ("container:3f2a9c0b1d2e", "container:@"), ("web+", "@+"),
])  # fmt: skip
def test_the_shape_of_a_name_stays(name: str, form: str) -> None:
    found = re.sub(r"q[a-z2-7]+[aeio]", lambda word: "@" if looks(word[0]) else word[0], told(name))
    assert found == form


def test_parts_of_names_are_the_same_words_elsewhere() -> None:
    assert told("shop-web-1") == f"{told('shop')}-{told('web')}-1"
    assert told("web-7d9c6b5f4-x2x9z").startswith(f"{told('web')}-{told('7d9c6b5f4')}-")
    assert told("web:1.2@sha256:" + "ab" * 32).startswith(f"{told('web')}:1.2@sha256:")
    identity = "035639a0fad11b91a1a899edcc602e01eada0a7cc833d3e52cc06ac3b6700681"
    assert told(identity).startswith(told(identity[:12]))


def test_what_machines_make_of_names_is_known_by_its_form() -> None:
    pod = told("web-7d9c6b5f4-x2x9z")
    assert without_hash(without_suffix(pod) or "") == told("web")
    assert without_hash(without_suffix(pod) or "", told("7d9c6b5f4")) == told("web")
    assert without_schedule(told("backup-28391040")) == told("backup")
    assert without_suffix(told("backup-28391040-x2x9z")) == told("backup-28391040")
    assert without_uuid(told("task-8198f1ae-0193-4e2d-8065-7db3fc399634")) == told("task")
    for name in ("db-0", "web", "shop-web-1", "postgres-primary", "x"):
        assert without_suffix(told(name)) is None
        assert without_hash(told(name)) is None
        assert without_schedule(told(name)) is None


@UNHURRIED
@given(st.text("bcdfghjklmnpqrstvwxz2456789", min_size=5, max_size=5), st.text("456789bcdf", min_size=6, max_size=10))
def test_made_up_parts_come_back(suffix: str, made: str) -> None:
    name = f"web-{made}-{suffix}"
    assert TEXTS.back(told(name)) == name
    assert without_hash(
        without_suffix(told(name)) or "", told(made) if len(made) > 8 or not made.isdigit() else None
    ) == told("web")


def test_ids_come_back_and_others_texts_are_left_alone() -> None:
    for text in (
        "8198f1ae-0193-4e2d-8065-7db3fc399634",
        "ab" * 32,
        "3f2a9c0b1d2e",
        "enx0242ac110002",
        "Payments",
        "ÄÖÜ",
        "x" * 63,
    ):
        assert TEXTS.back(told(text)) == text != told(text)
    for text in ("quadrant", "qualityassurance", "3 routes added, 1 removed", "2026-11-29T17:50:57Z", "6.1.0-18-amd64"):
        assert TEXTS.back(text) == text
