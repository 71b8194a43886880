"""se_e2_r in every format: the same weights, and what excluded pairs and the mean are in the program that wrote it."""

from __future__ import annotations

import numpy as np
import pytest

from dpmd.errors import InputError
from model_files.every_format import WRITERS, every_format, from_graph, imported, same_networks
from model_files.graph_files import graph_of
from model_files.parts import descriptor_of, embedding_of, environment_of, fitting_of
from model_files.toy_model import Toy, compress, model_dict


def radial(**values) -> dict:
    return model_dict(Toy(descriptor="se_e2_r", **values))


def factor(graph, scope: str, value: float) -> None:
    graph.replace(f"{scope}/mul_5/y")
    graph.const(f"{scope}/mul_5/y", value)


@every_format
@pytest.mark.parametrize("one_side", [False, True])
def test_every_format_gives_the_weights_of_the_source(tmp_path, form, one_side):
    model = radial(one_side=one_side, n_fparam=1, n_aparam=2)

    spec = imported(tmp_path, form, model)

    d, e = descriptor_of(spec), environment_of(spec)
    variables, stored = model["descriptor"]["@variables"], model["descriptor"]["embeddings"]["networks"]
    assert spec.source.format == form and d.type == "se_e2_r"
    assert e.sel == [5, 9] and e.normalization == 14 and (e.cutoff, e.cutoff_smooth) == (5.0, 1.8)
    assert e.shift.shape == e.scale.shape == (2, 1)
    assert np.array_equal(e.shift, variables["davg"][:, 0]) and np.array_equal(e.scale, variables["dstd"][:, 0])
    assert d.embedding.type_one_side is one_side and d.embedding.n_channels == 6
    n_rows = 1 if one_side else 2
    for i in range(n_rows):
        for j in (0, 1):
            weight = stored[i + n_rows * j]["layers"][0]["@variables"]["w"]
            assert np.array_equal(d.embedding.networks[i][j].layers[0].weight, weight)
    assert fitting_of(spec).networks[0].n_in == 6 + 3


@every_format
@pytest.mark.parametrize("one_side", [False, True])
def test_each_format_has_its_rule_for_excluded_pairs(tmp_path, form, one_side):
    spec = imported(tmp_path, form, radial(one_side=one_side, exclude_types=[[1, 0]]))

    graph = form == "tensorflow-graph"
    assert environment_of(spec).exclude_types == [(0, 1)]
    assert environment_of(spec).excluded_slots == ("keep" if not graph else "zero" if one_side else "drop")


@pytest.mark.parametrize("form", set(WRITERS) - {"torch-checkpoint"})
@pytest.mark.parametrize("one_side", [False, True])
def test_compression_tables_are_taken_as_they_are(tmp_path, form, one_side):
    model = radial(one_side=one_side)
    compress(model)

    spec = imported(tmp_path, form, model)

    stored = model["descriptor"]["compress"]["@variables"]["compress_data"]
    n_rows = 1 if one_side else 2
    for i in range(n_rows):
        for j in (0, 1):
            assert np.array_equal(embedding_of(spec).networks[i][j].table.coefficients, stored[i + n_rows * j])


@pytest.mark.parametrize("form", sorted(set(WRITERS) - {"tensorflow-graph"}))
def test_a_hybrid_of_one_is_that_one(tmp_path, form):
    model = radial()
    alone = imported(tmp_path, form, model)
    model["descriptor"] = {"type": "hybrid", "@version": 1, "list": [model["descriptor"]]}

    spec = imported(tmp_path, form, model)

    assert descriptor_of(spec).type == "se_e2_r"
    assert same_networks(embedding_of(spec).networks[1][0], embedding_of(alone).networks[1][0])


@pytest.mark.parametrize("form", ["torch-checkpoint", "exported-program", "dpmodel-hdf5", "dpmodel-yaml"])
def test_the_other_name_of_the_descriptor_is_known(tmp_path, form):
    model = radial()
    model["descriptor"]["type"] = "se_r"

    assert descriptor_of(imported(tmp_path, form, model)).type == "se_e2_r"


# Graphs -------------------------------------------------------------------------------------------


def test_a_graph_of_version_1_without_a_script_is_read(tmp_path):
    graph = graph_of(radial(exclude_types=[[0, 1]]), script=False)
    for name in ("model_attr/model_version", "model_attr/tmap", "model_attr/model_type", "descrpt_attr/original_sel"):
        graph.replace(name)
    next(node for node in graph.graph.node if node.op == "ProdEnvMatR").op = "DescrptSeR"

    spec = from_graph(tmp_path, graph)

    assert spec.type_map == ["X0", "X1"] and environment_of(spec).sel == [5, 9]
    assert environment_of(spec).exclude_types == [(0, 1)] and embedding_of(spec).networks[0][1] is None


@pytest.mark.parametrize(("value", "n"), [(0.2, 14), (float(np.float32(0.2)), 14), (0.2 * 14 / 10, 10)])
def test_the_factor_behind_the_mean_gives_the_normalisation(tmp_path, value, n):
    graph = graph_of(radial())
    for scope in ("filter_type_0", "filter_type_1"):
        factor(graph, scope, value)

    assert environment_of(from_graph(tmp_path, graph)).normalization == n


@pytest.mark.parametrize("values", [(0.2, 0.4), (0.23, 0.23), (0.0, 0.0), (-0.2, -0.2)])
def test_a_factor_that_is_not_that_of_a_mean_is_an_error(tmp_path, values):
    graph = graph_of(radial())
    for scope, value in zip(("filter_type_0", "filter_type_1"), values, strict=True):
        factor(graph, scope, value)

    with pytest.raises(InputError, match=r"mean over neighbours is multiplied by \[.*\], expected one factor, 1/5"):
        from_graph(tmp_path, graph)


def test_slots_that_do_not_fit_the_statistics_are_an_error(tmp_path):
    graph = graph_of(radial())
    next(node for node in graph.graph.node if node.op == "ProdEnvMatR").attr["sel"].list.i[0] = 6

    with pytest.raises(InputError, match=r"2 types with sel \[6, 9\] need \(2, 15, 1\)"):
        from_graph(tmp_path, graph)
