"""Our results for se_atten equal DeePMD-kit's: models of the project and shared ones, in every format."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import dpmd
from conftest import SHARED
from dpmd.importers import import_model
from dpmd.models.file import model_bytes
from dpmd.models.spec import ModelSpec, Source
from golden.oracles import DEVICE, TOLERANCES, Tolerance, deviation, systems
from golden.se_atten_models import MULTITASK, oracle_of, project_models, shared_models
from model_files.parts import descriptor_of
from oracle.local_numpy import evaluate

PUBLISHED = SHARED / "models/published/v2_30.pb"  # evaluated in single precision by DeePMD-kit
CUT_OFF = Tolerance(energy=1e-10, force=1e-8, virial=1e-7, atomic=1e-8)  # TensorFlow's norms are, at 1e-6
SINGLE = Tolerance(energy=1e-5, force=5e-5, virial=1e-3, atomic=1e-4)  # DeePMD-kit evaluated these in single precision


def every_model() -> list[Path]:
    return [*project_models(), *shared_models(), *([PUBLISHED] if PUBLISHED.exists() else [])]


@pytest.mark.parametrize("model", every_model(), ids=lambda path: path.name)
def test_every_system_equals_deepmd_kit(model: Path) -> None:
    spec = import_model(model)
    double = CUT_OFF if descriptor_of(spec).switch == "cubic" else TOLERANCES["double"]
    tolerance = double if spec.precision == "float64" else SINGLE
    potential = dpmd.Potential(model, overflow="keep_nearest", device=DEVICE)

    found = {name: deviation(potential, one) for name, one in systems(oracle_of(model)).items() if "forces" in one}

    assert not {name: d for name, d in found.items() if not d.within(tolerance)}


@pytest.mark.parametrize("head", ["bulk", "mol"])
def test_every_head_equals_deepmd_kit(shared: Path, head: str) -> None:
    potential = dpmd.Potential(MULTITASK, head=head, device=DEVICE)
    oracle = shared / f"oracle/dpa/dpa1_multitask.{head}.npz"

    found = {name: deviation(potential, system) for name, system in systems(oracle).items()}

    assert found
    assert not {name: d for name, d in found.items() if not d.within(TOLERANCES["double"])}


@pytest.mark.parametrize("model", project_models(), ids=lambda path: path.name)
def test_converting_changes_no_bit(model: Path, tmp_path: Path) -> None:
    import_model(model).save(tmp_path / "model.dpmd")
    _, system = next(iter(systems(oracle_of(model)).items()))
    frame = (system["positions"], system["types"], system.get("cell"))
    parameters = {key: system[key] for key in ("fparam", "aparam") if key in system}

    direct, converted = (
        dpmd.Potential(path, overflow="keep_nearest", device=DEVICE).compute(*frame, **parameters)
        for path in (model, tmp_path / "model.dpmd")
    )

    assert direct.energy == converted.energy
    assert (direct.forces == converted.forces).all()


def test_deepmd_kit_counts_the_same_parameters_and_types(shared: Path) -> None:
    model = dpmd.DeepPot(shared / "models/dpa/dpa1_concat2.pth")

    assert model.get_model_size() == {"descriptor": 2984, "fitting-net": 2481, "total": 5465}
    assert model.eval_typeebd().shape == (3, 4)


# Moment form --------------------------------------------------------------------------------------


def why_as_trained(spec: ModelSpec) -> str:
    """Words of the refusal to compress; empty: what a neighbour shows depends on its distance and the types alone."""
    one = descriptor_of(spec)
    if len(spec.type_map) > 20:
        return "pairs of types"
    if one.attention:
        return "attend to each other"
    if one.degree_gain is not None:
        return "degrees above 1"
    return "type of the first atom" if one.needs_first_atom else ""


@pytest.mark.parametrize("model", every_model(), ids=lambda path: path.name)
def test_what_depends_on_distances_alone_is_compressed_within_the_tolerance(model: Path) -> None:
    spec = import_model(model)
    compression = dpmd.Model(model, compress=True)._core.compression
    why = why_as_trained(spec)
    assert compression["active"] == (not why)
    assert why in compression["refusal"]
    if why:
        return
    assert compression["force_error"] <= 1e-7
    potential = dpmd.Potential(model, compress=True, overflow="keep_nearest", device=DEVICE)
    limit = 3e-7 if spec.precision == "float64" else SINGLE.force

    for name, one in systems(oracle_of(model)).items():
        if "forces" not in one:
            continue
        found, size = deviation(potential, one), max(1.0, float(np.sqrt((one["forces"] ** 2).mean())))
        assert found.force <= limit * size, name
        assert found.energy <= limit * size, name


# Formats ------------------------------------------------------------------------------------------


def bare(spec: ModelSpec) -> bytes:
    """A model without what its file alone says: where it came from, and the smallest norm of its program."""
    (term,) = spec.terms
    (one,) = term.descriptors
    attention = [replace(layer, norm_floor=0.0) for layer in one.attention]
    term = replace(term, descriptors=[replace(one, attention=attention)])
    return model_bytes(
        replace(spec, terms=[term], source=Source("x"), training_script=None, min_neighbor_distance=None)
    )


def same_weights() -> list[Path]:
    """Every further file of a name that there is in several formats; TensorFlow's are functions of their own."""
    found = []
    for path in sorted((SHARED / "models/dpa").glob("dpa1_*")):
        if path.suffix in {".pth", ".yaml"} and path.with_suffix(".dp").exists():
            found.append(path)
    return found


@pytest.mark.parametrize("model", same_weights(), ids=lambda path: path.name)
def test_formats_of_one_name_are_one_model(model: Path) -> None:
    assert bare(import_model(model)) == bare(import_model(model.with_suffix(".dp")))


@pytest.mark.parametrize("name", ["concat2", "econf", "fparam_case", "overflow", "strip0_hard_one", "v2_0"])
def test_a_graph_checkpoint_is_the_graph_function_of_the_same_weights(shared: Path, name: str) -> None:
    folder = shared / "models/dpa"

    assert bare(import_model(folder / f"dpa1_{name}_graph.pt")) == bare(
        import_model(folder / f"dpa1_{name}.dp", dpa1_function="graph")
    )


@pytest.mark.parametrize(("name", "function"), [("strip0_avg", "dense"), ("v2_0_graph", "graph")])
def test_the_metadata_of_an_exported_program_name_the_function(shared: Path, name: str, function: str) -> None:
    spec = import_model(shared / f"models/dpa/dpa1_{name}.pt2")

    assert descriptor_of(spec).function == function


def test_the_two_functions_of_one_model_differ_where_slots_count(shared: Path) -> None:
    model = shared / "models/dpa/dpa1_concat0_two_avg.dp"
    system = systems(oracle_of(model))["cluster"]
    frame = (
        system["positions"],
        system["types"].reshape(-1),
        system.get("cell"),
        system.get("fparam"),
        system.get("aparam"),
    )

    dense, graph = (evaluate(import_model(model, dpa1_function=name), *frame).energy for name in ("dense", "graph"))

    assert abs(dense - float(system["energy"])) < 1e-10
    assert abs(dense - graph) > 1.0
