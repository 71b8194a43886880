"""The descriptors that dpmd reads, each with what makes it of a source of any format: the list of them."""

from __future__ import annotations

from dpmd.importers.descriptor_reader import DescriptorReader
from dpmd.importers.kind import descriptor_name, refuse
from dpmd.importers.local_frame import LOCAL_FRAME
from dpmd.importers.se_a import SE_A
from dpmd.importers.se_atten import SE_ATTEN, SE_ATTEN_V2
from dpmd.importers.se_r import SE_R
from dpmd.importers.se_t import SE_T
from dpmd.importers.se_t_tebd import SE_T_TEBD

READERS: tuple[DescriptorReader, ...] = (SE_A, SE_R, SE_T, SE_ATTEN, SE_ATTEN_V2, LOCAL_FRAME, SE_T_TEBD)


def reader_of(name: str) -> DescriptorReader:
    """The reader of a descriptor by any of DeePMD-kit's names of it."""
    for reader in READERS:
        if reader.name == descriptor_name(name):
            return reader
    raise refuse("descriptor", f"the descriptor {name}")
