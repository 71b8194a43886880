"""The pair style on a GPU, or on the emulated one that ``DPMD_MODULES`` leads to, compared with that on the CPU."""

from __future__ import annotations

import numpy as np
import pytest
from lammps_runs import NVE, dump, script, sheared_water, water_with_strangers


@pytest.fixture
def outcome(run, tmp_path):
    """Runs an input and returns its thermo table and its dump, [n_frames, n_atoms, n_columns]."""

    def outcome(structure, pair, commands, ranks=1):
        data = structure.write(tmp_path / "atoms.lmp")
        found = run(script(data, pair, [*dump("atoms.dump", 1), *commands]), ranks)
        return found.thermo, np.array(found.frames("atoms.dump"))

    return outcome


def assert_close(found, expected):
    """GPU lanes add up in another order than the CPU."""
    (thermo, atoms), (expected_thermo, expected_atoms) = found, expected
    assert thermo == pytest.approx(expected_thermo, rel=1e-9, abs=1e-6)
    assert np.array_equal(atoms[..., :2], expected_atoms[..., :2])
    assert np.abs(atoms[..., 2:8] - expected_atoms[..., 2:8]).max() < 1e-10  # Å, eV/Å
    assert np.abs(atoms[..., 8:] - expected_atoms[..., 8:]).max() < 1e-9 * np.abs(expected_atoms[..., 8:]).max()


@pytest.mark.parametrize("ranks", [1, 2])
def test_models_on_a_device_give_what_they_give_on_the_cpu(outcome, tmp_path, device, model, other_water_model, ranks):
    """Each rank takes the next GPU of its node; more ranks than GPUs share them."""

    def on(place):
        style = f"pair_style dpmd {model} {other_water_model} device {place} out_freq 2 out_file {place}.out atomic"
        return outcome(sheared_water(), [style, "pair_coeff * * O H"], [*NVE, "run 2"], ranks)

    kind = device.partition(":")[0]
    assert_close(on(kind), on("cpu"))
    assert np.loadtxt(tmp_path / f"{kind}.out") == pytest.approx(np.loadtxt(tmp_path / "cpu.out"), rel=2e-6)


def test_a_named_device_runs_compressed_beside_strangers(outcome, device, model):
    """Atoms with NULL are no neighbours there either; lists are rebuilt while atoms move."""

    def on(place):
        style = f"pair_style dpmd {model} device {place} compress moment"
        commands = ["velocity all create 330 5", *NVE, "neigh_modify every 1 delay 0 check no", "run 2"]
        return outcome(water_with_strangers(), [style, "pair_coeff * * O H NULL"], commands)

    assert_close(on(device), on("cpu"))
