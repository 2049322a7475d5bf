"""The folder the demo writes to. It replaces files of its own making and no others."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from snapshot.demo.errors import FolderError

MARKER = ".made-by-netlapse-demo"
MARKER_TEXT = (
    "`netlapse demo` made demo.netlapse and report.html in this folder, and replaces them when it runs again.\n"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """Where the demo's files are, as the user named the place."""

    path: Path

    @property
    def snapshots(self) -> Path:
        return self.path / "demo.netlapse"

    @property
    def report(self) -> Path:
        return self.path / "report.html"


def prepare(path: Path) -> Folder:
    """Make the folder, or clear an earlier demo's files out of it. Raises ``FolderError``."""
    folder = Folder(path=path)
    marker = path / MARKER
    try:
        # Whatever the umask: the agent writes nothing where everybody can replace it.
        path.mkdir(parents=True, exist_ok=True, mode=0o755)
        for file in (folder.snapshots, folder.report):
            if marker.is_file():
                file.unlink(missing_ok=True)
            elif file.exists() or file.is_symlink():
                raise FolderError(f"{file} is there and no demo made it: name another folder with -o")
        marker.write_text(MARKER_TEXT, encoding="utf-8")
    except OSError as error:
        raise FolderError(f"cannot write to {path} ({error.strerror}): name another folder with -o") from error
    return folder
