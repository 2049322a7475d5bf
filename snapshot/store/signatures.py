"""Signatures of snapshots by OpenSSH keys, made and checked by ssh-keygen(1), section "-Y sign" (OpenSSH 8.1 or newer).

What is signed is a root digest, 64 hexadecimal figures and a newline, under a namespace of netlapse's own, so that no signature
made for anything else can pass for one of a snapshot (openssh-portable, PROTOCOL.sshsig).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from snapshot.model.errors import NetlapseError, UsageError

NAMESPACE = "snapshot@netlapse"
PRINCIPAL = "netlapse"
"""What the key is called in the list of allowed signers (ssh-keygen(1), "ALLOWED SIGNERS"), which is made for one check."""
SECONDS = 20.0
"""How long ssh-keygen, and an agent that it asks, may take."""
TRIAL = "netlapse asks whether this key can sign\n"
LONGEST = 100_000
"""Bytes of a signature, and of a file of public keys: they have a few hundred."""

ARMOR = re.compile(r"-----BEGIN SSH SIGNATURE-----\n([A-Za-z0-9+/=\n]+)\n-----END SSH SIGNATURE-----\n?")
PUBLIC = re.compile(r"([a-z0-9@.-]+) ([A-Za-z0-9+/]+={0,2})( .*)?")


class SigningError(NetlapseError):
    """A signature that cannot be made, or not be checked, here."""


class UnreadableSignatureError(NetlapseError):
    """What stands in a signature's place is none."""


class Signature(NamedTuple):
    """A signature as it says of itself: nothing of it has been checked.

    key        the public key, as a blob (RFC 4253, 6.6)
    namespace  what it was made for
    """

    text: str
    key: bytes
    namespace: str

    @property
    def fingerprint(self) -> str:
        """The key's, as ``ssh-keygen -l`` prints it."""
        return fingerprint(self.key)


class PublicKey(NamedTuple):
    """A public key as a line of a .pub file has it."""

    algorithm: str
    blob: bytes

    @property
    def fingerprint(self) -> str:
        """As ``ssh-keygen -l`` prints it."""
        return fingerprint(self.blob)


def fingerprint(blob: bytes) -> str:
    """A public key's SHA-256 as OpenSSH prints it."""
    return "SHA256:" + base64.b64encode(hashlib.sha256(blob).digest()).decode("ascii").rstrip("=")


def signer(key: Path) -> Callable[[str], str]:
    """What signs root digests with a key: a private key without a passphrase, or a public one whose private one an agent has.

    Raises ``SigningError`` unless it can sign, which is tried.
    """
    if shutil.which("ssh-keygen", path=_folders()) is None:
        raise SigningError(
            "--sign takes ssh-keygen, which is not installed: install openssh-client, or leave --sign out"
        )
    if not key.is_file():
        raise SigningError(f"--sign {key}: no such file; make a key with ssh-keygen -t ed25519 -N '' -f {key}")

    def sign(digest: str) -> str:
        return _sign(key, f"{digest}\n")

    _sign(key, TRIAL)
    return sign


def _sign(key: Path, message: str) -> str:
    done = _ssh_keygen(["-Y", "sign", "-n", NAMESPACE, "-f", str(key)], message)
    if done.returncode or not ARMOR.fullmatch(done.stdout):
        told = next((line for line in reversed(done.stderr.splitlines()) if line.strip()), "it said nothing")
        told = told.removeprefix("Enter passphrase: ")
        hint = ": give a key without one, or load it into ssh-agent and give its .pub" if "passphrase" in told else ""
        raise SigningError(f"--sign {key}: ssh-keygen could not sign with it ({told.strip()}){hint}")
    return done.stdout


def read_signature(text: str) -> Signature:
    """A signature as it stands in a file. Raises ``UnreadableSignatureError``."""
    armored = ARMOR.fullmatch(text) if len(text) <= LONGEST else None
    try:
        blob = base64.b64decode(armored[1].replace("\n", ""), validate=True) if armored is not None else b""
        if blob[:10] != b"SSHSIG\x00\x00\x00\x01":
            raise UnreadableSignatureError("what stands in its signature's place is none")
        key, rest = _string(blob[10:])
        namespace, _ = _string(rest)
        return Signature(text=text, key=key, namespace=namespace.decode("utf-8", "backslashreplace"))
    except binascii.Error as error:
        raise UnreadableSignatureError("what stands in its signature's place is none") from error


def _string(blob: bytes) -> tuple[bytes, bytes]:
    """The first string of a blob (RFC 4251, 5), and what stands behind it."""
    length = int.from_bytes(blob[:4], "big")
    if len(blob) < 4 + length or len(blob) < 4:
        raise UnreadableSignatureError("what stands in its signature's place is cut off")
    return blob[4 : 4 + length], blob[4 + length :]


def read_public_keys(path: Path) -> tuple[PublicKey, ...]:
    """The keys of a .pub file, or of several such lines. Raises ``UsageError`` for a file that has none or something else."""
    try:
        with path.open("rb") as file:
            text = file.read(LONGEST + 1).decode("utf-8", "backslashreplace")
    except OSError as error:
        raise UsageError(f"--key {path}: cannot be read ({error.strerror})") from error
    if "PRIVATE KEY" in text:
        raise UsageError(f"--key {path}: that is a private key: give its public one, {path}.pub")
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]
    keys = [PUBLIC.fullmatch(line) for line in lines]
    if not keys or None in keys or len(text) > LONGEST:
        raise UsageError(f"--key {path}: no public key as ssh-keygen writes them to .pub files")
    try:
        return tuple(
            PublicKey(algorithm=key[1], blob=base64.b64decode(key[2], validate=True)) for key in keys if key is not None
        )
    except binascii.Error as error:
        raise UsageError(f"--key {path}: no public key as ssh-keygen writes them to .pub files") from error


def flaw(signature: Signature, digest: str, keys: Sequence[PublicKey]) -> str | None:
    """What is wrong with a signature of a root digest; None if it was made by one of these keys. Raises ``SigningError``."""
    if signature.namespace != NAMESPACE:
        return f"its signature was made for something else ({signature.namespace!r})"
    if signature.key not in {key.blob for key in keys}:
        return f"it was signed by another key, {signature.fingerprint}"
    if shutil.which("ssh-keygen", path=_folders()) is None:
        raise SigningError("--key takes ssh-keygen, which is not installed: install openssh-client, or leave --key out")
    with tempfile.TemporaryDirectory(prefix="netlapse-") as folder:
        allowed, made = Path(folder, "allowed"), Path(folder, "signature")
        told = (
            f'{PRINCIPAL} namespaces="{NAMESPACE}" {key.algorithm} {base64.b64encode(key.blob).decode("ascii")}\n'
            for key in keys
        )
        allowed.write_text("".join(told), encoding="ascii")
        made.write_text(signature.text, encoding="ascii")
        arguments = ["-Y", "verify", "-f", str(allowed), "-I", PRINCIPAL, "-n", NAMESPACE, "-s", str(made)]
        done = _ssh_keygen(arguments, f"{digest}\n")
    return None if done.returncode == 0 else "its signature is not of this snapshot"


def _folders() -> str:
    """Where programs are: what PATH says, but never the folder one happens to be in, which an empty or relative entry means."""
    folders = [folder for folder in os.environ.get("PATH", "").split(os.pathsep) if folder.startswith("/")]
    return os.pathsep.join(folders or ("/usr/bin", "/bin"))


def _ssh_keygen(arguments: list[str], message: str) -> subprocess.CompletedProcess[str]:
    """Run it where it can ask nobody: in a session without a terminal, without a program that would (ssh(1), SSH_ASKPASS)."""
    kept = {name: os.environ[name] for name in ("SSH_AUTH_SOCK",) if name in os.environ}
    try:
        return subprocess.run(
            ["ssh-keygen", *arguments],
            input=message, capture_output=True, text=True, errors="backslashreplace", timeout=SECONDS, check=False,
            start_new_session=True, env={**kept, "PATH": _folders(), "LC_ALL": "C", "SSH_ASKPASS_REQUIRE": "never"},
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        raise SigningError(
            f"ssh-keygen did not end within {SECONDS:.0f} s; does an agent wait for somebody?"
        ) from error
    except OSError as error:
        raise SigningError(f"ssh-keygen could not be run ({error.strerror})") from error
