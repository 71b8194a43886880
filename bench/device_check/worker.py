"""A process that computes the cases, so that a crash, a hang or a broken device ends one case and not the script."""

from __future__ import annotations

import importlib.util
import multiprocessing
import traceback
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any


class CaseError(Exception):
    """A case failed; the message is its last words."""


def load_core(path: Path) -> ModuleType:
    """The extension module without its package, which needs more than NumPy."""
    spec = importlib.util.spec_from_file_location("_core", path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} is no extension module of this Python")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def load_model(core: Any, file: bytes, name: str, precision: str = "double", form: str = "off") -> Any:
    """The model in a ``.dpmd`` file."""
    return core.Model(file, name, precision=precision, overflow="error", compress=form, tolerance=0, threads=0)


def potential_of(core: Any, model: Any, device: str = "cpu") -> Any:
    """A model on a device."""
    return core.Potential(model, device=device, threads=0, instruction_set="", skin=0)


class Worker:
    """Calls functions as ``function(bench, *arguments)`` in a separate process, which is replaced when it fails.

    Args:
        make_bench: Makes the first argument of every function, once per process.
        arguments: The arguments of ``make_bench``.
    """

    def __init__(self, make_bench: Callable[..., Any], *arguments: Any) -> None:
        self._make = (make_bench, arguments)
        self._process: Any = None

    def call(self, seconds: float, function: Callable[..., Any], *arguments: Any) -> Any:
        """The function's value. Raises CaseError when the function raised, the process died, or it took longer than
        ``seconds``."""
        if self._process is None:
            self._start()
        try:
            self._pipe.send((function, arguments))
            is_done = self._pipe.poll(max(seconds, 1.0))
            outcome, value = self._pipe.recv() if is_done else ("failed", f"took longer than {seconds:.0f} s")
        except (EOFError, OSError):
            self._process.join(10)
            outcome, value = "failed", f"the process died with exit code {self._process.exitcode}"
        if outcome == "failed":  # the device may be in any state
            self.close()
        if outcome != "done":
            raise CaseError(value)
        return value

    def _start(self) -> None:
        context = multiprocessing.get_context("spawn")  # a forked process cannot use its parent's GPU
        self._pipe, other = context.Pipe()
        self._process = context.Process(target=_serve, args=(other, *self._make), daemon=True)
        self._process.start()
        other.close()

    def close(self) -> None:
        """End the process; the next call starts another."""
        if self._process is not None:
            self._process.kill()
            self._process.join()
            self._pipe.close()
            self._process = None


def _serve(pipe: Any, make_bench: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    bench = None
    while True:
        try:
            function, given = pipe.recv()
        except EOFError:
            return
        try:
            bench = bench or make_bench(*arguments)
            pipe.send(("done", function(bench, *given)))
        except Exception as error:
            place = traceback.extract_tb(error.__traceback__)[-1]
            name = type(error).__name__
            outcome = "refused" if name == "InputError" else "failed"
            pipe.send((outcome, f"{name}: {error} ({Path(place.filename).name}:{place.lineno})"))
