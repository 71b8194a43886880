"""Subinterpreters are refused: NumPy and the engine keep what belongs to the process."""

from __future__ import annotations

from importlib import import_module


def require_main_interpreter() -> None:
    """ImportError in a subinterpreter, where the import of the engine would hang or crash."""
    for name in ("_interpreters", "_xxsubinterpreters"):  # from Python 3.13 on, and before
        try:
            interpreters = import_module(name)
        except ImportError:
            continue
        if interpreters.get_current() != interpreters.get_main():
            raise ImportError(
                "dpmd cannot be imported in a subinterpreter: use threads, which share its objects, or processes "
                "(multiprocessing with the start method 'spawn')"
            )
        return
