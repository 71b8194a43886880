"""A model as the dictionary that DeePMD-kit's backends exchange, which ``DeepPot.serialize`` returns there.

``importers/dpmodel_dict.py`` reads it. A model that this dictionary cannot represent is refused.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from dpmd.errors import InputError
from dpmd.model_spec import DescriptorSpec, FittingSpec, Layer, ModelSpec, Network


def model_tree(spec: ModelSpec) -> dict[str, Any]:
    """The ``model`` section of a ``.dp`` file; arrays are NumPy's.

    Raises:
        InputError: The model has tables in place of nets, or treats empty slots differently from this format.
    """
    n_types = spec.n_types
    return {
        "@class": "Model",
        "type": "standard",
        "@version": 2,
        "type_map": list(spec.type_map),
        "descriptor": _descriptor(spec.descriptor, spec),
        "fitting": _fitting(spec.fitting, spec),
        "atom_exclude_types": list(spec.atom_exclude_types),
        "pair_exclude_types": [list(pair) for pair in spec.pair_exclude_types],
        "rcond": None,
        "preset_out_bias": None,
        "@variables": {"out_bias": np.zeros((1, n_types, 1)), "out_std": np.ones((1, n_types, 1))},
    }


def _descriptor(d: DescriptorSpec, spec: ModelSpec) -> dict[str, Any]:
    if d.exclude_types and d.excluded_padding != "keep":
        raise InputError("empty slots of excluded pairs do not count in this model; in DeePMD-kit's dictionary they do")
    if d.normalization != sum(d.sel):
        raise InputError(f"sums are divided by {d.normalization} and not by the sum of sel, {sum(d.sel)}")
    n_types = spec.n_types
    rows = len(d.networks)
    nets = [d.networks[k % rows][k // rows] for k in range(rows * n_types)]  # the index of the centre varies fastest
    some = next((net for net in nets if net is not None), None)
    if some is None:
        raise InputError("the model has no embedding net")
    slots = (n_types, sum(d.sel), 4)
    return {
        "@class": "Descriptor",
        "type": "se_e2_a",
        "@version": 2,
        "rcut": d.cutoff,
        "rcut_smth": d.cutoff_smooth,
        "sel": list(d.sel),
        **_shape_of(some, some.layers),
        "axis_neuron": d.axis_neuron,
        "trainable": True,
        "type_one_side": d.type_one_side,
        "exclude_types": [list(pair) for pair in d.exclude_types],
        "env_protection": d.env_protection,
        "set_davg_zero": False,
        "precision": spec.precision,
        "embeddings": _collection(nets, 1 if d.type_one_side else 2, n_types, "EmbeddingNetwork", spec.precision),
        "env_mat": {
            "rcut": d.cutoff,
            "rcut_smth": d.cutoff_smooth,
            "protection": d.env_protection,
            "use_exp_switch": False,
        },
        "@variables": {
            "davg": np.broadcast_to(d.davg[:, None], slots).copy(),
            "dstd": np.broadcast_to(d.dstd[:, None], slots).copy(),
        },
        "type_map": list(spec.type_map),
        "spin": None,
    }


def _fitting(f: FittingSpec, spec: ModelSpec) -> dict[str, Any]:
    first = f.networks[0]
    n_case = f.case_embedding.size
    has_vacuum = any(f.subtract_vacuum)
    energies = [float(e) if v else None for e, v in zip(f.energy_shift, f.subtract_vacuum, strict=True)]
    return {
        "@class": "Fitting",
        "type": "ener",
        "@version": 4,
        "var_name": "energy",
        "ntypes": spec.n_types,
        "dim_descrpt": first.n_in - f.n_fparam - f.n_aparam - n_case,
        "mixed_types": False,
        "dim_out": 1,
        **_shape_of(first, first.layers[:-1]),
        "numb_fparam": f.n_fparam,
        "numb_aparam": f.n_aparam,
        "dim_case_embd": n_case,
        "default_fparam": f.default_fparam,
        "rcond": None,
        "tot_ener_zero": False,
        "trainable": [True] * len(first.layers),
        "atom_ener": energies if has_vacuum else [],
        "precision": spec.precision,
        "layer_name": None,
        "use_aparam_as_mask": False,
        "spin": None,
        "exclude_types": list(spec.atom_exclude_types),
        "nets": _collection(f.networks, 1, spec.n_types, "FittingNetwork", spec.precision),
        "@variables": {
            "bias_atom_e": f.energy_shift.reshape(-1, 1).copy(),
            **{name: getattr(f, name).copy() if f.n_fparam else None for name in ("fparam_avg", "fparam_inv_std")},
            **{name: getattr(f, name).copy() if f.n_aparam else None for name in ("aparam_avg", "aparam_inv_std")},
            "case_embd": f.case_embedding.copy() if n_case else None,
        },
        "type_map": list(spec.type_map),
    }


def _shape_of(network: Network, hidden: list[Layer]) -> dict[str, Any]:
    """The entries that describe a net as a whole."""
    if network.table is not None:
        raise InputError("the model has tables in place of its embedding nets; use the file from before compression")
    return {
        "neuron": [layer.weight.shape[1] for layer in hidden],
        "activation_function": hidden[0].activation if hidden else "linear",
        "resnet_dt": any(layer.timestep is not None for layer in hidden),
    }


def _collection(networks: list[Network | None], n_keys: int, n_types: int, kind: str, precision: str) -> dict[str, Any]:
    return {
        "@class": "NetworkCollection",
        "@version": 1,
        "ndim": n_keys,
        "ntypes": n_types,
        "network_type": {"EmbeddingNetwork": "embedding_network", "FittingNetwork": "fitting_network"}[kind],
        "networks": [None if net is None else _network(net, kind, precision) for net in networks],
    }


def _network(network: Network, kind: str, precision: str) -> dict[str, Any]:
    is_fitting = kind == "FittingNetwork"
    hidden = network.layers[:-1] if is_fitting else network.layers
    return {
        "@class": kind,
        "@version": 1 if is_fitting else 2,
        "in_dim": network.n_in,
        **({"out_dim": 1, "bias_out": network.layers[-1].bias is not None} if is_fitting else {"bias": True}),
        **_shape_of(network, hidden),
        "precision": precision,
        "layers": [_layer(layer, precision) for layer in network.layers],
    }


def _layer(layer: Layer, precision: str) -> dict[str, Any]:
    return {
        "@class": "Layer",
        "@version": 2,
        "bias": layer.bias is not None,
        "use_timestep": layer.timestep is not None,
        "activation_function": layer.activation,
        "resnet": layer.skip != "none",
        "precision": precision,
        "trainable": True,
        "@variables": {
            "w": layer.weight.copy(),
            "b": None if layer.bias is None else layer.bias.copy(),
            "idt": None if layer.timestep is None else layer.timestep.copy(),
        },
    }
