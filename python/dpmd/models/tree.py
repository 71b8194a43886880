"""A model as the dictionary that DeePMD-kit's backends exchange, which ``DeepPot.serialize`` returns there.

``importers/dpmodel_model.py`` reads it. A model that this dictionary cannot represent is refused.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from dpmd.errors import InputError
from dpmd.models.fitting import Fitting
from dpmd.models.network_tree import network_collection, shape_of
from dpmd.models.spec import ModelSpec, NetTerm

_PARAMETERS, _STATISTICS = ("fparam", "aparam"), (("avg", "shift"), ("inv_std", "scale"))


def model_tree(spec: ModelSpec) -> dict[str, Any]:
    """The ``model`` section of a ``.dp`` file; arrays are NumPy's.

    Raises:
        InputError: The model has tables in place of nets, treats empty slots differently from this format, or is a sum
            of several terms.
    """
    n_types = spec.n_types
    if len(spec.terms) > 1:
        raise InputError(f"the energy is a sum of {len(spec.terms)} terms, and the dictionary of a model has one")
    (term,) = spec.terms
    return {
        "@class": "Model",
        "type": "standard",
        "@version": 2,
        "type_map": list(spec.type_map),
        "descriptor": _descriptor(term, spec),
        "fitting": _fitting(term.fitting, spec),
        "atom_exclude_types": list(spec.atom_exclude_types),
        "pair_exclude_types": [list(pair) for pair in spec.pair_exclude_types],
        "rcond": None,
        "preset_out_bias": None,
        "@variables": {"out_bias": np.zeros((1, n_types, 1)), "out_std": np.ones((1, n_types, 1))},
    }


def _descriptor(term: NetTerm, spec: ModelSpec) -> dict[str, Any]:
    """One descriptor as it is, several as a hybrid."""
    parts = [one.tree(spec.type_map, spec.precision) for one in term.descriptors]
    if len(parts) == 1:
        return parts[0]
    return {"@class": "Descriptor", "type": "hybrid", "@version": 1, "list": parts}


def _fitting(f: Fitting, spec: ModelSpec) -> dict[str, Any]:
    first = f.networks[0]
    n_case = 0 if f.case_embedding is None else f.case_embedding.size
    has_vacuum = any(f.subtract_vacuum)
    is_mixed = len(f.networks) == 1
    energies = [float(e) if v else None for e, v in zip(f.energy_shift, f.subtract_vacuum, strict=True)]
    return {
        "@class": "Fitting",
        "type": "ener",
        "@version": 4,
        "var_name": "energy",
        "ntypes": spec.n_types,
        "dim_descrpt": first.n_in - f.n_fparam - f.n_aparam - n_case,
        "mixed_types": is_mixed,
        "dim_out": 1,
        **shape_of(first, first.layers[:-1]),
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
        "nets": network_collection(f.networks, 0 if is_mixed else 1, spec.n_types, "FittingNetwork", spec.precision),
        "@variables": {
            "bias_atom_e": f.energy_shift.reshape(-1, 1).copy(),
            **{
                f"{kind}_{theirs}": _copy(getattr(f, f"{kind}_{ours}"))
                for kind in _PARAMETERS
                for theirs, ours in _STATISTICS
            },
            "case_embd": _copy(f.case_embedding),
        },
        "type_map": list(spec.type_map),
    }


def _copy(values: np.ndarray | None) -> np.ndarray | None:
    return None if values is None else values.copy()
