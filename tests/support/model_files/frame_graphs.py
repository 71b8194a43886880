"""Frozen TensorFlow graphs of models with local frames."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from model_files.graph_files import GraphWriter, graph_of
from model_files.toy_model import Toy, model_dict

SEL_FULL, SEL_RADIAL = (6, 2), (24, 24)  # 80 features
AXIS_RULE = (0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0)


def frame_graph(
    sel_full: Sequence[int] = SEL_FULL,
    sel_radial: Sequence[int] = SEL_RADIAL,
    axis_rule: Sequence[int] = AXIS_RULE,
    n_features: int = 80,
) -> GraphWriter:
    """A graph whose fitting nets take 80 features and whose descriptor gives ``n_features``."""
    graph = graph_of(model_dict(Toy(neuron=[5, 20], axis=4)), script=False)
    rng = np.random.default_rng(5)
    for name in ("descrpt_attr/t_avg", "descrpt_attr/t_std"):
        graph.replace(f"{name}/read")
        graph.replace(name)
    average = graph.const("descrpt_attr/t_avg", rng.uniform(-0.1, 0.3, (2, n_features)))
    scale = graph.const("descrpt_attr/t_std", rng.uniform(0.3, 0.6, (2, n_features)))
    graph.replace("ProdEnvMatA")
    op = graph.node("Descrpt", "Descrpt", *["input"] * 5, average, scale)
    op.attr["rcut_a"].f = -1.0
    op.attr["rcut_r"].f = 4.2
    op.attr["sel_a"].list.i.extend(sel_full)
    op.attr["sel_r"].list.i.extend(sel_radial)
    op.attr["axis_rule"].list.i.extend(axis_rule)
    return graph
