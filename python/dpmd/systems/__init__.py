"""Frames to compute or to compare with: data sets in DeePMD-kit's layouts, and structure files.

``find_sources`` finds the sources that a user names, and a source is opened for the types of a model. Every source
then gives frames of the same kind, ``Frame``. Lengths are in Å, energies in eV.

| source | read by |
|---|---|
| ``deepmd/npy``: a folder with ``type.raw`` and ``set.*`` folders of ``.npy`` files | ``npy.py`` |
| the same in a group of an HDF5 file, ``data.hdf5#/group`` | ``hdf5.py`` |
| ``deepmd/raw``: a folder with ``type.raw`` and text files ``coord.raw``, ``box.raw``, … | ``raw.py`` |
| structure files and trajectories, and folders of them | ``structures.py`` |
"""

from dpmd.systems.find import Source, find_sources, read_data_file
from dpmd.systems.frame import Frame, Parameters, naming
from dpmd.systems.structures import Structures
from dpmd.systems.system import System

__all__ = [
    "Frame",
    "Parameters",
    "Source",
    "Structures",
    "System",
    "find_sources",
    "naming",
    "read_data_file",
]
