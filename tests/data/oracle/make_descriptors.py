#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Write descriptors.npz: the results of DeePMD-kit's ``eval_descriptor`` for the first system of some oracle models.

Run it with the Python of an environment that has DeePMD-kit 3.2.0 with TensorFlow.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
# One-sided with parameters, two-sided, with excluded pairs, compressed, a hybrid.
MODELS = ("fparam_aparam", "gelu_pairs", "exclude_pairs", "compressed", "hybrid_pairs")


def main() -> None:
    from deepmd.infer import DeepPot

    arrays = {}
    for model in MODELS:
        with np.load(HERE / f"{model}.npz") as data:
            name = next(key.split("/")[0] for key in data.files if "/" in key)
            system = {key.split("/")[1]: data[key] for key in data.files if key.startswith(f"{name}/")}
        parameters = {key: system[key] for key in ("fparam", "aparam") if key in system}
        cell = system["cell"].reshape(1, 9) if "cell" in system else None
        potential = DeepPot(str(HERE / f"{model}.pb"))
        found = potential.eval_descriptor(
            system["positions"].reshape(1, -1), cell, system["types"].reshape(-1), **parameters
        )
        arrays[f"{model}/{name}"] = found[0]
    np.savez_compressed(HERE / "descriptors.npz", **arrays)


if __name__ == "__main__":
    main()
