"""Ensembles: classes that follow the tables, defaults that are those of the input file, and impossible values."""

from __future__ import annotations

import inspect
import pickle
from pathlib import Path

import pytest

import dpmd
from dpmd.cli.running.setup import ensemble
from dpmd.config import DynamicsTable, load_config
from dpmd.ensemble_table import KINDS, thermostats
from dpmd.ensembles import ENSEMBLES

INPUT = """
[model]
file = "{model}"
[structure]
file = "{structure}"
[dynamics]
steps = 1
temperature = 330
{dynamics}
"""


@pytest.mark.parametrize(
    ("made", "dynamics"),
    [
        (dpmd.Bussi(330), 'ensemble = "nvt"'),
        (dpmd.Langevin(330), 'ensemble = "nvt"\nthermostat = "langevin"'),
        (dpmd.NoseHoover(330), 'ensemble = "nvt"\nthermostat = "nose-hoover"'),
        (dpmd.MTK(330, 1), 'ensemble = "npt"\npressure = 1'),
    ],
    ids=lambda value: type(value).__name__,
)
def test_defaults_are_those_of_the_input_file(made, dynamics: str, tmp_path, root: Path) -> None:
    water = root / "examples" / "water"
    path = tmp_path / "run.toml"
    path.write_text(
        INPUT.format(model=water / "water_small.dpmd", structure=water / "water_192.extxyz", dynamics=dynamics)
    )

    assert ensemble(load_config(path)) == made
    assert made.damping == 100


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: dpmd.Bussi(-1), "temperature = -1 K must be a positive number"),
        (lambda: dpmd.Langevin(0), "temperature = 0 K"),
        (lambda: dpmd.Bussi(float("nan")), "temperature = nan K"),
        (lambda: dpmd.Bussi(float("inf")), "temperature = inf K"),
        (lambda: dpmd.Bussi("330"), "temperature = '330' must be a number"),
        (lambda: dpmd.Bussi(True), "temperature = True must be a number"),
        (lambda: dpmd.Bussi([330]), r"temperature = \[330\] must be a number"),
        (lambda: dpmd.Bussi(300, 0), "damping = 0 fs"),
        (lambda: dpmd.NoseHoover(300, -5), "damping = -5 fs"),
        (lambda: dpmd.NoseHoover(300, chain=0), "chain = 0 must be 1 to 16"),
        (lambda: dpmd.NoseHoover(300, chain=17), "chain = 17 must be 1 to 16"),
        (lambda: dpmd.NoseHoover(300, chain=2.5), "chain = 2.5 must be a whole number"),
        (lambda: dpmd.MTK(300, float("inf")), "pressure = inf bar"),
        (lambda: dpmd.MTK(300, None), "pressure = None must be a number"),
        (lambda: dpmd.MTK(300, 1, 10, 0), "pressure_damping = 0 fs"),
        (lambda: dpmd.MTK(300, 1, coupling="xy"), "coupling = 'xy' is not one of: isotropic, full"),
        (lambda: dpmd.MTK(300, 1, coupling=3), "coupling = 3 is not one of"),
    ],
)
def test_values_that_cannot_be_are_refused_where_they_are_given(make, message: str) -> None:
    with pytest.raises(dpmd.InputError, match=message):
        make()


def test_whole_floats_are_counts_and_integers_are_numbers() -> None:
    made = dpmd.NoseHoover(330, 50, chain=4.0)

    assert made == dpmd.NoseHoover(330.0, 50.0, 4)
    assert isinstance(made.chain, int) and isinstance(made.temperature, float)


def changed(name: str) -> dpmd.ensembles.Ensemble:
    """An instance none of whose values is a default."""
    values = {}
    for row in KINDS[name].parameters:
        start = 1.0 if row.default is None else row.default
        values[row.name] = row.choices[-1] if row.choices else start + 2
    return ENSEMBLES[name](**values)


@pytest.mark.parametrize("name", KINDS)
def test_every_class_takes_what_its_table_has(name: str) -> None:
    made, rows = getattr(dpmd, name), KINDS[name].parameters
    signature = inspect.signature(made).parameters

    assert list(signature) == [row.name for row in rows]
    for row in rows:
        default = inspect.Parameter.empty if row.default is None else row.default
        assert signature[row.name].default == default
        assert f"{row.name}: " in made.__doc__ and row.unit in made.__doc__
    assert name in dpmd.__all__


@pytest.mark.parametrize("name", KINDS)
def test_every_ensemble_comes_back_from_the_core(name: str, water_potential) -> None:
    made = changed(name)
    simulation = dpmd.Simulation(
        water_potential,
        positions=[[0, 0, 0], [1, 0, 0]],
        types=[0, 1],
        cell=[9, 9, 9],
        timestep=0.5,
        ensemble=made,
    )

    assert simulation.ensemble == made
    assert pickle.loads(pickle.dumps(made)) == made
    for row in KINDS[name].parameters:
        assert getattr(simulation.ensemble, row.name) != row.default
        assert f"{row.name}={getattr(made, row.name)!r}" in repr(simulation.ensemble)


def test_every_thermostat_can_be_chosen_in_an_input_file() -> None:
    choices = DynamicsTable.__dataclass_fields__["thermostat"].metadata["choices"]

    assert set(choices) == set(thermostats("nvt"))
    for statistics in ("nve", "npt"):
        assert set(thermostats(statistics)) == {""}
