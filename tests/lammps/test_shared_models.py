"""Trained models that are not part of the repository, compared with DeePMD-kit for structures of many kinds."""

from __future__ import annotations

import numpy as np
import pytest
from lammps_runs import Structure, dump, script

from dpmd.importers import import_model


@pytest.fixture(scope="module")
def converted(shared, tmp_path_factory):
    """Converts a model once."""
    folder = tmp_path_factory.mktemp("converted")

    def converted(name):
        target = folder / f"{name}.dpmd"
        if not target.exists():
            import_model(str(shared / "models" / f"{name}.pb")).save(target)
        return target

    return converted


def lower_triangular(cell):
    """The cell rotated as LAMMPS needs it, and the rotation (its columns are the axes)."""
    q, r = np.linalg.qr(cell.T)
    signs = np.sign(np.diag(r))
    return (r * signs[:, None]).T, q * signs


@pytest.mark.parametrize("ranks", [1, 2])
@pytest.mark.parametrize("name", ["water", "cu_v2_fp64"])
def test_periodic_structures(run, tmp_path, shared, converted, name, ranks):
    """Bulk, hot, sheared, slabs, cells far smaller than the cutoff: energy, forces and virial, rotated back."""
    oracle = np.load(shared / "oracle" / f"{name}.npz")
    systems = sorted(key.split("/")[0] for key in oracle if key.endswith("/cell"))
    names = tuple(str(kind) for kind in oracle["type_map"])
    assert len(systems) >= 3
    for system in systems:
        values = {
            key: oracle[f"{system}/{key}"] for key in ("positions", "types", "cell", "energy", "forces", "virial")
        }
        cell, turn = lower_triangular(values["cell"])
        assert np.linalg.det(turn) > 0, f"{system}: LAMMPS has no left-handed cells"
        positions = np.linalg.solve(values["cell"].T, values["positions"].T).T % 1.0 @ cell
        data = Structure(positions, values["types"], names, cell).write(tmp_path / "structure.lmp")
        pair = [f"pair_style dpmd {converted(name)}", f"pair_coeff * * {' '.join(names)}"]
        thermo = "step pe pxx pyy pzz pxy pxz pyz vol"

        output = run(
            script(data, pair, [*dump("atoms.dump", 1), "run 0"], thermo=thermo, before=["box tilt large"]), ranks
        )

        row, n = output.thermo[0], len(positions)
        assert row[1] == pytest.approx(float(values["energy"]), abs=1e-10 * n)
        forces = output.frames("atoms.dump")[0][:, 5:8] @ turn.T
        assert np.abs(forces - values["forces"]).max() < 1e-9, system
        turned = turn.T @ values["virial"] @ turn
        bar = 1.6021765e6  # of eV/Å^3, LAMMPS' value
        expected = bar * turned[[0, 1, 2, 0, 0, 1], [0, 1, 2, 1, 2, 2]] / row[8]
        assert row[2:8] == pytest.approx(expected, rel=1e-9, abs=1e-9 * np.abs(expected).max()), system
