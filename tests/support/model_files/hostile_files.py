"""Model files of less than a megabyte that ask for far more: each costs a careless reader minutes or gigabytes.

``HOSTILE`` maps a name to a writer, which takes a folder and returns the path of the file. The files are valid up to
the trap, so that a reader reaches it.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np

from model_files.dpmodel_files import write_dp, write_yaml
from model_files.graph_files import GraphWriter, graph_of, write_pb
from model_files.hostile_archives import HOSTILE, SIZE, hostile, tiny
from model_files.torch_files import write_pth
from model_files.toy_model import Toy, model_dict

__all__ = ["HOSTILE"]

# YAML -----------------------------------------------------------------------------------------------


def yaml_text(folder: Path, content: str) -> Path:
    (folder / "m.yaml").write_text(content)
    return folder / "m.yaml"


@hostile
def yaml_integer_to_the_base_of_sixty(folder):
    return yaml_text(folder, "model: 1" + ":1" * (SIZE // 2) + "\n")


@hostile
def yaml_integers_to_the_base_of_sixty(folder):
    return yaml_text(folder, "model:\n" + ("- 1" + ":1" * 5000 + "\n") * (SIZE // 10_000))


@hostile
def yaml_with_colliding_keys(folder):
    lines = (f"{k * (2**61 - 1)}: 0\n" for k in range(1, SIZE // 26))
    return yaml_text(folder, "model: 1\n" + "".join(lines))


@hostile
def yaml_of_many_scalars(folder):
    return yaml_text(folder, "model: [" + "0," * (SIZE // 2) + "0]\n")


@hostile
def yaml_of_many_lists(folder):
    return yaml_text(folder, "model: [" + "[]," * (SIZE // 3) + "0]\n")


@hostile
def yaml_of_many_mappings(folder):
    return yaml_text(folder, "model: [" + "a: b," * (SIZE // 5) + "0]\n")


@hostile
def yaml_with_aliases_of_aliases(folder):
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{k}: &a{k} [{', '.join([f'*a{k - 1}'] * 10)}]" for k in range(1, 12)]
    return yaml_text(folder, "\n".join([*lines, "model: *a11\n"]))


@hostile
def yaml_with_merged_mappings(folder):
    lines = ["a0: &a0 {" + ", ".join(f"k{k}: 0" for k in range(300)) + "}"]
    lines += [f"a{k}: &a{k} {{<<: [{', '.join(['*a0'] * 300)}]}}" for k in range(1, 300)]
    return yaml_text(folder, "\n".join([*lines, "model: 1\n"]))


@hostile
def yaml_with_one_long_text_again_and_again(folder):
    return yaml_text(folder, f"a: &a {'x' * (SIZE // 2)}\nmodel: [{'*a, ' * (SIZE // 10)}0]\n")


@hostile
def yaml_with_many_directives(folder):
    return yaml_text(folder, "".join(f"%TAG !{k}! x\n" for k in range(SIZE // 16)) + "---\nmodel: 1\n")


@hostile
def yaml_with_a_long_number(folder):
    return yaml_text(folder, "model: " + "9" * SIZE + "\n")


@hostile
def yaml_of_wide_arrays(folder):
    content = write_yaml(folder / "m.yaml", tiny()).read_text()
    return yaml_text(folder, content + "training_script: [" + "0.1," * (SIZE // 4) + "0]\n")


# Graphs ---------------------------------------------------------------------------------------------


def graph(folder: Path, change: Callable[[GraphWriter], None]) -> Path:
    writer = graph_of(tiny())
    change(writer)
    return write_pb(folder / "m.pb", writer)


def tensor_of(writer: GraphWriter, name: str):
    return next(node for node in writer.graph.node if node.name == name).attr["value"].tensor


@hostile
def graph_with_many_dimensions(folder):
    def change(writer):
        shape = tensor_of(writer, "layer_0_type_0/matrix").tensor_shape
        for _ in range(SIZE // 13):
            shape.dim.add(size=2**62)

    return graph(folder, change)


@hostile
def graph_with_many_dimensions_of_one(folder):
    def change(writer):
        shape = tensor_of(writer, "layer_0_type_0/matrix").tensor_shape
        for _ in range(SIZE // 4):
            shape.dim.add(size=1)

    return graph(folder, change)


@hostile
def graph_of_empty_nodes(folder):
    path = write_pb(folder / "m.pb", graph_of(tiny()))
    path.write_bytes(path.read_bytes() + b"\x0a\x00" * (SIZE // 2))
    return path


@hostile
def graph_of_many_nodes(folder):
    return graph(folder, lambda writer: [writer.node(f"{k}", "X") for k in range(SIZE // 14)])


@hostile
def graph_with_a_product_read_again_and_again(folder):
    def change(writer):
        names = ["layer_0_type_0/matrix/read"] * 9000
        writer.node("p", "MatMul", *names)
        writer.node("q", "Cast", *["p"] * 100_000)
        writer.node("r", "X", *["q"] * 100_000)

    return graph(folder, change)


@hostile
def graph_with_products_that_lead_into_a_long_chain(folder):
    def change(writer):
        for k in range(10_000):
            writer.node(f"p{k}", "MatMul", "layer_0_type_0/matrix/read")
        writer.node("i0", "Identity", *[f"p{k}" for k in range(10_000)])
        for k in range(10_000):
            writer.node(f"i{k + 1}", "Identity", f"i{k}")
        head = writer.graph.node
        nodes = sorted(head, key=lambda node: not node.name.startswith("p"))
        del head[:]
        head.extend(nodes)

    return graph(folder, change)


@hostile
def graph_with_nested_groups(folder):
    path = write_pb(folder / "m.pb", graph_of(tiny()))
    path.write_bytes(path.read_bytes() + b"\x53" * SIZE)
    return path


@hostile
def graph_whose_script_is_wide(folder):
    def change(writer):
        writer.replace("train_attr/training_script")
        writer.text("train_attr/training_script", '{"x": [' + "[]," * (SIZE // 3 - 10) + "0]}")

    return graph(folder, change)


@hostile
def graph_whose_tensor_is_a_splat(folder):
    def change(writer):
        writer.replace("layer_0_type_0/matrix")
        writer.splat("layer_0_type_0/matrix", [2**22, 2], 1.0)

    return graph(folder, change)


@hostile
def graph_with_splats_of_many_tensors(folder):
    """Tensors of one number each that use up the budget of the file."""

    def change(writer):
        for k in range(1, 40):
            writer.splat(f"filter_type_0/matrix_{k + 1}_0", [1000, 1000], 1.0)

    return graph(folder, change)


# HDF5 -----------------------------------------------------------------------------------------------


def hdf5(folder: Path, change: Callable) -> Path:
    import h5py

    path = write_dp(folder / "m.dp", tiny())
    with h5py.File(path, "a") as file:
        change(file)
    return path


@hostile
def hdf5_with_a_dataset_that_was_never_written(folder):
    def change(file):
        del file["variable_0000"]
        file.create_dataset("variable_0000", shape=(2**20, 2**20), dtype="f8", chunks=(64, 64))

    return hdf5(folder, change)


@hostile
def hdf5_with_deflated_chunks(folder):
    def change(file):
        data = np.zeros((16, 1 << 20))
        file.create_dataset("bomb", data=data, chunks=data.shape, compression="gzip", compression_opts=1)

    return hdf5(folder, change)


@hostile
def hdf5_with_chunks_larger_than_their_dataset(folder):
    def change(file):
        for k in range(20):
            name = f"bomb_{k}"
            file.create_dataset(name, shape=(1,), maxshape=(None,), dtype="u1", chunks=(1 << 30,), compression="gzip")

    return hdf5(folder, change)


@hostile
def hdf5_with_a_wide_document(folder):
    def change(file):
        file.attrs["json"] = '{"model": {"descriptor": {"sel": [' + "[]," * 20_000 + "0]}}}"

    return hdf5(folder, change)


@hostile
def hdf5_with_a_global_heap_that_loops(folder):
    """Bytes inserted into the heap that holds the document: the library never ends."""
    path = write_dp(folder / "m.dp", tiny())
    content = path.read_bytes()
    at = content.index(b"GCOL")
    path.write_bytes(content[: at + 16] + bytes(48) + content[at + 16 :])
    return path


@hostile
def hdf5_with_many_datasets(folder):
    import h5py

    path = write_dp(folder / "m.dp", tiny())
    with h5py.File(path, "a", libver="latest") as file:
        for k in range(1600):
            file.create_dataset(f"x{k}", shape=(0,), dtype="f8")
    return path


# Native files ---------------------------------------------------------------------------------------


def safetensors(path: Path, header: str, data: bytes) -> Path:
    header += " " * (-len(header) % 8)
    path.write_bytes(struct.pack("<Q", len(header)) + header.encode() + data)
    return path


def native(folder: Path, document: str) -> Path:
    metadata = {"__metadata__": {"format": "dpmd", "dpmd": document}}
    return safetensors(folder / "m.dpmd", json.dumps(metadata), b"")


@hostile
def native_model_with_a_wide_document(folder):
    return native(folder, '{"format_version": 1, "x": [' + "0," * (SIZE // 2) + "0]}")


@hostile
def native_model_with_a_document_of_lists(folder):
    return native(folder, '{"format_version": 1, "x": [' + "[]," * (SIZE // 3) + "0]}")


@hostile
def native_model_with_a_long_integer(folder):
    return native(folder, '{"format_version": ' + "9" * SIZE + "}")


@hostile
def native_model_with_a_wide_header(folder):
    return safetensors(folder / "m.dpmd", '{"x": [' + "0," * (SIZE // 2) + "0]}", b"")


@hostile
def native_model_of_empty_tensors(folder):
    entries = (f'"{k}":{{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}' for k in range(SIZE // 56))
    return safetensors(folder / "m.dpmd", '{"__metadata__":{"dpmd":"{}"},' + ",".join(entries) + "}", b"")


@hostile
def native_model_whose_tensors_overlap(folder):
    n, n_layers = 50_000, 2400
    layer = {"weight": "tensor", "bias": None, "timestep": None, "activation": "tanh", "skip": "none"}
    document = json.loads(toy_document(folder))
    embedding = document["terms"][0]["descriptors"][0]["embedding"]
    embedding["networks"] = [[{"layers": [layer] * n_layers, "table": None}]]
    place = "terms.0.descriptors.0.embedding.networks.0.0.layers"
    entry = {"dtype": "F64", "shape": [n // 250, 250], "data_offsets": [0, 8 * n]}
    header = {"__metadata__": {"format": "dpmd", "dpmd": json.dumps(document)}}
    header |= {f"{place}.{k}.weight": entry for k in range(n_layers)}
    return safetensors(folder / "m.dpmd", json.dumps(header), bytes(8 * n))


@hostile
def native_model_with_a_crowd_of_excluded_types(folder):
    from dpmd.importers import import_model

    spec = import_model(write_dp(folder / "toy.dp", tiny()))
    (term,) = spec.terms
    term.atom_exclude_types, term.pair_exclude_types = [0] * 200_000, [(0, 0)] * 30_000
    spec.save(folder / "m.dpmd")
    return folder / "m.dpmd"


def toy_document(folder: Path) -> str:
    from dpmd.importers import import_model

    import_model(write_dp(folder / "toy.dp", tiny())).save(folder / "toy.dpmd")
    content = (folder / "toy.dpmd").read_bytes()
    return json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])["__metadata__"]["dpmd"]


# Models that are valid and wide ---------------------------------------------------------------------


def wide(folder: Path, **toy: object) -> Path:
    from dpmd.importers import import_model

    model = model_dict(Toy(**{"axis": 1, "fit": [], "one_side": True, **toy}))
    import_model(write_pth(folder / "wide.pth", model)).save(folder / "m.dpmd")
    return folder / "m.dpmd"


@hostile
def model_of_a_very_wide_embedding(folder):
    return wide(folder, type_map=["A"], sel=[2], neuron=[28_000])


@hostile
def model_of_a_wide_embedding(folder):
    return wide(folder, type_map=["A"], sel=[2], neuron=[2_000])


@hostile
def model_of_many_slots(folder):
    return wide(folder, type_map=["A"], sel=[(1 << 20) - 1], neuron=[2])


@hostile
def model_of_many_wide_pairs(folder):
    names = [f"T{k}" for k in range(19)]
    return wide(folder, type_map=names, sel=[1] * 19, neuron=[100], one_side=False)


@hostile
def model_of_many_types(folder):
    names = [f"T{k}" for k in range(120)]
    return wide(folder, type_map=names, sel=[1] * 120, neuron=[3], one_side=True)
