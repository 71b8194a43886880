"""Which format a file has, by its content; the suffix only helps the message."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path

from dpmd.errors import InputError
from dpmd.foreign import DEFECTS, fail, reading
from dpmd.importers.dpa1_function import with_function
from dpmd.importers.exported_program import holds_model, refuse_program
from dpmd.importers.heads import only_one_model
from dpmd.importers.other_file import refuse_folder, refuse_other_binary, refuse_other_text
from dpmd.lfs_pointer import refuse_lfs_pointer
from dpmd.models.file import storable
from dpmd.models.spec import ModelSpec
from dpmd.regular_file import read_regular


@dataclass(frozen=True)
class Format:
    """A readable format and the module whose ``read(path, content)`` reads it."""

    description: str
    suffixes: tuple[str, ...]
    module: str
    has_heads: bool = False
    """Whether one file can hold several models, its heads; ``read`` then takes the name of one."""


FORMATS: dict[str, Format] = {
    "dpmd": Format("dpmd model", (".dpmd",), "dpmd.models.file"),
    "tensorflow-graph": Format("DeePMD-kit TensorFlow graph", (".pb",), "dpmd.importers.tensorflow_graph"),
    "torchscript": Format("DeePMD-kit TorchScript model", (".pth",), "dpmd.importers.torchscript"),
    "torch-checkpoint": Format(
        "DeePMD-kit PyTorch checkpoint", (".pt",), "dpmd.importers.torch_checkpoint", has_heads=True
    ),
    "exported-program": Format("DeePMD-kit exported program", (".pt2", ".pte"), "dpmd.importers.exported_program"),
    "dpmodel-hdf5": Format("DeePMD-kit dpmodel, HDF5", (".dp", ".hlo", ".jax"), "dpmd.importers.dpmodel"),
    "dpmodel-yaml": Format("DeePMD-kit dpmodel, text", (".yaml", ".yml"), "dpmd.importers.dpmodel"),
}

_HDF5_MAGIC = b"\x89HDF\r\n\x1a\n"
_ZIP_MAGIC = b"PK\x03\x04"
_TEXT = re.compile(rb"[\t\n\r\x20-\x7e\x80-\xff]*")
_GRAPH_FIELDS = (0x0A, 0x12, 0x1A, 0x22)  # node, library, version, versions
_HEAD = 4096
_CONVERT = "convert it with DeePMD-kit: dp convert-backend {name} model.dp"


def import_model(path: str | Path, head: str | None = None, *, dpa1_function: str | None = None) -> ModelSpec:
    """Read a model file of any format in ``FORMATS``.

    Whether its parts fit together is for the core to say: to ``Potential``, and to ``ModelSpec.save``.

    Args:
        path: The file.
        head: Which model of a multi-task checkpoint; None takes "Default", or the only one.
        dpa1_function: ``"dense"`` or ``"graph"`` for that function of a DPA-1 model; None takes the one that DeePMD-kit
            computes from such a file.

    Raises:
        InputError: The file is missing, damaged, of an unknown format, or holds a model that dpmd does not run; or the
            head is not in it, or needed.
    """
    path = Path(path)
    content = _content(path)
    name = detect_format(path, content)
    form = FORMATS[name]
    if head is not None and not form.has_heads:
        raise only_one_model(path, head, form.description)
    reader: Callable[..., ModelSpec] = import_module(form.module).read
    try:
        spec = reader(path, content, head) if form.has_heads else reader(path, content)
        return _as_asked(with_function(spec, dpa1_function, path), head=head, function=dpa1_function)
    except InputError as error:
        if str(path) in str(error):
            raise
        raise InputError(f"{path}: {error}") from error
    except DEFECTS:
        raise
    except ImportError as error:
        raise InputError(f"{path}: install the package {error.name} to read it") from error
    # The file is foreign data: what else it makes a reader stumble over is the file's fault.
    except BaseException as error:
        fail(path, f"cannot be read as {FORMATS[name].description}", error)


def _as_asked(spec: ModelSpec, **asked: str | None) -> ModelSpec:
    """The model with what was asked for behind the name of its source: it is not the model that everybody finds there,
    and a ``.dpmd`` file beside the source does not stand for it."""
    words = [f"{name} {value}" for name, value in asked.items() if value is not None]
    return replace(spec, source=replace(spec.source, file=storable(", ".join([spec.source.file, *words]))))


def detect_format(path: Path, content: bytes) -> str:
    """The key in ``FORMATS`` that fits the content."""
    head = content[:_HEAD]
    if not content:
        raise InputError(f"{path}: the file is empty")
    if head.startswith(_HDF5_MAGIC):
        return "dpmodel-hdf5"
    if head.startswith(_ZIP_MAGIC):
        return _zip_format(path, content)
    if head.startswith(b"\x80\x02"):
        raise InputError(f"{path}: a PyTorch file older than the zip format; save it again")
    if len(head) > 9 and head[8:9] == b"{" and int.from_bytes(head[:8], "little") < len(content):
        return "dpmd"
    if _TEXT.fullmatch(head):
        refuse_other_text(path, head)
        if re.match(rb"\s*(node|library|versions)\s*\{", head):
            raise InputError(f"{path}: a graph as text; use dp convert-from pbtxt")
        return "dpmodel-yaml"
    refuse_other_binary(path, head)
    if head[0] in _GRAPH_FIELDS:
        return "tensorflow-graph"
    expected = [f.description for f in FORMATS.values() if path.suffix.lower() in f.suffixes]
    detail = f"; its suffix promises a {expected[0]}, it does not begin as one" if expected else ""
    known = ", ".join(suffix for f in FORMATS.values() for suffix in f.suffixes)
    raise InputError(f"{path}: not a model format that dpmd reads ({known}){detail}")


def _content(path: Path) -> bytes:
    if path.is_dir():
        refuse_folder(path, _CONVERT.format(name=path.name))
    content = read_regular(path)
    refuse_lfs_pointer(path, content)
    return content


def _zip_format(path: Path, content: bytes) -> str:
    with reading(path, "a damaged zip archive, truncated?"):
        names = zipfile.ZipFile(io.BytesIO(content)).namelist()
    if holds_model(names):
        return "exported-program"
    refuse_program(path, names)
    if any(name.endswith("/constants.pkl") for name in names):
        return "torchscript"
    if any(name.endswith("/data.pkl") for name in names):
        return "torch-checkpoint"
    content = "NumPy arrays" if names and all(name.endswith(".npy") for name in names) else "no PyTorch model"
    raise InputError(f"{path}: a zip archive with {content} inside, not a model")
