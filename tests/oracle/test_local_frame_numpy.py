"""The NumPy reference of local frames is right: it gives DeePMD-kit's numbers."""

from __future__ import annotations

import numpy as np
import pytest

from dpmd.importers import import_model
from golden.oracles import systems
from oracle.local_frame_numpy import atom_energies

# A model of two types, and a published one of a single type with 12 integers of axis_rule, of which 6 count.
CASES = {"local/loc_frame": "local/loc_frame_pb", "published/cu_v2_11": "published/cu_v2_11"}
MOST_ATOMS = 110  # the search for pairs is slow


@pytest.mark.parametrize("model", CASES)
def test_it_agrees_with_deepmd_kit(shared, model: str) -> None:
    spec = import_model(shared / "models" / f"{model}.pb")
    found = systems(shared / "oracle" / f"{CASES[model]}.npz").values()
    small = [system for system in found if len(system["types"]) <= MOST_ATOMS]
    assert small
    for system in small:
        energies = atom_energies(spec, system["positions"], system["types"], system.get("cell"))
        assert np.abs(energies - system["atom_energies"]).max() < 1e-12
