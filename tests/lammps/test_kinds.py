"""Every kind of model in LAMMPS: DeePMD-kit's energy and forces, on one rank and on two."""

from __future__ import annotations

import numpy as np
import pytest
from lammps_runs import Structure, dump, script

from dpmd.importers import import_model
from golden.oracles import systems

# pt_attention shows the type of the first atom of the system in its empty slots.
MODELS = ["hybrid_compressed.pb", "three_body_compressed.pb", "radial_pairs.pb", "srtab.pb", "attention_hard.pb"]
MODELS += ["pt_attention.dp", "pt_stripped_compressed.pth", "linear_list.pb"]


@pytest.mark.parametrize("name", MODELS)
def test_it_equals_deepmd_kit_on_one_rank_and_two(run, tmp_path, oracle, name):
    import_model(oracle / name).save(tmp_path / "model.dpmd")
    system = systems((oracle / name).with_suffix(".npz"))["periodic"]
    positions = np.linalg.solve(system["cell"].T, system["positions"].T).T % 1.0 @ system["cell"]
    names = tuple(import_model(oracle / name).type_map)
    data = Structure(positions, system["types"], names, system["cell"]).write(tmp_path / "structure.lmp")
    pair = [f"pair_style dpmd {tmp_path / 'model.dpmd'} overflow keep_nearest", f"pair_coeff * * {' '.join(names)}"]
    forces = []

    for ranks in (1, 2):
        output = run(script(data, pair, [*dump("atoms.dump", 1), "run 0"]), ranks, name=f"on_{ranks}")

        assert output.thermo[0][1] == pytest.approx(float(system["energy"]), abs=1e-10 * len(positions))
        forces.append(output.frames("atoms.dump")[0][:, 5:8])
        assert np.abs(forces[-1] - system["forces"]).max() < 1e-9
    # LAMMPS gives ghosts positions of their own, which it rounds differently on two ranks.
    assert np.abs(forces[0] - forces[1]).max() < 1e-12
