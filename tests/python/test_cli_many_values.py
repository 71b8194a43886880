"""Several values after one option."""

from __future__ import annotations

import pytest
import typer

from dpmd.cli import app
from dpmd.cli.many_values import spread

COMMANDS = typer.main.get_command(app).commands


@pytest.mark.parametrize(
    ("command", "line", "meant"),
    [
        ("deviation", "a.pb b.pb -s x y z", "a.pb b.pb -s x -s y -s z"),
        ("deviation", "a.pb b.pb --system x y -o table", "a.pb b.pb --system x --system y -o table"),
        ("deviation", "-s x a.pb b.pb", "-s x a.pb b.pb"),  # models after it: one value, as before
        ("deviation", "-s x a.pb -s y z", "-s x a.pb -s y -s z"),
        ("deviation", "a.pb --atomic b.pb -s x -f 5 y", "a.pb --atomic b.pb -s x -f 5 y"),
        ("test", "a.pb -s x y -n 3 --json", "a.pb -s x -s y -n 3 --json"),
        ("test", "a.pb -s x -- y z", "a.pb -s x -- y z"),
        ("test", "a.pb -s", "a.pb -s"),
        ("test", "a.pb --frames 3 -s x - y", "a.pb --frames 3 -s x -s - -s y"),
    ],
)
def test_words_behind_an_option_belong_to_it(command: str, line: str, meant: str) -> None:
    assert spread(line.split(), COMMANDS[command].params) == meant.split()


def test_every_command_takes_them_or_hands_its_words_on() -> None:
    from dpmd.cli.lmp import HandsOn
    from dpmd.cli.many_values import ManyValues

    assert all(isinstance(command, ManyValues) for name, command in COMMANDS.items() if name != "lmp")
    assert isinstance(COMMANDS["lmp"], HandsOn)
