"""``dpmd.benchmark`` and ``dpmd bench``: the right work is measured. No time is asserted."""

from __future__ import annotations

import json

import numpy as np
import pytest
from typer.testing import CliRunner

import dpmd
from dpmd.benchmark import FORMS, REBUILD_EVERY, measure, model_structure
from dpmd.cli import app
from dpmd.structure import structure_of


def test_the_made_structure_fits_the_model(water_potential) -> None:
    structure = model_structure(water_potential, 4096)

    volume = abs(np.linalg.det(structure.cell))
    neighbors = len(structure.positions) / volume * 4 / 3 * np.pi * water_potential.cutoff**3
    sel = water_potential.info()["descriptor"]["sel"]
    assert neighbors == pytest.approx(0.6 * sum(sel), rel=0.01)
    shares = np.bincount(structure.types) / len(structure.types)
    assert shares == pytest.approx(np.array(sel) / sum(sel), abs=0.05)
    distances = dpmd.neighbor_list(structure.positions, structure.cell, cutoff=3.0)[3]
    assert distances.min() > 1.5  # atoms are far enough apart for the tables


@pytest.mark.parametrize(("precision", "compress"), FORMS)
def test_a_measurement_says_what_was_measured(water_model, precision: str, compress: bool) -> None:
    found = measure(water_model, precision=precision, compress=compress, n_atoms=125, threads=1, seconds=0.02, blocks=2)

    assert (found.n_atoms, found.threads) == (125, 1)
    assert found.form.startswith(precision)
    assert found.compressed == ("compressed" in found.form) == compress
    assert found.atom_steps_per_second == pytest.approx(125 / found.seconds_per_step)
    assert sum(found.stages.values()) == pytest.approx(1)
    assert {"neighbors", "embedding", "rest"} <= set(found.stages)
    assert 0 < found.seconds_per_list / REBUILD_EVERY < found.seconds_per_step
    assert found.bytes_per_atom > 100


def test_a_made_structure_keeps_the_distances_that_the_model_knows(oracle) -> None:
    for model in sorted(oracle.glob("*.pb")):
        potential = dpmd.Potential(model)
        structure = model_structure(potential, 64)

        nearest = dpmd.neighbor_list(structure.positions, structure.cell, potential.cutoff)[3].min(initial=np.inf)
        assert nearest > (potential.info()["min_neighbor_distance"] or 0.8), model.name


def test_a_given_structure_is_used(water_model, water_atoms) -> None:
    assert measure(water_model, structure_of(water_atoms, ["O", "H"]), threads=1, seconds=0.01, blocks=1).n_atoms == 192


def test_models_with_parameters_are_measured(oracle) -> None:
    assert measure(oracle / "fparam_aparam.pb", n_atoms=27, threads=1, seconds=0.01, blocks=1).n_atoms == 27


def test_the_command_prints_every_form_and_writes_json(water_model, tmp_path) -> None:
    file = tmp_path / "speed.json"

    options = ("--atoms", 64, "--small", 27, "--seconds", 0.01, "--threads", 1, "--json", file)
    text = CliRunner().invoke(app, ["bench", str(water_model), *map(str, options)]).stdout

    rows = json.loads(file.read_text())["measurements"]
    assert [row["n_atoms"] for row in rows] == [64] * 4 + [27] * 4
    assert [row["precision"] for row in rows[:4]] == [precision for precision, _ in FORMS]
    for precision in ("double", "mix32", "mix16"):
        assert precision in text


def test_a_given_structure_may_not_exceed_sel(water_model, water_atoms) -> None:
    crowded = water_atoms.copy()
    crowded.set_cell(0.7 * np.asarray(crowded.cell), scale_atoms=True)

    with pytest.raises(dpmd.InputError, match="sel"):
        measure(water_model, structure_of(crowded, ["O", "H"]), threads=1, seconds=0.01, blocks=1)


def bench(*arguments: object):
    return CliRunner().invoke(app, ["bench", *map(str, arguments)])


def test_a_model_that_is_not_compressed_is_measured_and_says_why(oracle) -> None:
    text = bench(
        oracle / "act_relu6_relu.pb", "--atoms", "2.7e1", "--small", 0, "--seconds", 0.01, "--threads", 1
    ).stdout

    assert "kinks" in text
    rows = [line.split() for line in text.splitlines()]
    assert ["double", "exact"] in [row[:2] for row in rows]
    assert not [row for row in rows if row[1:2] == ["compressed"]]


def test_the_time_step_of_the_rate_depends_on_hydrogen(root, oracle, tmp_path) -> None:
    structure = root / "examples" / "water" / "water_192.extxyz"
    file = tmp_path / "speed.json"
    for options, timestep in (((), 0.5), (("--timestep", 2, "--force"), 2)):
        result = bench(
            oracle / "single.pb", "--structure", structure, "--seconds", 0.01, "--threads", 1, "--json", file, *options
        )

        assert result.exit_code == 0, result.output
        document = json.loads(file.read_text())
        assert document["timestep"] == timestep
        row = document["measurements"][0]
        assert row["nanoseconds_per_day"] == pytest.approx(0.0864 * timestep / row["seconds_per_step"])
        assert f"192 atoms; ns/day at {timestep} fs" in result.stdout


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (("--timestep", 0), "--timestep 0.0 fs must be above 0"),
        (("--structure", "absent.xyz"), "absent.xyz"),
        (("--structure", "absent.xyz", "--atoms", 100), "no effect with --structure"),
        (("--small", "1.5"), "'1.5' is not a whole number"),
        (("--json", "absent/x.json"), "there is no folder absent"),
        (("--json", "."), ".: is a folder"),
    ],
)
def test_options_that_make_no_sense_are_named(water_model, options, reason: str) -> None:
    result = bench(water_model, *options, "--seconds", 0.01, *(() if "--structure" in options else ("--atoms", 8)))

    assert result.exit_code == 2
    assert reason in result.stderr


def test_atoms_too_close_for_the_tables_are_counted(water_model, water_atoms) -> None:
    potential = dpmd.Potential(water_model, compress=True)
    potential.compute(water_atoms)
    assert potential.n_fallback == 0

    squeezed = water_atoms.copy()
    squeezed.positions[1] = squeezed.positions[0] + [0.6, 0.0, 0.0]
    result = potential.compute(squeezed, atomic=True)

    assert 2 <= potential.n_fallback < 10
    expected = dpmd.Potential(water_model).compute(squeezed, atomic=True)
    assert result.atom_energies[0] == expected.atom_energies[0]


def test_nonsense_is_refused(water_model) -> None:
    with pytest.raises(dpmd.InputError, match="seconds"):
        measure(water_model, seconds=0)
