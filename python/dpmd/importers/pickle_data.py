"""Reads the pickles inside PyTorch files as data, without executing anything.

A pickle is a small program. ``pickletools`` decodes its instructions and this module carries out
only those that PyTorch writes; a class is looked up in a fixed table, never imported, so a planted
``os.system`` is an error that names it. Compared with a restricted ``pickle.Unpickler`` this also
bounds memory and recursion: the C unpickler grows its memo to whatever index a file names, and
hashes keys of any depth. What comes out nests and expands within the bounds of ``limits.check_values``.
"""

from __future__ import annotations

import pickletools
import re
from dataclasses import dataclass, field
from typing import Any

from dpmd.errors import InputError
from dpmd.foreign import fail
from dpmd.importers.limits import check_values, is_harmless_key
from dpmd.shown import shown

_ALLOWED_MODULES = ("__torch__.",)  # TorchScript's own classes, never importable
_STORAGES = {
    "DoubleStorage": "<f8",
    "FloatStorage": "<f4",
    "HalfStorage": "<f2",
    "BFloat16Storage": "bfloat16",
    "LongStorage": "<i8",
    "IntStorage": "<i4",
    "ShortStorage": "<i2",
    "CharStorage": "i1",
    "ByteStorage": "u1",
    "BoolStorage": "?",
}
_TENSOR_BUILDERS = ("torch._utils._rebuild_tensor_v2", "torch._utils._rebuild_tensor")
_WRAPPERS = (
    "torch._utils._rebuild_parameter",
    "torch.jit._pickle.restore_type_tag",
    "torch.jit._pickle.build_intlist",
    "torch.jit._pickle.build_doublelist",
    "torch.jit._pickle.build_boollist",
    "torch.jit._pickle.build_tensorlist",
    "torch.Size",
)
_OPAQUE = (
    "torch.device",
    "torch.dtype",
    "numpy.dtype",
    "numpy.core.multiarray.scalar",
    "numpy._core.multiarray.scalar",
    "_codecs.encode",
    "builtins.set",
    "__builtin__.set",
)
_DICT = "collections.OrderedDict"
_LONGEST_NAME = 1000  # characters of the name of a class
_DTYPE = re.compile(r"torch\.(float64|float32|float16|bfloat16|int64|int32|bool)")


@dataclass(eq=False, repr=False)
class Global:
    """A name that stands for a class or function."""

    name: str


@dataclass(eq=False, repr=False)
class Instance:
    """An object of a TorchScript class: its name and its attributes."""

    name: str
    state: dict[Any, Any] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Tensor:
    """A tensor by reference: which storage, and which part of it."""

    key: str  # name of the storage in the archive
    dtype: str
    n_stored: int  # elements in the storage
    offset: int
    shape: tuple[int, ...]
    stride: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class _Storage:
    key: str
    dtype: str
    n_stored: int


_MARK: Any = object()


def load_pickle(content: bytes, place: str) -> Any:
    """The data in ``content``; ``InputError`` names the offset of whatever is not data."""
    value = _run(content, place)
    check_values(value, len(content), place)
    return value


def _run(content: bytes, place: str) -> Any:
    machine = _Machine()
    position = 0
    try:
        for opcode, argument, where in pickletools.genops(content):
            position = where or 0
            if opcode.name == "STOP":
                return machine.pop()
            machine.step(opcode.name, argument)
    except InputError as error:
        raise InputError(f"{place}, offset {position}: {error}") from None
    # pickletools and the stack signal damage by ValueError, IndexError, TypeError and more.
    except BaseException as error:
        fail(f"{place}, offset {position}", "a damaged pickle", error)
    raise InputError(f"{place}: the pickle ends without a result")


class _Machine:
    """The stack machine of pickle, reduced to data."""

    def __init__(self):
        self._stack: list[Any] = []
        self._memo: dict[int, Any] = {}

    def pop(self) -> Any:
        value = self._stack.pop()
        if value is _MARK:
            raise InputError("a mark where a value should be")
        return value

    def step(self, name: str, argument: Any) -> None:
        if name in _CONSTANTS:
            self._stack.append(_CONSTANTS[name]())
        elif name in _LITERALS:
            self._stack.append(argument)
        elif handler := _HANDLERS.get(name):
            handler(self, argument)
        else:
            raise InputError(f"the pickle instruction {name} is not one that PyTorch writes")

    def _to_mark(self) -> list[Any]:
        for k in range(len(self._stack) - 1, -1, -1):
            if self._stack[k] is _MARK:
                items = self._stack[k + 1 :]
                del self._stack[k:]
                return items
        raise InputError("a mark is missing")

    def _do_nothing(self, _argument: Any) -> None:
        pass

    def _mark(self, _argument: Any) -> None:
        self._stack.append(_MARK)

    def _tuple(self, _argument: Any) -> None:
        self._stack.append(tuple(self._to_mark()))

    def _tuple1(self, _argument: Any) -> None:
        self._stack.append((self.pop(),))

    def _tuple2(self, _argument: Any) -> None:
        second, first = self.pop(), self.pop()
        self._stack.append((first, second))

    def _tuple3(self, _argument: Any) -> None:
        third, second, first = self.pop(), self.pop(), self.pop()
        self._stack.append((first, second, third))

    def _append(self, _argument: Any) -> None:
        item = self.pop()
        self._list().append(item)

    def _appends(self, _argument: Any) -> None:
        items = self._to_mark()
        self._list().extend(items)

    def _list(self) -> list[Any]:
        if not isinstance(self._stack[-1], list):
            raise InputError("items appended to something that is not a list")
        return self._stack[-1]

    def _set_item(self, _argument: Any) -> None:
        value, key = self.pop(), self.pop()
        self._update([key, value])

    def _set_items(self, _argument: Any) -> None:
        self._update(self._to_mark())

    def _update(self, items: list[Any]) -> None:
        target = self._stack[-1]
        if not isinstance(target, dict) or len(items) % 2:
            raise InputError("items set on something that is not a dictionary")
        for key, value in zip(items[::2], items[1::2], strict=True):
            if not is_harmless_key(key):
                kind = "large integer" if isinstance(key, int) else type(key).__name__
                raise InputError(f"a {kind} as key of a dictionary")
            target[key] = value

    def _put(self, index: int) -> None:
        self._memo[index] = self._stack[-1]

    def _memoize(self, _argument: Any) -> None:
        self._memo[len(self._memo)] = self._stack[-1]

    def _get(self, index: int) -> None:
        if index not in self._memo:
            raise InputError(f"memo entry {index} is not set")
        self._stack.append(self._memo[index])

    def _global(self, argument: str) -> None:
        self._find(argument.replace(" ", ".", 1))

    def _stack_global(self, _argument: Any) -> None:
        name, module = self.pop(), self.pop()
        if not isinstance(name, str) or not isinstance(module, str):
            raise InputError(f"the name {shown(module)}, {shown(name)} is no text")
        self._find(f"{module[: _LONGEST_NAME + 1]}.{name[: _LONGEST_NAME + 1]}")

    def _find(self, name: str) -> None:
        if len(name) > _LONGEST_NAME:
            raise InputError(f"a name of more than {_LONGEST_NAME} characters: {shown(name)}")
        prefix, _, last = name.rpartition(".")
        known = (
            name in (*_TENSOR_BUILDERS, *_WRAPPERS, *_OPAQUE, _DICT)
            or (prefix == "torch" and last in _STORAGES)
            or _DTYPE.fullmatch(name)
            or name.startswith(_ALLOWED_MODULES)
        )
        if not known:
            raise InputError(f"refused {shown(name)}: the pickle asks for it, no DeePMD-kit model does")
        self._stack.append(Global(name))

    def _reduce(self, _argument: Any) -> None:
        arguments, target = self.pop(), self.pop()
        if not isinstance(target, Global) or not isinstance(arguments, tuple):
            raise InputError("a call of something that is not a known name")
        self._stack.append(_call(target.name, arguments))

    def _new_object(self, _argument: Any) -> None:
        arguments, target = self.pop(), self.pop()
        if not isinstance(target, Global) or not target.name.startswith(_ALLOWED_MODULES):
            raise InputError("an object of something that is not a TorchScript class")
        if arguments != ():
            raise InputError(f"an object of {target.name} with arguments")
        self._stack.append(Instance(target.name))

    def _build(self, _argument: Any) -> None:
        state, target = self.pop(), self._stack[-1]
        if isinstance(target, Instance):
            target.state = state if isinstance(state, dict) else {"state": state}
        elif not isinstance(target, (dict, Global)):
            raise InputError(f"a state for a {type(target).__name__}")

    def _persistent(self, _argument: Any) -> None:
        self._stack.append(_storage(self.pop()))


def _storage(identity: Any) -> _Storage:
    """('storage', torch.XStorage, key, device, number of elements)"""
    if not isinstance(identity, tuple) or len(identity) < 5 or identity[0] != "storage":
        raise InputError(f"a persistent id that is not a storage: {shown(identity)}")
    _, kind, key, _, count = identity[:5]
    name = kind.name.removeprefix("torch.") if isinstance(kind, Global) else ""
    if name not in _STORAGES or not isinstance(key, str) or not isinstance(count, int):
        raise InputError(f"a storage of an unknown kind: {name or shown(kind)}")
    return _Storage(key, _STORAGES[name], count)


def _call(name: str, arguments: tuple[Any, ...]) -> Any:
    if name in _TENSOR_BUILDERS:
        return _tensor(arguments)
    if name == _DICT and arguments == ():
        return {}
    if name in _WRAPPERS and arguments:
        return arguments[0]
    if name in _OPAQUE:
        return Global(name)
    raise InputError(f"a call of {name} with {len(arguments)} arguments")


def _tensor(arguments: tuple[Any, ...]) -> Tensor:
    if len(arguments) < 4 or not isinstance(arguments[0], _Storage):
        raise InputError("a tensor without storage")
    storage, offset, shape, stride = arguments[:4]
    numbers_fit = (
        isinstance(shape, tuple)
        and isinstance(stride, tuple)
        and len(shape) == len(stride) <= 8
        and all(isinstance(n, int) and 0 <= n < 2**48 for n in (offset, *shape, *stride))
    )
    if not numbers_fit:
        raise InputError(f"a tensor of shape {shown(shape)} and strides {shown(stride)}")
    return Tensor(storage.key, storage.dtype, storage.n_stored, offset, shape, stride)


_CONSTANTS: dict[str, Any] = {
    "NONE": lambda: None,
    "NEWTRUE": lambda: True,
    "NEWFALSE": lambda: False,
    "EMPTY_TUPLE": tuple,
    "EMPTY_LIST": list,
    "EMPTY_DICT": dict,
}
_LITERALS = (
    "BININT",
    "BININT1",
    "BININT2",
    "LONG1",
    "BINFLOAT",
    "BINUNICODE",
    "SHORT_BINUNICODE",
    "BINUNICODE8",
    "BINBYTES",
    "SHORT_BINBYTES",
)
_HANDLERS = {
    "PROTO": _Machine._do_nothing,
    "FRAME": _Machine._do_nothing,
    "MARK": _Machine._mark,
    "TUPLE": _Machine._tuple,
    "TUPLE1": _Machine._tuple1,
    "TUPLE2": _Machine._tuple2,
    "TUPLE3": _Machine._tuple3,
    "APPEND": _Machine._append,
    "APPENDS": _Machine._appends,
    "SETITEM": _Machine._set_item,
    "SETITEMS": _Machine._set_items,
    "BINPUT": _Machine._put,
    "LONG_BINPUT": _Machine._put,
    "MEMOIZE": _Machine._memoize,
    "BINGET": _Machine._get,
    "LONG_BINGET": _Machine._get,
    "GLOBAL": _Machine._global,
    "STACK_GLOBAL": _Machine._stack_global,
    "REDUCE": _Machine._reduce,
    "NEWOBJ": _Machine._new_object,
    "BUILD": _Machine._build,
    "BINPERSID": _Machine._persistent,
}
