"""Whatever is typed or written in an input file is done, or a line says why not; there is never a traceback.

The choices are seeded, so a failure repeats. `DPMD_HOSTILE_INPUT=20000` tries that many of each kind, instead of the
few of a usual run, and `DPMD_HOSTILE_SEED=7` tries others.
"""

from __future__ import annotations

import json
import os
import random
from dataclasses import fields
from pathlib import Path

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from dpmd.cli import app
from dpmd.config import SCHEMA

N = int(os.environ.get("DPMD_HOSTILE_INPUT", "20"))
SEED = int(os.environ.get("DPMD_HOSTILE_SEED", "0"))
STATUS = {0, 2, 3, 130}

LONG = "x" * 5000
TEXTS = (
    *(
        "",
        " ",
        "a b",
        "~",
        "~nobody/x",
        "x\ty",
        "new\nline",
        "nul\0",
        "\udcff\udcfe",
        "ﬀ",
        "'",
        '"',
        "\\",
        "../..",
        "/",
    ),
    *(
        "-1",
        "0",
        "1",
        "3",
        "1.5",
        "nan",
        "inf",
        "-inf",
        "1e400",
        "9" * 400,
        "9" * 5000,
        "1,2",
        "1 1 1",
        "1x1x1",
        "T T F",
    ),
    *(
        "1=O",
        "O=O,H=H",
        "=",
        "1=O,1=H",
        "true",
        "cpu",
        "cuda:0",
        "cuda:99999999999",
        "auto",
        "double",
        "mix16",
        "metal",
    ),
    *(
        "png",
        "svg",
        "xyz",
        "vasp",
        "lammps-data",
        "none",
        "\x1b[31m",
        "%s",
        "{0}",
        "--",
        "-h",
        "--nope",
        "dir#/group",
        "#",
    ),
    *("/dev/null", "/dev/full", "/proc/self/mem", "/nonexistent/x", "d/" * 2500, LONG),
)
NUMBERS = (
    0,
    1,
    -1,
    2,
    3,
    7,
    0.5,
    -0.0,
    1e-300,
    1e300,
    float("nan"),
    float("inf"),
    2**31,
    2**53,
    2**63 - 1,
    2**63,
    10**400,
)
OTHERS = (True, False, [], [1, 2, 3], ["a"], [[1], [2]], [[[[]]]], {}, {"a": 1}, {"a b": {"c\n": 2}}, [1, "x", 2.5])


NAMES = ("model.dpmd", "box.extxyz", "empty", "junk", "a name\twith\nmore.extxyz", "loop", "list", "train.json", "sub")
COMMANDS = {  # what each needs, and options that keep it short
    "run": (["input.toml"], ["--steps", "2", "--force"]),
    "info": (["model.dpmd"], []),
    "bench": (["model.dpmd"], ["--seconds", "0.01", "--atoms", "8", "--small", "0"]),
    "convert": (["model.dpmd", "out.dpmd"], []),
    "energy": (["model.dpmd", "-s", "box.extxyz"], []),
    "test": (["model.dpmd", "-s", "box.extxyz"], []),
    "deviation": (["model.dpmd", "model.dpmd", "-s", "box.extxyz"], []),
    "neighbor-stat": (["-s", "box.extxyz", "-r", "3"], []),
    "plot": (["run"], []),
    "serve": (["model.dpmd", "-s", "box.extxyz"], ["--wait", "0"]),
}
INPUT = {
    "model": {"file": "model.dpmd", "threads": 1},
    "structure": {"file": "box.extxyz"},
    "dynamics": {"ensemble": "nvt", "temperature": 300, "steps": 2},
    "output": {"directory": "run"},
}


@pytest.fixture(scope="module")
def files(tmp_path_factory, water_model, small_box) -> Path:
    """A folder with suitable files, and some unsuitable ones."""
    folder = tmp_path_factory.mktemp("hostile")
    (folder / "model.dpmd").write_bytes(water_model.read_bytes())
    (folder / "box.extxyz").write_bytes(small_box.read_bytes())
    (folder / "empty").write_bytes(b"")
    (folder / "junk").write_bytes(bytes(range(256)) * 8)
    (folder / "a name\twith\nmore.extxyz").write_bytes(small_box.read_bytes())
    (folder / "loop").symlink_to("loop")
    (folder / "list").write_text("box.extxyz\n\0\n" + LONG)
    (folder / "train.json").write_text(
        '{"training": {"training_data": {"systems": ["."], "rglob_patterns": ["", "/"]}}}'
    )
    (folder / "sub").mkdir()
    return folder


@pytest.fixture
def names(files, monkeypatch) -> list[str]:
    """Changes to the folder, and returns the names of the files."""
    monkeypatch.chdir(files)
    return [*NAMES, str(files / "box.extxyz")]


def invoke(arguments: list[str]) -> str | None:
    """What is wrong with the way a command ends; None: nothing."""
    done = CliRunner().invoke(app, arguments)
    if done.exit_code in STATUS and "Traceback" not in done.output and "internal error" not in done.output:
        return None
    return f"dpmd {' '.join(map(repr, arguments))}: {done.exit_code} {done.exception!r}"


def toml(value: object) -> str:
    """A value in TOML, including values that TOML forbids."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{json.dumps(key)} = {toml(item)}" for key, item in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    return json.dumps(value) if isinstance(value, (str, bool)) else repr(value)


def document(tables: dict[str, dict[str, object]]) -> str:
    """An input file."""
    lines = []
    for name, table in tables.items():
        lines += [f"[{name}]", *(f"{key} = {toml(value)}" for key, value in table.items())]
    return "\n".join(lines)


def test_no_option_of_any_command_ends_in_a_traceback(names) -> None:
    choose = random.Random(SEED)
    commands, wrong = get_command(app).commands, []
    Path("input.toml").write_text(document(INPUT))
    for _ in range(N):
        name = choose.choice(list(COMMANDS))
        needed, limits = COMMANDS[name]
        words = [choose.choice((*TEXTS, *names)) if choose.random() < 0.15 else word for word in needed]
        for option in choose.sample(commands[name].params, choose.randrange(3)):
            if option.param_type_name == "option":
                words.append(choose.choice(option.opts))
                words += [] if option.is_flag else [choose.choice((*TEXTS, *names))]
        wrong.append(invoke([name, *words, *limits]))

    assert not [one for one in wrong if one]


def test_no_value_of_any_key_ends_in_a_traceback(names) -> None:
    choose = random.Random(SEED)
    keys, wrong = [(table, item.name) for table, cls in SCHEMA.items() for item in fields(cls)], []
    for _ in range(N):
        tables = {name: dict(table) for name, table in INPUT.items()}
        for table, key in choose.sample(keys, choose.choice((1, 1, 2, 3))):
            tables.setdefault(table, {})[key] = choose.choice((*TEXTS, *NUMBERS, *OTHERS, *names))
        text = document(tables)
        Path("input.toml").write_bytes(text.encode("utf-8", "surrogateescape"))
        found = invoke(["run", "input.toml", "--steps", "2", "--force"])
        wrong.append(found and f"{found}\n{text[:2000]}")

    assert not [one for one in wrong if one]


def test_no_damage_of_an_input_file_ends_in_a_traceback(names) -> None:
    choose, wrong = random.Random(SEED), []
    whole = document(INPUT).encode()
    for _ in range(N):
        content = bytearray(whole)
        for _ in range(choose.choice((1, 1, 3))):
            place = choose.randrange(len(content))
            content[place : place + choose.randrange(4)] = choose.choice(
                (b"", b"\0", b"[", b"\xff", b'"', b"9" * 5000, b"[" * 5000)
            )
        Path("input.toml").write_bytes(content)
        found = invoke(["run", "input.toml", "--steps", "2", "--force"])
        wrong.append(found and f"{found}\n{bytes(content)[:2000]!r}")

    assert not [one for one in wrong if one]
