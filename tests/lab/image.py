"""A container image of nothing but a static busybox, made by hand: a lab has no registry."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from pathlib import Path

SLEEP = ("/bin/busybox", "sleep", "100000")


def root_files() -> bytes:
    """The image's file system as a tar."""
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w") as tar:
        tar.add(Path("/bin/busybox").resolve(), "bin/busybox")
        link = tarfile.TarInfo("bin/sh")
        link.type, link.linkname = tarfile.SYMTYPE, "busybox"
        tar.addfile(link)
    return data.getvalue()


def archive(name: str) -> bytes:
    """The image as `docker save` writes one, with an entrypoint: CRI wants one of a sandbox's image."""
    layer = root_files()
    config = json.dumps(
        {
            "architecture": "amd64",
            "os": "linux",
            "config": {"Entrypoint": list(SLEEP)},
            "rootfs": {"type": "layers", "diff_ids": [f"sha256:{hashlib.sha256(layer).hexdigest()}"]},
        }
    ).encode()
    digest = hashlib.sha256(config).hexdigest()
    manifest = json.dumps([{"Config": f"{digest}.json", "RepoTags": [name], "Layers": ["layer.tar"]}]).encode()
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w") as tar:
        for path, content in ((f"{digest}.json", config), ("layer.tar", layer), ("manifest.json", manifest)):
            entry = tarfile.TarInfo(path)
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
    return data.getvalue()
