#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Make the small oracle models of this folder with DeePMD-kit as a black box.

Run it with the Python of an environment that has DeePMD-kit 3.2.0 (see README.md):

    python make_oracles.py                 # every case
    python make_oracles.py gelu_pairs      # some cases
    python make_oracles.py --list

Every model is trained for a handful of steps on random structures with random labels, so its numbers mean nothing
physically; what matters is that every piece of the mathematics takes part. For each case NAME the script
writes the model file and NAME.npz with what DeePMD-kit itself returns for a few systems, and it refuses to
write numbers whose forces disagree with finite differences of DeePMD-kit's own energies.
"""

from __future__ import annotations

import argparse
import copy
import json
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("DP_INTRA_OP_PARALLELISM_THREADS", "1")
os.environ.setdefault("DP_INTER_OP_PARALLELISM_THREADS", "1")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")

import numpy as np

HERE = Path(__file__).resolve().parent
OXYGEN, HYDROGEN, SODIUM = 0, 1, 2


# --------------------------------------------------------------------------------------------------- structures


@dataclass
class System:
    """Atoms, with a cell (rows are lattice vectors) or open."""

    positions: np.ndarray
    types: np.ndarray
    cell: np.ndarray | None = None
    fparam: np.ndarray | None = None
    aparam: np.ndarray | None = None


def images(cell: np.ndarray | None, reach: float) -> np.ndarray:
    """Translations that bring every periodic image within `reach` of the home cell."""
    if cell is None:
        return np.zeros((1, 3))
    heights = 1.0 / np.linalg.norm(np.linalg.inv(cell), axis=0)
    counts = [int(np.ceil(reach / height)) + 1 for height in heights]
    steps = np.stack(np.meshgrid(*[np.arange(-n, n + 1) for n in counts], indexing="ij"), axis=-1)
    return steps.reshape(-1, 3) @ cell


def distances(system: System, reach: float) -> np.ndarray:
    """All distances [centre, neighbour, image]; an atom's distance to itself is infinite."""
    shifts = images(system.cell, reach)
    delta = system.positions[None, :, None, :] + shifts[None, None] - system.positions[:, None, None, :]
    result = np.linalg.norm(delta, axis=-1)
    result[result == 0.0] = np.inf
    return result


def smallest_distance(system: System) -> float:
    """Smallest distance between two atoms, images included."""
    return float(distances(system, 3.0).min())


def neighbour_counts(system: System, cutoff: float, n_types: int) -> np.ndarray:
    """Largest number of neighbours of each type."""
    near = (distances(system, cutoff) <= cutoff).sum(axis=2)
    return np.array([near[:, system.types == t].sum(axis=1).max() for t in range(n_types)])


def random_water(rng: np.random.Generator, n_molecules: int, cell: np.ndarray | None, closest: float = 0.88) -> System:
    """Randomly oriented, roughly water-shaped molecules; rejection keeps atoms `closest` apart."""
    span = cell if cell is not None else np.eye(3) * 2.9 * n_molecules ** (1 / 3)
    while True:
        positions, types = [], []
        for _ in range(4000):
            if len(positions) == 3 * n_molecules:
                return System(np.array(positions), np.array(types), cell)
            oxygen = rng.random(3) @ span
            axes = rng.normal(size=(2, 3))
            axes /= np.linalg.norm(axes, axis=1)[:, None]
            molecule = [oxygen, oxygen + rng.uniform(0.9, 1.1) * axes[0], oxygen + rng.uniform(0.9, 1.1) * axes[1]]
            trial = System(np.array(positions + molecule), np.array(types + [OXYGEN, HYDROGEN, HYDROGEN]), cell)
            if smallest_distance(trial) >= closest:
                positions, types = list(trial.positions), list(trial.types)


BOX = np.diag([6.3, 6.8, 7.4])
TRICLINIC = np.array([[6.4, 0.0, 0.0], [1.9, 6.1, 0.0], [-1.3, 1.6, 6.7]])
TINY = np.array([[3.7, 0.0, 0.0], [0.4, 3.6, 0.0], [0.2, -0.3, 3.9]])


def evaluation_systems(rng: np.random.Generator) -> dict[str, System]:
    """The usual four systems: a box, a sheared box, a droplet, a cell smaller than the cutoff."""
    systems = {
        "periodic": random_water(rng, 8, BOX),
        "triclinic": random_water(rng, 6, TRICLINIC),
        "open": random_water(rng, 5, None),
        "tiny_cell": random_water(rng, 1, TINY),
    }
    # Unwrapped coordinates must not matter.
    systems["triclinic"].positions[3:6] += TRICLINIC[0] - 2.0 * TRICLINIC[2]
    return systems


def training_systems(rng: np.random.Generator) -> list[list[System]]:
    """Groups of frames with the same atoms: boxes and sheared boxes of 6 molecules, droplets of 4."""
    return [
        [random_water(rng, 6, BOX), random_water(rng, 6, TRICLINIC), random_water(rng, 6, 0.95 * BOX)],
        [random_water(rng, 4, None), random_water(rng, 4, None)],
    ]


def choose(*names: str) -> Callable[[np.random.Generator], dict[str, System]]:
    """Only some of the usual systems."""

    def systems(rng: np.random.Generator) -> dict[str, System]:
        every = evaluation_systems(rng)
        return {name: every[name] for name in names}

    return systems


# --------------------------------------------------------------------------------------------------------- cases


@dataclass
class Case:
    """One oracle model: how it is trained, what is done to it, and which systems are evaluated."""

    about: str
    descriptor: dict = field(default_factory=dict)
    fitting: dict = field(default_factory=dict)
    model: dict = field(default_factory=dict)
    members: tuple[dict, ...] = ()  # of a linear combination: what each changes in the descriptor
    type_map: tuple[str, ...] = ("O", "H")
    backend: str = "tf"
    systems: Callable[[np.random.Generator], dict[str, System]] = evaluation_systems
    training: Callable[[np.random.Generator], list[list[System]]] = training_systems
    energies: tuple[float, ...] = (-3.0, -1.2, -0.4)
    overflows: bool = False
    change: Callable[[Path, Path], None] | None = None  # (work folder, frozen model): changes it before evaluation
    files: tuple[str, ...] = (".pb",)  # what is kept
    whole_graph: bool = False  # keep the gradient nodes of a TensorFlow graph
    derivatives: str = ""  # suffix that the kept file is converted to for derivatives (default: the frozen model)
    step: float = 2e-5  # of the finite differences, Å
    tolerance: float = 1e-6  # of the finite differences, eV/Å
    source: str = ""  # a file in this folder that is converted in place of a training


BASE_DESCRIPTOR = {
    "type": "se_e2_a",
    "sel": [18, 34],
    "rcut": 4.0,
    "rcut_smth": 0.5,
    "neuron": [4, 8, 16],
    "axis_neuron": 4,
    "resnet_dt": False,
    "type_one_side": True,
    "precision": "float64",
}
PAIR_TABLE = "table.txt"  # in the working folder
BASE_FITTING = {"neuron": [16, 16, 16], "resnet_dt": False, "precision": "float64"}


def settings_of(case: Case) -> dict:
    """The section of the descriptor; se_e2_r has no axis."""
    settings = BASE_DESCRIPTOR | case.descriptor
    if settings["type"] == "se_e2_r":
        del settings["axis_neuron"]
    return settings


# -------------------------------------------------------------------------------------------------- DeePMD-kit


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

    def single(change: dict, step: int) -> dict:
        return {
            "type_map": list(case.type_map),
            "descriptor": settings_of(replace(case, descriptor=case.descriptor | change)) | {"seed": seed + step},
            "fitting_net": BASE_FITTING | case.fitting | {"seed": seed + step + 1},
        }

    members = [single(change, 10 * k) for k, change in enumerate(case.members)]
    combined = {"type_map": list(case.type_map), "type": "linear_ener", "models": members}
    settings = {
        "model": {**(combined if members else single({}, 0)), **case.model},
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


def moved(system: System, atom: int, axis: int, step: float) -> System:
    """The system with one coordinate changed."""
    other = copy.deepcopy(system)
    other.positions[atom, axis] += step
    return other


def stretched(system: System, row: int, column: int, step: float) -> System:
    """The system under a small strain."""
    strain = np.eye(3)
    strain[row, column] += step
    other = copy.deepcopy(system)
    other.positions = other.positions @ strain.T
    other.cell = None if other.cell is None else other.cell @ strain.T
    return other


def check(case: Case, potential, system: System, result: list[np.ndarray]) -> float:
    """Compare forces and virial with finite differences of the energy; return the largest error."""
    energy, forces, virial, atom_energies, atom_virials = (part[0] for part in result)
    sums = [atom_energies.sum() - energy, atom_virials.sum(axis=0) - virial, forces.sum(axis=0)]
    errors = [np.abs(difference).max() for difference in sums]

    def slope(change: Callable[[float], System]) -> float:
        h = case.step
        values = [call(potential, change(step))[0].item() for step in (-2 * h, -h, h, 2 * h)]
        return (values[0] - 8 * values[1] + 8 * values[2] - values[3]) / (12 * h)

    for atom, axis in [(0, 0), (1, 1), (len(system.types) - 1, 2)]:
        errors.append(slope(lambda step, a=atom, x=axis: moved(system, a, x, step)) + forces[atom, axis])
    for row, column in [(0, 0), (1, 2)]:
        numeric = slope(lambda step, a=row, b=column: stretched(system, a, b, step))
        errors.append((numeric + virial.reshape(3, 3)[row, column]) / len(system.types))
    return float(np.abs(errors).max())


# ---------------------------------------------------------------------------------------------- systems of the cases


def hot(rng: np.random.Generator) -> dict[str, System]:
    """The box, and the box with four hydrogens pushed far closer to an oxygen than any training distance."""
    base = random_water(rng, 8, BOX)
    pressed = copy.deepcopy(base)
    for molecule, distance in enumerate([0.7, 0.5, 0.3, 0.15]):
        oxygen, hydrogen = 3 * molecule, 3 * molecule + 1
        bond = pressed.positions[hydrogen] - pressed.positions[oxygen]
        pressed.positions[hydrogen] = pressed.positions[oxygen] + distance * bond / np.linalg.norm(bond)
    return {"periodic": base, "hot": pressed}


def with_parameters(rng: np.random.Generator) -> dict[str, System]:
    """The usual systems with two frame parameters and one atomic parameter."""
    systems = evaluation_systems(rng)
    for system in systems.values():
        system.fparam = 0.7 + 0.3 * rng.normal(size=2)
        system.aparam = -0.4 + 0.5 * rng.normal(size=(len(system.types), 1))
    return systems


def with_and_without_fparam(rng: np.random.Generator) -> dict[str, System]:
    """One droplet with the default frame parameter and with another one."""
    default = random_water(rng, 5, None)
    given = copy.deepcopy(default)
    given.fparam = np.array([0.25])
    return {"open_default": default, "open_given": given, "periodic_default": random_water(rng, 8, BOX)}


def salted(systems: dict[str, System]) -> dict[str, System]:
    """The same systems with every fifth hydrogen turned into a third type."""
    for system in systems.values():
        system.types[np.flatnonzero(system.types == HYDROGEN)[::5]] = SODIUM
    return systems


def three_types(rng: np.random.Generator) -> dict[str, System]:
    """Systems with three types, one without the third, one without the first."""
    systems = salted(evaluation_systems(rng))
    systems["no_sodium"] = random_water(rng, 5, None)
    systems["no_oxygen"] = random_water(rng, 5, None)
    systems["no_oxygen"].types[systems["no_oxygen"].types == OXYGEN] = SODIUM
    return systems


def three_types_training(rng: np.random.Generator) -> list[list[System]]:
    """Training structures with three types."""
    groups = training_systems(rng)
    for frames in groups:
        salted({str(index): frame for index, frame in enumerate(frames)})
    return groups


# ------------------------------------------------------------------------------------------ what follows training


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


# -------------------------------------------------------------------------------------------------- what is kept


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


# ---------------------------------------------------------------------------------------------------- the cases


SMALL = {"neuron": [4, 8], "axis_neuron": 4}
NARROW = {"neuron": [2, 4], "axis_neuron": 2}
SMALL_FITTING = {"neuron": [12, 12]}
GELU_TF = {"activation_function": "gelu_tf"}
RADIAL = {"type": "se_e2_r", "neuron": [4, 8]}

# Wide enough that the atoms of water are between the table and the nets.
SRTAB = {"use_srtab": PAIR_TABLE, "smin_alpha": 0.1, "sw_rmin": 0.7, "sw_rmax": 1.3}

CASES: dict[str, Case] = {
    "srtab": Case("a short-range pair table (`use_srtab`), energy bias included", SMALL, SMALL_FITTING, SRTAB),
    "srtab_overflow": Case(
        "a short-range pair table with sel [2, 3] and an excluded pair of the descriptor, without energy bias",
        SMALL | {"sel": [2, 3], "exclude_types": [[0, 1]]},
        SMALL_FITTING,
        SRTAB | {"srtab_add_bias": False},
        overflows=True,
    ),
    "linear_list": Case(
        "a linear combination of two models with weights 0.3 and 1.5",
        SMALL,
        SMALL_FITTING,
        {"weights": [0.3, 1.5]},
        members=({}, {"exclude_types": [[0, 1]], "rcut": 3.1}),
    ),
    "linear_mean": Case(
        "the mean of a model with se_e2_a and one with se_e2_r",
        SMALL,
        SMALL_FITTING,
        {"weights": "mean"},
        members=({}, {"type": "se_e2_r"}),
    ),
    "gelu_pairs": Case(
        "one embedding net per type pair, resnet_dt everywhere, gelu; the whole graph with its gradients",
        {"type_one_side": False, "resnet_dt": True, "activation_function": "gelu"},
        {"resnet_dt": True, "activation_function": "gelu"},
        whole_graph=True,
    ),
    "exclude_pairs": Case(
        "descriptor exclude_types [[0, 0]], one embedding net per type pair",
        SMALL | {"type_one_side": False, "exclude_types": [[0, 0]]},
        SMALL_FITTING,
    ),
    "exclude_one_side": Case(
        "descriptor exclude_types [[0, 1]], one embedding net per neighbour type",
        SMALL | {"exclude_types": [[0, 1]]},
        SMALL_FITTING,
    ),
    "atom_ener": Case(
        "atom_ener for every type",
        SMALL,
        SMALL_FITTING | {"atom_ener": [-2.5, -0.75], "activation_function": "tanh"},
    ),
    "atom_ener_some": Case(
        "atom_ener for the second type only",
        SMALL,
        SMALL_FITTING | {"atom_ener": [None, -0.75]},
        systems=choose("triclinic", "open"),
    ),
    "fparam_aparam": Case(
        "two frame parameters and one atomic parameter",
        SMALL,
        SMALL_FITTING | {"numb_fparam": 2, "numb_aparam": 1},
        systems=with_parameters,
    ),
    "davg_zero": Case(
        "set_davg_zero, and cutoffs that float32 cannot hold",
        SMALL | {"set_davg_zero": True, "rcut": 4.1, "rcut_smth": 0.3},
        SMALL_FITTING,
    ),
    "three_types": Case(
        "three types with unequal sel",
        SMALL | {"sel": [18, 30, 9]},
        SMALL_FITTING,
        type_map=("O", "H", "Na"),
        systems=three_types,
        training=three_types_training,
    ),
    "three_types_sel_zero": Case(
        "three types, sel 0 for the third: sodium sees the others and is not seen",
        SMALL | {"sel": [18, 30, 0]},
        SMALL_FITTING,
        type_map=("O", "H", "Na"),
        systems=three_types,
        training=three_types_training,
        overflows=True,
    ),
    "compressed": Case(
        "`dp compress -s 0.1 -e 2`; `hot` goes beyond both parts of the table",
        NARROW,
        SMALL_FITTING,
        systems=hot,
        change=compress("0.1", "2"),
    ),
    "compressed_below": Case(
        "a compressed graph whose davg was raised by 0.35 afterwards, so that s falls below the table",
        NARROW,
        SMALL_FITTING,
        systems=choose("periodic", "open"),
        change=compress_and_shift,
    ),
    "compressed_pairs": Case(
        "`dp compress -s 0.1 -e 2` with one embedding net per type pair, of which [0, 0] is excluded",
        NARROW | {"type_one_side": False, "exclude_types": [[0, 0]]},
        SMALL_FITTING,
        systems=hot,
        change=compress("0.1", "2"),
    ),
    "overflow": Case(
        "more neighbours than sel",
        SMALL | {"sel": [4, 8]},
        SMALL_FITTING,
        overflows=True,
    ),
    "act_relu6_relu": Case(
        "embedding relu6, fitting relu; `hot` saturates relu6",
        SMALL | {"activation_function": "relu6"},
        SMALL_FITTING | {"activation_function": "relu"},
        systems=hot,
    ),
    "act_sigmoid_softplus": Case(
        "embedding sigmoid, fitting softplus",
        SMALL | {"activation_function": "sigmoid"},
        SMALL_FITTING | {"activation_function": "softplus"},
        systems=choose("triclinic", "open"),
    ),
    "act_silut_silu": Case(
        "embedding silut (threshold 3), fitting silu",
        SMALL | {"activation_function": "silut"},
        SMALL_FITTING | {"activation_function": "silu"},
        systems=hot,
    ),
    "act_none_sigmoid": Case(
        "embedding without activation, fitting sigmoid with resnet_dt",
        SMALL | {"activation_function": "none"},
        SMALL_FITTING | {"activation_function": "sigmoid", "resnet_dt": True},
        systems=choose("triclinic", "open"),
    ),
    "single": Case(
        "networks in float32",
        SMALL | {"precision": "float32"},
        SMALL_FITTING | {"precision": "float32"},
        systems=choose("triclinic", "open"),
        step=1e-2,
        tolerance=1e-3,
    ),
    "gelu_tf": Case(
        "gelu_tf, which a graph spells out with a coefficient in single precision",
        SMALL | {"activation_function": "gelu_tf"},
        SMALL_FITTING | {"activation_function": "gelu_tf"},
        systems=choose("triclinic", "open"),
    ),
    "larger_sel": Case(
        "trained on with sel [16, 30] in place of [12, 24]: other scales in the slots that were added",
        SMALL | {"set_davg_zero": True, "sel": [12, 24]},
        SMALL_FITTING,
        systems=choose("triclinic", "open", "tiny_cell"),
        change=continue_with([16, 30]),
    ),
    "radial_pairs": Case(
        "se_e2_r, one embedding net per type pair, of which [0, 1] is excluded; resnet_dt everywhere, gelu_tf",
        RADIAL | GELU_TF | {"type_one_side": False, "exclude_types": [[0, 1]], "resnet_dt": True},
        SMALL_FITTING | {"resnet_dt": True} | GELU_TF,
    ),
    "radial_one_side": Case(
        "se_e2_r, one embedding net per neighbour type, [0, 0] excluded; three types, frame and atomic parameters",
        RADIAL | {"sel": [18, 30, 9], "exclude_types": [[0, 0]]},
        SMALL_FITTING | {"numb_fparam": 2, "numb_aparam": 1},
        type_map=("O", "H", "Na"),
        systems=lambda rng: salted(with_parameters(rng)),
        training=three_types_training,
    ),
    "radial_compressed": Case(
        "se_e2_r after `dp compress -s 0.1 -e 2`; `hot` goes beyond both parts of the table",
        RADIAL | {"neuron": [2, 4]},
        SMALL_FITTING,
        systems=hot,
        change=compress("0.1", "2"),
    ),
    "radial_dictionary": Case(
        "se_e2_r with [0, 1] excluded as a model dictionary, which treats excluded pairs differently from the graph",
        RADIAL | {"exclude_types": [[0, 1]]},
        SMALL_FITTING,
        files=(".dp",),
        derivatives=".savedmodeltf",
    ),
    # ------------------------------------------------------------------------------------------------ PyTorch born
    "pt_to_graph": Case(
        "pt_gelu_pairs as a graph: TensorFlow multiplies by the out_std that the PyTorch backend does not apply",
        SMALL,
        systems=choose("triclinic", "open"),
        source="pt_gelu_pairs.dp",
    ),
    "pt_gelu_pairs": Case(
        "gelu_pairs trained by the PyTorch backend",
        SMALL | {"type_one_side": False, "resnet_dt": True, "activation_function": "gelu"},
        SMALL_FITTING | {"resnet_dt": True, "activation_function": "gelu"},
        backend="pt",
        files=(".pth", ".pt", ".dp"),
    ),
    "pt_pair_exclude": Case(
        "model-level pair_exclude_types [[0, 1]]",
        SMALL,
        SMALL_FITTING,
        {"pair_exclude_types": [[0, 1]]},
        backend="pt",
        files=(".dp",),
    ),
    "pt_atom_exclude": Case(
        "model-level atom_exclude_types [1] and pair_exclude_types [[0, 0]]",
        SMALL | {"type_one_side": False},
        SMALL_FITTING,
        {"pair_exclude_types": [[0, 0]], "atom_exclude_types": [1]},
        backend="pt",
        files=(".dp",),
    ),
    "pt_protected_exclude": Case(
        "env_protection 0.1 and descriptor exclude_types [[0, 0]] with davg that is not zero",
        NARROW | {"env_protection": 0.1, "exclude_types": [[0, 0]]},
        SMALL_FITTING,
        backend="pt",
        files=(".yaml",),
    ),
    "pt_exclude_pairs": Case(
        "descriptor exclude_types [[0, 1]] with one embedding net per type pair",
        SMALL | {"type_one_side": False, "exclude_types": [[0, 1]]},
        SMALL_FITTING,
        backend="pt",
        files=(".dp",),
    ),
    "pt_skips_silut": Case(
        "every kind of skip: embedding [2, 4, 4], fitting [16, 32, 32] on a descriptor of length 8; silut:1.0",
        {"neuron": [2, 4, 4], "axis_neuron": 2, "resnet_dt": True, "activation_function": "silut:1.0"},
        {"neuron": [16, 32, 32], "resnet_dt": True, "activation_function": "silut:1.0"},
        backend="pt",
        files=(".dp",),
    ),
    "pt_skips_first": Case(
        "an identity skip in the first layers: embedding [1, 2, 4], fitting [8, 16, 16] on a descriptor of length 8",
        {"neuron": [1, 2, 4], "axis_neuron": 2},
        {"neuron": [8, 16, 16]},
        backend="pt",
        files=(".dp",),
    ),
    "pt_default_fparam": Case(
        "one frame parameter with a default",
        SMALL,
        SMALL_FITTING | {"numb_fparam": 1, "default_fparam": [0.85]},
        backend="pt",
        systems=with_and_without_fparam,
        files=(".dp",),
    ),
    "pt_atom_ener": Case(
        "atom_ener for every type",
        SMALL,
        SMALL_FITTING | {"atom_ener": [-2.5, -0.75]},
        backend="pt",
        files=(".dp",),
        derivatives=".savedmodeltf",  # the PyTorch backend of 3.2.0 fails in the backward pass of such a model
    ),
    "pt_overflow": Case(
        "more neighbours than sel",
        SMALL | {"sel": [4, 8]},
        SMALL_FITTING,
        backend="pt",
        overflows=True,
        files=(".dp",),
    ),
    "pt_compressed": Case(
        "`dp --pt compress -s 0.2 -e 2`; `hot` goes beyond both parts of the table",
        SMALL,
        SMALL_FITTING,
        backend="pt",
        systems=hot,
        change=compress("0.2", "2"),
        files=(".pth",),
    ),
}


# ---------------------------------------------------------------------------------------------------------- main


def make(name: str, target: Path, work: Path) -> list[Path]:
    """Train, evaluate, check and write one case."""
    from deepmd.infer import DeepPot

    case = CASES[name]
    rng = np.random.default_rng(zlib.crc32(name.encode()))
    model = converted(name, case, work) if case.source else train(name, case, rng, work)
    systems = case.systems(rng)
    if case.change is not None:
        case.change(work, model)
    files = collect(case, model, work)
    source = model
    if case.derivatives:
        source = model.with_suffix(case.derivatives)
        dp("convert-backend", str(files[0]), source.name, work=work)
    potential = DeepPot(str(source))

    arrays: dict[str, np.ndarray] = {"type_map": np.array(case.type_map)}
    # DeePMD-kit's NumPy backend has energies but no derivatives: it confirms the converted files.
    others = [DeepPot(str(path)) for path in files if path.suffix in (".dp", ".yaml")]
    settings = settings_of(case)
    for label, system in systems.items():
        counts = neighbour_counts(system, settings["rcut"], len(case.type_map))
        if not case.overflows and np.any(counts > settings["sel"]):
            raise RuntimeError(f"{name}/{label}: sel {settings['sel']} is too small for {counts}")
        result = call(potential, system, atomic=True)
        error = check(case, potential, system, result)
        if error > case.tolerance:
            raise RuntimeError(f"{name}/{label}: forces and energies disagree by {error}")
        energy = result[0].item()
        print(f"  {label}: {len(system.types)} atoms, neighbours {counts}, energy {energy:.6f}, error {error:.1e}")
        for other in others:
            difference = np.abs(call(other, system, atomic=True)[3] - result[3]).max()
            if difference > 1e-12 * max(1.0, np.abs(result[3]).max()):
                raise RuntimeError(f"{name}/{label}: the NumPy backend's atomic energies differ by {difference}")
        arrays[f"{label}/positions"] = system.positions
        arrays[f"{label}/types"] = system.types.astype(np.int32)
        if system.cell is not None:
            arrays[f"{label}/cell"] = system.cell
        for key in ("fparam", "aparam"):
            if getattr(system, key) is not None:
                arrays[f"{label}/{key}"] = getattr(system, key)
        arrays[f"{label}/energy"] = result[0][0, 0]
        arrays[f"{label}/forces"] = result[1][0]
        arrays[f"{label}/virial"] = result[2][0].reshape(3, 3)
        arrays[f"{label}/atom_energies"] = result[3][0, :, 0]
        arrays[f"{label}/atom_virials"] = result[4][0].reshape(-1, 3, 3)
    target.mkdir(parents=True, exist_ok=True)
    written = [Path(shutil.copy(path, target)) for path in files]
    np.savez_compressed(target / f"{name}.npz", **arrays)
    return [*written, target / f"{name}.npz"]


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cases", nargs="*", help="cases to make (default: all)")
    parser.add_argument("--list", action="store_true", help="print the cases and stop")
    parser.add_argument("--target", type=Path, default=HERE, help="folder for the results")
    parser.add_argument("--work", type=Path, help="folder for training files (default: a temporary one, removed)")
    options = parser.parse_args()
    if options.list:
        for name, case in CASES.items():
            print(f"{name:22} {case.about}")
        return
    names = options.cases or list(CASES)
    if len(names) > 1:  # one process each: DeePMD-kit's TensorFlow 1 and 2 backends exclude each other
        passed = ["--target", str(options.target)] + (["--work", str(options.work)] if options.work else [])
        results = [subprocess.run([sys.executable, __file__, name, *passed]).returncode for name in names]
        sys.exit(max(results))
    name = names[0]
    print(f"{name}: {CASES[name].about}", flush=True)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) if options.work is None else options.work.resolve() / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        written = make(name, options.target, folder)
    print("  wrote " + ", ".join(f"{path.name} ({path.stat().st_size})" for path in written), flush=True)


if __name__ == "__main__":
    main()
