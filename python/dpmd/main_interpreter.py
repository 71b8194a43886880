"""Subinterpreters are refused: NumPy and the engine hold state that belongs to the process."""

from __future__ import annotations

from importlib import import_module


def require_main_interpreter() -> None:
    """Raise ImportError in a subinterpreter, where importing the engine would hang or crash."""
    for name in ("_interpreters", "_xxsubinterpreters"):  # from Python 3.13 on, and before that
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
