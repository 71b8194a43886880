"""Files that are not models, or models that dpmd cannot run, are refused by name; formats are recognised by content."""

from __future__ import annotations

import numpy as np
import pytest

from dpmd import _core
from dpmd.errors import InputError
from dpmd.importers import FORMATS, import_model
from model_files.every_format import WRITERS, every_format, from_graph, imported, same_networks
from model_files.graph_files import graph_of
from model_files.parts import fitting_of
from model_files.toy_model import Toy, compress, model_dict

# Refusals name what is not supported ------------------------------------------------------------


def refused_model(change):
    model = model_dict(Toy())
    change(model)
    return model


def set_descriptor(**values):
    return lambda model: model["descriptor"].update(values)


def set_fitting(**values):
    return lambda model: model["fitting"].update(values)


def unknown_activation(model):
    model["fitting"]["nets"]["networks"][0]["layers"][0]["activation_function"] = "swish"


def uneven_slots(model):
    model["descriptor"]["@variables"]["dstd"][1, 3, 2] += 1e-3


RUNS = "dpmd runs se_e2_a, se_e2_r, se_e3, se_atten, se_atten_v2, loc_frame and se_e3_tebd descriptors"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (set_descriptor(type="dpa2"), r"descriptor dpa2 \(DPA-2\)"),
        (
            set_descriptor(type="hybrid", list=[{"type": "se_e2_a"}, {"type": "dpa2"}]),
            r"the descriptor dpa2 \(DPA-2\) in a hybrid \(se_e2_a, dpa2 \(DPA-2\)\)",
        ),
        (set_descriptor(spin={"use_spin": [True]}), "a spin model"),
        (set_descriptor(precision="bfloat16"), "networks in bfloat16 precision"),
        (set_descriptor(type="dpa9"), "the descriptor 'dpa9'"),
        (set_descriptor(env_mat={"use_exp_switch": True}), "use_exp_switch"),
        (set_descriptor(**{"@version": 9}), "version 9 of Descriptor"),
        (set_fitting(type="dipole"), "a dipole model"),
        (set_fitting(use_aparam_as_mask=True), "use_aparam_as_mask"),
        (set_fitting(tot_ener_zero=True), "tot_ener_zero"),
        (set_fitting(exclude_types=[1]), "excluded in the fitting net alone"),
        (set_fitting(dim_out=3), "3 outputs"),
        (lambda m: m.update(type="linear_ener", models=[{"type": "zbl"}]), "a model of type 'zbl'"),
        (
            lambda m: m.update(type="zbl", models=[{"descriptor": {"type": "dpa2"}}, {"type": "pairtab"}]),
            r"the descriptor dpa2 \(DPA-2\)",
        ),
        (lambda m: m.update(type="spin_ener"), "a spin model"),
        (lambda m: m.update({"@version": 9, "type": "SeZM"}), r"descriptor dpa4 \(DPA-4\)"),
        (unknown_activation, "the activation 'swish'"),
        (uneven_slots, "differs between the slots"),
    ],
)
def test_a_dpmodel_that_does_not_run_is_refused_by_name(tmp_path, change, message):
    model = refused_model(change)

    with pytest.raises(InputError, match=rf"{message}.*{RUNS}"):
        imported(tmp_path, "dpmodel-yaml", model)


@pytest.mark.parametrize("form", sorted(set(WRITERS) - {"tensorflow-graph", "torchscript"}))
@pytest.mark.parametrize(("kind", "words"), [("dpa2", r"dpa2 \(DPA-2\)"), ("dpa3", r"dpa3 \(DPA-3\)")])
def test_every_container_is_refused_by_the_kind_of_its_model(tmp_path, form, kind, words):
    model = refused_model(set_descriptor(type=kind))

    with pytest.raises(InputError, match=rf"the descriptor {words} is not supported; {RUNS}"):
        imported(tmp_path, form, model)


def graph_text(name, value):
    def change(graph):
        if any(node.name == name for node in graph.graph.node):
            graph.replace(name)
        graph.text(name, value)

    return change


def graph_const(name, value, dtype=None):
    def change(graph):
        if any(node.name == name for node in graph.graph.node):
            graph.replace(name)
        graph.const(name, value, dtype)

    return change


def graph_op(op):
    def change(graph):
        next(node for node in graph.graph.node if node.op == "ProdEnvMatA").op = op

    return change


def second_with_types(graph):
    average = next(node for node in graph.graph.node if node.op == "ProdEnvMatA").input[5]
    graph.node("second", "ProdEnvMatR", *5 * [average], average)
    graph.const("type_embed_net/matrix_1", np.zeros((2, 2)))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (graph_op("ProdEnvMatAMix"), "one embedding net for all types without the training script"),
        (second_with_types, "a type embedding beside a hybrid"),
        (graph_text("model_attr/model_type", "polar"), "a polarizability model"),
        (graph_const("spin_attr/ntypes_spin", 1, "int32"), "a spin model"),
        (graph_text("modifier_attr/type", "dipole_charge"), "dipole_charge"),
        (graph_const("fitting_attr/aparam_nall", True), "use_aparam_as_mask"),
        (lambda g: g.node("mean", "Mean", "input"), "tot_ener_zero"),
        (graph_const("final_layer/matrix", np.zeros((3, 1))), "a combination"),
        (graph_const("final_layer_type_0_model1/matrix", np.zeros((3, 1))), "a combination"),
    ],
)
def test_a_graph_that_does_not_run_is_refused_by_name(tmp_path, change, message):
    graph = graph_of(model_dict(Toy()), script=False)
    change(graph)

    with pytest.raises(InputError, match=rf"{message}.*{RUNS}"):
        from_graph(tmp_path, graph)


def test_an_unknown_activation_without_a_script_is_refused(tmp_path):
    graph = graph_of(model_dict(Toy(activation="silut:4")), script=False)

    with pytest.raises(InputError, match="operation after this layer"):
        from_graph(tmp_path, graph)


def test_a_mask_without_a_script_is_refused(tmp_path):
    model = model_dict(Toy(one_side=True))
    compress(model)
    graph = graph_of(model, script=False)
    graph.node("masked", "Mul", "ProdEnvMatA", "input")
    slices = [node for node in graph.graph.node if node.op == "Slice"]
    for node in slices:
        node.input[0] = "masked"

    with pytest.raises(InputError, match="a mask of excluded types"):
        from_graph(tmp_path, graph)


# Detection ---------------------------------------------------------------------------------------


@every_format
def test_content_decides_about_the_format(tmp_path, form):
    path = WRITERS[form](tmp_path, model_dict(Toy()))
    other = path.rename(tmp_path / "model.txt")

    assert form in FORMATS
    assert _core.file_format(other.read_bytes(), str(other)) == form
    assert import_model(other).source.format == form


def test_a_native_file_is_read_too(tmp_path):
    spec = imported(tmp_path, "dpmodel-hdf5", model_dict(Toy()))
    spec.save(tmp_path / "m.dpmd")

    found = import_model(tmp_path / "m.dpmd")

    assert found.source.sha256 == spec.source.sha256
    assert same_networks(fitting_of(found).networks[0], fitting_of(spec).networks[0])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "empty"),
        (b"\x7fELF\x02\x01\x01\x00", "not a model format"),
        (b"node {\n  name: 'x'\n}\n", "pbtxt"),
        (b"\x80\x02}q\x00.", "older than the zip format"),
        (b"just a sentence", "expected a mapping"),
        (b"a: 1\n", "no 'model' section"),
    ],
)
def test_other_files_are_refused(tmp_path, content, message):
    path = tmp_path / "m.pb"
    path.write_bytes(content)

    with pytest.raises(InputError, match=message):
        import_model(path)


RUN_OR_DEVIATION = r"not a model; structures go into the input of dpmd run, or behind -s of dpmd deviation"


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("w.xyz", b"3\nLattice='9 0 0 0 9 0 0 0 9'\nO 0 0 0\n", rf"a structure \(XYZ\), {RUN_OR_DEVIATION}"),
        ("w.lmp", b"# water\n\n192 atoms\n2 atom types\n", rf"a structure \(LAMMPS data\), {RUN_OR_DEVIATION}"),
        ("w.dump", b"ITEM: TIMESTEP\n0\n", rf"a structure \(LAMMPS dump\), {RUN_OR_DEVIATION}"),
        ("w.cif", b"# made by hand\ndata_cu\n_cell_length_a 3.6\n", rf"a structure \(CIF\), {RUN_OR_DEVIATION}"),
        ("w.pdb", b"CRYST1   12.4   12.4   12.4  90.00\n", rf"a structure \(PDB\), {RUN_OR_DEVIATION}"),
        ("POSCAR", b"Cu\n1.0\n3.6 0 0\n", rf"a structure \(VASP\), {RUN_OR_DEVIATION}"),
        ("w.traj", b"- of UlmASE-Trajectory\0\0", rf"a structure \(ASE trajectory\), {RUN_OR_DEVIATION}"),
        ("coord.npy", b"\x93NUMPY\x01\0v\0", "a NumPy array, not a model; data sets go behind -s of dpmd test"),
        (
            "run.toml",
            b"structure = 'w.xyz'\n",
            r"an input of dpmd run, .*with: dpmd run \S*run\.toml",
        ),
        ("input.json", b'{"model": {}, "training": {"numb_steps": 1}}', "an input of dp train, not a model"),
    ],
)
def test_what_is_no_model_is_named_with_the_command_that_takes_it(tmp_path, name, content, message):
    path = tmp_path / name
    path.write_bytes(content)

    with pytest.raises(InputError, match=rf"{name}: {message}"):
        import_model(path)


def test_a_data_set_is_no_model(tmp_path):
    (tmp_path / "set.000").mkdir()
    (tmp_path / "type.raw").write_text("0 1 1")

    with pytest.raises(InputError, match="a data set of DeePMD-kit, not a model; data sets go behind -s of dpmd test"):
        import_model(tmp_path)


def test_missing_files_and_folders_are_refused(tmp_path):
    with pytest.raises(InputError, match=r"absent\.pb"):
        import_model(tmp_path / "absent.pb")
    with pytest.raises(InputError, match="a directory"):
        import_model(tmp_path)
