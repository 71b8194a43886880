"""A hybrid in LAMMPS: DeePMD-kit's energy and forces, on one rank and on two."""

from __future__ import annotations

import numpy as np
import pytest
from lammps_runs import Structure, dump, script

from dpmd.importers import import_model
from golden.oracles import systems


def test_a_hybrid_equals_deepmd_kit_on_one_rank_and_two(run, tmp_path, oracle):
    import_model(oracle / "hybrid_compressed.pb").save(tmp_path / "hybrid.dpmd")
    system = systems(oracle / "hybrid_compressed.npz")["periodic"]
    positions = np.linalg.solve(system["cell"].T, system["positions"].T).T % 1.0 @ system["cell"]
    data = Structure(positions, system["types"], ("O", "H"), system["cell"]).write(tmp_path / "structure.lmp")
    pair = [f"pair_style dpmd {tmp_path / 'hybrid.dpmd'}", "pair_coeff * * O H"]
    forces = []

    for ranks in (1, 2):
        output = run(script(data, pair, [*dump("atoms.dump", 1), "run 0"]), ranks, name=f"on_{ranks}")

        assert output.thermo[0][1] == pytest.approx(float(system["energy"]), abs=1e-10 * len(positions))
        forces.append(output.frames("atoms.dump")[0][:, 5:8])
        assert np.abs(forces[-1] - system["forces"]).max() < 1e-9
    # LAMMPS gives ghosts positions of their own, which it rounds differently on two ranks.
    assert np.abs(forces[0] - forces[1]).max() < 1e-12
