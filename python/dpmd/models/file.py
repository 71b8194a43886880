"""Writing ``.dpmd`` files: a JSON document and its arrays in a safetensors file (docs/model-format.md).

One walk over the dataclasses of a model gives the document, and one walk back gives them again: a class or a field more
needs nothing here. Whether a file is a model is for the C++ core to say.
"""

from __future__ import annotations

import json
import math
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints

import numpy as np

from dpmd import _core
from dpmd.errors import InputError
from dpmd.models.spec import ModelSpec
from dpmd.output_files import OutputFiles
from dpmd.shown import shown

FORMAT_VERSION = 2
_ARRAY = "tensor"  # what the document has in place of an array


def model_bytes(spec: ModelSpec) -> bytes:
    """``spec`` as the content of a ``.dpmd`` file; ``check_model`` says whether it is a model."""
    arrays: dict[str, np.ndarray] = {}
    plain = _plain(replace(spec, training_script=None), "", arrays)
    del plain["notes"]
    document = {"format_version": FORMAT_VERSION, **plain, "training_script": json_safe(spec.training_script)}
    return _container(json.dumps(document, ensure_ascii=False, allow_nan=False), arrays)


def check_model(content: bytes, name: str) -> None:
    """Raise ``InputError`` that begins with ``name`` unless the content of a file is a model that dpmd runs."""
    _core.Model(content, name, "double", "error", "off", 0.0, 1)


def write_model(spec: ModelSpec, path: Path) -> None:
    """Check ``spec`` and write it to ``path``, where it appears whole or not at all."""
    content = model_bytes(spec)
    check_model(content, str(path))
    with OutputFiles() as files:
        files.open(path, binary=True).write(content)


def read(path: Path, content: bytes) -> ModelSpec:
    """The model in a ``.dpmd`` file, whose name stands in messages, from its bytes."""
    check_model(content, str(path))
    return spec_of(content)


def spec_of(content: bytes) -> ModelSpec:
    """The model in the bytes of a ``.dpmd`` file that dpmd has written; ``check_model`` says whether it is one."""
    start, header = _header(content)
    document = json.loads(header.pop("__metadata__")["dpmd"])
    arrays = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        values = np.frombuffer(content[start + begin : start + end], dtype="<f8")
        arrays[name] = values.reshape(entry["shape"]).copy()
    return _built(ModelSpec, document | {"notes": []}, "", arrays)


def tensor_shapes(content: bytes) -> dict[str, list[int]]:
    """The shapes of the tensors in the bytes of a ``.dpmd`` file, by their names."""
    return {name: entry["shape"] for name, entry in _header(content)[1].items() if name != "__metadata__"}


def _header(content: bytes) -> tuple[int, dict[str, Any]]:
    """Where the arrays begin, and the header in front of them."""
    start = 8 + int.from_bytes(content[:8], "little")
    return start, json.loads(content[8:start])


def _container(document: str, arrays: dict[str, np.ndarray]) -> bytes:
    """A safetensors file; one model is always the same bytes."""
    header: dict[str, Any] = {"__metadata__": {"format": "dpmd", "dpmd": document}}
    end = 0
    for name, array in arrays.items():
        begin, end = end, end + array.nbytes
        header[name] = {"dtype": "F64", "shape": list(array.shape), "data_offsets": [begin, end]}
    text = json.dumps(header, ensure_ascii=False, separators=(",", ":")).encode("utf-8")
    text += b" " * (-len(text) % 8)  # the arrays are aligned
    return b"".join([len(text).to_bytes(8, "little"), text, *(array.tobytes() for array in arrays.values())])


def _plain(value: Any, place: str, arrays: dict[str, np.ndarray]) -> Any:
    """``value`` as the document has it at ``place``; arrays go into ``arrays`` by their places."""
    if is_dataclass(value):
        return {f.name: _plain(getattr(value, f.name), _below(place, f.name), arrays) for f in fields(value)}
    if isinstance(value, (list, tuple)):
        return [_plain(item, _below(place, k), arrays) for k, item in enumerate(value)]
    if isinstance(value, np.ndarray):
        arrays[place] = np.ascontiguousarray(value, dtype="<f8")
        return _ARRAY
    if isinstance(value, float) and not math.isfinite(value):
        raise InputError(f"{place} = {value} is not a finite number")
    if isinstance(value, str) and storable(value) != value:
        raise InputError(f"{place} holds {shown(value)}, which is not Unicode text")
    return value


def _built(kind: Any, value: Any, place: str, arrays: dict[str, np.ndarray]) -> Any:
    """What ``_plain`` made ``value`` of; ``kind`` is its type."""
    options = get_args(kind) if isinstance(kind, UnionType) else (kind,)
    if value is None:
        return None
    if np.ndarray in options:
        return arrays[place]
    classes = [option for option in options if is_dataclass(option)]
    if classes:
        one = classes[0] if len(classes) == 1 else _named_class(classes, value)
        hints = get_type_hints(one)
        return one(**{name: _built(hints[name], value[name], _below(place, name), arrays) for name in hints})
    if get_origin(options[0]) is tuple:
        return tuple(value)
    if get_origin(options[0]) is list:
        (item,) = get_args(options[0])
        return [_built(item, one, _below(place, k), arrays) for k, one in enumerate(value)]
    return value


def _named_class(classes: list[Any], value: dict[str, Any]) -> Any:
    """The class that the document names by its ``type`` or ``kind``."""
    for one in classes:
        name = "type" if hasattr(one, "type") else "kind"
        if value.get(name) == getattr(one, name):
            return one
    raise InputError(f"none of {', '.join(c.__name__ for c in classes)} is {shown(value)}")


def _below(place: str, step: str | int) -> str:
    return f"{place}.{step}" if place else str(step)


def json_safe(value: Any) -> Any:
    """``value`` with numbers and texts that JSON cannot write replaced by texts that it can."""
    if isinstance(value, dict):
        return {storable(str(key)): json_safe(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [json_safe(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if value is None or isinstance(value, (bool, int, float)):
        return value
    return storable(str(value))


def storable(text: str) -> str:
    """``text`` with lone surrogates, which no file can hold, replaced."""
    return text.encode("utf-8", "replace").decode("utf-8")
