"""Support bundles: a tar file of snapshots and what was made of them, which netlapse reads without ever unpacking it to disk.

A bundle has one form only (POSIX.1-1988 "ustar" headers, all of whose fields but name and size are fixed; members in order of
their names; a manifest with the SHA-256 of each). What has any other form is refused: links, devices, sparse files, extended
headers, names that lead elsewhere and members of one name have no place in it.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from snapshot.model.frozen import frozen
from snapshot.model.json import canonical
from snapshot.store.errors import DamagedError, NotOursError, TooNewError

FOLDER = "netlapse-bundle/"
"""What every member's name begins with: who unpacks a bundle by tar(1) gets one folder."""
MANIFEST = "manifest.json"
FORMAT, VERSION = "netlapse/bundle", 1
BLOCK = 512
MOST_MEMBERS = 1_000
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")
SHA256 = re.compile(r"[0-9a-f]{64}")
LARGEST_MANIFEST = 1_000_000
SNAPSHOT, INVENTORY, VERIFICATION, DOCTOR, DAMAGED = "snapshot", "inventory", "verification", "doctor", "damaged"
ROLES = (SNAPSHOT, INVENTORY, VERIFICATION, DOCTOR, DAMAGED)
"""What a member is: a snapshot file, the HTML of one's newest snapshot, what `verify` said, what `doctor` said on the host, a
file that does not verify and was put in as it is."""


@frozen
class Member:
    """A file in a bundle. ``of`` is the member that it tells of, if it tells of one."""

    name: str
    role: str
    data: bytes | bytearray | memoryview
    of: str | None = None


@frozen
class Bundle:
    """A bundle whose digests hold. ``generator`` is the program that made it, with its version."""

    generator: str
    members: Mapping[str, Member]

    def snapshots(self) -> tuple[str, ...]:
        """The names of its snapshot files."""
        return tuple(name for name, member in self.members.items() if member.role == SNAPSHOT)


def is_bundle(head: bytes) -> bool:
    """Whether the first ``BLOCK`` bytes of a file are a tar file's."""
    return head[257:262] == b"ustar"


def made(generator: str, members: Iterable[Member]) -> bytes:
    """The bytes of a bundle, before they are compressed: the same for the same members."""
    told = {member.name: member for member in members}
    manifest = {
        "format": FORMAT,
        "version": VERSION,
        "generator": generator,
        "members": [
            {
                "name": name,
                "role": member.role,
                "of": member.of,
                "size": len(member.data),
                "sha256": hashlib.sha256(member.data).hexdigest(),
            }
            for name, member in sorted(told.items())
        ],
    }
    text = json.dumps(manifest, indent=1, ensure_ascii=False).encode() + b"\n"
    files: dict[str, bytes | bytearray | memoryview] = {name: member.data for name, member in told.items()}
    files[MANIFEST] = text
    whole = bytearray()
    for name, data in sorted(files.items()):
        whole += _header(name, len(data)) + data
        whole += bytes(-len(data) % BLOCK)
    return bytes(whole + bytes(2 * BLOCK))


def read(data: bytes | bytearray | memoryview) -> Bundle:
    """A bundle, all of whose members are as its manifest says. Raises ``NotOursError``, ``TooNewError``, ``DamagedError``."""
    files = _files(memoryview(data))
    manifest = _manifest(files.pop(MANIFEST, None))
    told = {str(entry["name"]): entry for entry in manifest["members"]}
    if len(told) != len(manifest["members"]) or told.keys() != files.keys():
        raise DamagedError("the bundle has other members than its manifest lists")
    for name, entry in told.items():
        if len(files[name]) != entry["size"] or hashlib.sha256(files[name]).hexdigest() != entry["sha256"]:
            raise DamagedError(f"its member {name} is not what its manifest lists (its digest does not hold)")
    return Bundle(
        generator=manifest["generator"],
        members={
            name: Member(name=name, role=entry["role"], data=files[name], of=entry["of"])
            for name, entry in sorted(told.items())
        },
    )


def _files(data: memoryview) -> dict[str, memoryview]:
    found: dict[str, memoryview] = {}
    at, before = 0, ""
    while any(header := bytes(data[at : at + BLOCK])):
        name, size = _name_and_size(header)
        # The rest of the header follows from these two.
        if header != _header(name, size) or name <= before or len(found) >= MOST_MEMBERS:
            raise NotOursError(
                "a tar file, but not as netlapse makes a bundle; if you trust it, unpack it and name the files in it"
            )
        end = at + BLOCK + size
        if end > len(data) or any(data[end : end + -size % BLOCK]):
            raise DamagedError("the bundle was cut off, or altered")
        found[name], before = data[at + BLOCK : end], name
        at = end + -size % BLOCK
    if bytes(data[at:]) != bytes(2 * BLOCK):
        raise DamagedError("the bundle was cut off, or something stands behind its end")
    return found


def _name_and_size(header: bytes) -> tuple[str, int]:
    name = header[:100].rstrip(b"\0").decode("ascii", "replace").removeprefix(FOLDER)
    digits = header[124:135]
    if not NAME.fullmatch(name) or not re.fullmatch(rb"[0-7]{11}", digits):
        raise NotOursError(
            "a tar file, but not as netlapse makes a bundle; if you trust it, unpack it and name the files in it"
        )
    return name, int(digits, 8)


def _header(name: str, size: int) -> bytes:
    """A member's header: a regular file of mode 0600 of nobody in particular, last changed at the epoch."""
    fields = (
        f"{FOLDER}{name}".encode("ascii").ljust(100, b"\0")
        + b"0000600\0" + b"0000000\0" * 2 + b"%011o\0" % size + b"00000000000\0"
        + b"        " + b"0" + bytes(100) + b"ustar\0" + b"00" + bytes(64) + b"0000000\0" * 2 + bytes(167)
    )  # fmt: skip
    return fields[:148] + b"%06o\0 " % sum(fields) + fields[156:]


def _manifest(data: memoryview | None) -> dict[str, Any]:
    if data is None or len(data) > LARGEST_MANIFEST:
        raise NotOursError("a tar file, but no bundle: it has no manifest")
    try:
        manifest = json.loads(bytes(data).decode("utf-8"))
        canonical(manifest).encode()
    except (ValueError, RecursionError) as error:
        raise DamagedError("the bundle's manifest cannot be read") from error
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise NotOursError("a tar file, but no bundle: its manifest is of something else")
    if type(manifest.get("version")) is not int or manifest["version"] > VERSION:
        raise TooNewError("a bundle of a newer form than this netlapse knows: use a newer netlapse")
    entries = manifest.get("members")
    if (
        manifest.keys() != {"format", "version", "generator", "members"}
        or type(manifest["generator"]) is not str
        or not isinstance(entries, list)
        or not all(map(_sound, entries))
    ):
        raise DamagedError("the bundle's manifest cannot be read")
    return manifest


def _sound(entry: object) -> bool:
    if not isinstance(entry, dict) or entry.keys() != {"name", "role", "of", "size", "sha256"}:
        return False
    texts = (entry["name"], entry["sha256"])
    return (
        all(type(text) is str for text in texts)
        and SHA256.fullmatch(entry["sha256"]) is not None
        and type(entry["size"]) is int
        and entry["role"] in ROLES
        and (entry["of"] is None or type(entry["of"]) is str)
    )
