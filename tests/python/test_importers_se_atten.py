"""se_atten and type embeddings: what each format holds, which function is meant, and what is refused."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from dpmd.errors import InputError
from dpmd.importers import import_model
from dpmd.models import file
from dpmd.models.file import model_bytes, tensor_shapes
from dpmd.models.spec import ModelSpec, Source
from dpmd.models.summary import summary
from dpmd.models.tree import model_tree
from model_files.dpmodel_files import write_dp, write_yaml
from model_files.parts import descriptor_of, environment_of, fitting_of
from oracle.local_numpy import evaluate
from support.graph_messages import graph_class

POSITIONS = np.array([[0.0, 0.0, 0.0], [1.0, 0.1, 0.0], [0.2, 1.1, 0.3], [2.2, 1.8, 2.0]])
TYPES = np.array([0, 1, 1, 0])


@pytest.fixture
def attention(oracle) -> ModelSpec:
    """Two smooth layers of attention, with davg and excluded types."""
    return import_model(oracle / "pt_attention.dp")


@pytest.fixture
def tree(attention) -> dict:
    """The same as DeePMD-kit's dictionary."""
    return model_tree(attention)


@pytest.fixture
def degrees(oracle) -> dict:
    """Degrees up to 4 and a stripped type embedding."""
    return model_tree(import_model(oracle / "pt_degrees.dp"))


def read_again(folder: Path, model: dict) -> ModelSpec:
    return import_model(write_yaml(folder / "m.yaml", model))


def energy(spec: ModelSpec) -> float:
    return evaluate(spec, POSITIONS, TYPES).energy


# Formats ------------------------------------------------------------------------------------------


def test_every_format_gives_one_model(oracle, attention) -> None:
    def bare(spec: ModelSpec) -> bytes:
        (term,) = spec.terms
        one = descriptor_of(spec)
        layers = [replace(layer, norm_floor=0.0) for layer in one.attention]
        term = replace(term, descriptors=[replace(one, attention=layers)])
        spec = replace(spec, terms=[term], source=Source("x"), training_script=None, min_neighbor_distance=None)
        return model_bytes(spec)

    for suffix in (".pth", ".pt"):
        assert bare(import_model(oracle / f"pt_attention{suffix}")) == bare(attention)


@pytest.mark.parametrize(
    ("name", "floor"), [("pt_attention.dp", 0.0), ("pt_attention.pth", 1e-12), ("attention_smooth.pb", 1e-6)]
)
def test_the_program_decides_the_smallest_norm(oracle, name, floor) -> None:
    assert {layer.norm_floor for layer in descriptor_of(import_model(oracle / name)).attention} == {floor}


@pytest.mark.parametrize(
    ("name", "function", "slots", "empty", "file"),
    [
        ("pt_attention.dp", "dense", "mixed", "first_atom", "a file of the model dictionary"),
        ("pt_attention.pth", "dense", "mixed", "first_atom", "a .pth file"),
        ("pt_attention.pt", "dense", "mixed", "first_atom", "a checkpoint of its PyTorch backend"),
        ("pt_edges.pt", "graph", "unlimited", "none", "a checkpoint of its exportable PyTorch backend"),
        ("stripped.pb", "tensorflow", "mixed", "padding", "a .pb file"),
        ("types_pairs.pb", "tensorflow", "by_type", "section", "a .pb file"),
        ("types_stripped.pb", "tensorflow", "by_type", "padding", "a .pb file"),
    ],
)
def test_the_file_decides_the_function(oracle, name, function, slots, empty, file) -> None:
    spec = import_model(oracle / name)

    one, e = descriptor_of(spec), environment_of(spec)
    assert (one.function, e.overflow_order, one.empty_slots) == (function, slots, empty)
    assert any("function of DPA-1" in note and file in note for note in spec.notes)


def test_rows_of_excluded_neighbours_are_shifted_by_tensorflow_alone(oracle) -> None:
    names = ("attention_smooth.pb", "attention_hard.pb", "stripped_hard.pb", "pt_attention.dp")
    rows = {name: descriptor_of(import_model(oracle / name)).excluded_rows for name in names}

    assert rows.pop("attention_smooth.pb") == "shift"
    assert set(rows.values()) == {"zero"}


def test_one_fitting_net_serves_all_types_unless_types_are_folded_into_it(oracle) -> None:
    assert len(fitting_of(import_model(oracle / "stripped.pb")).networks) == 1
    spec = import_model(oracle / "types_atom_ener.pb")

    # TensorFlow subtracts the net at a descriptor of zeros beside the type
    assert len(fitting_of(spec).networks) == 2
    assert not descriptor_of(spec).output_type_embedding
    assert fitting_of(spec).subtract_vacuum == [True, True]


def test_the_document_gives_the_model_again(oracle, monkeypatch) -> None:
    monkeypatch.setattr(file, "check_model", lambda content, name: None)
    for name in ("pt_attention.pth", "pt_stripped_compressed.pth", "pt_degrees.dp", "pt_edges.pt"):
        content = model_bytes(import_model(oracle / name))

        assert model_bytes(file.read(Path("m.dpmd"), content)) == content


# Functions ----------------------------------------------------------------------------------------


def test_the_other_function_is_given_to_those_who_ask(oracle) -> None:
    dense, graph = (import_model(oracle / "pt_attention.dp", dpa1_function=name) for name in ("dense", "graph"))

    assert descriptor_of(graph).function == "graph"
    assert environment_of(graph).sel == [] and environment_of(graph).normalization == 52
    assert environment_of(dense).sel == [52]
    assert any("the graph function of DPA-1, as asked for" in note for note in graph.notes)
    assert abs(energy(dense) - energy(graph)) > 1e-3


def test_asking_back_and_forth_changes_nothing(oracle, tmp_path) -> None:
    spec = import_model(oracle / "pt_edges.pt")
    dense, graph = tmp_path / "dense.dpmd", tmp_path / "graph.dpmd"
    import_model(oracle / "pt_edges.pt", dpa1_function="dense").save(dense)
    import_model(dense, dpa1_function="graph").save(graph)

    again = replace(import_model(graph), source=spec.source)
    assert model_bytes(again) == model_bytes(spec) != dense.read_bytes()


def test_a_model_that_needs_the_first_atom_says_so(oracle, tmp_path, tree) -> None:
    def notes(spec: ModelSpec) -> list[str]:
        return [note for note in spec.notes if "first atom" in note]

    assert notes(import_model(oracle / "pt_attention.dp"))
    assert not notes(import_model(oracle / "pt_attention.dp", dpa1_function="graph"))
    tree["descriptor"]["@variables"]["davg"][:] = 0.0
    assert not notes(read_again(tmp_path, tree))


@pytest.mark.parametrize(
    ("name", "function", "message"),
    [
        ("pt_attention.dp", "tf", 'dpa1_function = \'tf\' is neither "dense" nor "graph"'),
        (
            "pt_overflow.dp",
            "graph",
            "dpa1_function: only DPA-1 has several functions, .* leave it out",
        ),
        ("stripped.pb", "dense", "the function of a .pb file is TensorFlow's.*dp convert-backend"),
    ],
)
def test_a_function_that_there_is_not_is_an_error(oracle, name, function, message) -> None:
    with pytest.raises(InputError, match=rf"{name}: {message}"):
        import_model(oracle / name, dpa1_function=function)


def test_a_model_is_told_in_words(oracle) -> None:
    def words(name: str) -> dict:
        content = model_bytes(import_model(oracle / name))
        header = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])
        return summary(json.loads(header["__metadata__"]["dpmd"]), tensor_shapes(content))["descriptor"]

    hard, degrees = words("attention_hard.pb"), words("pt_degrees.dp")

    assert hard["attention"] == "1 layer, hard, with directions, without the diagonal"
    assert hard["function"].startswith("TensorFlow's: ")
    assert hard["type_embedding"].startswith("concat: that of the neighbour enters the embedding net")
    assert degrees["function"].startswith("dense: ") and degrees["attention"] == "none"
    assert degrees["type_embedding"].startswith("strip: that of the neighbour multiplies")
    assert "higher" in degrees["degrees"]


# Type embeddings ----------------------------------------------------------------------------------


def test_electrons_of_a_type_that_is_no_element_are_an_error(tmp_path, tree) -> None:
    tree["descriptor"]["type_embedding"]["use_econf_tebd"] = True
    for names, message in ((["O", "Xx"], r"needs types that are elements, and \['Xx'\] are none"), ([], "found")):
        tree["descriptor"]["type_map"] = names

        with pytest.raises(InputError, match=message):
            read_again(tmp_path, tree)


@pytest.mark.parametrize(("width", "residual"), [(2, "identity"), (4, "double"), (3, "none")])
def test_a_type_embedding_has_the_residual_of_its_widths(tmp_path, degrees, width, residual) -> None:
    weight = np.arange(2.0 * width).reshape(2, width)
    layer = degrees["descriptor"]["type_embedding"]["embedding"]["layers"][0]
    layer["@variables"]["w"], layer["resnet"] = weight, True

    found = descriptor_of(read_again(tmp_path, degrees)).type_embedding

    skipped = {"identity": np.eye(2), "double": np.tile(np.eye(2), 2), "none": 0.0}[residual]
    assert np.array_equal(found, np.vstack([weight + skipped, np.zeros(width)]))


def test_a_bias_of_an_old_type_embedding_counts(tmp_path, tree) -> None:
    """Version 1 has no key use_tebd_bias, and a bias."""
    section = tree["descriptor"]["type_embedding"]
    del section["use_tebd_bias"], tree["descriptor"]["use_tebd_bias"]
    tree["descriptor"]["@version"] = section["@version"] = 1
    layer = section["embedding"]["layers"][0]
    layer["bias"], layer["@variables"]["b"] = True, np.array([0.5, 0.25, -1.0])

    found = descriptor_of(read_again(tmp_path, tree)).type_embedding

    weight = layer["@variables"]["w"]
    assert np.array_equal(found[:-1], weight + np.array([0.5, 0.25, -1.0])) and not found[-1].any()


# Serialisation ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["pt_attention.pth", "pt_attention_hard.dp", "pt_degrees.dp"])
def test_a_serialised_model_has_the_same_energy(oracle, tmp_path, name) -> None:
    spec = import_model(oracle / name)

    again = import_model(write_dp(tmp_path / "m.dp", model_tree(spec)))

    assert abs(energy(again) - energy(spec)) < 1e-13
    assert np.allclose(descriptor_of(again).type_embedding, descriptor_of(spec).type_embedding, rtol=0, atol=1e-15)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("pt_edges.pt", 'the graph function of DPA-1.*load the model with dpa1_function="dense"'),
        ("stripped.pb", "the tensorflow function of DPA-1"),
        ("pt_stripped_compressed.pth", "tables in place of its"),
    ],
)
def test_what_the_dictionary_cannot_hold_is_refused(oracle, name, message) -> None:
    with pytest.raises(InputError, match=message):
        model_tree(import_model(oracle / name))


# Refusals -----------------------------------------------------------------------------------------


def set_descriptor(**values):
    return lambda model: model["descriptor"].update(values)


def set_attention(**values):
    return lambda model: model["descriptor"]["attention_layers"]["attention_layers"][0]["attention_layer"].update(
        values
    )


def second_network(model):
    networks = model["descriptor"]["embeddings"]["networks"]
    networks.append(copy.deepcopy(networks[0]))


def uneven_slots(model):
    model["descriptor"]["@variables"]["dstd"][1, 3, 2] += 1e-3


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (set_descriptor(attn_mask=True), "attention without its diagonal, outside a .pb file, is not supported"),
        (set_descriptor(tebd_input_mode="dot"), "a type embedding that enters as 'dot' is not supported"),
        (set_descriptor(lmax=5), r"a degree of 5 \(known: 1 to 4\) is not supported"),
        (set_descriptor(lmax=3), "degree_gain_raw is missing"),
        (set_descriptor(env_mat={"use_exp_switch": True}), "use_exp_switch"),
        (set_descriptor(**{"@version": 5}), "version 5 of Descriptor"),
        (set_descriptor(ntypes=10**6), "1000000 is not a number of 1 to 512 types"),
        (set_descriptor(ntypes=3), "the net of the type embedding does not take 3 numbers"),
        (set_attention(num_heads=2), "attention with 2 heads is not supported"),
        (set_attention(smooth=False), "attention that is smooth where the type embedding is not"),
        (set_attention(in_proj={"@variables": {"b": None}}), r"in_proj.@variables.w is missing"),
        (second_network, "holds 2 networks, expected one for all types"),
        (uneven_slots, "differs between the slots"),
        (lambda m: m["descriptor"].pop("type_embedding"), "type_embedding is missing"),
    ],
)
def test_a_dictionary_that_does_not_fit_is_refused_by_name(tmp_path, tree, change, message) -> None:
    change(tree)

    with pytest.raises(InputError, match=message):
        read_again(tmp_path, tree)


def test_factors_of_types_of_another_shape_are_an_error(tmp_path, degrees) -> None:
    values = {"type_embd_data": np.zeros((4, 6)), "compress_data": [], "compress_info": []}
    degrees["descriptor"]["compress"] = {"geo_compress": False, "@variables": values}

    with pytest.raises(InputError, match=r"type_embd_data has shape \(4, 6\), its numbers must fill \(1, 3, 6\)"):
        read_again(tmp_path, degrees)


# Graphs -------------------------------------------------------------------------------------------


def changed_graph(oracle: Path, folder: Path, name: str, change) -> Path:
    graph = graph_class().FromString((oracle / name).read_bytes())
    change({node.name: node for node in graph.node})
    (folder / "m.pb").write_bytes(graph.SerializeToString())
    return folder / "m.pb"


def test_the_spread_of_energies_scales_a_graph(oracle, tmp_path) -> None:
    def one(nodes):
        nodes["model_attr/model_attr/t_out_std"].attr["value"].tensor.tensor_content = np.array([2.0, 2.0]).tobytes()

    def by_type(nodes):
        nodes["model_attr/model_attr/t_out_std"].attr["value"].tensor.tensor_content = np.array([2.0, 0.5]).tobytes()

    source = import_model(oracle / "stripped.pb")
    scaled, split = (import_model(changed_graph(oracle, tmp_path, "stripped.pb", change)) for change in (one, by_type))

    assert len(fitting_of(scaled).networks) == 1 and len(fitting_of(split).networks) == 2
    last = fitting_of(source).networks[0].layers[-1].weight
    assert np.array_equal(fitting_of(scaled).networks[0].layers[-1].weight, 2 * last)
    assert np.array_equal(fitting_of(split).networks[1].layers[-1].weight, 0.5 * last)


def test_the_spread_of_energies_may_differ_by_types_that_are_folded_into_their_nets(oracle, tmp_path) -> None:
    def by_type(nodes):
        nodes["model_attr/model_attr/t_out_std"].attr["value"].tensor.tensor_content = np.array([2.0, 0.5]).tobytes()

    source = fitting_of(import_model(oracle / "types_atom_ener.pb"))
    split = fitting_of(import_model(changed_graph(oracle, tmp_path, "types_atom_ener.pb", by_type)))

    for before, after, scale in zip(source.networks, split.networks, (2.0, 0.5), strict=True):
        assert np.array_equal(after.layers[0].bias, before.layers[0].bias)
        assert np.array_equal(after.layers[-1].weight, scale * before.layers[-1].weight)


def test_a_graph_without_its_script_does_not_tell_the_options(oracle, tmp_path) -> None:
    def change(nodes):
        nodes["train_attr/training_script"].attr["value"].tensor.string_val[0] = b""

    with pytest.raises(InputError, match="one embedding net for all types without the training script"):
        import_model(changed_graph(oracle, tmp_path, "stripped.pb", change))


def test_a_net_that_takes_no_type_is_an_error(oracle, tmp_path) -> None:
    def change(nodes):
        tensor = nodes["filter_type_all/matrix_1"].attr["value"].tensor
        n_out = tensor.tensor_shape.dim[1].size
        tensor.tensor_shape.dim[0].size = 3
        tensor.tensor_content = np.zeros((3, n_out)).tobytes()

    with pytest.raises(InputError, match="an embedding net of 3 inputs does not take a distance and the types"):
        import_model(changed_graph(oracle, tmp_path, "types_pairs.pb", change))


@pytest.mark.parametrize(("given", "subtracted"), [([None, -1.0], [True, True]), ([None, None], [False, False])])
def test_one_net_for_all_types_is_taken_without_its_vacuum_for_all_or_none(tree, tmp_path, given, subtracted):
    tree["fitting"]["atom_ener"] = given

    spec = import_model(write_dp(tmp_path / "m.dp", tree))

    assert fitting_of(spec).subtract_vacuum == subtracted
