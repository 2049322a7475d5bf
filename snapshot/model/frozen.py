"""Frozen dataclasses that are quick to make: the agent has forty of them and the analyzer a hundred, and both run shortly.

``@dataclass(frozen=True, slots=True, kw_only=True)`` compiles six methods for each class, which was a sixth of the agent's
start, and sets each value through ``object.__setattr__``. Here only ``__init__`` is compiled, when it is first called, and
sets the slots themselves; all else is the same for all classes. The result is a dataclass: ``fields``, ``replace`` and
``asdict`` know it, and pickle too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, Field, FrozenInstanceError, dataclass, field
from operator import attrgetter
from typing import Any, NoReturn, TypeVar, dataclass_transform, overload

T = TypeVar("T")


@overload
@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(field,))
def frozen(cls: type[T]) -> type[T]: ...


@overload
@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(field,))
def frozen(*, kw_only: bool) -> Callable[[type[T]], type[T]]: ...


def frozen(cls: type[T] | None = None, *, kw_only: bool = True) -> type[T] | Callable[[type[T]], type[T]]:
    """A frozen, slotted dataclass, keyword-only unless told otherwise. It has no ``__post_init__``."""
    return _made(cls, kw_only) if cls is not None else lambda cls: _made(cls, kw_only)


def _made(cls: type[T], kw_only: bool) -> type[T]:
    made: Any = dataclass(init=False, repr=False, eq=False, slots=True)(cls)
    own: dict[str, Field[Any]] = made.__dataclass_fields__
    made.__init__ = _init_at_first(made, tuple(own.values()), kw_only)
    made.__values__ = _values_of(tuple(own))
    made.__repr__, made.__eq__, made.__hash__ = _repr, _eq, _hash
    made.__setattr__, made.__delattr__ = _refuse, _refuse
    made.__getstate__, made.__setstate__ = _getstate, _setstate
    finished: type[T] = made
    return finished


def _init_at_first(made: Any, own: tuple[Field[Any], ...], kw_only: bool) -> Any:
    """An ``__init__`` that is compiled when the first instance is made: of many a class none is, in one command."""

    def init(self: Any, *args: Any, **kwargs: Any) -> None:
        made.__init__ = _init(made, own, kw_only)
        made.__init__(self, *args, **kwargs)

    return init


def _init(made: Any, own: tuple[Field[Any], ...], kw_only: bool) -> Any:
    known: dict[str, Any] = {"MISSING": MISSING}
    head, lines = [], []
    for item in own:
        name = item.name
        known[f"set_{name}"] = getattr(made, name).__set__
        value = name
        if item.default is not MISSING:
            known[f"default_{name}"] = item.default
            head.append(f"{name}=default_{name}")
        elif item.default_factory is not MISSING:
            known[f"make_{name}"] = item.default_factory
            head.append(f"{name}=MISSING")
            value = f"make_{name}() if {name} is MISSING else {name}"
        else:
            head.append(name)
        lines.append(f"    set_{name}(self, {value})\n")
    # The text is made of our own fields' names, as dataclasses makes its own.
    first = "self, *" if kw_only else "self"
    exec(f"def __init__({', '.join([first, *head])}):\n{''.join(lines)}", known)  # noqa: S102
    return known["__init__"]


def maker(
    cls: type[T],
    made_of: Mapping[str, Callable[[Any], object]] | None = None,
    parts: Sequence[Sequence[str]] | None = None,
) -> Callable[..., T]:
    """A function that makes a ``frozen`` class's instances of a sequence of all their values, in the order of the fields; or
    of several sequences, which have the fields of each of the ``parts``.

    Half the time of naming each, for who makes very many. ``made_of`` says what a field's value is made by, where it is not
    the one in the sequence. It is compiled here, so ask once.
    """
    own = cls.__dataclass_fields__  # type: ignore[attr-defined]
    made_of = made_of or {}
    known: dict[str, Any] = {f"set_{name}": getattr(cls, name).__set__ for name in own}
    known |= {f"made_{name}": make for name, make in made_of.items()}
    known |= {"new": cls.__new__, "cls": cls}
    values = {name: f"made_{name}({name})" if name in made_of else name for name in own}
    told = [list(own)] if parts is None else [list(part) for part in parts]
    unpacked = "".join(f"    {', '.join(names)}, = part_{number}\n" for number, names in enumerate(told))
    lines = "".join(f"    set_{name}(self, {value})\n" for name, value in values.items())
    taken = ", ".join(f"part_{number}" for number in range(len(told)))
    exec(f"def make({taken}):\n{unpacked}    self = new(cls)\n{lines}    return self\n", known)  # noqa: S102
    made: Callable[..., T] = known["make"]
    return made


def _values_of(names: tuple[str, ...]) -> Any:
    if len(names) > 1:
        return staticmethod(attrgetter(*names))
    get = attrgetter(*names)
    return staticmethod(lambda thing: (get(thing),))


def _repr(self: Any) -> str:
    told = ", ".join(f"{name}={getattr(self, name)!r}" for name in self.__dataclass_fields__)
    return f"{type(self).__qualname__}({told})"


def _eq(self: Any, other: Any) -> Any:
    if type(self) is not type(other):
        return NotImplemented
    return self.__values__(self) == self.__values__(other)


def _hash(self: Any) -> int:
    return hash(self.__values__(self))


def _refuse(self: Any, name: str, *_: Any) -> NoReturn:
    raise FrozenInstanceError(f"{type(self).__qualname__}.{name} cannot be changed")


def _getstate(self: Any) -> Any:
    return self.__values__(self)


def _setstate(self: Any, state: Any) -> None:
    for name, value in zip(self.__dataclass_fields__, state, strict=True):
        object.__setattr__(self, name, value)
