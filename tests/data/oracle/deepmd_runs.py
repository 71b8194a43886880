"""DeePMD-kit as a black box: training, changing a trained model, evaluating it, and what is kept of its file."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
from oracle_case import PAIR_TABLE, Case, model_section
from structures import System

HERE = Path(__file__).resolve().parent


def dp(*arguments: str, work: Path) -> None:
    """Run DeePMD-kit's command line in `work`; its log is shown only when it fails."""
    command = [str(Path(sys.executable).with_name("dp")), *arguments]
    done = subprocess.run(command, cwd=work, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    with (work / "dp.log").open("a") as log:
        log.write(" ".join(command) + "\n" + done.stdout)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} failed:\n{done.stdout[-4000:]}")


def write_training_data(case: Case, rng: np.random.Generator, folder: Path) -> list[str]:
    """Random labels for the training structures, as deepmd/npy folders."""
    names = []
    for index, frames in enumerate(case.training(rng)):
        path = folder / f"data{index}"
        part = path / "set.000"
        part.mkdir(parents=True)
        types = frames[0].types
        (path / "type.raw").write_text("\n".join(str(t) for t in types) + "\n")
        (path / "type_map.raw").write_text("\n".join(case.type_map) + "\n")
        energies = np.array(case.energies)[types].sum() + 0.1 * rng.normal(size=len(frames))
        np.save(part / "coord.npy", np.array([frame.positions.ravel() for frame in frames]))
        np.save(part / "energy.npy", energies)
        np.save(part / "force.npy", rng.normal(size=(len(frames), 3 * len(types))))
        if frames[0].cell is None:
            (path / "nopbc").touch()
        else:
            np.save(part / "box.npy", np.array([frame.cell.ravel() for frame in frames]))
        n_fparam, n_aparam = case.fitting.get("numb_fparam", 0), case.fitting.get("numb_aparam", 0)
        if n_fparam:
            np.save(part / "fparam.npy", 0.7 + 0.3 * rng.normal(size=(len(frames), n_fparam)))
        if n_aparam:
            np.save(part / "aparam.npy", -0.4 + 0.5 * rng.normal(size=(len(frames), len(types) * n_aparam)))
        names.append(path.name)  # relative, so that no machine path ends up in the model
    return names


def write_pair_table(path: Path) -> None:
    """Screened repulsions of the pairs O-O, O-H and H-H, every 0.05 Å from 0.1 Å on."""
    r = np.arange(2, 91) * 0.05
    columns = [14.4 * charges * np.exp(-2.5 * r) / r for charges in (64, 8, 1)]
    np.savetxt(path, np.stack([r, *columns], axis=1))


def train(name: str, case: Case, rng: np.random.Generator, work: Path) -> Path:
    """Train a few steps and freeze."""
    seed = zlib.crc32(name.encode()) % 100000
    write_pair_table(work / PAIR_TABLE)
    settings = {
        "model": model_section(case, seed),
        "learning_rate": {"type": "exp", "start_lr": 2e-3, "stop_lr": 1e-3, "decay_steps": 5},
        "loss": {"type": "ener", "start_pref_e": 1.0, "limit_pref_e": 1.0, "start_pref_f": 1.0, "limit_pref_f": 1.0},
        "training": {
            "training_data": {"systems": write_training_data(case, rng, work), "batch_size": 1},
            "numb_steps": 10,
            "seed": seed + 2,
            "disp_freq": 10,
            "save_freq": 10,
            "disp_file": "lcurve.out",
        },
    }
    (work / "input.json").write_text(json.dumps(settings, indent=1))
    dp(f"--{case.backend}", "train", "input.json", work=work)
    if case.backend == "pt-expt":  # what it freezes are compiled programs; the checkpoint is the model
        return Path(shutil.copy(work / "model.ckpt.pt", work / f"{name}.pt"))
    suffix = {"tf": ".pb", "pt": ".pth"}[case.backend]
    dp(f"--{case.backend}", "freeze", "-o", f"{name}{suffix}", work=work)
    return work / f"{name}{suffix}"


def converted(name: str, case: Case, work: Path) -> Path:
    """A file of another case in the format that this one keeps."""
    model = work / f"{name}{case.files[0]}"
    dp("convert-backend", str(HERE / case.source), model.name, work=work)
    return model


def call(potential, system: System, atomic: bool = False) -> list[np.ndarray]:
    """DeePMD-kit's answer for one system."""
    cell = None if system.cell is None else system.cell.reshape(1, 9)
    extra = {"fparam": system.fparam, "aparam": system.aparam}
    answer = potential.eval(system.positions.reshape(1, -1), cell, system.types, atomic=atomic, **extra)
    return [np.asarray(part, dtype=np.float64) for part in answer]


# What follows training --------------------------------------------------------------------------------


def compress(step: str, extrapolate: str) -> Callable[[Path, Path], None]:
    """`dp compress` with a coarse table, so that the file stays small."""

    def change(work: Path, model: Path) -> None:
        backend = {".pb": "--tf", ".pth": "--pt"}[model.suffix]
        packed = model.with_name(f"packed{model.suffix}")
        dp(backend, "compress", "-i", model.name, "-o", packed.name, "-s", step, "-e", extrapolate, work=work)
        packed.replace(model)

    return change


def compress_and_shift(work: Path, model: Path) -> None:
    """A compressed graph whose davg is raised afterwards, so that s falls below the table's lower end.

    The lower end of a table lies at or below the s of an empty slot; no structure reaches below it by itself.
    """
    import tensorflow as tf

    compress("0.2", "2")(work, model)
    graph = tf.compat.v1.GraphDef.FromString(model.read_bytes())
    node = next(node for node in graph.node if node.name == "descrpt_attr/t_avg")
    average = tf.make_ndarray(node.attr["value"].tensor).copy()
    average[:, 0::4] += 0.35
    node.attr["value"].tensor.CopyFrom(tf.make_tensor_proto(average))
    model.write_bytes(graph.SerializeToString())


def continue_with(sel: list[int]) -> Callable[[Path, Path], None]:
    """Two more steps of training with another sel, from the frozen model."""

    def change(work: Path, model: Path) -> None:
        settings = json.loads((work / "input.json").read_text())
        settings["model"]["descriptor"]["sel"] = sel
        settings["training"]["numb_steps"] = 2
        (work / "more.json").write_text(json.dumps(settings))
        for old in [*work.glob("model.ckpt*"), work / "checkpoint"]:
            old.unlink()
        dp("--tf", "train", "more.json", "--init-frz-model", model.name, work=work)
        dp("--tf", "freeze", "-o", model.name, work=work)

    return change


# What is kept -----------------------------------------------------------------------------------------


def without_gradients(model: Path, target: Path) -> None:
    """A TensorFlow graph without its gradient nodes: all that an importer reads.

    DeePMD-kit itself can no longer evaluate it; `make` therefore evaluates the whole one.
    """
    import tensorflow as tf

    graph = tf.compat.v1.GraphDef.FromString(model.read_bytes())
    constants = [node.name for node in graph.node if node.op == "Const"]
    wanted = [name for name in constants if "_attr/" in name or "/" not in name]
    small = tf.compat.v1.graph_util.extract_sub_graph(graph, ["o_energy", "o_atom_energy", *wanted])
    target.write_bytes(small.SerializeToString())


def without_code(model: Path, target: Path) -> None:
    """A TorchScript archive without `code/`, which holds DeePMD-kit's own program text (LGPL)."""
    with zipfile.ZipFile(model) as source, zipfile.ZipFile(target, "w") as kept:
        for entry in source.infolist():
            if entry.filename.split("/")[1] != "code":
                plain = zipfile.ZipInfo(entry.filename, (1980, 1, 1, 0, 0, 0))
                plain.compress_type = entry.compress_type
                kept.writestr(plain, source.read(entry))


def collect(case: Case, model: Path, work: Path) -> list[Path]:
    """The files to keep, in a folder of their own."""
    folder = work / "kept"
    folder.mkdir()
    for suffix in case.files:
        target = folder / f"{model.stem}{suffix}"
        if (suffix == ".pb" and case.whole_graph) or suffix == ".pt":
            shutil.copy(model if suffix == ".pb" else work / "model.ckpt.pt", target)
        elif suffix == ".pb":
            without_gradients(model, target)
        elif suffix == ".pth":
            without_code(model, target)
        else:
            dp("convert-backend", model.name, str(target), work=work)
    return [folder / f"{model.stem}{suffix}" for suffix in case.files]
