"""``ModelSpec``: what it accepts, and its files."""

from __future__ import annotations

import json
import os
from dataclasses import asdict

import numpy as np
import pytest

from dpmd import Model
from dpmd.errors import InputError
from dpmd.importers import import_model
from dpmd.models.file import model_bytes
from dpmd.models.nets import Layer
from dpmd.models.spec import ModelSpec
from model_files.dpmodel_files import write_yaml
from model_files.parts import descriptor_of, embedding_of, environment_of, fitting_of
from model_files.toy_model import Toy, compress, model_dict


def spec_of(folder, toy=None, compressed=False):
    model = model_dict(toy or Toy(n_fparam=1, n_aparam=2, exclude_types=[[0, 1]]))
    if compressed:
        compress(model)
    return import_model(write_yaml(folder / "m.yaml", model))


@pytest.mark.parametrize("compressed", [False, True])
def test_a_saved_model_reads_back_unchanged(tmp_path, compressed):
    spec = spec_of(tmp_path, compressed=compressed)
    spec.min_neighbor_distance = 0.875
    spec.training_script = {"model": {"x": float("inf"), "name": "Å", "lone": "\udcff"}}

    spec.save(tmp_path / "m.dpmd")
    found = ModelSpec.load(tmp_path / "m.dpmd")

    expected = asdict(spec) | {"training_script": {"model": {"x": "inf", "name": "Å", "lone": "?"}}}
    assert same(asdict(found), expected)
    assert type(descriptor_of(found)) is type(descriptor_of(spec))
    assert model_bytes(found) == (tmp_path / "m.dpmd").read_bytes()


def same(left, right):
    """Whether two nested values are equal, arrays bit by bit."""
    if isinstance(left, np.ndarray):
        return isinstance(right, np.ndarray) and left.dtype == right.dtype and np.array_equal(left, right)
    if isinstance(left, dict):
        return left.keys() == right.keys() and all(same(left[key], right[key]) for key in left)
    if isinstance(left, list):
        return len(left) == len(right) and all(map(same, left, right))
    return left == right


def test_the_document_is_the_one_in_the_format_description(tmp_path):
    from safetensors import safe_open

    spec_of(tmp_path).save(tmp_path / "m.dpmd")
    with safe_open(tmp_path / "m.dpmd", framework="np") as file:
        metadata, names = file.metadata(), set(file.keys())
    document = json.loads(metadata["dpmd"])
    (term,) = document["terms"]
    (descriptor,) = term["descriptors"]

    assert metadata["format"] == "dpmd" and document["format_version"] == 2
    assert document["kind"] == "local" and document["blend"] == {"kind": "sum"}
    assert term["kind"] == "net" and term["fitting"]["output"] == "energy"
    assert descriptor["type"] == "se_e2_a" and descriptor["environment"]["sel"] == [5, 9]
    assert descriptor["embedding"]["networks"][0][0] == {
        "layers": [
            {"weight": "tensor", "bias": "tensor", "timestep": None, "activation": "tanh", "skip": skip}
            for skip in ("none", "double")
        ],
        "table": None,
    }
    assert {
        "terms.0.descriptors.0.environment.shift",
        "terms.0.descriptors.0.embedding.networks.0.0.layers.1.weight",
        "terms.0.fitting.networks.1.layers.2.bias",
        "terms.0.fitting.networks.0.layers.1.timestep",
        "terms.0.fitting.energy_shift",
    } <= names
    assert term["fitting"]["case_embedding"] is None and "terms.0.fitting.case_embedding" not in names


def test_saving_again_gives_the_same_bytes_and_leaves_no_other_file(tmp_path):
    spec = spec_of(tmp_path)
    path = tmp_path / "folder" / "m.dpmd"
    path.parent.mkdir()

    contents = set()
    for _ in range(8):
        spec.save(path)
        contents.add(path.read_bytes())

    assert len(contents) == 1
    assert [p.name for p in path.parent.iterdir()] == ["m.dpmd"]


def test_a_failed_save_keeps_the_old_file(tmp_path, monkeypatch):
    spec = spec_of(tmp_path)
    path = tmp_path / "m.dpmd"
    spec.save(path)
    before = path.read_bytes()

    def fail(*_):
        raise OSError("no space")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(InputError, match="no space"):
        spec.save(path)

    assert path.read_bytes() == before
    assert not list(tmp_path.glob(".*"))


# Parts that do not fit together are refused by the core, also before writing -------------------------


def set_value(part, name, value):
    return lambda spec: setattr(part(spec), name, value)


def first_net(spec):
    return embedding_of(spec).networks[0][0]


def nan_weight(spec):
    fitting_of(spec).networks[0].layers[0].weight[1, 1] = np.nan


def broken_chain(spec):
    fitting_of(spec).networks[0].layers[1] = Layer(np.zeros((3, 3)), activation="tanh")


def angular_average(spec):
    environment_of(spec).shift[0, 2] = 0.1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda spec: spec.type_map.clear(), "type_map has 0 types"),
        (lambda spec: spec.terms.clear(), "terms is empty: there is no energy"),
        (lambda spec: spec.terms[0].descriptors.append(descriptor_of(spec)), "takes 15 inputs but gets 27"),
        (lambda spec: spec.terms[0].descriptors.clear(), "descriptors is empty"),
        (lambda spec: spec.terms[0].pair_exclude_types.append((0, 2)), r"pair_exclude_types\[0\]\[1\] = 2"),
        (lambda spec: spec.terms[0].atom_exclude_types.append(-1), r"atom_exclude_types\[0\] = -1"),
        (set_value(environment_of, "cutoff", float("inf")), r"environment\.cutoff = inf is not a finite number"),
        (set_value(environment_of, "sel", [5]), r"environment\.sel has 1 entry for 2 types"),
        (set_value(environment_of, "sel", [5, "9"]), r"environment\.sel\[1\] must be an integer"),
        (set_value(environment_of, "shift", np.zeros((2, 3))), r"environment\.shift' has shape \[2, 3\]"),
        (set_value(environment_of, "scale", None), r"environment\.scale must be a string"),
        (set_value(descriptor_of, "type", "se_x"), "descriptor 'se_x' cannot be run by this version of dpmd"),
        (set_value(descriptor_of, "axis_neuron", 7), "axis_neuron = 7 is not between 1 and 6"),
        (set_value(first_net, "layers", None), r"networks\[0\]\[0\]\.layers must be a list"),
        (set_value(fitting_of, "output", "dos"), "output 'dos' cannot be run"),
        (set_value(fitting_of, "n_fparam", 2), r"fparam_shift' has shape \[1\], expected \[2\]"),
        (angular_average, "environment.shift holds 0.1 for a direction"),
        (nan_weight, "weight' holds nan at element 8"),
        (broken_chain, r"layers\[1\] takes 3 inputs but gets 7"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_place_and_not_written(tmp_path, change, message):
    spec = spec_of(tmp_path)
    change(spec)

    with pytest.raises(InputError, match=message):
        spec.save(tmp_path / "m.dpmd")
    assert not (tmp_path / "m.dpmd").exists()


def test_a_file_of_version_1_is_refused_with_what_to_do(tmp_path):
    path = tmp_path / "m.dpmd"
    spec_of(tmp_path).save(path)
    path.write_bytes(path.read_bytes().replace(b'format_version\\": 2', b'format_version\\": 1'))

    for read in (ModelSpec.load, import_model, Model):
        with pytest.raises(InputError, match=rf"{path}: format_version = 1: this .* reads 2; convert the model again"):
            read(path)


def test_other_safetensors_files_are_refused(tmp_path):
    from safetensors.numpy import save_file

    save_file({"x": np.zeros(2)}, tmp_path / "m.safetensors")

    with pytest.raises(InputError, match="was not written by dpmd"):
        ModelSpec.load(tmp_path / "m.safetensors")
    with pytest.raises(InputError, match="absent"):
        ModelSpec.load(tmp_path / "absent.dpmd")
