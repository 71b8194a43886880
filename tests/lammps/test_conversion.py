"""The pair style takes files of DeePMD-kit as they are: ``pair_style dpmd water.pb``."""

from __future__ import annotations

from dataclasses import replace

import pytest
from lammps_runs import NVE, dump, script, water

from counted_converter import CountedConverter
from dpmd.importers import import_model
from model_files.every_format import WRITERS
from model_files.toy_model import Toy, model_dict

MODEL = Toy(sel=[60, 90], rcut=4.0)


@pytest.fixture
def converter(tmp_path) -> CountedConverter:
    (tmp_path / "converter").mkdir()
    return CountedConverter(tmp_path / "converter")


@pytest.fixture
def run_file(lammps, tmp_path, converter):
    """Runs an input with a file as its model."""

    def run_file(file, ranks=1, name="run", **environment):
        program = replace(lammps, environment=lammps.environment | converter.environment | environment)
        data = water().write(tmp_path / "structure.lmp")
        pair = [f"pair_style dpmd {file}", "pair_coeff * * O H"]
        return program.run(tmp_path, script(data, pair, [*dump(f"{name}.dump", 5), *NVE, "run 5"]), ranks, name)

    return run_file


@pytest.mark.parametrize("form", ["tensorflow-graph", "torchscript", "dpmodel-hdf5"])
def test_a_file_gives_the_bits_of_its_converted_one(run_file, tmp_path, form):
    file = WRITERS[form](tmp_path, model_dict(MODEL))
    import_model(file).save(tmp_path / "other.dpmd")

    direct = run_file(file, name="direct")
    run_file(tmp_path / "other.dpmd", name="converted")

    assert direct.status == 0, direct.text
    assert (tmp_path / "direct.dump").read_bytes() == (tmp_path / "converted.dump").read_bytes()


def test_four_ranks_convert_it_once(run_file, tmp_path, converter):
    file = WRITERS["dpmodel-hdf5"](tmp_path, model_dict(MODEL))

    first, second = run_file(file, ranks=4), run_file(file, ranks=4)

    assert first.status == second.status == 0, first.text
    assert converter.n_runs == 1
    assert len(converter.cached()) == 1


def test_a_model_that_cannot_be_run_ends_all_ranks_with_one_error(run_file, tmp_path, converter):
    model = model_dict(MODEL)
    model["fitting"]["type"] = "dipole"
    file = WRITERS["dpmodel-hdf5"](tmp_path, model)

    output = run_file(file, ranks=2)

    assert output.status != 0 and f"pair_style dpmd: {file}: " in output.error and "a dipole model" in output.error
    assert "convert" not in output.error


def test_without_a_conversion_the_error_names_the_command(run_file, tmp_path, converter):
    file = WRITERS["dpmodel-hdf5"](tmp_path, model_dict(MODEL))

    error = run_file(file, DPMD_CONVERT="0").error

    assert f"dpmd convert {file} {file.with_suffix('.dpmd')}" in error and "DPMD_CONVERT=0" in error
    assert converter.n_runs == 0
