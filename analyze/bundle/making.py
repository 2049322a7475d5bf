"""A support bundle, made: files as they are, what `verify` says of each, the newest snapshot of each as a page, the doctor."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from analyze.bundle.doctor import findings
from analyze.documenting import document
from analyze.verifying import verification
from reports.json import dump, render_verification
from reports.verification import Verification
from snapshot.model.errors import NetlapseError
from snapshot.model.frozen import frozen
from snapshot.store.bundles import DAMAGED, DOCTOR, INVENTORY, SNAPSHOT, VERIFICATION, Member
from snapshot.store.contents import whole
from snapshot.store.errors import DamagedError, FileError
from snapshot.store.reader import list_snapshots
from snapshot.store.unpacking import MOST_UNPACKED

SUFFIXES = (".zst", ".gz", ".netlapse", ".nlap", ".db", ".sqlite")
OTHER = re.compile(r"[^A-Za-z0-9._-]+")
LONGEST = 60
"""Letters of a member's name before what tells it from others."""
Say = Callable[[str], None]


@frozen
class _File:
    """One file on its way into a bundle."""

    name: str
    data: bytes | bytearray | memoryview
    verified: str
    damage: str | None = None
    page: str | None = None
    boots: tuple[str, ...] = ()
    redacted: bool = False


def members_of(files: Sequence[Path], *, damaged: bool, doctor: bool, say: Say) -> list[Member]:
    """The members of a bundle of these files.

    A file that does not verify is refused, by ``DamagedError``; with ``damaged`` it goes in as it is, for who has to look at
    the damage, and ``say`` is told. The doctor is asked if any of the snapshots is of this very host since it booted, and no
    file was redacted: of another host it knows nothing, and it says what a redacted file does not.
    """
    taken: set[str] = set()
    found = []
    size = 0
    for path in files:
        one = _file(path, _name(path, taken), damaged=damaged)
        size += len(one.data)
        if size > MOST_UNPACKED:
            raise FileError(
                f"{path}: more than {MOST_UNPACKED // 2**20} MiB together, which no bundle can hold: make several"
            )
        if one.damage is not None:
            say(f"{path}: goes in as it is, damaged: {one.damage}")
        found.append(one)
    members = []
    for one in found:
        file = f"{one.name}.{'netlapse' if one.damage is None else 'damaged'}"
        members += [
            Member(name=file, role=SNAPSHOT if one.damage is None else DAMAGED, data=one.data),
            Member(name=f"{one.name}.verify.json", role=VERIFICATION, data=one.verified.encode(), of=file),
        ]
        if one.page is not None:
            members.append(Member(name=f"{one.name}.html", role=INVENTORY, data=one.page.encode(), of=file))
    if doctor and not any(one.redacted for one in found):
        told = findings([boot for one in found for boot in one.boots])
        if told is not None:
            members.append(Member(name="doctor.txt", role=DOCTOR, data=told.encode()))
    return members


def _file(path: Path, name: str, *, damaged: bool) -> _File:
    data, check = whole(path)
    file = f"{name}.netlapse"
    try:
        verified = verification(path, None)
        problems = [problem.message for problem in verified.problems]
        if problems:
            raise DamagedError(f"{path}: damaged: {problems[0]}")
        entries = list_snapshots(path)
        page = document(str(path))
        check()
    except FileError as error:
        if not damaged:
            hint = "; `netlapse bundle --damaged` takes it as it is" if isinstance(error, DamagedError) else ""
            raise type(error)(f"{error}{hint}") from error
        file = f"{name}.damaged"
        told = _told(path, file, error)
        return _File(name=name, data=data, verified=told, damage=_reason(path, error))
    return _File(
        name=name,
        data=data,
        verified=render_verification(replace(verified, file=file)),
        page=page,
        boots=tuple(entry.header.boot_id for entry in entries if entry.header.boot_id is not None),
        redacted=any(entry.header.redacted_with is not None for entry in entries),
    )


def _told(path: Path, file: str, error: NetlapseError) -> str:
    """What `verify` says of a damaged file: all of it, or why it says nothing."""
    try:
        found: Verification = verification(path, None)
    except NetlapseError:
        return dump({"file": file, "verdict": "damaged", "error": _reason(path, error)}) + "\n"
    return render_verification(replace(found, file=file))


def _reason(path: Path, error: NetlapseError) -> str:
    return str(error).removeprefix(f"{path}: ").removeprefix("damaged: ")


def _name(path: Path, taken: set[str]) -> str:
    """What a file is called in a bundle: its own name, in letters that are safe everywhere; told from others by a number."""
    name = path.name
    while name.endswith(SUFFIXES) and name not in SUFFIXES:
        name = name.removesuffix(next(suffix for suffix in SUFFIXES if name.endswith(suffix)))
    name = OTHER.sub("-", name).strip("-.")[:LONGEST] or "snapshot"
    if not name[0].isalnum():
        name = f"x{name}"
    told, number = name, 1
    while told in taken or told in ("manifest", "doctor"):
        number += 1
        told = f"{name}-{number}"
    taken.add(told)
    return told
