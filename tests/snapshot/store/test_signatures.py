"""Signatures: what a key signed holds by that key alone, and each way of cheating fails by its name."""

from __future__ import annotations

import json
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import jsonschema
import pytest

from snapshot.model.coverage import Coverage
from snapshot.model.errors import UsageError
from snapshot.store import signatures
from snapshot.store.signatures import (
    NAMESPACE,
    SigningError,
    UnreadableSignatureError,
    read_public_keys,
    read_signature,
    signer,
)
from snapshot.store.verifying import verify
from snapshot.store.writer import append, create
from tests.analyze.test_changes import classic, pod_recreated
from tests.lab.bottle import ROOT, Bottle
from tests.requirements import require_bottles
from tests.snapshot.store.altering import alter
from tests.snapshot.store.captures import of_host

LATER = "2026-01-01T03:10:00.000000Z"
SCHEMA = json.loads((ROOT / "docs" / "verify.schema.json").read_text(encoding="utf-8"))


def make_key(path: Path, *options: str, passphrase: str = "", comment: str = "a host") -> Path:
    subprocess.run(["ssh-keygen", "-q", "-N", passphrase, "-C", comment, "-f", path, *options], check=True)
    return path


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("keys")
    make_key(folder / "own", "-t", "ed25519")
    make_key(folder / "other", "-t", "ecdsa")
    make_key(folder / "rsa", "-t", "rsa", "-b", "2048")
    make_key(folder / "locked", "-t", "ed25519", passphrase="secret")
    return folder


@pytest.fixture(scope="module")
def written(keys: Path) -> Path:
    """A file of two snapshots that were signed."""
    before, after = classic(), classic()
    pod_recreated(after)
    for host in (before, after):
        host.coverage.append(Coverage(kinds=("link",), status="failed", error="no time"))
    path = keys / "file"
    sign = signer(keys / "own")
    create(path, of_host(before, label="one"), sign)
    append(path, of_host(after, started=LATER, label="two"), sign)
    return path


@pytest.fixture
def file(written: Path, tmp_path: Path) -> Path:
    return Path(shutil.copyfile(written, tmp_path / "file"))


def told(path: Path, key: Path | None) -> set[tuple[int | None, str]]:
    """The problems, as (snapshot, message)."""
    found = verify(path, read_public_keys(key) if key is not None else ())
    return {(one.snapshot, one.message) for one in found.problems}


@pytest.mark.parametrize("name", ["own", "other", "rsa"])
def test_what_a_key_signed_holds_by_that_key(keys: Path, tmp_path: Path, name: str) -> None:
    path = tmp_path / "file"
    create(path, of_host(classic()), signer(keys / name))
    assert told(path, keys / f"{name}.pub") == set()
    (verified,) = verify(path).snapshots
    fingerprint = subprocess.run(
        ["ssh-keygen", "-l", "-f", keys / f"{name}.pub"], check=True, capture_output=True, text=True
    ).stdout.split()[1]
    assert [(one.fingerprint, one.status) for one in verified.signatures] == [(fingerprint, "unchecked")]
    both = tmp_path / "both.pub"
    both.write_text(
        "# any of these\n"
        + "".join((keys / f"{one}.pub").read_text(encoding="ascii") for one in ("own", "other", "rsa")),
        encoding="ascii",
    )
    assert told(path, both) == set()


def test_adding_a_snapshot_leaves_the_signatures_before_it_as_they_were(file: Path, keys: Path) -> None:
    append(file, of_host(classic(), started=LATER, label="three"), signer(keys / "own"))
    assert told(file, keys / "own.pub") == set()
    append(file, of_host(classic(), started=LATER, label="four"))
    assert told(file, keys / "own.pub") == {(4, "it is not signed")}
    assert told(file, None) == set()


def test_another_key_is_named(file: Path, keys: Path) -> None:
    (own,) = read_public_keys(keys / "own.pub")
    wrong = f"it was signed by another key, {own.fingerprint}"
    assert told(file, keys / "other.pub") == {(1, wrong), (2, wrong)}


NOT_OF_THIS = "its signature is not of this snapshot"


def test_a_changed_note_is_named(file: Path, keys: Path) -> None:
    alter(file, "UPDATE snapshot SET note = 'nothing to see here' WHERE id = 2")
    found = told(file, keys / "own.pub")
    assert any(number == 2 and "its header (label, note" in message for number, message in found)


def test_a_removed_coverage_row_is_named(file: Path, keys: Path) -> None:
    alter(file, "DELETE FROM coverage WHERE snapshot_id = 1")
    found = told(file, keys / "own.pub")
    assert any(number == 1 and "its coverage is not what was written" in message for number, message in found)


def test_a_removed_signature_is_named(file: Path, keys: Path) -> None:
    alter(file, "DELETE FROM signature WHERE snapshot_id = 1")
    assert told(file, keys / "own.pub") == {(1, "it is not signed")}
    assert told(file, None) == set()


def test_a_snapshot_of_another_file_is_named_by_the_chain_and_by_the_signature(file: Path, keys: Path) -> None:
    """All of its digests made anew by who knows the format: what he cannot make is the signature."""
    other = file.with_name("other")
    create(other, of_host(classic(), started="2026-01-01T09:00:00.000000Z", label="swapped"))
    signatures = [(number, text) for number, text in query(file, "SELECT snapshot_id, signature FROM signature")]
    alter(other, f"INSERT INTO signature (snapshot_id, signature) VALUES (1, '{signatures[0][1]}')")
    assert told(other, keys / "own.pub") == {(1, NOT_OF_THIS)}
    assert told(other, None) == set()
    # The first snapshot put in the second one's place: the chain and the root tell.
    alter(file, "DELETE FROM snapshot WHERE id = 1", "DELETE FROM provenance WHERE snapshot_id = 1")
    found = told(file, keys / "own.pub")
    assert (2, "it does not follow the one before it in the file (the chain is broken)") in found


def test_a_file_from_which_all_snapshots_were_taken_is_not_intact(file: Path, keys: Path) -> None:
    tables = [name for (name,) in query(file, "SELECT name FROM sqlite_master WHERE type = 'table'")]
    alter(file, *(f'DELETE FROM "{table}"' for table in tables), "VACUUM")
    assert told(file, keys / "own.pub") == {(None, "it holds no snapshot")}


def query(path: Path, sql: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        return [tuple(row) for row in connection.execute(sql)]


def test_signatures_that_were_exchanged_are_named(file: Path, keys: Path) -> None:
    alter(file, "UPDATE signature SET snapshot_id = 3 - snapshot_id")
    assert told(file, keys / "own.pub") == {(1, NOT_OF_THIS), (2, NOT_OF_THIS)}


def test_a_signature_for_something_else_is_none(file: Path, keys: Path) -> None:
    digest = query(file, "SELECT digest FROM snapshot WHERE id = 1")[0][0]
    made = subprocess.run(
        ["ssh-keygen", "-Y", "sign", "-n", "file", "-f", keys / "own"],
        input=f"{digest}\n", check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    alter(file, f"UPDATE signature SET signature = '{made}' WHERE snapshot_id = 1")
    assert told(file, keys / "own.pub") == {(1, "its signature was made for something else ('file')")}
    assert NAMESPACE == "snapshot@netlapse"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        "-----BEGIN SSH SIGNATURE-----\nAAAA\n-----END SSH SIGNATURE-----\n",
        "-----BEGIN SSH SIGNATURE-----\nU1NIU0lHAAAAAf////8=\n-----END SSH SIGNATURE-----\n",
        "-----BEGIN SSH SIGNATURE-----\nU1NIU0lHAAAAAQ==\n-----END SSH SIGNATURE-----\n",
        "-----BEGIN SSH SIGNATURE-----\nA\n-----END SSH SIGNATURE-----\n",
        "-----BEGIN SSH SIGNATURE-----\n" + "A" * 200_000 + "\n-----END SSH SIGNATURE-----\n",
    ],
)
def test_what_is_no_signature_is_told(file: Path, text: str) -> None:
    with pytest.raises(UnreadableSignatureError):
        read_signature(text)
    alter(file, f"UPDATE signature SET signature = '{text}' WHERE snapshot_id = 1")
    assert len(told(file, None)) == 1


def test_a_key_that_cannot_sign_is_told_before_anything_is_captured(keys: Path, tmp_path: Path) -> None:
    with pytest.raises(SigningError, match=r"incorrect passphrase.*give a key without one"):
        signer(keys / "locked")
    with pytest.raises(SigningError, match="no such file; make a key"):
        signer(keys / "gone")
    garbage = tmp_path / "garbage"
    garbage.write_text("no key", encoding="ascii")
    garbage.chmod(0o600)
    with pytest.raises(SigningError, match="could not sign with it"):
        signer(garbage)


@pytest.mark.parametrize("text", ["", "no key", "ssh-ed25519 ###", "\x00", "-----BEGIN OPENSSH PRIVATE KEY-----\n"])
def test_what_is_no_public_key_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "key.pub"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match="--key"):
        read_public_keys(path)


def test_a_key_in_an_agent_signs(keys: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    agent = subprocess.Popen(["ssh-agent", "-D", "-a", tmp_path / "agent"], stdout=subprocess.DEVNULL)
    try:
        monkeypatch.setenv("SSH_AUTH_SOCK", str(tmp_path / "agent"))
        asked = "while ! [ -S $SSH_AUTH_SOCK ]; do :; done; echo 'echo secret' > ask; chmod 700 ask; ssh-add -q locked"
        shutil.copy(keys / "locked", tmp_path / "locked")
        subprocess.run(
            ["sh", "-ec", asked], check=True, cwd=tmp_path, timeout=20, stdin=subprocess.DEVNULL,
            env={**os.environ, "SSH_ASKPASS": str(tmp_path / "ask"), "SSH_ASKPASS_REQUIRE": "force"},
        )  # fmt: skip
        path = tmp_path / "file"
        create(path, of_host(classic()), signer(keys / "locked.pub"))
        assert told(path, keys / "locked.pub") == set()
    finally:
        agent.terminate()
        agent.wait()


def test_an_agent_that_says_nothing_is_given_up(keys: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket(socket.AF_UNIX) as silent:
        silent.bind(str(tmp_path / "agent"))
        silent.listen()
        monkeypatch.setenv("SSH_AUTH_SOCK", str(tmp_path / "agent"))
        monkeypatch.setattr(signatures, "SECONDS", 0.5)
        with pytest.raises(SigningError, match=r"did not end within .* does an agent wait for somebody"):
            signer(keys / "locked.pub")


@pytest.fixture(scope="module")
def bottle() -> Iterator[Bottle]:
    require_bottles()
    with Bottle() as bottle:
        yield bottle


def test_the_commands_sign_and_verify(bottle: Bottle, keys: Path) -> None:
    path = bottle.folder / "signed"
    bottle.netlapse("capture", "-o", str(path), "--sign", str(keys / "own"), check=True)
    done = bottle.netlapse("verify", str(path), "--key", str(keys / "own.pub"), "-f", "json")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    jsonschema.validate(report, SCHEMA)
    assert report["verdict"] == "intact"
    assert [one["status"] for one in report["snapshots"][0]["signatures"]] == ["good"]
    assert "signed by SHA256:" in bottle.netlapse("verify", str(path), "--key", str(keys / "own.pub")).stdout
    unchecked = bottle.netlapse("verify", str(path))
    assert unchecked.returncode == 0
    assert "not checked" in unchecked.stdout
    wrong = bottle.netlapse("verify", str(path), "--key", str(keys / "other.pub"))
    assert wrong.returncode == 3
    assert "NOT as it was written" in wrong.stdout
    assert "snapshot 1: it was signed by another key" in wrong.stdout.replace("\n    ", " ")


def test_without_ssh_keygen_nothing_is_captured(bottle: Bottle, keys: Path) -> None:
    path = bottle.folder / "unsigned"
    without = bottle.folder / "without"
    without.mkdir()
    for arguments in (
        ("capture", "-o", path, "--sign", keys / "own"),
        ("verify", keys / "file", "--key", keys / "own.pub"),
    ):
        done = bottle.run("env", f"PATH={without}", sys.executable, "-m", "netlapse", *map(str, arguments), check=False)
        assert done.returncode == 3, done.stdout
        assert "ssh-keygen, which is not installed: install openssh-client" in done.stderr
        assert len(done.stderr.splitlines()) == 1
    assert not path.exists()
