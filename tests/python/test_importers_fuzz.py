"""Damaged and hostile files soon give an ``InputError``, and nothing else.

The damage is seeded, so a failure repeats. A flipped byte inside a weight gives another valid model, which is not a
failure.
"""

from __future__ import annotations

import io
import random
import struct
import time
import zipfile

import numpy as np
import pytest

from dpmd import Model
from dpmd.child_process import Child
from dpmd.errors import InputError
from dpmd.importers import import_model
from dpmd.models.file import check_model, model_bytes
from model_files.checkpoint_files import write_multitask, write_pt
from model_files.dpmodel_files import write_dp, write_yaml
from model_files.exported_files import write_pt2
from model_files.graph_files import graph_of, write_pb
from model_files.torch_files import (
    PickleWriter,
    global_name,
    script_module,
    write_archive,
    write_pth,
)
from model_files.toy_model import Toy, compress, model_dict

N_FLIPS = 120
N_CUTS = 40
SECONDS = 30.0


def tiny():
    model = model_dict(Toy(sel=[1, 2], neuron=[2], axis=1, fit=[3]))
    return model


def compressed():
    model = tiny()
    compress(model, n_rows=(3, 2))
    return model


def native(folder):
    path = folder / "m.dpmd"
    import_model(write_dp(folder / "m.dp", tiny())).save(path)
    return path


FILES = {
    "pb": lambda folder: write_pb(folder / "m.pb", graph_of(tiny())),
    "compressed pb": lambda folder: write_pb(folder / "m.pb", graph_of(compressed())),
    "pth": lambda folder: write_pth(folder / "m.pth", tiny()),
    "pt": lambda folder: write_pt(folder / "m.pt", tiny()),
    "multi-task pt": lambda folder: write_multitask(folder / "m.pt", {"A": tiny(), "Default": tiny()}, exportable=True),
    "pt2": lambda folder: write_pt2(folder / "m.pt2", tiny(), metadata={"lower_input_kind": "nlist"}),
    "dp": lambda folder: write_dp(folder / "m.dp", tiny()),
    "yaml": lambda folder: write_yaml(folder / "m.yaml", tiny()),
    "dpmd": native,
}
every_file = pytest.mark.parametrize("kind", FILES)


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    """A damaged HDF5 file that makes its library loop costs this many seconds."""
    monkeypatch.setattr("dpmd.importers.hdf5_file.CHILD_SECONDS", 3)


def share(kind, count):
    """A damaged HDF5 file takes a process; fewer of them keep the time in bounds."""
    return count // 8 if kind == "dp" else count


def try_import(path, content):
    """Import and check ``content``; anything but success and ``InputError`` propagates."""
    path.write_bytes(content)
    start = time.monotonic()
    try:
        check_model(model_bytes(import_model(path)), str(path))
    except InputError as error:
        assert str(path) in str(error)
        assert "cannot be read as" not in str(error), "a reader of dpmd stumbled over the file"
        return False
    finally:
        assert time.monotonic() - start < SECONDS
    return True


@every_file
def test_truncated_files_are_input_errors(tmp_path, kind):
    path = FILES[kind](tmp_path)
    content = path.read_bytes()
    rng = random.Random(f"cut {kind}")
    cuts = [0, 1, 7, 8, 9, len(content) - 1]
    cuts += [rng.randrange(len(content)) for _ in range(share(kind, N_CUTS))]

    survivors = [cut for cut in cuts if try_import(path, content[:cut])]

    # Text and protobuf may end early and still be valid; at most the last bytes are optional.
    assert all(cut > 0.9 * len(content) for cut in survivors)


@every_file
def test_flipped_bytes_are_input_errors_or_other_models(tmp_path, kind):
    path = FILES[kind](tmp_path)
    content = path.read_bytes()
    rng = random.Random(f"flip {kind}")

    for _ in range(share(kind, N_FLIPS)):
        damaged = bytearray(content)
        for _ in range(rng.choice((1, 1, 2, 8))):
            damaged[rng.randrange(len(damaged))] = rng.randrange(256)
        try_import(path, bytes(damaged))


@every_file
def test_inserted_and_removed_stretches_are_input_errors_or_other_models(tmp_path, kind):
    path = FILES[kind](tmp_path)
    content = path.read_bytes()
    rng = random.Random(f"splice {kind}")

    for _ in range(share(kind, N_CUTS)):
        at, length = rng.randrange(len(content)), rng.randrange(1, 64)
        try_import(path, content[:at] + content[at + length :])
        try_import(path, content[:at] + rng.randbytes(length) + content[at:])


# Pickles that would do something ----------------------------------------------------------------


def planted(call, script=True):
    """A model file whose pickle makes ``call`` first."""

    def write(folder):
        writer = PickleWriter()
        body = writer.item(script_module(tiny()))
        pickle = b"\x80\x02" + call + b"0" + body + b"."
        return write_archive(folder / "m.pth", pickle, writer.storages, script)

    return write


def call_of(module, name, argument):
    return global_name(module, name) + b"(" + PickleWriter().item(argument) + b"tR"


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("os", "system"),
        ("posix", "system"),
        ("builtins", "eval"),
        ("builtins", "exec"),
        ("builtins", "getattr"),
        ("subprocess", "Popen"),
        ("pickle", "loads"),
        ("torch.serialization", "load"),
        ("torch", "_utils.os.system"),
        ("torch.storage", "_load_from_bytes"),
    ],
)
@pytest.mark.parametrize("script", [True, False])
def test_planted_calls_are_refused_by_name(tmp_path, module, name, script):
    marker = tmp_path / "executed"
    path = planted(call_of(module, name, f"touch {marker}"), script)(tmp_path)

    with pytest.raises(InputError, match=rf"refused '{module}\.{name}'"):
        import_model(path)
    assert not marker.exists()


# Libraries whose next release raises something else --------------------------------------------------


class UnheardOf(BaseException):
    """Not an ``Exception``, like the panics of Rust libraries."""


PARSERS = [("dp", "json.loads"), ("yaml", "yaml.parse")]


@pytest.mark.parametrize("error", [UnheardOf, RecursionError, MemoryError])
@pytest.mark.parametrize(("kind", "parser"), PARSERS, ids=lambda part: part)
def test_whatever_a_parser_raises_is_an_input_error(tmp_path, monkeypatch, kind, parser, error):
    path = FILES[kind](tmp_path)

    def broken(*_arguments, **_options):
        raise error("something new")

    monkeypatch.setattr(parser, broken)

    with pytest.raises(InputError, match=f"{path.name}.*(something new|is missing)"):
        import_model(path)


def test_a_library_that_fails_in_the_child_process_is_an_input_error(tmp_path, monkeypatch):
    path = FILES["dp"](tmp_path)
    (tmp_path / "h5py.py").write_text("class UnheardOf(BaseException): pass\nraise UnheardOf('something new')\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(Child, "_idle", [])  # a new one imports it

    with pytest.raises(InputError, match=r"m\.dp: .*UnheardOf: something new"):
        import_model(path)


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit])
def test_an_interrupt_is_no_fault_of_the_file(tmp_path, monkeypatch, error):
    path = FILES["yaml"](tmp_path)

    def interrupted(*_arguments, **_options):
        raise error

    monkeypatch.setattr("yaml.parse", interrupted)

    with pytest.raises(error):
        import_model(path)


# Files that declare more than they hold -----------------------------------------------------------


def graph_with(change):
    def write(folder):
        graph = graph_of(tiny())
        change(graph)
        return write_pb(folder / "m.pb", graph)

    return write


def resized(name, *sizes):
    def change(graph):
        node = next(node for node in graph.graph.node if node.name == name)
        tensor = node.attr["value"].tensor
        del tensor.tensor_shape.dim[:]
        for size in sizes:
            tensor.tensor_shape.dim.add(size=size)

    return change


def huge_splat(graph):
    graph.replace("layer_0_type_0/matrix")
    graph.splat("layer_0_type_0/matrix", [2**20, 2**20], 1.0)


def many_types(graph):
    op = next(node for node in graph.graph.node if node.op == "ProdEnvMatA")
    op.attr["sel_a"].list.i.extend([1] * 100_000)


def identity_loop(graph):
    op = next(node for node in graph.graph.node if node.op == "ProdEnvMatA")
    graph.node("loop_a", "Identity", "loop_b")
    graph.node("loop_b", "Identity", "loop_a")
    op.input[5] = "loop_a"


def tensor_file(change):
    """A TorchScript file with a tensor whose size is changed in the pickle."""

    def write(folder):
        writer = PickleWriter()
        pickle = writer.dumps(script_module(tiny()))
        return write_archive(folder / "m.pth", change(pickle), writer.storages, script=True)

    return write


def widened(pickle):
    old = PickleWriter().item((2, 3, 4))
    new = PickleWriter().item((2**15, 2**15, 2**15))
    assert old in pickle
    return pickle.replace(old, new)


def zip_bomb(method):
    def write(folder):
        path = folder / "m.pth"
        with zipfile.ZipFile(path, "w", method) as archive:
            archive.writestr("toy/data.pkl", bytes(200 << 20))
            archive.writestr("toy/constants.pkl", b"N.")
        return path

    return write


def document_bomb(text, method=zipfile.ZIP_DEFLATED):
    def write(folder):
        path = folder / "m.pt2"
        with zipfile.ZipFile(path, "w", method) as archive:
            archive.writestr("model/extra/model.json", text)
        return path

    return write


def alias_bomb(folder):
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    for k in range(1, 12):
        lines.append(f"a{k}: &a{k} [{', '.join([f'*a{k - 1}'] * 10)}]")
    path = folder / "m.yaml"
    path.write_text("\n".join([*lines, "model: *a11\n"]))
    return path


def text(content):
    def write(folder):
        path = folder / "m.yaml"
        path.write_text(content)
        return path

    return write


def unwritten_dataset(folder):
    import h5py

    path = write_dp(folder / "m.dp", tiny())
    with h5py.File(path, "a") as file:
        del file["variable_0000"]
        file.create_dataset("variable_0000", shape=(2**20, 2**20), dtype="f8", chunks=(64, 64))
    return path


def dataset_elsewhere(folder):
    import h5py

    path = write_dp(folder / "m.dp", tiny())
    with h5py.File(path, "a") as file:
        del file["variable_0000"]
        file["variable_0000"] = h5py.ExternalLink("/etc/passwd", "/x")
    return path


def deep_json(folder):
    import h5py

    path = folder / "m.dp"
    with h5py.File(path, "w") as file:
        file.attrs.create("json", '{"model":' + "[" * 50_000 + "]" * 50_000 + "}")
    return path


TOO_DEEP = "nested deeper|not readable as YAML: .*nesting"  # some releases of PyYAML have a limit of their own


@pytest.mark.parametrize(
    ("write", "message"),
    [
        (graph_with(huge_splat), "declares .* bytes"),
        (graph_with(resized("layer_0_type_0/matrix", 2**40, 2**40)), "declares .* bytes"),
        (graph_with(resized("layer_0_type_0/matrix", -1, 5)), "impossible shape"),
        (graph_with(many_types), "not the slots"),
        (graph_with(identity_loop), "has no end"),
        (tensor_file(widened), "declares .* bytes"),
        (zip_bomb(zipfile.ZIP_DEFLATED), "declares .* bytes"),
        (zip_bomb(zipfile.ZIP_BZIP2), "declares 209715200 bytes"),
        (zip_bomb(zipfile.ZIP_LZMA), "declares 209715200 bytes"),
        (document_bomb(bytes(200 << 20)), "more than a file of"),
        (document_bomb(b"[" * 50_000, zipfile.ZIP_STORED), "not readable as JSON|nested deeper"),
        (document_bomb(b"{}," * 20_000_000), "more than a file of"),
        (alias_bomb, "aliases expand it"),
        (text("model: &a [*a]\n"), "nothing to stand for"),
        (text("model: " + "[" * 100_000), TOO_DEEP),
        (text("- " * 100_000), TOO_DEEP),
        (text("model: !!python/object/apply:os.system ['true']\n"), "not readable as YAML"),
        (text("model: 2024-99-99\n"), "expected a mapping"),
        (unwritten_dataset, "declares the shape"),
        (dataset_elsewhere, "is a link, not a dataset of this file"),
        (deep_json, "not readable as JSON|nested deeper"),
    ],
)
def test_files_that_declare_too_much_are_refused(tmp_path, write, message):
    path = write(tmp_path)
    start = time.monotonic()

    with pytest.raises(InputError, match=message):
        import_model(path)
    assert time.monotonic() - start < SECONDS


def test_an_archive_with_a_wrong_storage_names_it(tmp_path):
    path = write_pth(tmp_path / "m.pth", tiny())
    parts = {}
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts["toy/data/0"] = parts["toy/data/0"][:-1]
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    path.write_bytes(buffer.getvalue())

    with pytest.raises(InputError, match="storage 0 has .* bytes"):
        import_model(path)


def test_numbers_that_are_not_finite_are_refused(tmp_path):
    model = tiny()
    model["fitting"]["nets"]["networks"][0]["layers"][0]["@variables"]["w"][0, 0] = np.nan

    for path in (write_dp(tmp_path / "m.dp", model), write_yaml(tmp_path / "m.yaml", model)):
        with pytest.raises(InputError, match=r"fitting\.networks\.0\.layers\.0\.weight' holds nan at element 0"):
            Model(path)


def test_a_header_larger_than_the_file_is_refused(tmp_path):
    path = tmp_path / "m.dpmd"
    path.write_bytes(struct.pack("<Q", 1 << 60) + b"{}" + bytes(64))

    with pytest.raises(InputError):
        import_model(path)
