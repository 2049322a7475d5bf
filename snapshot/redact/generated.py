"""Pseudonyms of what machines put into names: as long as the original, and of the same letters.

The analyzer knows a ReplicaSet's pod, a CronJob's run or a task by such parts (analyze/match/generated.py, whose forms these
are), so they have to go on looking as they do. They cannot be told from words by themselves: only beside a pseudonym of a word
are they turned back.
"""

from __future__ import annotations

from collections.abc import Callable

from snapshot.redact.keys import Draw
from snapshot.redact.permutation import Permutation

SUFFIX = "bcdfghjklmnpqrstvwxz2456789"
"""Of what Kubernetes makes the five letters behind a pod's name (k8s.io/apimachinery, util/rand)."""
SUFFIX_LENGTH = 5
HASH = "456789bcdf"
"""Of what it makes the hash of a template (SafeEncodeString), 6 to 10 letters long."""
HASH_LENGTHS = range(6, 11)
HASH_FIGURES = "456789"
FIGURES = "0123456789"
TIME_LENGTHS = (8, 10)
"""A CronJob's run is named by its minute, or second, since 1970."""


class Generated:
    """The pseudonyms of one key."""

    def __init__(self, draw: Draw) -> None:
        self._draw = draw
        self._permutations: dict[tuple[str, int], Permutation] = {}

    def suffix(self, text: str, *, back: bool = False) -> str | None:
        """Of a pod's suffix; None if it is none."""
        if len(text) != SUFFIX_LENGTH or not _all(text, SUFFIX):
            return None
        return self._among(text, SUFFIX, lambda _: True, back=back)

    def part(self, text: str, *, back: bool = False) -> str | None:
        """Of a template's hash or a run's time; None if it is neither."""
        if len(text) in HASH_LENGTHS and _all(text, HASH_FIGURES):
            return self._among(text, HASH_FIGURES, lambda _: True, back=back)
        if len(text) in HASH_LENGTHS and _all(text, HASH):
            return self._among(text, HASH, lambda found: not _all(found, HASH_FIGURES), back=back)
        if len(text) in TIME_LENGTHS and _all(text, FIGURES):
            return self._among(text, FIGURES, lambda found: not _all(found, HASH_FIGURES), back=back)
        return None

    def _among(self, text: str, letters: str, fits: Callable[[str], bool], *, back: bool) -> str:
        """Among the texts of these letters that fit."""
        place = letters, len(text)
        permutation = self._permutations.get(place)
        if permutation is None:
            permutation = self._permutations[place] = Permutation(self._draw, len(letters) ** len(text))
        while True:
            number = 0
            for letter in text:
                number = number * len(letters) + letters.index(letter)
            number = (permutation.back if back else permutation.there)(number, letters.encode())
            told = []
            for _ in text:
                number, at = divmod(number, len(letters))
                told.append(letters[at])
            text = "".join(reversed(told))
            if fits(text):
                return text


def is_hash(text: str) -> bool:
    """A template's hash that stands by itself, as in a label: of nine letters or more where it might be a number."""
    return len(text) in HASH_LENGTHS and _all(text, HASH) and (len(text) > 8 or not text.isdigit())


def _all(text: str, letters: str) -> bool:
    return not text.strip(letters)
