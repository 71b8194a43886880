"""How much a model file may cost: every bound grows with the size of the file.

A file of a few bytes can declare tensors of any size, name one value a million times, or ask for more steps than any
machine makes. Every reader takes what it decodes, and what it does, from one ``Budget``.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from dpmd.errors import InputError
from dpmd.shown import shown

MAX_NESTING = 64  # of mappings and lists in a document
MAX_TYPES = 512  # four times the periodic table; bounds what is done per pair of types
MAX_DIMENSIONS = 8  # of a tensor; a model's have three at most

_BASE_BYTES = 64 << 20
_BYTES_PER_FILE_BYTE = 16  # float16 weights widen fourfold; deflated entries need the rest
_BASE_STEPS = 1 << 19
_STEPS_PER_FILE_BYTE = 1
_BASE_VALUES = 100_000
_VALUES_PER_BYTE = 4
_CHARACTERS_PER_VALUE = 8
_LARGEST_KEY = 2**53  # integers below it have hashes of their own


class Budget:
    """Bytes that one file may still turn into arrays and text (``left``), and steps of work that it may ask for."""

    def __init__(self, file_bytes: int):
        self.left = _BASE_BYTES + _BYTES_PER_FILE_BYTE * file_bytes
        self._steps = _BASE_STEPS + _STEPS_PER_FILE_BYTE * file_bytes

    def take(self, n_bytes: int, place: str) -> None:
        """Account for ``n_bytes``; raise ``InputError`` when the file declares too much."""
        if n_bytes < 0 or n_bytes > self.left:
            raise InputError(
                f"{place} declares {shown(n_bytes)} bytes, far more than a file of this size should hold; the file is "
                "corrupt"
            )
        self.left -= n_bytes

    def take_array(self, shape: Iterable[int], place: str) -> int:
        """Account for a float64 array of ``shape``; return its number of elements."""
        shape = list(shape)
        if len(shape) > MAX_DIMENSIONS:
            raise InputError(f"{place} has {len(shape)} dimensions, more than {MAX_DIMENSIONS}; the file is corrupt")
        if any(not isinstance(n, int) or n < 0 for n in shape):
            raise InputError(f"{place} has the impossible shape {shown(shape)}")
        count = 1
        for n in shape:
            count *= n
        self.take(8 * count, place)
        return count

    def work(self, n_steps: int, place: str) -> None:
        """Account for steps whose number the file decides; raise ``InputError`` when they are too many."""
        self._steps -= n_steps
        if self._steps < 0:
            raise InputError(f"{place}: takes far more steps to read than a file of this size should; it is corrupt")


def most_values(n_bytes: int) -> int:
    """How many values, shared ones counted wherever they appear, a document of so many bytes may stand for."""
    return _BASE_VALUES + _VALUES_PER_BYTE * n_bytes


def weight(value: Any) -> int:
    """What a scalar counts among the values of a document; long texts count more."""
    return 1 + len(value) // _CHARACTERS_PER_VALUE if isinstance(value, (str, bytes)) else 1


def is_harmless_key(key: Any) -> bool:
    """Whether a dictionary may take ``key``: no file can choose many of these to have one hash."""
    return isinstance(key, (str, float, type(None))) or (isinstance(key, int) and abs(key) < _LARGEST_KEY)


def check_values(root: Any, n_bytes: int, place: str) -> None:
    """Refuse a document whose values, some of which are shared, expand beyond its size, nest too deep, or have no end.

    Whoever walks the document afterwards, by recursion and without a memory, is safe. Objects with a ``state`` count as
    their state.

    Args:
        root: Dictionaries, lists, tuples, and scalars.
        n_bytes: The size of what it was read from.
        place: For messages.

    Raises:
        InputError: As above.
    """
    most = most_values(n_bytes)
    sizes: dict[int, int] = {}  # of what is walked already, by id
    frames = [_Frame(root)]
    open_ids = {id(root)}
    while frames:
        frame = frames[-1]
        inner = frame.next_inner(sizes)
        if frame.size > most:
            raise InputError(f"{place}: shared values expand it beyond {most} values")
        if inner is None:
            sizes[id(frame.value)] = frame.size
            open_ids.discard(id(frame.value))
            frames.pop()
            if frames:
                frames[-1].size += frame.size
            continue
        if id(inner) in open_ids:
            raise InputError(f"{place}: a value holds itself")
        if len(frames) > MAX_NESTING:
            raise InputError(f"{place}: values are nested deeper than {MAX_NESTING}")
        open_ids.add(id(inner))
        frames.append(_Frame(inner))


class _Frame:
    """A container that is being walked, and the size of what was met in it."""

    def __init__(self, value: Any):
        self.value, self.size = value, 1
        self._members = iter(_members(value) or ())

    def next_inner(self, sizes: dict[int, int]) -> Any:
        """The next member that is to be walked first, or None at the end."""
        for member in self._members:
            if not _members(member):
                self.size += weight(member)
            elif id(member) in sizes:
                self.size += sizes[id(member)]
            else:
                return member
        return None


def _members(value: Any) -> Iterable[Any] | None:
    """What a container holds; None for a scalar."""
    if isinstance(value, dict):
        return [*value, *value.values()]
    if isinstance(value, (list, tuple)):
        return value
    state = getattr(value, "state", None)
    return None if state is None else [state]
