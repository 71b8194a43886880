"""Ensembles: defaults that are those of the input file, and values that cannot be."""

from __future__ import annotations

from pathlib import Path

import pytest

import dpmd
from dpmd.cli.running.setup import ensemble
from dpmd.config import load_config

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
