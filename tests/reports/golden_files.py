"""Golden files: what a renderer printed when a person last read and accepted it.

``NETLAPSE_UPDATE_GOLDEN=1 pytest tests/reports`` writes them anew; read the difference before committing it.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

FOLDER = Path(__file__).parent / "golden"
SHARED = re.compile(
    r'<meta http-equiv="Content-Security-Policy"[^>]*>|<style>.*?</style>|<script>.*?</script>', re.DOTALL
)
"""What pages have alike: the policy, the style sheet and the script."""


def check_golden(name: str, text: str) -> None:
    """Hold ``text`` against the golden file of that name, byte for byte."""
    path = FOLDER / name
    if os.environ.get("NETLAPSE_UPDATE_GOLDEN") == "1":
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(text.encode())
    assert path.exists(), f"no golden file {name}: NETLAPSE_UPDATE_GOLDEN=1 writes it"
    assert text.encode() == path.read_bytes(), f"{name} differs from what was accepted"


def check_page(name: str, html: str, like: str) -> None:
    """Hold a page against its golden file, in which what is byte for byte as in the golden file ``like`` is named only."""
    if name != like:
        for part in SHARED.findall((FOLDER / like).read_bytes().decode()):
            html = html.replace(part, f"<!-- as in {like} -->", 1)
    check_golden(name, html)
