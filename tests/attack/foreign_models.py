"""Damaged model files of every kind give an ``InputError``, or a model that computes."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np

from attack.counts import Budget, Counts
from attack.damage import damaged
from attack.workers import attack_in_workers
from model_files.checkpoint_files import write_pt
from model_files.dpmodel_files import write_dp, write_yaml
from model_files.exported_files import write_pt2
from model_files.graph_files import graph_of, write_pb
from model_files.torch_files import write_pth
from model_files.toy_model import Toy, compress, model_dict

_SHARE = {"m.dp": 0.01}  # share of the cases, less than for others: each HDF5 file takes its own process


def run(budget: Budget) -> Counts:
    """Attacks until the time is over."""
    return attack_in_workers("attack.foreign_models", budget)


def prepare(folder: Path) -> list[tuple[str, bytes]]:
    """Names and contents of valid files."""
    from dpmd.importers import import_model

    files = []
    for toy in (Toy(sel=[1, 2], neuron=[2], axis=1, fit=[3]), Toy(n_fparam=1, n_aparam=1, exclude_types=[[0, 1]])):
        for tables in (False, True):
            model = model_dict(toy)
            if tables:
                compress(model, n_rows=(3, 2))
            files.append(write_pb(folder / "m.pb", graph_of(model)))
            if not tables:
                files += [write_pth(folder / "m.pth", model), write_pt(folder / "m.pt", model)]
                files += [write_pt2(folder / "m.pt2", model)]
                files += [write_dp(folder / "m.dp", model), write_yaml(folder / "m.yaml", model)]
            files.append(folder / "m.dpmd")
            import_model(folder / "m.pb").save(folder / "m.dpmd")
            files = [(f.name, f.read_bytes()) if isinstance(f, Path) else f for f in files]
    return files


def attempt(files: list[tuple[str, bytes]], rng: random.Random, folder: Path) -> None:
    """Tries one damaged file."""
    from dpmd import InputError, Potential

    name, content = rng.choices(files, [_SHARE.get(name, 1.0) for name, _ in files])[0]
    path = folder / name
    path.write_bytes(damaged(content, rng))
    try:
        potential = Potential(path, threads=1, overflow="keep_nearest", compress=rng.random() < 0.2)
        if potential.cutoff > 12:
            return  # correct, but slow: thousands of images of the box below
        n_types = len(potential.type_map)
        result = potential.compute(
            positions=[[0, 0, 0], [1.1, 0.2, 0.3], [0.3, 1.4, 0.9]],
            types=[0, n_types - 1, min(1, n_types - 1)],
            cell=[4.0, 4.2, 5.0],
            fparam=np.full(potential.n_fparam, 0.1),
            aparam=np.full((3, potential.n_aparam), 0.1),
        )
        assert np.isfinite(result.energy) and np.isfinite(result.forces).all(), "not finite, and no error"
    except InputError as error:
        assert "cannot be read as" not in str(error), f"a reader of dpmd stumbled over the file: {error}"
