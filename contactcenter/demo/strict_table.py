"""Reading TOML to the last key: what nobody asked for is a typing mistake, and the error names its place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn, TypeVar, overload

T = TypeVar("T")
_REQUIRED: Any = object()


class DemoDataError(ValueError):
    """The example data contradicts its own format; the message says where and what to write instead."""


class Table:
    """One TOML table; every read uses up a key and `end` demands that none is left."""

    def __init__(self, raw: dict[str, Any], place: str) -> None:
        self._raw = dict(raw)
        self.place = place

    def fail(self, problem: str) -> NoReturn:
        """Raise DemoDataError with the place of this table."""
        raise DemoDataError(f"{self.place}: {problem}")

    @overload
    def text(self, key: str) -> str: ...
    @overload
    def text(self, key: str, default: T) -> str | T: ...
    def text(self, key: str, default: Any = _REQUIRED) -> Any:
        """A string that is not blank, without the space around it."""
        return self._take(key, default, _is_text, str.strip, "some text")

    def flag(self, key: str) -> bool:
        """A boolean, false when left out."""
        return bool(self._take(key, False, _is_bool, bool, "true or false"))

    def choice(self, key: str, allowed: tuple[Any, ...], default: Any = _REQUIRED) -> Any:
        """One of the allowed strings (`typing.get_args` of a Literal)."""
        return self._take(key, default, lambda value: value in allowed, str, f"one of {', '.join(allowed)}")

    def texts(self, key: str, allowed: tuple[str, ...] = ()) -> tuple[Any, ...]:
        """A list of strings, only allowed ones when some are given; it must be there, even if empty."""
        wanted = f"a list of {', '.join(allowed) or 'strings'}"
        found: list[str] = self._take(key, _REQUIRED, _is_list_of(str), list, wanted)
        if allowed and not set(found) <= set(allowed):
            self.fail(f"{key} is {found!r}, it must be {wanted}")
        return tuple(found)

    def tables(self, key: str) -> list[Table]:
        """An array of tables, empty when left out; each is placed by its key, login or number."""
        found: list[dict[str, Any]] = self._take(key, [], _is_list_of(dict), list, "an array of tables")
        names = [one.get("key") or one.get("login") or number for number, one in enumerate(found, 1)]
        return [Table(one, f"{self.place}, {key} {name}") for one, name in zip(found, names, strict=True)]

    def end(self) -> None:
        """Demand that every key was read."""
        if self._raw:
            self.fail(f"unknown key {', '.join(sorted(self._raw))}; see the list on top of the file")

    def _take(
        self,
        key: str,
        default: Any,
        fits: Callable[[Any], bool],
        convert: Callable[[Any], Any],
        wanted: str,
    ) -> Any:
        if key not in self._raw:
            if default is _REQUIRED:
                self.fail(f"{key} is missing")
            return default
        value = self._raw.pop(key)
        if not fits(value):
            self.fail(f"{key} is {value!r}, it must be {wanted}")
        return convert(value)


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _is_bool(value: object) -> bool:
    return isinstance(value, bool)


def _is_list_of(kind: type) -> Callable[[object], bool]:
    return lambda value: isinstance(value, list) and all(isinstance(one, kind) for one in value)
