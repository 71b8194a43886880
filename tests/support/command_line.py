"""Commands of ``dpmd``, run in this process."""

from __future__ import annotations

from typer.testing import CliRunner, Result

from dpmd.cli import app


def command(*arguments: object) -> str:
    """The output of a command; if it fails, so does the test."""
    return _output(0, arguments)


def refusal(*arguments: object) -> str:
    """The message of a command that fails."""
    return _output(2, arguments)


def stdout(*arguments: object) -> str:
    """The output of a command for programs, without its messages to people on stderr."""
    return _result(0, arguments).stdout


def _output(status: int, arguments: tuple[object, ...]) -> str:
    return _result(status, arguments).output


def _result(status: int, arguments: tuple[object, ...]) -> Result:
    done = CliRunner().invoke(app, [str(a) for a in arguments], catch_exceptions=False)
    assert done.exit_code == status, done.output
    return done
