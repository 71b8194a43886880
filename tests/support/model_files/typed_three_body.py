"""Small random models with the descriptor se_e3_tebd."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np

from dpmd.importers import import_model
from dpmd.models.nets import Layer, Network
from dpmd.models.se_t_tebd import SeTTebd
from dpmd.models.spec import ModelSpec
from model_files.parts import descriptor_of, environment_of

DATA = Path(__file__).resolve().parents[2] / "data/oracle"
WIDTH = 3  # of the type embedding
N_SLOTS = 60


def typed_three_body(
    type_input: str = "concat",
    smooth: bool = True,
    output_type_embedding: bool = True,
    neuron: tuple[int, ...] = (4, 8),
    seed: int = 5,
) -> ModelSpec:
    """A model of two types with one fitting net; forces are some eV/Å where atoms are 1.1 Å apart."""
    rng = np.random.default_rng(seed)
    spec = import_model(DATA / "pt_attention.dp")
    is_concat = type_input == "concat"
    descriptor = SeTTebd(
        environment=replace(environment_of(spec), sel=[N_SLOTS], normalization=6, exclude_types=[]),
        type_embedding=descriptor_of(spec).type_embedding,
        type_input=type_input,
        network=_network(rng, (1 + 2 * WIDTH if is_concat else 1, *neuron)),
        type_network=None if is_concat else _network(rng, (2 * WIDTH, *neuron)),
        type_factors=None,
        smooth=smooth,
        output_type_embedding=output_type_embedding,
    )
    (term,) = spec.terms
    term.descriptors = [descriptor]
    (fitting,) = term.fitting.networks
    n_features = neuron[-1] + (WIDTH if output_type_embedding else 0)
    first = fitting.layers[0]
    first.weight = rng.normal(size=(n_features, first.weight.shape[1])) / n_features
    first.skip = "none"
    return spec


def _network(rng: np.random.Generator, widths: tuple[int, ...]) -> Network:
    skips = {1: "identity", 2: "double"}
    return Network(
        layers=[
            Layer(
                rng.normal(size=(n, m)) / np.sqrt(n),
                rng.normal(size=m) / 2,
                activation="tanh",
                skip=skips.get(m // n if m % n == 0 else 0, "none"),
            )
            for n, m in pairwise(widths)
        ]
    )
