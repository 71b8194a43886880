"""Hybrids in every format: each part with its own environment and nets, in the order of the features."""

from __future__ import annotations

import numpy as np
import pytest

from dpmd.errors import InputError
from dpmd.importers import import_model
from dpmd.models.tree import model_tree
from model_files.checkpoint_files import write_multitask
from model_files.dpmodel_files import write_hlo
from model_files.every_format import WRITERS, every_format, from_graph, imported, same_networks
from model_files.exported_files import write_pt2
from model_files.graph_files import graph_of
from model_files.parts import descriptor_of, fitting_of
from model_files.torch_files import PickleWriter, script_module, write_archive
from model_files.toy_model import Toy, compress, hybrid, model_dict, parts_of

DPA2 = r"the descriptor dpa2 \(DPA-2\)"


def three_parts(**values) -> dict:
    """se_e2_a, se_e2_r and a shorter-sighted se_e2_a, each with cutoffs, sel, nets and excluded pairs of its own."""
    radial = Toy(
        descriptor="se_e2_r", sel=[4, 6], rcut_smth=0.9, neuron=[2, 5], one_side=True, exclude_types=[[1, 1]], seed=8
    )
    near = Toy(sel=[3, 5], rcut=2.5, rcut_smth=0.7, neuron=[4, 8], axis=3, activation="gelu_tf", seed=9)
    return model_dict(Toy(exclude_types=[[0, 1]], parts=[radial, near], **values))


def two_parts() -> dict:
    return model_dict(Toy(parts=[Toy(descriptor="se_e2_r", rcut=3.5, neuron=[2, 5], seed=8)]))


def node(graph, name):
    return next(one for one in graph.graph.node if one.name == name)


def assert_is_part(found, stored):
    """A descriptor that was read is the one in the dictionary."""
    e, variables, one_side = found.environment, stored["@variables"], stored["type_one_side"]
    assert found.type == stored["type"] and getattr(found, "axis_neuron", None) == stored.get("axis_neuron")
    assert (e.cutoff, e.cutoff_smooth, e.sel) == (stored["rcut"], stored["rcut_smth"], stored["sel"])
    assert e.normalization == sum(stored["sel"]) and e.exclude_types == [tuple(p) for p in stored["exclude_types"]]
    assert np.array_equal(e.shift, variables["davg"][:, 0]) and np.array_equal(e.scale, variables["dstd"][:, 0])
    n_rows = 1 if one_side else 2
    for i, j in np.ndindex(n_rows, 2):
        net, source = found.embedding.networks[i][j], stored["embeddings"]["networks"][i + n_rows * j]
        if net is not None:  # an excluded pair may have none
            for layer, expected in zip(net.layers, source["layers"], strict=True):
                assert np.array_equal(layer.weight, expected["@variables"]["w"])


@every_format
def test_every_format_gives_each_part_its_own_settings_and_weights(tmp_path, form):
    model = three_parts(n_fparam=1)

    spec = imported(tmp_path, form, model)

    (term,) = spec.terms
    for found, stored in zip(term.descriptors, parts_of(model["descriptor"]), strict=True):
        assert_is_part(found, stored)
    assert fitting_of(spec).networks[0].n_in == 6 * 2 + 5 + 8 * 3 + 1


@every_format
def test_each_part_has_its_own_activation(tmp_path, form):
    first, second, third = imported(tmp_path, form, three_parts()).terms[0].descriptors

    names = [one.embedding.present()[0].layers[0].activation for one in (first, second, third)]
    assert names == ["tanh", "tanh", "gelu_single" if form == "tensorflow-graph" else "gelu"]


def beside_attention(oracle, **values) -> dict:
    """se_e2_a and DPA-1, which has davg, attention and a cutoff of 4 Å."""
    model = model_dict(Toy(sel=[20, 40], **values))
    model["descriptor"] = hybrid(
        model["descriptor"], model_tree(import_model(oracle / "pt_attention.dp"))["descriptor"]
    )
    return model


def test_dpa1_may_be_a_part(tmp_path, oracle):
    model = beside_attention(oracle, rcut=3.5)
    alone = descriptor_of(import_model(oracle / "pt_attention.dp"))

    spec = imported(tmp_path, "dpmodel-yaml", model)
    first, second = spec.terms[0].descriptors

    assert_is_part(first, model["descriptor"]["list"][0])
    assert second.function == "dense" and second.environment.sel == alone.environment.sel
    assert np.array_equal(second.type_embedding, alone.type_embedding)
    assert any("the dense function of DPA-1" in note for note in spec.notes)


def test_dpa1_in_a_hybrid_that_sees_farther_is_refused_where_that_changes_it(tmp_path, oracle):
    # DeePMD-kit gives such a part neighbours beyond its cutoff, with types of their own in place of empty slots.
    model = beside_attention(oracle, rcut=5.0)
    model["descriptor"]["list"][1]["exclude_types"] = []

    with pytest.raises(InputError, match=r"dpa1 in a part of a hybrid whose cutoff is 4 Å where another part has 5 Å"):
        imported(tmp_path, "dpmodel-yaml", model)


@pytest.mark.parametrize("exportable", [False, True])
def test_a_head_of_either_backend_may_be_a_hybrid(tmp_path, exportable):
    model = three_parts()
    path = write_multitask(tmp_path / "m.pt", {"bulk": two_parts(), "water": model}, exportable)

    found = import_model(path, "water").terms[0].descriptors

    for one, stored in zip(found, parts_of(model["descriptor"]), strict=True):
        assert_is_part(one, stored)
    assert [one.type for one in import_model(path, "bulk").terms[0].descriptors] == ["se_e2_a", "se_e2_r"]


def test_the_model_beside_code_of_jax_may_be_a_hybrid(tmp_path):
    model = three_parts()

    found = import_model(write_hlo(tmp_path / "m.hlo", model)).terms[0].descriptors

    for one, stored in zip(found, parts_of(model["descriptor"]), strict=True):
        assert_is_part(one, stored)


def test_a_program_of_a_hybrid_takes_what_all_its_parts_take(tmp_path):
    path = write_pt2(tmp_path / "m.pt2", three_parts(), metadata={"lower_input_kind": "graph"})

    with pytest.raises(InputError, match=r"a program that takes 'graph' \(lower_input_kind\) for se_e2_a is not"):
        import_model(path)


@pytest.mark.parametrize("form", set(WRITERS) - {"torch-checkpoint"})
def test_the_tables_of_each_part_are_taken_as_they_are(tmp_path, form):
    model = three_parts()
    compress(model)

    found = imported(tmp_path, form, model).terms[0].descriptors

    for one, stored in zip(found, parts_of(model["descriptor"]), strict=True):
        tables = stored["compress"]["@variables"]["compress_data"]
        assert np.array_equal(one.embedding.networks[0][0].table.coefficients, tables[0])
    assert [getattr(one, "axis_neuron", None) for one in found] == [2, None, 3]


@every_format
def test_a_hybrid_of_one_is_that_one(tmp_path, form):
    model = model_dict(Toy(exclude_types=[[0, 1]]))
    alone = descriptor_of(imported(tmp_path, form, model))
    model["descriptor"] = hybrid(model["descriptor"])

    found = descriptor_of(imported(tmp_path, form, model))

    assert found.environment.sel == alone.environment.sel
    assert found.environment.exclude_types == alone.environment.exclude_types == [(0, 1)]
    assert same_networks(found.embedding.networks[1][1], alone.embedding.networks[1][1])


@pytest.mark.parametrize("form", set(WRITERS) - {"tensorflow-graph", "torchscript"})
def test_a_part_that_is_not_run_is_named(tmp_path, form):
    model = three_parts()
    path = WRITERS[form](tmp_path, model)
    model["descriptor"]["list"][1]["type"] = "dpa2"

    with pytest.raises(InputError, match=rf"{DPA2} in a hybrid \(se_e2_a, dpa2 \(DPA-2\), se_e2_a\)"):
        import_model(WRITERS[form](path.parent, model))


def test_a_module_that_is_not_run_is_named(tmp_path):
    root = script_module(three_parts())
    hybrid_module = root.state["atomic_model"].state["descriptor"]
    hybrid_module.state["descrpt_list"].state["1"].name = "__torch__.deepmd.DescrptDPA2"
    writer = PickleWriter()
    path = write_archive(tmp_path / "m.pth", writer.dumps(root), writer.storages, script=True)

    with pytest.raises(InputError, match=r"descrpt_list\.1: the descriptor 'DescrptDPA2' is not supported"):
        import_model(path)


@pytest.mark.parametrize("form", ["torch-checkpoint", "dpmodel-hdf5", "dpmodel-yaml"])
def test_parts_for_other_types_are_an_error(tmp_path, form):
    model = two_parts()
    model["descriptor"]["list"][1] = model_dict(Toy(type_map=["O", "H", "Na"], sel=[5, 9, 2]))["descriptor"]

    with pytest.raises(InputError, match=r"descriptor: its parts are for \[2, 3\] types"):
        imported(tmp_path, form, model)


@pytest.mark.parametrize("form", ["torchscript", "dpmodel-yaml"])
def test_a_hybrid_without_parts_is_an_error(tmp_path, form):
    model = two_parts()
    path = WRITERS[form](tmp_path, {**model, "descriptor": hybrid()})

    with pytest.raises(InputError, match="holds no descriptor"):
        import_model(path)


@pytest.mark.parametrize("form", set(WRITERS) - {"tensorflow-graph"})
@pytest.mark.parametrize("descriptor", ["se_e2_a", "se_e2_r"])
def test_excluded_pairs_of_a_part_that_sees_less_far_are_refused_unless_they_change_nothing(tmp_path, form, descriptor):
    # DeePMD-kit's energy depends on excluded neighbours up to the larger cutoff, where empty slots are not rows of 0.
    near = {"descriptor": descriptor, "sel": [4, 6], "rcut": 3.5, "exclude_types": [[0, 1]]}

    with pytest.raises(InputError, match=r"exclude_types in a part of a hybrid whose cutoff is 3.5 Å where .* 5 Å"):
        imported(tmp_path, form, model_dict(Toy(parts=[Toy(**near)])))
    spec = imported(tmp_path, form, model_dict(Toy(parts=[Toy(**near, davg_zero=True)])))

    assert spec.terms[0].descriptors[1].environment.exclude_types == [(0, 1)]


@every_format
def test_neighbours_beyond_sel_are_dropped_as_the_format_does(tmp_path, form):
    small, other = Toy(sel=[4, 9], seed=8), Toy(sel=[5, 9], rcut=3.5, seed=9)

    found = imported(tmp_path, form, model_dict(Toy(parts=[small, other]))).terms[0].descriptors

    # Outside graphs the nearest of all types are put into one list, from which each part takes the nearest of a type.
    shared = "by_type" if form == "tensorflow-graph" else "all_types"
    assert [one.environment.overflow_order for one in found] == [shared, "by_type", shared]


# Graphs -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("suffixes", [("_se_a", "_se_r"), ("_b", "_a")])
@pytest.mark.parametrize("script", [True, False])
def test_the_parts_of_a_graph_may_have_any_suffixes(tmp_path, suffixes, script):
    model = two_parts()

    found = from_graph(tmp_path, graph_of(model, script, suffixes)).terms[0].descriptors

    for one, stored in zip(found, parts_of(model["descriptor"]), strict=True):
        assert_is_part(one, stored)


def test_the_order_of_the_parts_is_that_of_the_concatenation(tmp_path):
    graph = graph_of(two_parts(), script=False)
    concatenation = node(graph, "concat")
    concatenation.input[0], concatenation.input[1] = concatenation.input[1], concatenation.input[0]

    spec = from_graph(tmp_path, graph)

    assert [one.type for one in spec.terms[0].descriptors] == ["se_e2_r", "se_e2_a"]


def test_a_graph_of_version_1_without_a_script_is_read(tmp_path):
    graph = graph_of(model_dict(Toy(exclude_types=[[0, 1]], parts=[Toy(descriptor="se_e2_r", seed=8)])), script=False)
    for name in ("model_attr/model_version", "model_attr/tmap", "model_attr/model_type"):
        graph.replace(name)
    for one in graph.graph.node:
        one.op = {"ProdEnvMatA": "DescrptSeA", "ProdEnvMatR": "DescrptSeR"}.get(one.op, one.op)

    spec = from_graph(tmp_path, graph)

    excluded = [one.environment.exclude_types for one in spec.terms[0].descriptors]
    assert spec.type_map == ["X0", "X1"] and excluded == [[(0, 1)], []]


def test_each_part_of_a_graph_has_the_rule_of_its_descriptor_for_excluded_pairs(tmp_path):
    first, second, _ = from_graph(tmp_path, graph_of(three_parts())).terms[0].descriptors

    assert (first.environment.excluded_slots, second.environment.excluded_slots) == ("drop", "zero")


def unjoined(graph):
    graph.replace("concat")


def joined_twice(graph):
    node(graph, "concat").input[1] = "features_0"


def joined_with_another(graph):
    node(graph, "concat").input.insert(2, "input")


@pytest.mark.parametrize("change", [unjoined, joined_twice, joined_with_another])
def test_parts_that_no_concatenation_joins_are_an_error(tmp_path, change):
    graph = graph_of(two_parts())
    change(graph)

    with pytest.raises(InputError, match="no concatenation joins what ProdEnvMatA_0 and ProdEnvMatR_1 lead to"):
        from_graph(tmp_path, graph)


@pytest.mark.parametrize("shape", [[-1, -1], [0], []])
def test_a_part_of_unknown_width_is_an_error(tmp_path, shape):
    graph = graph_of(two_parts())
    graph.replace("features_0/shape")
    graph.const("features_0/shape", np.array(shape, dtype="int32"))

    with pytest.raises(InputError, match="node features_0: cannot tell how many features this part of a hybrid has"):
        from_graph(tmp_path, graph)


def test_a_script_that_lists_the_parts_in_another_order_is_an_error(tmp_path):
    model = two_parts()
    graph = graph_of(model)
    concatenation = node(graph, "concat")
    concatenation.input[0], concatenation.input[1] = concatenation.input[1], concatenation.input[0]

    with pytest.raises(
        InputError, match="ProdEnvMatR_1 belongs to se_e2_r; the training script has 'se_e2_a' in this place"
    ):
        from_graph(tmp_path, graph)


def test_a_part_with_slots_for_other_types_is_an_error(tmp_path):
    graph = graph_of(two_parts())
    node(graph, "ProdEnvMatR_1").attr["sel"].list.i.append(3)

    with pytest.raises(InputError, match=r"ProdEnvMatR_1: its sel \[5, 9, 3\] does not fit the number of types"):
        from_graph(tmp_path, graph)
