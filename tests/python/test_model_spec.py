"""``ModelSpec``: what it accepts, and its files."""

from __future__ import annotations

import json
import os

import numpy as np
import pytest

from dpmd.errors import InputError
from dpmd.importers import import_model
from dpmd.model_spec import Layer, ModelSpec, Network
from model_files.dpmodel_files import write_yaml
from model_files.toy_model import Toy, compress, model_dict


def spec_of(folder, toy=None, compressed=False):
    model = model_dict(toy or Toy(n_fparam=1, n_aparam=2, exclude_types=[[0, 1]]))
    if compressed:
        compress(model)
    return import_model(write_yaml(folder / "m.yaml", model))


def arrays_of(spec):
    """Every array of a spec by name."""
    found = {"davg": spec.descriptor.davg, "dstd": spec.descriptor.dstd}
    for name in ("energy_shift", "fparam_avg", "aparam_inv_std", "case_embedding"):
        found[name] = getattr(spec.fitting, name)
    nets = [net for row in spec.descriptor.networks for net in row] + spec.fitting.networks
    for n, net in enumerate(net for net in nets if net is not None):
        if net.table is not None:
            found[f"{n}.table"] = net.table.coefficients
        for k, layer in enumerate(net.layers or []):
            found[f"{n}.{k}.w"], found[f"{n}.{k}.b"] = layer.weight, layer.bias
            if layer.timestep is not None:
                found[f"{n}.{k}.idt"] = layer.timestep
    return found


@pytest.mark.parametrize("compressed", [False, True])
def test_a_saved_model_reads_back_unchanged(tmp_path, compressed):
    spec = spec_of(tmp_path, compressed=compressed)
    spec.fitting.case_embedding = np.zeros(0)
    spec.min_neighbor_distance = 0.875
    spec.training_script = {"model": {"x": float("inf"), "name": "Å"}}

    spec.save(tmp_path / "m.dpmd")
    found = ModelSpec.load(tmp_path / "m.dpmd")

    expected = arrays_of(spec)
    for name, array in arrays_of(found).items():
        assert np.array_equal(array, expected.pop(name)), name
    assert not expected
    assert found.type_map == spec.type_map and found.min_neighbor_distance == 0.875
    assert found.descriptor.exclude_types == [(0, 1)]
    assert found.descriptor.excluded_padding == "keep"
    assert found.training_script == {"model": {"x": "inf", "name": "Å"}}
    assert vars(found.source) == vars(spec.source)


def test_the_document_is_the_one_in_the_format_description(tmp_path):
    from safetensors import safe_open

    spec_of(tmp_path).save(tmp_path / "m.dpmd")
    with safe_open(tmp_path / "m.dpmd", framework="np") as file:
        metadata, names = file.metadata(), set(file.keys())
    document = json.loads(metadata["dpmd"])

    assert metadata["format"] == "dpmd" and document["format_version"] == 1
    assert document["model_type"] == "energy"
    assert document["descriptor"]["networks"][0][0]["layers"][1] == {
        "activation": "tanh",
        "skip": "double",
        "timestep": False,
        "bias": True,
    }
    assert document["fitting"]["networks"][0]["layers"][1]["timestep"] is True
    assert {"descriptor.davg", "embedding.0.0.0.w", "fitting.1.2.b", "fitting.0.1.idt"} <= names
    assert "fitting.energy_shift" in names and "fitting.case_embedding" not in names


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


def set_value(place, name, value):
    return lambda spec: setattr(getattr(spec, place) if place else spec, name, value)


def nan_weight(spec):
    spec.fitting.networks[0].layers[0].weight[1, 1] = np.nan


def wide_skip(spec):
    spec.fitting.networks[0].layers[0].skip = "double"


def broken_chain(spec):
    spec.fitting.networks[0].layers[1] = Layer(np.zeros((3, 3)), activation="tanh")


def two_outputs(spec):
    net = spec.fitting.networks[0]
    net.layers[-1] = Layer(np.zeros((net.layers[-1].weight.shape[0], 2)))


def wrong_activation(spec):
    spec.descriptor.networks[0][0].layers[0].activation = "swish"


def both_kinds(spec):
    spec.descriptor.networks[0][0] = Network()


def angular_average(spec):
    spec.descriptor.davg[0, 2] = 0.1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (set_value("", "type_map", []), "type_map is empty"),
        (set_value("", "type_map", ["H", "H"]), "names a type twice"),
        (set_value("", "pair_exclude_types", [(0, 2)]), "pair_exclude_types"),
        (set_value("", "atom_exclude_types", [-1]), "atom_exclude_types"),
        (set_value("descriptor", "cutoff", float("inf")), "descriptor.cutoff"),
        (set_value("descriptor", "cutoff_smooth", 9.0), "cutoff_smooth < cutoff"),
        (set_value("descriptor", "sel", [0, 0]), "no neighbour would be seen"),
        (set_value("descriptor", "sel", [5]), "descriptor.sel"),
        (set_value("descriptor", "normalization", 0), "normalization"),
        (set_value("descriptor", "axis_neuron", 7), "axis_neuron"),
        (set_value("descriptor", "type", "se_e3"), "dpmd runs se_e2_a"),
        (set_value("descriptor", "excluded_padding", "maybe"), "excluded_padding"),
        (set_value("descriptor", "dstd", np.zeros((2, 4))), "dstd must be positive"),
        (set_value("descriptor", "davg", np.zeros((2, 3))), "shape"),
        (set_value("descriptor", "networks", [[None, None]]), "descriptor.networks"),
        (set_value("descriptor", "networks", [[None, None]] * 2), "share one width"),
        (set_value("fitting", "energy_shift", np.zeros(3)), "energy_shift"),
        (set_value("fitting", "subtract_vacuum", [True]), "subtract_vacuum"),
        (set_value("fitting", "default_fparam", [1.0, 2.0]), "default_fparam"),
        (set_value("fitting", "n_fparam", 2), "fparam_avg"),
        (angular_average, "columns 1 to 3 must be zero"),
        (nan_weight, "= nan is not finite"),
        (wide_skip, "skip 'double' does not fit"),
        (broken_chain, "layer 0 gives 7, layer 1 takes 3"),
        (two_outputs, "one output"),
        (wrong_activation, "'swish'"),
        (both_kinds, "either layers or a table"),
    ],
)
def test_validation_names_the_place(tmp_path, change, message):
    spec = spec_of(tmp_path)
    change(spec)

    with pytest.raises(InputError, match=message):
        spec.validate()


def test_a_table_needs_rows_for_its_grid(tmp_path):
    spec = spec_of(tmp_path, compressed=True)
    spec.descriptor.networks[0][0].table.max = 1e6

    with pytest.raises(InputError, match="has 50 rows"):
        spec.validate()


def rewritten(path, change):
    """The file with its JSON document changed."""
    from safetensors import safe_open
    from safetensors.numpy import save_file

    with safe_open(path, framework="np") as file:
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        document = json.loads(file.metadata()["dpmd"])
    document = change(document, tensors) or document
    save_file(tensors, path, metadata={"format": "dpmd", "dpmd": json.dumps(document)})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda d, t: d.update(format_version=2), "format_version is 2; this dpmd reads 1"),
        (lambda d, t: d.update(model_type="dipole"), "model_type"),
        (lambda d, t: d.pop("fitting") and None, "'fitting' is missing"),
        (lambda d, t: t.pop("descriptor.davg") is None or None, "'descriptor.davg' is missing"),
        (lambda d, t: t.update(extra=np.zeros(1)), "unexpected tensor 'extra'"),
        (lambda d, t: d["descriptor"].update(sel=5), "malformed document"),
        (lambda d, t: d["descriptor"].update(networks=[[{"x": 1}]]), "'layers' is missing"),
        (lambda d, t: [1, 2], "malformed document"),
    ],
)
def test_reading_names_what_is_wrong(tmp_path, change, message):
    path = tmp_path / "m.dpmd"
    spec_of(tmp_path).save(path)
    rewritten(path, change)

    with pytest.raises(InputError, match=message) as caught:
        ModelSpec.load(path)
    assert str(path) in str(caught.value)


def test_other_safetensors_files_are_refused(tmp_path):
    from safetensors.numpy import save_file

    save_file({"x": np.zeros(2)}, tmp_path / "m.safetensors")

    with pytest.raises(InputError, match="not a .dpmd model"):
        ModelSpec.load(tmp_path / "m.safetensors")
    with pytest.raises(InputError, match="absent"):
        ModelSpec.load(tmp_path / "absent.dpmd")
