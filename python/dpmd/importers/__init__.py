"""Importers: DeePMD-kit's model formats, read without TensorFlow or PyTorch.

The core reads them; here are the containers that well-kept libraries open better, HDF5 and YAML. Nothing of a file is
ever executed, and what it may allocate is bounded; whatever is wrong with a file arrives as ``InputError``.
"""

from dpmd.importers.formats import FORMATS, dpmd_file, import_model

__all__ = ["FORMATS", "dpmd_file", "import_model"]
