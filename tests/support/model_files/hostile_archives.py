"""PyTorch archives of less than a megabyte that ask for far more; ``hostile_files`` has the other formats."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path

from model_files.checkpoint_files import write_pt
from model_files.torch_files import PickleWriter, global_name, script_module, write_archive
from model_files.toy_model import Toy, model_dict

SIZE = 900_000  # bytes, size of most files
HOSTILE: dict[str, Callable[[Path], Path]] = {}


def hostile(write: Callable[[Path], Path]) -> Callable[[Path], Path]:
    HOSTILE[write.__name__.replace("_", " ")] = write
    return write


def tiny() -> dict:
    return model_dict(Toy(sel=[1, 2], neuron=[2], axis=1, fit=[3]))


# Pickles -------------------------------------------------------------------------------------------


def pickled(folder: Path, body: bytes, script: bool = True, method: int = zipfile.ZIP_STORED) -> Path:
    path = write_archive(folder / ("m.pth" if script else "m.pt"), b"N.", [], script)
    with zipfile.ZipFile(path, "w", method) as archive:
        archive.writestr("toy/data.pkl", b"\x80\x02" + body + b".")
        archive.writestr("toy/constants.pkl" if script else "toy/version", b"\x80\x02).")
    return path


def doubling(times: int) -> bytes:
    """A tuple that contains the same tuple twice, and so on: a graph of ``times`` nodes with 2^times paths."""
    return b"N" + b"".join(b"q%ch%c\x86" % (k, k) for k in range(times))


def text(value: str) -> bytes:
    return PickleWriter().item(value)


@hostile
def pickle_with_shared_tuples(folder):
    return pickled(folder, doubling(60))


@hostile
def pickle_whose_name_is_a_graph_of_tuples(folder):
    return pickled(folder, doubling(60) + doubling(60) + b"\x93")


@hostile
def pickle_whose_storage_is_a_graph_of_tuples(folder):
    return pickled(folder, doubling(60) + b"Q")


@hostile
def checkpoint_settings_with_shared_tuples(folder):
    return checkpoint_with(folder, doubling(60), "other")


@hostile
def checkpoint_with_sel_of_shared_tuples(folder):
    return checkpoint_with(folder, doubling(60), "sel")


@hostile
def checkpoint_with_pairs_of_shared_tuples(folder):
    return checkpoint_with(folder, b"](" + doubling(60) + b"e", "exclude_types")


def checkpoint_with(folder: Path, value: bytes, key: str) -> Path:
    """A checkpoint in which one setting of the descriptor is ``value``."""
    path = write_pt(folder / "m.pt", tiny())
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    head = text("rcut")
    assert parts["toy/data.pkl"].count(head) == 1
    new = text(key) + value
    # of two keys the later one wins
    at = parts["toy/data.pkl"].index(text("activation_function"))
    parts["toy/data.pkl"] = parts["toy/data.pkl"][:at] + new + parts["toy/data.pkl"][at:]
    return rewritten(path, parts)


def rewritten(path: Path, parts: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return path


@hostile
def pickle_with_a_list_that_holds_itself(folder):
    return checkpoint_with(folder, b"]q\xc8h\xc8a", "sel")


@hostile
def pickle_with_settings_that_hold_themselves(folder):
    return checkpoint_with(folder, b"}q\xc8" + text("x") + b"h\xc8s", "other")


@hostile
def pickle_of_empty_lists(folder):
    return pickled(folder, b"](" + b"]" * SIZE + b"e")


@hostile
def pickle_of_empty_dictionaries(folder):
    return pickled(folder, b"](" + b"}" * SIZE + b"e")


@hostile
def pickle_of_marks(folder):
    return pickled(folder, b"(" * SIZE)


@hostile
def pickle_inflated_to_many_instructions(folder):
    return pickled(folder, b"](" + b"]" * (50 << 20) + b"e", method=zipfile.ZIP_DEFLATED)


@hostile
def pickle_with_colliding_keys(folder):
    keys = (b"\x8a\x0a" + (k * (2**61 - 1)).to_bytes(10, "little") + b"N" for k in range(1, SIZE // 13))
    return pickled(folder, b"}(" + b"".join(keys) + b"u")


@hostile
def pickle_of_one_long_name_again_and_again(folder):
    name = text("x" * (SIZE // 2)) + b"q\x01" + text("__torch__") + b"q\x02"
    return pickled(folder, b"](" + name + b"h\x02h\x01\x93" * (SIZE // 10) + b"e")


@hostile
def checkpoint_with_one_long_text_again_and_again(folder):
    body = text("x" * (SIZE // 2)) + b"q\xc8" + b"h\xc8" * (SIZE // 5)
    return checkpoint_with(folder, b"](" + body + b"e", "other")


@hostile
def tensors_that_share_a_large_storage(folder):
    """Ten thousand layers, each a corner of one storage of 16-bit numbers that is deflated to almost nothing."""
    writer = PickleWriter()
    content = writer.dumps(script_module(tiny()))
    storages = [*writer.storages]
    n = 30 << 20
    storage = b"(" + text("storage") + global_name("torch", "BFloat16Storage") + text("big") + text("cpu")
    storage += writer.item(n) + b"tQ"
    tensor = global_name("torch._utils", "_rebuild_tensor_v2") + b"(" + storage + writer.item(0) + writer.item((1, 1))
    tensor += writer.item((1, 1)) + b"\x89NtR"
    layer = global_name("__torch__", "L") + b")\x81}(" + text("matrix") + tensor + b"ub"
    layers = b"".join(text(str(k)) + (layer + b"q\xc8" if k == 0 else b"h\xc8") for k in range(20_000))
    old = text("layers") + global_name("__torch__", "ModuleList") + b")\x81}("
    at = content.index(old) + len(old)
    content = content[:at] + layers + content[at:]
    path = write_archive(folder / "m.pth", content, storages, script=True)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("toy/data/big", bytes(2 * n))
    return path


# Archives -------------------------------------------------------------------------------------------


@hostile
def archive_of_many_entries(folder):
    path = folder / "m.pth"
    with zipfile.ZipFile(path, "w") as archive:
        for k in range(SIZE // 120):
            archive.writestr(f"toy/data/{k}", b"")
        archive.writestr("toy/data.pkl", b"\x80\x02N.")
        archive.writestr("toy/constants.pkl", b"\x80\x02).")
    return path


@hostile
def archive_whose_data_are_a_deflate_bomb(folder):
    path = folder / "m.pth"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("toy/data.pkl", bytes(200 << 20))
        archive.writestr("toy/constants.pkl", b"N.")
    return path


@hostile
def exported_program_with_settings_again_and_again(folder):
    """The directory names one entry a thousand times."""
    path = folder / "m.pt2"
    settings = json.dumps({"x": [0] * 340_000}).encode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("toy/extra/model.json", b"{}")
        archive.writestr("toy/extra/model_def_script.json", settings)
        info = archive.getinfo("toy/extra/model_def_script.json")
        archive.filelist += [info] * (SIZE // 100)
    return path


def exported(folder: Path, **texts: str) -> Path:
    """A program with these texts beside it, deflated, in a file that is otherwise full of code."""
    path = folder / "m.pt2"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("m/data/aotinductor/model/m.so", bytes(SIZE - 100_000))
        for name, content in texts.items():
            archive.writestr(f"m/extra/{name}.json", content, zipfile.ZIP_DEFLATED)
    return path


@hostile
def exported_program_with_many_mappings(folder):
    settings, model = ('{"x":[' + "{}," * n + "0]}" for n in (SIZE // 4, SIZE))
    return exported(folder, model=model, model_def_script=settings)


@hostile
def exported_program_with_mappings_of_one_number(folder):
    return exported(folder, model='{"x":[' + '{"a":0},' * (SIZE // 3) + "0]}")


@hostile
def exported_program_with_a_wide_array(folder):
    return exported(folder, model='{"model":{"descriptor":{"type":"se_e2_a","sel":[' + "0," * SIZE + "0]}}}")
