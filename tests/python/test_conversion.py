"""Programs without Python load files of DeePMD-kit: the library has the command dpmd convert each of them once."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

import dpmd
from counted_converter import CountedConverter
from dpmd.importers import import_model
from model_files.every_format import WRITERS
from model_files.toy_model import Toy, model_dict

# What a program in C does. An error is printed as the interface gives it.
LOAD = """
import ctypes, sys
library = ctypes.CDLL(sys.argv[1])
library.dpmd_last_error.restype = ctypes.c_char_p
engine, paths = ctypes.c_void_p(), (ctypes.c_char_p * 1)(sys.argv[2].encode())
print(library.dpmd_load(paths, 1, None, ctypes.byref(engine)), library.dpmd_last_error().decode())
"""


@pytest.fixture
def converter(tmp_path) -> CountedConverter:
    (tmp_path / "converter").mkdir()
    return CountedConverter(tmp_path / "converter")


def start(file: Path, **environment: str) -> subprocess.Popen:
    library = next((Path(dpmd.__file__).parent / "lib").glob("libdpmd.so.*"))
    return subprocess.Popen(
        [sys.executable, "-c", LOAD, str(library), str(file)],
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        text=True,
    )


def load(file: Path, **environment: str) -> str:
    """What such a program prints: "0 " where it has loaded the file."""
    return start(file, **environment).communicate(timeout=120)[0].rstrip("\n")


@pytest.mark.parametrize("form", ["dpmodel-hdf5", "dpmodel-yaml"])
def test_the_cached_file_is_the_one_that_the_command_writes(tmp_path, form):
    file = WRITERS[form](tmp_path, model_dict(Toy()))

    assert load(file, DPMD_CACHE=str(tmp_path / "cache")) == "0 "  # by the command that was installed with the library

    (cached,) = (tmp_path / "cache").iterdir()
    import_model(file).save(tmp_path / "expected.dpmd")
    assert cached.name.startswith(f"{hashlib.sha256(file.read_bytes()).hexdigest()}-{dpmd.__version__}-")
    assert cached.read_bytes() == (tmp_path / "expected.dpmd").read_bytes()


def test_processes_that_start_together_convert_a_file_once(tmp_path, converter):
    file = WRITERS["dpmodel-hdf5"](tmp_path, model_dict(Toy()))

    started = [start(file, **converter.environment) for _ in range(4)]

    assert [one.communicate(timeout=120)[0] for one in started] == ["0 \n"] * 4
    assert converter.n_runs == 1
    assert len(converter.cached()) == 1 and converter.cache.stat().st_mode & 0o777 == 0o700


def test_a_model_that_cannot_be_run_is_refused_in_the_words_of_the_command(tmp_path, converter):
    model = model_dict(Toy())
    model["fitting"]["type"] = "dipole"
    file = WRITERS["dpmodel-hdf5"](tmp_path, model)
    with pytest.raises(dpmd.InputError) as refusal:
        dpmd.Model(file)

    assert load(file, **converter.environment) == f"1 {refusal.value}"
    assert converter.cached() == []


def test_nothing_is_converted_where_that_is_switched_off(tmp_path, converter):
    file = WRITERS["dpmodel-hdf5"](tmp_path, model_dict(Toy()))

    said = load(file, DPMD_CONVERT="0", **converter.environment)

    assert said.startswith(f"1 {file}: a ")
    assert "has to be converted to a .dpmd file, but DPMD_CONVERT=0" in said
    assert said.endswith(f"dpmd convert {file} {file.with_suffix('.dpmd')}")
    assert converter.n_runs == 0

    import_model(file).save(file.with_suffix(".dpmd"))
    assert load(file, DPMD_CONVERT="0", **converter.environment) == "0 "


def test_a_file_beside_it_that_was_converted_with_options_does_not_stand_for_it(tmp_path, converter):
    """It may be another model, or another function."""
    file = WRITERS["dpmodel-hdf5"](tmp_path, model_dict(Toy()))
    spec = import_model(file)
    spec.source.file += ", function graph"
    spec.save(file.with_suffix(".dpmd"))

    assert load(file, **converter.environment) == "0 "
    assert converter.n_runs == 1


def test_what_a_launcher_tells_a_rank_does_not_reach_the_command(tmp_path, converter):
    file = WRITERS["dpmodel-yaml"](tmp_path, model_dict(Toy()))

    assert load(file, PMI_RANK="1", PMI_SIZE="2", **converter.environment) == "0 "


def test_a_misnamed_file_needs_no_conversion_in_python(tmp_path, monkeypatch, converter):
    for name, value in converter.environment.items():
        monkeypatch.setenv(name, value)
    file = WRITERS["dpmodel-hdf5"](tmp_path, model_dict(Toy()))

    assert dpmd.Model(file.rename(tmp_path / "m.dpmd")).type_map == ["O", "H"]
    assert converter.n_runs == 0
