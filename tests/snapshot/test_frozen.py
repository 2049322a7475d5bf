"""The agent's quick frozen dataclasses are what the standard library's are."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from dataclasses import FrozenInstanceError, asdict, dataclass, field, fields, is_dataclass, replace

import pytest

from snapshot.model.frozen import frozen


@frozen
class Quick:
    """A docstring."""

    name: str
    number: int = 7
    more: dict[str, int] = field(default_factory=dict)
    last: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Standard:
    name: str
    number: int = 7
    more: dict[str, int] = field(default_factory=dict)
    last: str


@frozen
class Single:
    only: tuple[int, ...]


@frozen(kw_only=False)
class Placed:
    first: str
    second: int = 2

    def _values(self) -> list[int]:
        """A name that a class may well use itself."""
        return [self.second]


def test_made_by_position_where_wanted() -> None:
    assert Placed("a") == Placed("a", 2) == Placed(first="a", second=2)
    assert Placed("a", 3)._values() == [3]
    assert hash(Placed("a", 3)) == hash(Placed("a", 3))
    with pytest.raises(FrozenInstanceError):
        Placed("a").first = "b"  # type: ignore[misc]
    with pytest.raises(TypeError):
        Placed("a", 2, 3)  # type: ignore[call-arg]


def test_made_and_shown_alike() -> None:
    quick, standard = Quick(name="a", last="z"), Standard(name="a", last="z")
    assert repr(quick).replace("Quick", "Standard") == repr(standard)
    assert asdict(quick) == asdict(standard)
    assert [(f.name, f.type) for f in fields(Quick)] == [(f.name, f.type) for f in fields(Standard)]
    assert (Quick.__doc__, Quick.__slots__) == ("A docstring.", Standard.__slots__)  # type: ignore[attr-defined]
    assert quick.more is not Quick(name="b", last="z").more
    assert is_dataclass(Quick)


@pytest.mark.parametrize("cls", [Quick, Standard])
def test_wrong_arguments_are_refused(cls: Callable[..., object]) -> None:
    with pytest.raises(TypeError):
        cls(name="a")
    with pytest.raises(TypeError):
        cls("a", last="z")
    with pytest.raises(TypeError):
        cls(name="a", last="z", other=1)


def test_equal_by_value_and_class() -> None:
    one, two = Quick(name="a", last="z"), Quick(name="a", last="z", number=7)
    assert one == two
    assert one != replace(one, number=8)
    other: object = Standard(name="a", last="z")
    assert one != other
    assert Single(only=(1,)) == Single(only=(1,))
    assert hash(Single(only=(1,))) == hash(Single(only=(1,)))
    with pytest.raises(TypeError):
        hash(one)  # of a dict, as in the standard library's


def test_nothing_can_be_changed() -> None:
    quick = Quick(name="a", last="z")
    with pytest.raises(FrozenInstanceError):
        quick.name = "b"  # type: ignore[misc]
    with pytest.raises(FrozenInstanceError):
        del quick.name
    with pytest.raises((FrozenInstanceError, AttributeError)):
        quick.other = 1  # type: ignore[attr-defined]


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_pickled_and_copied(protocol: int) -> None:
    quick = Quick(name="a", last="z", more={"b": 1})
    assert pickle.loads(pickle.dumps(quick, protocol)) == quick
    assert copy.deepcopy(quick) == quick
