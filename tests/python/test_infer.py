"""dpmd.infer: DeePMD-kit's names, and its table of model deviations."""

from __future__ import annotations

import numpy as np
import pytest

from dpmd.errors import InputError
from dpmd.infer import DeepEval, DeepPot, DeepPotential, calc_model_devi

COORD = np.array([[0, 0, 0], [0.96, 0, 0], [-0.24, 0.93, 0], [3, 0.2, 0.1], [3.9, 0.2, 0.3], [2.7, 1.1, 0.2]])
TYPES = [0, 1, 1, 0, 1, 1]
# The result of deepmd.infer.calc_model_devi of DeePMD-kit 3.2.0 for COORD and water_small.pb, water.pb.
DEEPMD = [0, 0.1282070434, 0.0019742433, 0.0694924042, 0.5273267239, 0.1704652319, 0.3782359004, 0.024915068]
DEEPMD_ATOMIC = [0.1704652319, 0.4863614528, 0.4710360856, 0.2148067499, 0.3994191584, 0.5273267239]
DEEPMD_RELATIVE = [0.5605092263, 0.074138864, 0.2806107634]


@pytest.fixture(scope="module")
def pair(water_model, other_water_model) -> list[DeepPot]:
    return [DeepPot(water_model), DeepPot(other_water_model)]


@pytest.fixture(scope="module")
def frames():
    """Coordinates (2, 6, 3), boxes (2, 3, 3), types."""
    moved = COORD + np.random.default_rng(0).normal(0, 0.05, COORD.shape)
    return np.stack([COORD, moved]), np.stack([np.eye(3) * 13] * 2), TYPES


def test_the_columns_are_deepmd_kits(shared) -> None:
    models = [DeepPot(shared / "models" / name) for name in ("water_small.pb", "water.pb")]
    given = COORD[None], np.eye(3)[None] * 13, TYPES, models

    plain = calc_model_devi(*given)
    atomic = calc_model_devi(*given, atomic=True)
    relative = calc_model_devi(*given, relative=0.5)

    assert plain.shape == (1, 8) and atomic.shape == (1, 14)
    np.testing.assert_allclose(plain[0], DEEPMD, rtol=0, atol=1e-9)
    np.testing.assert_allclose(atomic[0, 8:], DEEPMD_ATOMIC, rtol=0, atol=1e-9)
    np.testing.assert_allclose(relative[0, 4:7], DEEPMD_RELATIVE, rtol=0, atol=1e-9)


def test_steps_shapes_and_file_follow_the_arguments(pair, frames, tmp_path) -> None:
    coord, box, types = frames
    file = tmp_path / "model_devi.out"

    found = calc_model_devi(coord, box, types, pair, fname=file, frequency=10, atomic=True)
    flat = calc_model_devi(coord.reshape(2, -1), box.reshape(2, 9), types, pair)
    calc_model_devi(coord, box, types, pair, fname=file)

    assert found[:, 0].tolist() == [0, 10]
    assert np.array_equal(found[:, 1:8], flat[:, 1:])
    assert np.array_equal(found[:, 4], found[:, 8:].max(axis=1))
    lines = file.read_text().splitlines()
    titles = "step max_devi_v min_devi_v avg_devi_v max_devi_f min_devi_f avg_devi_f devi_e atm_devi_f(N)"
    assert len(lines) == 6 and lines[0].split()[1:] == titles.split()
    np.testing.assert_allclose(np.float64(lines[2].split()), found[1], rtol=1e-6)


def test_real_data_take_the_place_of_the_mean(pair, frames) -> None:
    coord, box, types = frames
    rng, n = np.random.default_rng(1), len(types)
    real = {"energy": rng.normal(size=2), "force": rng.normal(size=(2, n, 3)), "virial": rng.normal(size=(2, 9))}
    e, f, v = (np.stack(values) for values in zip(*(model.eval(coord, box, types) for model in pair), strict=True))

    found = calc_model_devi(coord, box, types, pair, real_data=real, atomic=True)
    relative = calc_model_devi(coord, box, types, pair, real_data=real, relative=0.5)

    # as in DeePMD-kit 3.2.0: energies and virials of the data are already per atom
    force = np.sqrt(((f - real["force"]) ** 2).sum(axis=-1).mean(axis=0))
    virial = np.sqrt(((v / n - real["virial"]) ** 2).mean(axis=0))
    np.testing.assert_allclose(found[:, 8:], force, rtol=1e-12)
    np.testing.assert_allclose(found[:, 3], np.sqrt((virial**2).mean(axis=1)), rtol=1e-12)
    np.testing.assert_allclose(found[:, 7], np.sqrt(((e[..., 0] / n - real["energy"]) ** 2).mean(axis=0)), rtol=1e-12)
    by_size = force / (np.linalg.norm(real["force"], axis=-1) + 0.5)
    np.testing.assert_allclose(relative[:, 4], by_size.max(axis=1), rtol=1e-12)


def test_the_factories_give_the_class_that_fits(water_model) -> None:
    for factory in (DeepEval, DeepPotential):
        assert isinstance(factory(water_model), DeepPot)
    assert isinstance(DeepPot(water_model), DeepEval)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"models": []}, "models must be a list of DeepPot"),
        ({"models": ["a.pb"]}, "models must be a list of DeepPot"),
        ({"frequency": 0.5}, "frequency = 0.5 must be a whole number"),
        ({"atomic": "no"}, "atomic = 'no' must be True or False"),
        ({"real_data": {"energy": [0, 0]}}, "real_data has no 'force'"),
        ({"relative": -1}, "relative = -1 must be zero or more"),
        ({"fname": "no/such/folder"}, "no/such/folder: cannot be written"),
        ({"coord": np.zeros((2, 3, 6))}, "coords has shape"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_what_does_not_fit_is_named(pair, frames, change, message: str) -> None:
    coord, box, types = frames

    with pytest.raises(InputError, match=message):
        calc_model_devi(**{"coord": coord, "box": box, "atype": types, "models": pair} | change)
