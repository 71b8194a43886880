"""The cost of a file: no model or data set below a megabyte takes more than seconds or 500 MB, whatever it declares.

Hostile files are read in another process under limits of CPU time and memory, which end it. The time is a guard against
endless readers, not a measurement: a machine that is slower or busy needs more.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
import pytest

import dpmd
from dpmd import InputError
from dpmd.analysis.figures import read_reference
from dpmd.analysis.run_files import read_thermo
from dpmd.config import load_config
from dpmd.importers import import_model
from dpmd.models.spec import ModelSpec
from dpmd.regular_file import read_regular
from dpmd.shown import shown
from dpmd.systems import find_sources, read_data_file
from dpmd.systems.hdf5 import Hdf5File
from dpmd.training_input import training_systems
from model_files.dpmodel_files import write_dp
from model_files.hostile_archives import tiny
from model_files.hostile_files import HOSTILE

MEGABYTES = 500  # for the process that reads
SECONDS = 20  # of CPU time for each file; they take at most 3

# Reads files like `dpmd convert` and `dpmd run`, one after another, and prints the outcome and the memory taken.
READER = f"""
import json, resource, sys, time
import dpmd, dpmd.importers, google.protobuf, numpy, yaml
from dpmd.models.file import check_model, model_bytes

def kilobytes(field):
    return int(next(line for line in open("/proc/self/status") if line.startswith(field)).split()[1])

def outcome(read, path):
    try:
        read(path)
        return "read"
    except dpmd.InputError as error:
        return str(error)

resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))
for line in sys.stdin:
    path = json.loads(line)
    resource.setrlimit(resource.RLIMIT_CPU, (int(time.process_time()) + {SECONDS}, resource.RLIM_INFINITY))
    open("/proc/self/clear_refs", "w").write("5")  # the high-water mark begins anew
    before = kilobytes("VmRSS")
    outcomes = [
        outcome(lambda path: check_model(model_bytes(dpmd.importers.import_model(path)), path), path),
        outcome(lambda path: dpmd.Potential(path, compress=True), path),
    ]
    print(json.dumps({{"outcomes": outcomes, "megabytes": (kilobytes("VmHWM") - before) / 1024}}), flush=True)
"""


@pytest.fixture(scope="module")
def read_apart():
    """Reads a file in another process, which is replaced when a file has ended it."""
    processes = []

    def read(path: Path) -> dict:
        if not processes or processes[-1].poll() is not None:
            command, environment = [sys.executable, "-c", READER], os.environ | {"OMP_NUM_THREADS": "1"}
            pipe = subprocess.PIPE
            processes.append(subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, env=environment))
        process = processes[-1]
        process.stdin.write(json.dumps(str(path)) + "\n")
        process.stdin.flush()
        answer = process.stdout.readline()
        assert answer, f"the reader has ended with status {process.wait()}"
        return json.loads(answer)

    yield read
    for process in processes:
        process.stdin.close()
        process.wait()
        process.stdout.close()


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="needs Linux to measure memory")
@pytest.mark.parametrize("name", HOSTILE)
def test_no_file_below_a_megabyte_costs_more_than_its_budget(tmp_path, read_apart, name):
    path = HOSTILE[name](tmp_path)
    assert path.stat().st_size < 1_000_000

    found = read_apart(path)

    assert found["megabytes"] < MEGABYTES, found
    assert all(len(outcome) < 2000 for outcome in found["outcomes"]), "a message as long as the file"
    assert all(outcome == "read" or str(path) in outcome for outcome in found["outcomes"])


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("model of a very wide embedding", "too wide for the few numbers"),
        ("model of many wide pairs", "tables would take"),
    ],
)
@pytest.mark.parametrize("form", ["moment", "table"])
def test_a_model_too_wide_to_be_compressed_runs_exactly_and_says_why(tmp_path, name, why, form):
    path = HOSTILE[name](tmp_path)

    exact, refused = dpmd.Potential(path), dpmd.Potential(path, compress=form)

    assert why in refused.info()["compression"]["refusal"]
    atoms = {"positions": [[0, 0, 0], [1, 1, 1]], "types": [0, 0]}
    assert refused.compute(**atoms).energy == exact.compute(**atoms).energy


# Values in messages ---------------------------------------------------------------------------------


def test_a_value_is_shown_short_whatever_it_is():
    shared = ()
    for _ in range(100):
        shared = (shared, shared)
    endless = [1]
    endless.append(endless)

    for value in (
        shared,
        endless,
        "x" * 10**6,
        b"x" * 10**6,
        10**10_000,
        list(range(10**6)),
        {k: k for k in range(999)},
    ):
        assert len(shown(value)) < 800


@pytest.mark.parametrize("value", [None, True, 7, -1.5, "O", b"O", (1,), [1, "a"], {"a": [1]}, np.float64(2.5), ()])
def test_a_small_value_is_shown_as_it_is(value):
    assert shown(value) == repr(value.item() if isinstance(value, np.generic) else value)


# Things that are not files ----------------------------------------------------------------------------

READERS = {
    "import_model": import_model,
    "ModelSpec.load": ModelSpec.load,
    "Potential": dpmd.Potential,
    "a training input": lambda path: training_systems(Path(path), "training_data"),
    "a list of systems": lambda path: read_data_file(Path(path)),
    "an input of dpmd run": lambda path: load_config(path),
    "a thermo log": read_thermo,
    "a reference for dpmd plot": read_reference,
}


def fifo(folder):
    os.mkfifo(folder / "m.dpmd")
    return folder / "m.dpmd"


def bound_socket(folder):
    server = socket.socket(socket.AF_UNIX)
    server.bind(str(folder / "s"))
    server.close()
    return folder / "s"


@pytest.mark.parametrize(
    ("thing", "kind"),
    [
        (fifo, "is a fifo"),
        (bound_socket, "is a socket"),
        (lambda folder: Path("/dev/zero"), "is a device"),
        (lambda folder: Path("/dev/stdin").resolve().parent, "folder|directory"),
    ],
    ids=["fifo", "socket", "device", "folder"],
)
@pytest.mark.parametrize("reader", READERS)
def test_what_is_no_file_is_refused_without_waiting_for_it(tmp_path, thing, kind, reader):
    with pytest.raises(InputError, match=kind):
        READERS[reader](thing(tmp_path))


def test_a_file_that_holds_more_than_it_says_is_refused(monkeypatch):
    monkeypatch.setattr("dpmd.regular_file._is_of_the_kernel", lambda _status: False)

    with pytest.raises(InputError, match="holds more than its size of 0 bytes"):
        read_regular("/proc/self/status")


def test_a_file_beyond_the_limit_is_refused_by_its_size(tmp_path):
    path = tmp_path / "m.dpmd"
    with path.open("wb") as file:
        file.truncate((1 << 30) + 1)  # a hole: it takes no space

    for read in (import_model, ModelSpec.load, dpmd.Potential):
        with pytest.raises(InputError, match=r"has 1073741825 bytes, more than the 1073741824"):
            read(path)


# Numbers that no training produces ----------------------------------------------------------------------


def changed(part, value):
    """A model with ``value`` in one of its arrays."""
    model = tiny()
    where = {
        "weight": lambda: model["fitting"]["nets"]["networks"][1]["layers"][0]["@variables"]["w"],
        "bias": lambda: model["descriptor"]["embeddings"]["networks"][2]["layers"][0]["@variables"]["b"],
        "dstd": lambda: model["descriptor"]["@variables"]["dstd"],
    }[part]()
    where[..., -1] = value
    return model


@pytest.mark.parametrize(
    ("part", "value", "message"),
    [
        ("weight", 1.5e15, r"fitting\.networks\[1\]\.layers\[0\]\.weight\[0\]\[2\] = 1\.5e\+15 is beyond 1e\+15"),
        ("bias", -2e300, r"embedding\.networks\[0\]\[1\]\.layers\[0\]\.bias\[1\] = -2e\+300 is beyond"),
        ("bias", np.nan, r"embedding\.networks\.0\.1\.layers\.0\.bias' holds nan at element 1"),
        ("dstd", 1e20, r"environment\.scale\[0\]\[3\] = 1e\+20 is beyond"),
        ("dstd", 1e-20, r"environment\.scale holds 1e-20; it must be positive, and at least 1e-15"),
    ],
)
def test_a_number_beyond_reason_is_refused_with_its_place(tmp_path, part, value, message):
    path = write_dp(tmp_path / "m.dp", changed(part, value))

    for read in (dpmd.Model, lambda file: import_model(file).save(tmp_path / "m.dpmd")):
        with pytest.raises(InputError, match=message):
            read(path)
    assert not (tmp_path / "m.dpmd").exists()


# Data sets ------------------------------------------------------------------------------------------


def system(folder: Path) -> Path:
    (folder / "set.000").mkdir(parents=True)
    (folder / "type.raw").write_text("0\n0\n")
    np.save(folder / "set.000" / "coord.npy", np.zeros((1, 6)))
    np.save(folder / "set.000" / "box.npy", np.eye(3).reshape(1, 9))
    return folder


def opened(path) -> list:
    return [source.open(["O"], lambda _key, _line: None) for source in find_sources([path])]


def test_an_array_that_declares_more_than_its_file_holds_takes_no_memory(tmp_path):
    folder = system(tmp_path / "s")
    array = folder / "set.000" / "coord.npy"
    array.write_bytes(array.read_bytes().replace(b"(1, 6), }" + b" " * 12, b"(10000000, 60000), }  ")[:200])

    with pytest.raises(InputError, match=r"coord\.npy: not a readable \.npy file: declares 48000000\d+ bytes"):
        opened(folder)


def test_arrays_and_texts_of_a_system_must_be_files(tmp_path):
    folder = system(tmp_path / "s")
    for name in ("set.000/force.npy", "type_map.raw"):
        os.mkfifo(folder / name)
        with pytest.raises(InputError, match=f"{name}: is a fifo"):
            opened(folder)
        (folder / name).unlink()


def hdf5_system(path: Path) -> h5py.File:
    file = h5py.File(path, "w")
    file["type.raw"] = [0, 0]
    file["set.000/box.npy"] = np.eye(3).reshape(1, 9)
    return file


def test_a_chunk_that_unpacks_to_gigabytes_is_refused_in_a_process_of_its_own(tmp_path):
    with hdf5_system(tmp_path / "s.hdf5") as file:
        data = np.zeros((100, 1 << 20), dtype="f4")
        file.create_dataset("set.000/coord.npy", data=data, chunks=data.shape, compression="gzip")

    with pytest.raises(InputError, match="a damaged HDF5 file|the library that reads it failed on it"):
        Hdf5File(tmp_path / "s.hdf5").ask("s.hdf5", "rows", name="set.000/coord.npy", first=0, end=1)


def test_a_damaged_data_set_ends_its_own_process_and_no_other(tmp_path):
    path = tmp_path / "s.hdf5"
    with hdf5_system(path) as file:
        file["set.000/coord.npy"] = np.zeros((1, 6))
        file["type_map.raw"] = ["O"]
    content = path.read_bytes()
    at = content.index(b"GCOL")
    path.write_bytes(content[: at + 16] + bytes(48) + content[at + 16 :])

    with pytest.raises(InputError, match=r"s\.hdf5.*(HDF5|takes more than|failed on it)"):
        opened(path)


def test_no_link_of_a_data_set_leads_out_of_its_file(tmp_path):
    with hdf5_system(tmp_path / "s.hdf5") as file:
        file["set.000/coord.npy"] = h5py.ExternalLink(str(tmp_path / "fifo"), "/x")
    os.mkfifo(tmp_path / "fifo")

    with pytest.raises(InputError, match="a link to another file"):
        opened(tmp_path / "s.hdf5")
