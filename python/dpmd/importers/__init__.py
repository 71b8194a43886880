"""Importers: DeePMD-kit's model formats, read without TensorFlow or PyTorch.

Each module reads one format from bytes and gives a ``ModelSpec``. They never execute anything from
a file and bound what a file may allocate; whatever is wrong with a file arrives as ``InputError``.
"""

from dpmd.importers.formats import FORMATS, import_model

__all__ = ["FORMATS", "import_model"]
