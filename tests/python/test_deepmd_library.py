"""libdeepmd_c.so as a file: what hosts look for in it, and two of that name in one process."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import dpmd

PACKAGE = Path(dpmd.__file__).parent
LIBRARY = PACKAGE / "lib" / "deepmd" / "libdeepmd_c.so"
HEADER = PACKAGE / "include" / "deepmd" / "c_api.h"
N_FUNCTIONS = 166  # of version 30 of the interface

pytestmark = pytest.mark.skipif(not LIBRARY.is_file(), reason="dpmd was built with DPMD_DEEPMD=OFF")
needs_gcc = pytest.mark.skipif(shutil.which("gcc") is None, reason="needs gcc")
needs_binutils = pytest.mark.skipif(shutil.which("nm") is None, reason="needs nm and readelf")


def output_of(*command) -> str:
    return subprocess.run([str(part) for part in command], check=True, capture_output=True, text=True).stdout


@pytest.fixture(scope="module")
def declared() -> set[str]:
    """The functions of the header."""
    text = output_of("gcc", "-E", "-P", "-x", "c", HEADER)
    return set(re.findall(r"\bDP_[A-Za-z0-9_]+(?=\()", text))


@needs_gcc
@needs_binutils
def test_the_functions_of_the_header_and_nothing_else_are_exported(declared) -> None:
    exported = {tuple(line.split()[-2:]) for line in output_of("nm", "-D", "--defined-only", LIBRARY).splitlines()}

    assert len(declared) == N_FUNCTIONS
    assert exported == {("T", name) for name in declared}


@needs_binutils
def test_hosts_find_it_by_its_name_and_it_finds_the_engine_beside_its_folder() -> None:
    section = output_of("readelf", "-dW", LIBRARY)

    assert re.search(r"\(SONAME\).*\[libdeepmd_c\.so\]", section)
    assert re.search(r"\(RUNPATH\).*\[\$ORIGIN/\.\.\]", section)
    assert re.search(r"\(NEEDED\).*\[libdpmd\.so", section)


# A second library with some of the names, and with none of the functions that dpmd must not take from it.
OTHER = """
#include <stdlib.h>
static int marks;
void *DP_NewDeepPot(const char *model) { return &marks; }
void *DP_NewNlist(int n, int *a, int *b, int **c) { return &marks; }
const char *DP_DeepPotCheckOK(void *model) { return "the other library"; }
const char *DP_DeepBaseModelCheckOK(void *model) { return "the other library"; }
void DP_DeleteChar(const char *text) { marks++; }
void DP_DeleteDeepPot(void *model) { marks++; }
"""
BOTH = """
import ctypes, sys
order, ours, other, model = sys.argv[1:]
paths = {"ours": ours, "other": other}
loaded = {name: ctypes.CDLL(paths[name], ctypes.RTLD_GLOBAL) for name in order.split("-")}
mine = loaded["ours"]
mine.DP_NewDeepPot.restype = mine.DP_DeepPotCheckOK.restype = ctypes.c_void_p
mine.DP_NewNlist_comm.restype = mine.DP_NlistCheckOK.restype = ctypes.c_void_p
mine.DP_DeepPotGetCutoff.restype = ctypes.c_double
pot = ctypes.c_void_p(mine.DP_NewDeepPot(model.encode()))
text = ctypes.c_void_p(mine.DP_DeepPotCheckOK(pot))
nlist = ctypes.c_void_p(mine.DP_NewNlist_comm(0, *[None] * 3, 0, *[None] * 7, 1))
print(ctypes.string_at(text) == b"", mine.DP_DeepPotGetCutoff(pot) > 1)
mine.DP_DeleteChar(text)
mine.DP_DeleteNlist(nlist)
mine.DP_DeleteDeepPot(pot)
"""


@needs_gcc
@pytest.mark.parametrize("order", ["ours-other", "other-ours"])
def test_another_library_of_that_name_in_the_process_changes_nothing(order, root, tmp_path) -> None:
    source, other = tmp_path / "other.c", tmp_path / "libdeepmd_c.so"
    source.write_text(OTHER)
    subprocess.run(["gcc", "-shared", "-fPIC", "-w", source, "-o", other, "-Wl,-soname,other.so"], check=True)
    model = root / "examples" / "water" / "water_small.dpmd"

    shown = output_of(sys.executable, "-c", BOTH, order, LIBRARY, other, model)

    assert shown == "True True\n"
