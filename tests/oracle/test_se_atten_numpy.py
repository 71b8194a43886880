"""The NumPy reference of se_atten is right: it gives DeePMD-kit's numbers, and its forces are slopes of energies."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from dpmd.importers import import_model
from golden.oracles import systems
from golden.se_atten_models import oracle_of, project_models, shared_models
from oracle.harmonics import harmonics
from oracle.local_numpy import evaluate

CELL = np.array([[4.1, 0.0, 0.0], [0.6, 3.9, 0.0], [-0.5, 0.4, 4.3]])


def assert_agrees(model: Path, oracle: Path) -> None:
    spec = import_model(model)
    double = spec.precision == "float64"
    # TensorFlow's hard attention divides rows by norms that are cut off at 1e-6, where digits cancel.
    cut_off = spec.terms[0].descriptors[0].switch == "cubic"
    energy, force = (1e-10, 1e-8 if cut_off else 1e-9) if double else (1e-5, 1e-5)
    found = systems(oracle)
    assert found
    for name, system in found.items():
        types = system["types"].reshape(-1)
        parameters = {key: system.get(key) for key in ("fparam", "aparam")}
        result = evaluate(spec, system["positions"], types, system.get("cell"), **parameters)
        assert np.abs(result.atom_energies - system["atom_energies"].reshape(-1)).max() < max(energy, force), name
        if "forces" not in system:
            continue
        assert abs(result.energy - float(system["energy"])) < energy * len(types), name
        assert np.abs(result.forces - system["forces"].reshape(-1, 3)).max() < force, name
        assert np.abs(result.virial - system["virial"].reshape(3, 3)).max() < 10 * force, name
        assert np.abs(result.atom_virials - system["atom_virials"].reshape(-1, 3, 3)).max() < 10 * force, name


@pytest.mark.parametrize("model", project_models(), ids=lambda path: path.name)
def test_it_agrees_with_deepmd_kit_on_models_of_the_project(model: Path) -> None:
    assert_agrees(model, oracle_of(model))


@pytest.mark.parametrize("model", shared_models(), ids=lambda path: path.name)
def test_it_agrees_with_deepmd_kit_on_shared_models(model: Path) -> None:
    assert_agrees(model, oracle_of(model))


@pytest.mark.parametrize("name", ["attention_smooth.pb", "types_stripped.pb", "pt_attention.dp", "pt_degrees.dp"])
def test_forces_and_virial_are_slopes_of_the_energy(oracle: Path, name: str) -> None:
    spec = import_model(oracle / name)
    rng = np.random.default_rng(4)
    positions = np.array([[0.0, 0.0, 0.0], [1.1, 0.2, 0.1], [0.3, 1.5, 0.4], [2.0, 1.9, 2.2]]) + 0.1 * rng.random(
        (4, 3)
    )
    types = np.array([0, 1, 1, 0])
    found = evaluate(spec, positions, types, CELL)

    def slope(direction: np.ndarray, strain: np.ndarray) -> float:
        ends = []
        for h in (1e-5, -1e-5):
            deformed = np.eye(3) + h * strain
            ends.append(evaluate(spec, (positions + h * direction) @ deformed, types, CELL @ deformed).energy)
        return (ends[0] - ends[1]) / 2e-5

    for atom, axis in ((0, 0), (1, 2), (3, 1)):
        direction = np.zeros((4, 3))
        direction[atom, axis] = 1.0
        # central differences: rounding 1e-15/1e-5 and curvature 1e-10, times forces of 100
        assert abs(slope(direction, np.zeros((3, 3))) + found.forces[atom, axis]) < 1e-7
    for a, b in ((0, 0), (1, 2)):
        strain = np.zeros((3, 3))
        strain[b, a] = 1.0
        assert abs(slope(np.zeros((4, 3)), strain) + found.virial[a, b]) < 1e-7


def test_harmonics_of_a_degree_have_the_product_of_legendre() -> None:
    rng = np.random.default_rng(2)
    a, b = (v / np.linalg.norm(v, axis=1, keepdims=True) for v in rng.normal(size=(2, 9, 3)))
    cosine = (a * b).sum(axis=1)
    legendre = [np.polynomial.legendre.Legendre.basis(degree)(cosine) for degree in (2, 3, 4)]

    products = harmonics(a, 4)[0] * harmonics(b, 4)[0]

    for degree, expected in zip((slice(0, 5), slice(5, 12), slice(12, 21)), legendre, strict=True):
        assert np.abs(products[:, degree].sum(axis=1) - expected).max() < 1e-14
