"""Python objects that stand for objects of the engine: how they behave without ``__init__``, and when they are
copied."""

from __future__ import annotations

from typing import Any, ClassVar, NoReturn

from dpmd.errors import InputError

__all__ = ["Handle", "MadeByInit", "SharedHandle"]


class MadeByInit:
    """An attribute that ``__init__`` sets; before that it is an ``InputError``."""

    def __get__(self, instance: object | None, owner: type) -> Any:
        if instance is None:
            return self
        raise InputError(
            f"this {owner.__name__} was made without __init__: call the class; a subclass calls super().__init__"
        )


class Handle:
    """Stands for an object of the engine, and can be neither copied nor pickled."""

    _core: Any = MadeByInit()
    _refused: ClassVar[str] = "copied or pickled"
    _instead: ClassVar[str]
    """What to do instead."""

    def __reduce_ex__(self, protocol: Any) -> NoReturn:
        raise TypeError(f"a {type(self).__name__} cannot be {self._refused}: {self._instead}")

    def _text(self) -> str:
        """The result of ``repr``."""
        raise NotImplementedError

    def __repr__(self) -> str:
        return self._text() if "_core" in self.__dict__ else f"<{type(self).__name__} made without __init__>"


class SharedHandle(Handle):
    """The same for an object that does not change: copying it returns the object itself."""

    _refused: ClassVar[str] = "pickled"

    def __copy__(self) -> Any:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        return self
