"""The ``dpmd`` command: its entry point, and its messages for unforeseen errors.

Only the standard library is imported before ``main`` has begun, so that Ctrl-C and errors of the machine also get plain
messages while the rest is being imported.
"""

from __future__ import annotations

import os
import signal
import sys

from dpmd.shown import one_line

TRACEBACK = "DPMD_TRACEBACK"  # if set to 1, tracebacks are printed on standard error
INTERRUPTED, REFUSED, DEFECT = 130, 2, 1  # exit statuses


def main() -> None:
    """Entry point of the ``dpmd`` command."""
    _accept_any_character()
    _ignore_odd_sizes()
    try:
        from dpmd.cli import app
        from dpmd.standard_streams import guarded_streams

        with guarded_streams():
            app(prog_name="dpmd")
    except SystemExit:
        raise
    except BaseException as error:
        sys.exit(end_with(error))
    finally:
        if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            signal.signal(signal.SIGINT, signal.SIG_DFL)  # Python is shutting down: nothing is left to interrupt


def end_with(error: BaseException) -> int:
    """Print what happened in one line; returns the exit status.

    An error that neither a file nor the machine can cause is a defect of dpmd: its traceback goes to a file that the
    line names, or to standard error if ``DPMD_TRACEBACK`` is set.
    """
    if is_interrupt(error):
        say("interrupted")
        return INTERRUPTED
    shows = os.environ.get(TRACEBACK, "") not in ("", "0")
    if shows:
        say_lines(_traceback(error))
    words = plain_words(error)
    if words is not None:
        say(f"error: {words}")
        return REFUSED
    said = one_line(str(error))
    place = f"{TRACEBACK}=1 shows where" if shows else _keep(_traceback(error))
    say(f"internal error: {type(error).__name__}{said and ': ' + said}; a defect of dpmd, please report it: {place}")
    return DEFECT


def is_interrupt(error: BaseException | None) -> bool:
    """Whether Ctrl-C caused an error: interrupted code may turn it into another one."""
    while error is not None:
        if isinstance(error, KeyboardInterrupt):
            return True
        error = error.__cause__ or error.__context__
    return False


def plain_words(error: BaseException) -> str | None:
    """A plain message for an error of the machine or the input; None if the error is neither."""
    said = one_line(str(error))
    if isinstance(error, MemoryError):
        return f"out of memory{said and ': ' + said}; a smaller system, or a higher limit (ulimit -v), helps"
    if isinstance(error, OSError):
        reason = error.strerror or said or type(error).__name__
        return reason if error.filename is None else f"{one_line(os.fsdecode(error.filename))}: {reason}"
    if isinstance(error, RecursionError):
        return "something in the input is nested too deeply to be read"
    if isinstance(error, UnicodeError):
        return f"invalid text: {said}"
    if isinstance(error, ModuleNotFoundError) and error.name and not error.name.startswith("dpmd"):
        return f"the Python package {error.name} is missing: pip install {error.name.partition('.')[0]}"
    if isinstance(error, ImportError):
        return f"a library cannot be loaded: {one_line(str(_first(error)))}"
    return None


def _first(error: BaseException) -> BaseException:
    """The error that led to this one; NumPy's own message about a library is a page long."""
    while isinstance(error.__cause__, ImportError):
        error = error.__cause__
    return error


def say(text: str) -> None:
    """Print a line on standard error, if there is one."""
    say_lines(f"dpmd: {text}\n")


def say_lines(text: str) -> None:
    """Print lines on standard error, if there is one."""
    try:
        sys.stderr.write(text)
        sys.stderr.flush()
    except (AttributeError, OSError, ValueError):  # missing or closed: the exit status must suffice
        pass


def _accept_any_character() -> None:
    """Let the terminal show escapes for characters that its encoding lacks (Å, names of files) instead of failing."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def _ignore_odd_sizes() -> None:
    """Ignore a size of the terminal in the environment that no terminal has."""
    for name in ("COLUMNS", "LINES"):
        value = os.environ.get(name, "1")
        if not (value.isascii() and value.isdigit() and len(value) < 5 and int(value) > 0):
            del os.environ[name]


def _traceback(error: BaseException) -> str:
    import traceback

    return "".join(traceback.format_exception(error))


def _keep(text: str) -> str:
    """Write a traceback to a new file; returns a text that says where it is."""
    import platform
    import tempfile

    try:
        number, name = tempfile.mkstemp(prefix="dpmd-traceback-", suffix=".txt")
        with open(number, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(f"{sys.argv}\nPython {platform.python_version()}, {platform.platform()}\n{text}")
    except OSError:
        return f"{TRACEBACK}=1 shows where"
    return f"the traceback is in {name}"
