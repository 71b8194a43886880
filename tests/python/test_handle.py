"""Copies of objects that wrap the engine's, and uninitialised objects."""

from __future__ import annotations

import copy
import pickle

import pytest

import dpmd
from dpmd import _core
from dpmd.ase import DPMD

SHARED = {
    "Model": lambda potential: potential.model,
    "Potential": lambda potential: potential,
    "Committee": lambda potential: dpmd.Committee([potential]),
    "Ranks": lambda potential: dpmd.mpi_world(),
    "ModelDeviation": lambda potential: dpmd.model_deviation([potential.compute([[0, 0, 0]], ["O"])]),
}


@pytest.mark.parametrize("kind", SHARED)
def test_a_copy_of_what_stays_what_it_is_is_the_object_itself(kind, water_potential):
    one = SHARED[kind](water_potential)

    assert copy.copy(one) is one
    assert copy.deepcopy([one]) == [one]
    with pytest.raises(TypeError, match=f"a {kind} cannot be pickled: .+"):
        pickle.dumps(one)


@pytest.mark.parametrize("make_copy", [copy.copy, copy.deepcopy, pickle.dumps])
def test_a_simulation_is_copied_by_its_checkpoint_only(make_copy, water_potential, water_atoms):
    simulation = dpmd.Simulation(water_potential, water_atoms)

    with pytest.raises(TypeError, match="a Simulation cannot be copied or pickled: write_checkpoint .*resume"):
        make_copy(simulation)


def test_a_copied_deep_pot_shares_the_model_and_outlives_it(water_model):
    one = dpmd.DeepPot(water_model)
    two, three = copy.copy(one), copy.deepcopy(one)
    assert three.potential is one.potential

    one.close()

    assert two.get_ntypes() == three.get_ntypes() == 2


def test_copies_of_a_calculator_share_the_model_and_no_results(water_potential, water_atoms):
    one, moved = DPMD(water_potential), water_atoms.copy()
    moved.rattle(0.01)
    energy = one.get_potential_energy(water_atoms)

    for other in (copy.copy(one), copy.deepcopy(one)):
        assert other.potential is water_potential
        assert other.get_potential_energy(moved) != energy
        assert one.results["energy"] == energy


USES = {
    "Simulation": (lambda s: s.run(1), lambda s: s.positions, lambda s: s.potential, lambda s: s.stop(), repr),
    "Model": (lambda m: m.cutoff, lambda m: m.info(), lambda m: m.form(), lambda m: m.bytes, repr),
    "Potential": (
        lambda p: p.compute([[0, 0, 0]], [0]),
        lambda p: p.cutoff,
        lambda p: p.info(),
        lambda p: p.form(),
        repr,
    ),
    "Committee": (lambda c: c.compute([[0, 0, 0]], [0]), lambda c: c.type_map, lambda c: c.models, repr),
    "DeepPot": (lambda d: d.get_ntypes(), lambda d: d.potential),
    "Ranks": (lambda r: r.size, lambda r: r.largest(1), repr),
    "ModelDeviation": (lambda d: d.forces, lambda d: d.row(0), repr),
}


@pytest.mark.parametrize("kind", USES)
def test_an_object_made_by_new_alone_says_so(kind):
    made = getattr(dpmd, kind)

    class Forgetful(made):
        def __init__(self):
            pass

    for one in (made.__new__(made), Forgetful()):
        for use in USES[kind]:
            if use is repr:
                assert "made without __init__" in repr(one)
                continue
            with pytest.raises(dpmd.InputError, match=r"made without __init__: .*super\(\).__init__"):
                use(one)


def test_other_functions_refuse_a_potential_made_by_new(water_atoms):
    potential = dpmd.Potential.__new__(dpmd.Potential)

    for use in (dpmd.Simulation, lambda p, atoms: DPMD(p), lambda p, atoms: dpmd.Committee([p])):
        with pytest.raises(dpmd.InputError, match="this Potential was made without __init__"):
            use(potential, water_atoms)


def members(kind):
    return [name for name in dir(kind) if not name.startswith("__") and not name.startswith("_pybind11")]


@pytest.mark.parametrize(
    "kind",
    [k for k in vars(_core).values() if isinstance(k, type) and not issubclass(k, Exception)],
    ids=lambda k: k.__name__,
)
def test_an_object_of_the_core_made_by_new_alone_is_refused_and_no_crash(kind):
    for name in members(kind):
        if isinstance(vars(kind)[name], staticmethod):
            continue
        with pytest.raises(TypeError):
            member = getattr(kind.__new__(kind), name)
            member()
    if "size" in members(kind):
        with pytest.raises(TypeError, match="made without __init__"):
            _ = kind.__new__(kind).size
