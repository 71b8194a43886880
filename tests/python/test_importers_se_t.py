"""se_e3 in every format: the same nets by pairs of types, tables as they are, and what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from dpmd.errors import InputError
from dpmd.importers import import_model
from model_files.every_format import same_networks
from model_files.parts import descriptor_of, embedding_of, environment_of
from support.graph_messages import graph_class


@pytest.fixture
def graph(oracle):
    """A graph of three types, to be changed."""
    return graph_class().FromString((oracle / "three_body_types.pb").read_bytes())


def node_of(graph, name: str):
    return next(node for node in graph.node if node.name == name)


def read(graph, folder: Path):
    (folder / "m.pb").write_bytes(graph.SerializeToString())
    return import_model(folder / "m.pb")


def test_every_format_gives_the_same_nets(shared):
    first, *others = (import_model(shared / "models/local" / f"se_e3.{suffix}") for suffix in ("pth", "dp", "yaml"))

    d, e = descriptor_of(first), environment_of(first)
    assert (d.type, d.pair_normalization, d.embedding.n_channels) == ("se_e3", [24, 24], 8)
    assert (e.sel, e.cutoff, e.cutoff_smooth, e.shift.shape) == ([24, 24], 4.0, 1.0, (2, 4))
    assert [len(row) for row in d.embedding.networks] == [2, 1]
    for other in others:
        for a, b in ((0, 0), (0, 1), (1, 1)):
            assert same_networks(embedding_of(other).at(a, b), d.embedding.at(b, a))


def test_a_graph_has_a_net_for_each_pair_of_types(oracle):
    spec = import_model(oracle / "three_body_types.pb")

    d, e = descriptor_of(spec), environment_of(spec)
    assert d.type == "se_e3" and d.pair_normalization == e.sel == [18, 30, 9]
    assert e.cutoff_arithmetic == "float32" and e.overflow_order == "by_type"
    assert [len(row) for row in d.embedding.networks] == [3, 2, 1]
    firsts = [net.layers[0].weight for net in d.embedding.present()]
    assert len({weight.tobytes() for weight in firsts}) == 6
    assert all(layer.activation == "gelu_single" for net in d.embedding.present() for layer in net.layers)


def test_tables_have_coarse_steps_at_both_ends(oracle):
    tables = [net.table for net in embedding_of(import_model(oracle / "three_body_compressed.pb")).present()]

    assert len(tables) == 3
    for table in tables:
        assert (table.min, table.lower) == (-table.max, -table.upper)
        assert table.extrapolation == "linear"
        assert np.isfinite(table.coefficients).all()


@pytest.mark.parametrize("name", ["se_at", "se_t", "se_a_3be"])
def test_other_names_of_the_descriptor_are_known(shared, tmp_path, name):
    text = (shared / "models/local/se_e3.yaml").read_text()
    assert "type: se_e3\n" in text
    (tmp_path / "m.yaml").write_text(text.replace("type: se_e3\n", f"type: {name}\n"))

    assert descriptor_of(import_model(tmp_path / "m.yaml")).type == "se_e3"


def test_a_graph_without_a_script_is_read(graph, tmp_path):
    graph.node.remove(node_of(graph, "train_attr/training_script"))

    assert descriptor_of(read(graph, tmp_path)).type == "se_e3"


def test_a_pair_of_types_without_a_net_is_an_error(graph, tmp_path):
    for node in graph.node:
        if node.name.endswith("_0_2"):
            node.name += "_lost"

    with pytest.raises(InputError, match=r"no embedding net for the type pairs \[\(0, 2\)\]"):
        read(graph, tmp_path)


def test_another_factor_than_that_of_the_slots_is_an_error(graph, tmp_path):
    node_of(graph, "filter_type_all/mul_1/y").attr["value"].tensor.double_val[:] = [0.5]

    with pytest.raises(InputError, match=r"pairs of types 0 and 0 is multiplied by 0.5, expected 1/324"):
        read(graph, tmp_path)


def test_rows_of_no_type_are_an_error(oracle, tmp_path):
    graph = graph_class().FromString((oracle / "three_body_compressed.pb").read_bytes())
    tensor = node_of(graph, "filter_type_all/Slice_4/begin").attr["value"].tensor
    tensor.tensor_content = np.array([0, 76], np.int32).tobytes()

    with pytest.raises(InputError, match=r"Slice_5: cannot tell which neighbours it is for, of sel \[18, 34\]"):
        read(graph, tmp_path)


def test_a_second_table_for_a_pair_is_an_error(oracle, tmp_path):
    graph = graph_class().FromString((oracle / "three_body_compressed.pb").read_bytes())
    second = graph.node.add()
    second.CopyFrom(node_of(graph, "filter_type_all/TabulateFusionSeT_1"))
    second.name = "filter_type_all/TabulateFusionSeT_7"

    with pytest.raises(InputError, match=r"TabulateFusionSeT_7: a second table for the types \(0, 1\)"):
        read(graph, tmp_path)
