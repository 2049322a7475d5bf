"""What the agent writes down about itself, and what of that it keeps to itself."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from snapshot.collect.build import build_digest
from snapshot.collect.clocks import Moment, trust
from snapshot.model.provenance import Provenance

HIDDEN = "***"
USER = re.compile(r"(?<=://)[^/\s]\S*@")
"""All that may be a name and a password in a URL (RFC 3986, 3.2.1): up to the last @, for passwords are not always escaped. A
path (``unix:///run/docker.sock``) has none."""
QUERY = re.compile(r"(?P<url>://[^/\s?#][^\s?#]*)[?#]\S*")
"""What a URL asks for, where tokens stand."""
MOST_WORDS, MOST_LETTERS = 200, 1000
"""Arguments that are kept of a command line, and letters of each."""

OS_RELEASE = (Path("/etc/os-release"), Path("/usr/lib/os-release"))
OS_RELEASE_BYTES = 16_384
NO_LOGIN = 2**32 - 1
"""(uid_t)-1: nobody has logged in (audit_get_loginuid)."""


def provenance(
    command: Iterable[str],
    started: Moment,
    finished: Moment,
    timeout: float,
    endpoints: Iterable[str],
    environment: Mapping[str, str] = os.environ,
) -> Provenance:
    """All of it."""
    clock = trust()
    return Provenance(
        build=build_digest(),
        command=command_line(command),
        uid=os.geteuid(),
        login_uid=_number(_text(Path("/proc/self/loginuid"), 32).strip()),
        sudo_uid=_number(environment.get("SUDO_UID", "")),
        sudo_user=_short(environment["SUDO_USER"]) if "SUDO_USER" in environment else None,
        distribution=distribution(),
        started_monotonic_us=started.monotonic_us,
        started_boottime_us=started.boottime_us,
        finished_monotonic_us=finished.monotonic_us,
        finished_boottime_us=finished.boottime_us,
        synchronised=clock.synchronised,
        clock_error_us=clock.error_us,
        timeout_us=round(timeout * 1e6),
        endpoints=tuple(map(without_secrets, endpoints)),
    )


def without_secrets(text: str) -> str:
    """A text without what may be a secret in a URL: ``tcp://user:password@host/?token=1`` is ``tcp://***@host/?***``."""
    return QUERY.sub(rf"\g<url>?{HIDDEN}", USER.sub(f"{HIDDEN}@", text))


def command_line(words: Iterable[str]) -> tuple[str, ...]:
    """A command line as it is kept: the program by its name alone, without secrets, bounded, and bytes that are not UTF-8 as
    ``\\xNN``."""
    every = [*words]
    every[:1] = [word.rpartition("/")[2] for word in every[:1]]
    kept = [_short(without_secrets(word)) for word in every[:MOST_WORDS]]
    return (*kept, "...") if len(every) > MOST_WORDS else tuple(kept)


def distribution(paths: Iterable[Path] = OS_RELEASE) -> str | None:
    """PRETTY_NAME of os-release(5), else its NAME; None where there is neither."""
    for path in paths:
        told = dict(re.findall(r"^(PRETTY_NAME|NAME)=(.*)$", _text(path, OS_RELEASE_BYTES), re.MULTILINE))
        for name in ("PRETTY_NAME", "NAME"):
            value = re.sub(r"\\(.)", r"\1", told.get(name, "").strip().strip("\"'"))
            if value:
                return _short(value)
    return None


def _short(text: str) -> str:
    plain = text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    return plain if len(plain) <= MOST_LETTERS else f"{plain[: MOST_LETTERS - 3]}..."


def _number(text: str) -> int | None:
    number = int(text) if re.fullmatch("[0-9]{1,10}", text) else NO_LOGIN
    return number if number < NO_LOGIN else None


def _text(path: Path, most: int) -> str:
    """The beginning of a file; nothing, rather than a wait, of a pipe that somebody put there."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            return os.read(handle, most).decode("utf-8", "surrogateescape")
        finally:
            os.close(handle)
    except OSError:
        return ""
