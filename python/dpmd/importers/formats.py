"""Model files of every format as ``.dpmd`` files.

The core reads all but two kinds of container, HDF5 and YAML, which are opened here: the dictionary in them goes to the
core as well.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from dpmd import _core
from dpmd.errors import InputError
from dpmd.importers.limits import Budget
from dpmd.models.spec import ModelSpec
from dpmd.regular_file import read_regular
from dpmd.shown import shown


@dataclass(frozen=True)
class Format:
    """A readable format."""

    description: str
    suffixes: tuple[str, ...]


FORMATS: dict[str, Format] = {
    "dpmd": Format("dpmd model", (".dpmd",)),
    "tensorflow-graph": Format("DeePMD-kit TensorFlow graph", (".pb",)),
    "torchscript": Format("DeePMD-kit TorchScript model", (".pth",)),
    "torch-checkpoint": Format("DeePMD-kit PyTorch checkpoint", (".pt",)),
    "exported-program": Format("DeePMD-kit exported program", (".pt2", ".pte")),
    "dpmodel-hdf5": Format("DeePMD-kit dpmodel, HDF5", (".dp", ".hlo", ".jax")),
    "dpmodel-yaml": Format("DeePMD-kit dpmodel, text", (".yaml", ".yml")),
}

_SYSTEMS = "data sets go behind -s of dpmd test or dpmd deviation"


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
    from dpmd.models.file import spec_of

    content, notes = dpmd_file(path, head, dpa1_function=dpa1_function)
    return replace(spec_of(content), notes=notes)


def dpmd_file(
    path: str | Path, head: str | None = None, *, dpa1_function: str | None = None
) -> tuple[bytes, list[str]]:
    """The content of the ``.dpmd`` file that a model file of any format makes, and notes of how it was read.

    Arguments and errors are those of ``import_model``; whether the parts of the model fit together is not checked.
    """
    path = Path(path)
    content = _content(path)
    form = _core.file_format(content, str(path))
    if form not in ("dpmodel-hdf5", "dpmodel-yaml"):
        return _core.import_file(content, str(path), head, dpa1_function)
    if head is not None:
        raise InputError(
            f"{path}: head {shown(head)}: only a multi-task checkpoint (.pt) has heads, and this is a "
            f"{FORMATS[form].description}; leave the head out"
        )
    document = _document(path, content, form)
    return _core.import_dictionary(document, str(path), content, form, dpa1_function)


def _document(path: Path, content: bytes, form: str) -> dict[str, Any]:
    """The dictionary in an HDF5 or YAML file."""
    from dpmd.importers.hdf5_file import hdf5_document
    from dpmd.importers.yaml_document import yaml_document

    try:
        if form == "dpmodel-hdf5":
            document = hdf5_document(path, len(content), Budget(len(content)))
        else:
            document = yaml_document(content, str(path))
    except ImportError as error:
        raise InputError(f"{path}: install the package {error.name} to read it") from error
    if not isinstance(document, dict):
        raise InputError(f"{path}: no DeePMD-kit model: expected a mapping with 'model', found other text")
    return document


def _content(path: Path) -> bytes:
    if path.is_dir():
        if any(path.glob("**/type.raw")):
            raise InputError(f"{path}: a data set of DeePMD-kit, not a model; {_SYSTEMS}")
        raise InputError(f"{path}: a directory; convert it with DeePMD-kit: dp convert-backend {path.name} model.dp")
    return read_regular(path)
