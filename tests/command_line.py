"""Commands of ``dpmd``, run in this process."""

from __future__ import annotations

from typer.testing import CliRunner

from dpmd.cli import app


def command(*arguments: object) -> str:
    """What a command prints; its failure is the test's."""
    return _output(0, arguments)


def refusal(*arguments: object) -> str:
    """What a command says that fails."""
    return _output(2, arguments)


def _output(status: int, arguments: tuple[object, ...]) -> str:
    done = CliRunner().invoke(app, [str(a) for a in arguments], catch_exceptions=False)
    assert done.exit_code == status, done.output
    return done.output
