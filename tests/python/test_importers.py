"""Every format gives the same ``ModelSpec``, with the semantics of the program that wrote it."""

from __future__ import annotations

import json

import numpy as np
import pytest

from dpmd.errors import InputError
from dpmd.importers import import_model
from model_files.dpmodel_files import write_dp, write_yaml
from model_files.every_format import WRITERS, every_format, from_graph, imported, same_networks
from model_files.graph_files import graph_of, training_script
from model_files.parts import descriptor_of, embedding_of, environment_of, fitting_of
from model_files.release_0_12 import as_release_0_12
from model_files.toy_model import Toy, compress, model_dict

# The same model in every format ------------------------------------------------------------------


@every_format
@pytest.mark.parametrize("one_side", [False, True])
def test_every_format_gives_the_weights_of_the_source(tmp_path, form, one_side):
    model = model_dict(Toy(one_side=one_side, n_fparam=1, n_aparam=2))

    spec = imported(tmp_path, form, model)

    d, e, f = descriptor_of(spec), environment_of(spec), fitting_of(spec)
    variables = model["fitting"]["@variables"]
    assert spec.source.format == form and len(spec.source.sha256) == 64
    assert spec.type_map == ["O", "H"] and e.sel == [5, 9] and e.normalization == 14
    assert d.axis_neuron == 2 and d.embedding.type_one_side is one_side
    assert np.array_equal(e.shift, model["descriptor"]["@variables"]["davg"][:, 0])
    assert np.array_equal(e.scale, model["descriptor"]["@variables"]["dstd"][:, 0])
    shift = variables["bias_atom_e"].ravel() + model["@variables"]["out_bias"].ravel()
    assert np.array_equal(f.energy_shift, shift)
    assert f.n_fparam == 1 and f.n_aparam == 2
    for kind in ("fparam", "aparam"):
        assert np.array_equal(getattr(f, f"{kind}_shift"), variables[f"{kind}_avg"])
        assert np.array_equal(getattr(f, f"{kind}_scale"), variables[f"{kind}_inv_std"])
    reference = imported(tmp_path, "dpmodel-hdf5", model)
    assert all(map(same_networks, f.networks, fitting_of(reference).networks))
    for row, expected in zip(d.embedding.networks, embedding_of(reference).networks, strict=True):
        assert all(map(same_networks, row, expected))


@every_format
def test_networks_are_found_by_centre_and_neighbour(tmp_path, form):
    model = model_dict(Toy())

    spec = imported(tmp_path, form, model)

    stored = model["descriptor"]["embeddings"]["networks"]
    for centre in (0, 1):
        for neighbour in (0, 1):
            weight = stored[centre + 2 * neighbour]["layers"][0]["@variables"]["w"]
            found = embedding_of(spec).networks[centre][neighbour].layers[0].weight
            assert np.array_equal(found, weight)


@every_format
def test_only_graphs_round_cutoffs_to_single_precision(tmp_path, form):
    spec = imported(tmp_path, form, model_dict(Toy(rcut=5.0, rcut_smth=1.8)))

    expected = "float32" if form == "tensorflow-graph" else "float64"
    assert environment_of(spec).cutoff_arithmetic == expected
    assert environment_of(spec).cutoff == 5.0 and environment_of(spec).cutoff_smooth == 1.8


@every_format
def test_only_graphs_drop_the_padding_of_excluded_pairs(tmp_path, form):
    spec = imported(tmp_path, form, model_dict(Toy(exclude_types=[[1, 0]])))

    graph = form == "tensorflow-graph"
    assert environment_of(spec).exclude_types == [(0, 1)]
    assert environment_of(spec).excluded_slots == ("drop" if graph else "keep")
    assert (embedding_of(spec).networks[0][1] is None) is graph
    assert embedding_of(spec).networks[1][1] is not None


@every_format
def test_only_graphs_truncate_each_type_by_itself(tmp_path, form):
    spec = imported(tmp_path, form, model_dict(Toy()))

    graph = form == "tensorflow-graph"
    assert environment_of(spec).overflow_order == ("by_type" if graph else "all_types")


@every_format
def test_a_zero_average_stays_zero(tmp_path, form):
    spec = imported(tmp_path, form, model_dict(Toy(davg_zero=True)))

    assert not environment_of(spec).shift.any()


@every_format
def test_types_with_an_assigned_energy_lose_their_vacuum_energy(tmp_path, form):
    model = model_dict(Toy(atom_ener=[None, -3.25]))

    spec = imported(tmp_path, form, model)

    stored = model["fitting"]["@variables"]["bias_atom_e"] + model["@variables"]["out_bias"][0]
    # A graph adds the energy itself; elsewhere the stored bias already holds it.
    added = [0.0, -3.25] if form == "tensorflow-graph" else [0.0, 0.0]
    assert fitting_of(spec).subtract_vacuum == [False, True]
    assert np.allclose(fitting_of(spec).energy_shift, stored.ravel() + added, rtol=0, atol=1e-15)


@every_format
@pytest.mark.parametrize(
    ("stored", "expected"),
    [
        ("tanh", "tanh"),
        ("GELU", "gelu"),
        ("gelu_tf", "gelu"),
        ("relu", "relu"),
        ("ReLU6", "relu6"),
        ("softplus", "softplus"),
        ("sigmoid", "sigmoid"),
        ("silu", "silu"),
        ("silut", "silut:3.0"),
        ("silut:10", "silut:10.0"),
        ("Custom_SiLU:2.5", "silut:2.5"),
        ("none", "linear"),
        ("linear", "linear"),
    ],
)
def test_activations_have_one_spelling(tmp_path, form, stored, expected):
    if (form, stored) == ("tensorflow-graph", "gelu_tf"):
        expected = "gelu_single"  # its coefficient is rounded in the graph
    spec = imported(tmp_path, form, model_dict(Toy(activation=stored)))

    assert embedding_of(spec).networks[0][0].layers[0].activation == expected
    assert fitting_of(spec).networks[0].layers[0].activation == expected
    assert fitting_of(spec).networks[0].layers[-1].activation == "linear"


@every_format
def test_embedding_nets_skip_by_width_from_the_first_layer(tmp_path, form):
    first_is_identity = imported(tmp_path, form, model_dict(Toy(neuron=[1, 2, 4], axis=2)))
    first_is_double = imported(tmp_path, form, model_dict(Toy(neuron=[2, 2, 3], axis=2)))

    def skips(spec):
        return [layer.skip for layer in embedding_of(spec).networks[0][0].layers]

    assert skips(first_is_identity) == ["identity", "double", "double"]
    assert skips(first_is_double) == ["double", "identity", "none"]


@every_format
def test_fitting_nets_of_graphs_never_double_and_never_skip_at_once(tmp_path, form):
    model = model_dict(Toy(neuron=[3, 6], axis=2, fit=[12, 12, 24]))

    spec = imported(tmp_path, form, model)

    skips = [layer.skip for layer in fitting_of(spec).networks[0].layers]
    if form == "tensorflow-graph":
        assert skips == ["none", "identity", "none", "none"]
    else:
        assert skips == ["identity", "identity", "double", "none"]


@pytest.mark.parametrize("form", ["torchscript", "exported-program", "dpmodel-hdf5", "dpmodel-yaml"])
def test_stored_flags_decide_about_skips_and_time_steps(tmp_path, form):
    model = model_dict(Toy())
    layer = model["fitting"]["nets"]["networks"][0]["layers"][1]
    layer["resnet"], layer["use_timestep"], layer["@variables"]["idt"] = False, False, None

    spec = imported(tmp_path, form, model)

    assert fitting_of(spec).networks[0].layers[1].skip == "none"
    assert fitting_of(spec).networks[0].layers[1].timestep is None
    assert fitting_of(spec).networks[1].layers[1].skip == "identity"
    assert fitting_of(spec).networks[1].layers[1].timestep is not None


@pytest.mark.parametrize("form", set(WRITERS) - {"torch-checkpoint"})
@pytest.mark.parametrize("one_side", [False, True])
def test_compression_tables_are_taken_as_they_are(tmp_path, form, one_side):
    model = model_dict(Toy(one_side=one_side))
    compress(model)

    spec = imported(tmp_path, form, model)

    stored = model["descriptor"]["compress"]["@variables"]["compress_data"]
    n_rows = 1 if one_side else 2
    for i in range(n_rows):
        for j in (0, 1):
            table = embedding_of(spec).networks[i][j].table
            assert np.array_equal(table.coefficients, stored[i + n_rows * j])
            assert (table.lower, table.stride0, table.stride1) == (-1.0, 0.1, 1.0)
            assert table.extrapolation == "linear"


@pytest.mark.parametrize("form", ["torchscript", "exported-program", "dpmodel-hdf5", "dpmodel-yaml"])
def test_model_level_exclusions_are_kept(tmp_path, form):
    model = model_dict(Toy())
    model["pair_exclude_types"], model["atom_exclude_types"] = [[0, 1]], [1]

    spec = imported(tmp_path, form, model)

    (term,) = spec.terms
    assert term.pair_exclude_types == [(0, 1)] and term.atom_exclude_types == [1]


def test_mixed_types_have_one_fitting_net(tmp_path):
    model = model_dict(Toy())
    nets = model["fitting"]["nets"]
    model["fitting"]["mixed_types"], nets["ndim"], nets["networks"] = True, 0, nets["networks"][:1]

    spec = imported(tmp_path, "dpmodel-hdf5", model)

    assert len(fitting_of(spec).networks) == 1


def test_a_constant_tail_of_the_fitting_input_is_kept(tmp_path):
    model = model_dict(Toy(n_fparam=1))
    model["fitting"].update(numb_fparam=0, dim_case_embd=1, default_fparam=None)
    model["fitting"]["@variables"].update(case_embd=np.array([1.0]))

    spec = imported(tmp_path, "dpmodel-yaml", model)

    assert np.array_equal(fitting_of(spec).case_embedding, [1.0])


def test_default_frame_parameters_are_kept(tmp_path):
    model = model_dict(Toy(n_fparam=2))
    model["fitting"]["default_fparam"] = [0.5, 1]

    assert fitting_of(imported(tmp_path, "dpmodel-hdf5", model)).default_fparam == [0.5, 1.0]


def test_output_spread_does_not_scale_energies(tmp_path):
    # DeePMD-kit's PyTorch backend stores out_std != 1 in energy models and does not apply it.
    model = model_dict(Toy())
    model["@variables"]["out_std"] = np.full((1, 2, 1), 0.3)

    spec = imported(tmp_path, "dpmodel-hdf5", model)

    assert same_networks(fitting_of(spec).networks[0], fitting_of(imported(tmp_path, "torchscript", model)).networks[0])
    (note,) = spec.notes
    assert note.startswith("the spread of the training energies, out_std, does not scale energies, as in DeePMD-kit")


def test_what_tensorflow_ignores_of_its_script_is_ignored_and_said(tmp_path):
    # DeePMD-kit 3.2.0 trains the same graph with and without these keys.
    model = model_dict(Toy())
    expected = from_graph(tmp_path, graph_of(model))
    graph = graph_of(model)
    graph.replace("train_attr/training_script")
    script = training_script(model) | {"atom_exclude_types": [1], "pair_exclude_types": [[0, 1]]}
    graph.text("train_attr/training_script", json.dumps({"model": script}))

    spec = from_graph(tmp_path, graph)

    (term,) = spec.terms
    assert (term.pair_exclude_types, term.atom_exclude_types) == ([], [])
    assert same_networks(fitting_of(spec).networks[0], fitting_of(expected).networks[0])
    assert spec.notes == [
        f"{key} of the training script has no effect, as in DeePMD-kit with TensorFlow"
        for key in ("pair_exclude_types = [[0, 1]]", "atom_exclude_types = [1]")
    ]


def test_notes_are_not_part_of_a_model(tmp_path):
    spec = imported(tmp_path, "dpmodel-hdf5", model_dict(Toy()))
    spec.notes.append("read on a Monday")

    spec.save(tmp_path / "m.dpmd")

    assert import_model(tmp_path / "m.dpmd").notes == []


@pytest.mark.parametrize("form", sorted(set(WRITERS) - {"tensorflow-graph"}))
def test_a_hybrid_of_one_is_that_one(tmp_path, form):
    model = model_dict(Toy())
    alone = imported(tmp_path, form, model)
    model["descriptor"] = {"type": "hybrid", "@version": 1, "list": [model["descriptor"]]}

    spec = imported(tmp_path, form, model)

    assert environment_of(spec).sel == [5, 9]
    assert same_networks(embedding_of(spec).networks[1][0], embedding_of(alone).networks[1][0])
    assert np.array_equal(environment_of(spec).shift, environment_of(alone).shift)


@pytest.mark.parametrize("write", [write_dp, write_yaml])
def test_numbers_may_be_arrays_without_dimensions(tmp_path, write):
    model = model_dict(Toy(n_fparam=1))
    plain = import_model(write(tmp_path / "m.plain", model))
    descriptor, fitting = model["descriptor"], model["fitting"]
    for section, names in ((descriptor, ("rcut", "axis_neuron", "type_one_side")), (fitting, ("numb_fparam",))):
        for name in names:
            tagged = {"@class": "np.ndarray", "@is_variable": True, "@version": 1, "dtype": "float64"}
            section[name] = tagged | {"value": section[name]}
    descriptor["sel"] = [tagged | {"value": n} for n in descriptor["sel"]]
    fitting["@variables"]["fparam_avg"] = fitting["@variables"]["fparam_avg"].reshape(())

    spec = import_model(write(tmp_path / "m.tagged", model))

    assert (environment_of(spec).cutoff, environment_of(spec).sel) == (
        environment_of(plain).cutoff,
        [5, 9],
    )
    assert fitting_of(spec).n_fparam == 1 and np.array_equal(
        fitting_of(spec).fparam_shift, fitting_of(plain).fparam_shift
    )


def test_the_smallest_distance_may_be_a_tagged_number(tmp_path):
    document = write_yaml(tmp_path / "m.yaml", model_dict(Toy()))
    tagged = "'@variables':\n  min_nbor_dist:\n    '@class': np.ndarray\n    dtype: float64\n    value: 0.875\n"
    document.write_text(tagged + document.read_text())

    assert import_model(document).min_neighbor_distance == 0.875


def grown(sel, larger, davg):
    """A model whose sections of slots were made larger; the added slots have other scales."""
    model = model_dict(Toy(sel=sel))
    variables = model["descriptor"]["@variables"]
    for name, added in (("davg", 0.0), ("dstd", 0.75)):
        sections = np.split(variables[name], np.cumsum(sel)[:-1], axis=1)
        wider = [np.full((2, n, 4), added) for n in larger]
        for old, new in zip(sections, wider, strict=True):
            new[:, : old.shape[1]] = old if davg or name == "dstd" else 0.0
        variables[name] = np.concatenate(wider, axis=1)
    model["descriptor"]["sel"] = larger
    return model


@every_format
def test_slots_that_were_added_later_are_not_used(tmp_path, form):
    spec = imported(tmp_path, form, grown([5, 9], [8, 11], davg=False))

    assert environment_of(spec).sel == [5, 9] and environment_of(spec).normalization == 19
    assert np.array_equal(environment_of(spec).scale, model_dict(Toy())["descriptor"]["@variables"]["dstd"][:, 0])


@every_format
def test_added_slots_are_refused_where_empty_ones_count(tmp_path, form):
    with pytest.raises(InputError, match=r"differs between the slots of one type.*dpmd runs se_e2_a"):
        imported(tmp_path, form, grown([5, 9], [8, 11], davg=True))


# Graphs: versions and what they leave to be found ------------------------------------------------


def rename(graph, old, new):
    for node in graph.graph.node:
        if node.name == old:
            node.name = new
        for k, name in enumerate(node.input):
            node.input[k] = new if name == old else name


def test_a_graph_without_script_version_and_type_map_is_read(tmp_path):
    graph = graph_of(model_dict(Toy()), script=False)
    for name in ("model_attr/model_version", "model_attr/tmap", "model_attr/model_type"):
        graph.replace(name)

    spec = from_graph(tmp_path, graph)

    assert spec.source.version == "0.0" and spec.type_map == ["X0", "X1"]
    assert spec.training_script is None
    assert embedding_of(spec).networks[1][0].layers[0].activation == "tanh"


@pytest.mark.parametrize("op", ["DescrptSeA", "DescrptNorot"])
def test_old_names_of_the_descriptor_operation_are_known(tmp_path, op):
    graph = graph_of(model_dict(Toy()), script=False)
    next(node for node in graph.graph.node if node.op == "ProdEnvMatA").op = op

    assert environment_of(from_graph(tmp_path, graph)).sel == [5, 9]


def test_one_row_biases_of_version_1_become_vectors(tmp_path):
    model = model_dict(Toy())
    for net in model["descriptor"]["embeddings"]["networks"]:
        for layer in net["layers"]:
            layer["@variables"]["b"] = layer["@variables"]["b"][None, :]

    spec = from_graph(tmp_path, graph_of(model, script=False))

    assert embedding_of(spec).networks[0][0].layers[0].bias.shape == (3,)


def test_the_original_sel_normalises(tmp_path):
    graph = graph_of(model_dict(Toy()))
    for name, value in (("descrpt_attr/original_sel", [6, 14]),):
        graph.replace(name)
        graph.const(name, value, "int32")
    for scope in ("filter_type_0", "filter_type_1"):
        graph.replace(f"{scope}/truediv/y")
        graph.const(f"{scope}/truediv/y", 20.0)

    assert environment_of(from_graph(tmp_path, graph)).normalization == 20


def test_a_factor_normalises_in_version_1(tmp_path):
    graph = graph_of(model_dict(Toy()), script=False)
    graph.replace("descrpt_attr/original_sel")
    for scope in ("filter_type_0", "filter_type_1"):
        rename(graph, f"{scope}/truediv/y", f"{scope}/mul/y")
        graph.replace(f"{scope}/mul/y")
        graph.const(f"{scope}/mul/y", 1.0 / 14.0)

    assert environment_of(from_graph(tmp_path, graph)).normalization == 14


def test_contradicting_normalisations_are_an_error(tmp_path):
    graph = graph_of(model_dict(Toy()))
    graph.replace("filter_type_1/truediv/y")
    graph.const("filter_type_1/truediv/y", 15.0)

    with pytest.raises(InputError, match=r"normalises by \[14, 15\]"):
        from_graph(tmp_path, graph)


def test_missing_nets_mean_excluded_pairs_without_a_script(tmp_path):
    graph = graph_of(model_dict(Toy(exclude_types=[[0, 1]])), script=False)

    spec = from_graph(tmp_path, graph)

    assert environment_of(spec).exclude_types == [(0, 1)]


def test_missing_nets_that_the_script_does_not_exclude_are_an_error(tmp_path):
    model = model_dict(Toy(exclude_types=[[0, 1]]))
    graph = graph_of(model, script=False)
    script = training_script(model_dict(Toy()))
    graph.text("train_attr/training_script", json.dumps({"model": script}))

    with pytest.raises(InputError, match=r"no embedding net for the type pairs \[\(0, 1\)"):
        from_graph(tmp_path, graph)


def test_a_graph_scales_its_energies_by_the_output_spread(tmp_path):
    graph = graph_of(model_dict(Toy()))
    before = from_graph(tmp_path, graph)
    bias = [-1.5, 2.5]
    for name, values in (("std", [0.25, 2.0]), ("bias", bias)):
        graph.replace(f"model_attr/model_attr/t_out_{name}")
        graph.const(f"model_attr/model_attr/t_out_{name}", np.reshape(values, (1, 2, 1)))

    after = from_graph(tmp_path, graph)

    out_bias = model_dict(Toy())["@variables"]["out_bias"].ravel()
    shift = (fitting_of(before).energy_shift - out_bias) * [0.25, 2.0] + bias
    assert np.allclose(fitting_of(after).energy_shift, shift, rtol=0, atol=1e-14)
    for t, factor in enumerate([0.25, 2.0]):
        old, new = (fitting_of(spec).networks[t].layers for spec in (before, after))
        assert np.array_equal(new[-1].weight, factor * old[-1].weight)
        assert np.array_equal(new[-1].bias, factor * old[-1].bias)
        assert np.array_equal(new[-2].weight, old[-2].weight)


def test_a_graph_of_release_0_12_is_read(tmp_path):
    graph = graph_of(model_dict(Toy()), script=False)
    expected = from_graph(tmp_path, graph)
    as_release_0_12(graph.graph)

    spec = from_graph(tmp_path, graph)

    assert environment_of(spec).normalization == 14 and np.array_equal(
        environment_of(spec).scale, environment_of(expected).scale
    )
    for i, j in ((0, 0), (0, 1), (1, 0), (1, 1)):
        assert same_networks(embedding_of(spec).networks[i][j], embedding_of(expected).networks[i][j])


def test_the_output_bias_is_found_under_both_scopes(tmp_path):
    graph = graph_of(model_dict(Toy()))
    expected = fitting_of(from_graph(tmp_path, graph)).energy_shift
    rename(graph, "model_attr/model_attr/t_out_bias", "model_attr/t_out_bias")

    assert np.array_equal(fitting_of(from_graph(tmp_path, graph)).energy_shift, expected)


def test_constants_of_every_precision_widen(tmp_path):
    model = model_dict(Toy())
    graph = graph_of(model)
    names = [f"filter_type_0/matrix_1_{j}" for j in (0, 1)] + ["filter_type_1/matrix_1_0"]
    arrays = [np.array([[0.5, -1.25, 3.0]])] * 3
    for name in (*names, "layer_0_type_0/bias"):
        graph.replace(name)
        if f"{name}/read" in [node.name for node in graph.graph.node]:
            graph.replace(f"{name}/read")
    graph.const(names[0], arrays[0], "float16")
    graph.const(names[1], arrays[1], "float32")
    graph.bfloat16(names[2], arrays[2])
    graph.node(f"{names[2]}/read", "Identity", names[2])
    graph.splat("layer_0_type_0/bias", [7], 0.125)

    spec = from_graph(tmp_path, graph)

    for i, j in ((0, 0), (0, 1), (1, 0)):
        weight = embedding_of(spec).networks[i][j].layers[0].weight
        assert weight.dtype == np.float64 and np.array_equal(weight, arrays[0])
    assert np.array_equal(fitting_of(spec).networks[0].layers[0].bias, np.full(7, 0.125))


def test_the_script_names_types_that_the_graph_does_not(tmp_path):
    graph = graph_of(model_dict(Toy()))
    graph.replace("model_attr/tmap")
    graph.text("model_attr/tmap", "")

    assert from_graph(tmp_path, graph).type_map == ["O", "H"]


# Real files ---------------------------------------------------------------------------------------


def test_four_formats_of_one_published_model_agree(shared):
    specs = {
        suffix: import_model(shared / "models" / "fixtures" / f"deeppot_sea.{suffix}")
        for suffix in ("pb", "pth", "yaml", "dp")
    }

    expected = specs["dp"]
    for spec in specs.values():
        assert spec.type_map == ["O", "H"] and environment_of(spec).sel == [46, 92]
        assert np.allclose(fitting_of(spec).energy_shift, fitting_of(expected).energy_shift, atol=1e-12)
        for left, right in zip(fitting_of(spec).networks, fitting_of(expected).networks, strict=True):
            assert same_networks(left, right)


def test_a_published_compressed_graph_keeps_its_table(shared):
    spec = import_model(shared / "models" / "cu_v2_fp32_compressed.pb")

    table = embedding_of(spec).networks[0][0].table
    assert table.coefficients.shape == (1080, 600)
    assert (table.lower, table.upper, table.max) == (-1.0, 7.0, 35.0)
    assert (table.stride0, table.stride1) == (0.01, 0.1) and spec.precision == "float32"


@pytest.mark.parametrize("n_nets", [1, 3])
def test_there_is_a_fitting_net_for_each_type_unless_one_serves_all(tmp_path, n_nets):
    model = model_dict(Toy())
    model["fitting"]["nets"]["networks"] = (model["fitting"]["nets"]["networks"] * 2)[:n_nets]

    with pytest.raises(InputError, match=rf"fitting\.nets\.networks holds {n_nets} fitting nets, expected 2"):
        imported(tmp_path, "dpmodel-yaml", model)
