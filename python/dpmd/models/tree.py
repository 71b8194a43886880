"""A model as the dictionary that DeePMD-kit's backends exchange, which ``DeepPot.serialize`` returns there.

``importers/dpmodel_model.py`` reads it. A model that this dictionary cannot represent is refused.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from dpmd.errors import InputError
from dpmd.models.network_tree import network_collection, shape_of
from dpmd.models.pair_table import LEAST_SUM, Bridge, PairTable
from dpmd.models.spec import ModelSpec, NetTerm, Term

_PARAMETERS, _STATISTICS = ("fparam", "aparam"), (("avg", "shift"), ("inv_std", "scale"))


def model_tree(spec: ModelSpec) -> dict[str, Any]:
    """The ``model`` section of a ``.dp`` file; arrays are NumPy's.

    Raises:
        InputError: The model has tables in place of nets, or treats empty slots differently from this format.
    """
    members = [_member(term, spec) for term in spec.terms]
    if len(members) == 1:
        return members[0]
    return {**_combined(spec), "@class": "Model", "models": members, **_common(spec.type_map, [], [])}


def _combined(spec: ModelSpec) -> dict[str, Any]:
    """What says how the members of a combination are added: weights are part of the members."""
    if not isinstance(spec.blend, Bridge):
        return {"type": "linear", "@version": 3, "weights": "sum"}
    bridge = spec.blend
    if bridge.arithmetic != "float64" or bridge.least_sum != LEAST_SUM:
        raise InputError("the weight of the pair table is computed in another way than in DeePMD-kit's dictionary")
    switch = {"sw_rmin": bridge.inner, "sw_rmax": bridge.outer, "smin_alpha": bridge.softness}
    return {"type": "zbl", "@version": 2, "weights": "mean", **switch}


def _common(type_map: list[str], pairs: list[tuple[int, int]], atoms: list[int]) -> dict[str, Any]:
    n_types = len(type_map)
    return {
        "type_map": list(type_map),
        "atom_exclude_types": list(atoms),
        "pair_exclude_types": [list(pair) for pair in pairs],
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


def _member(term: Term, spec: ModelSpec) -> dict[str, Any]:
    common = {"@class": "Model", "@version": 2}
    common |= _common(spec.type_map, term.pair_exclude_types, term.atom_exclude_types)
    if isinstance(term, PairTable):
        common["@variables"]["out_bias"] = term.energy_shift.reshape(1, -1, 1).copy()
        return {**common, "type": "pairtab", **_pair_table(term)}
    return {
        **common,
        "type": "standard",
        "descriptor": _descriptor(term, spec),
        "fitting": _fitting(term, spec),
    }


def _pair_table(table: PairTable) -> dict[str, Any]:
    if table.overflow_order != "all_types" or set(table.sel) != {table.slots}:
        raise InputError(
            "the pair table has slots by type, and DeePMD-kit's dictionary has one number of slots for all"
        )
    n_types, n = len(table.sel), table.n_intervals
    return {
        "rcut": table.cutoff,
        "sel": table.slots,
        "tab": {
            "@class": "PairTab",
            "@version": 1,
            "rmin": table.first,
            "rmax": table.first + n * table.spacing,
            "hh": table.spacing,
            "ntypes": n_types,
            "rcut": table.cutoff,
            "nspline": n,
            "@variables": {
                "vdata": None,
                "tab_info": np.array([table.first, table.spacing, n, n_types]),
                "tab_data": table.coefficients.ravel().copy(),
            },
        },
    }


def _fitting(term: NetTerm, spec: ModelSpec) -> dict[str, Any]:
    f = term.fitting
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
        "exclude_types": list(term.atom_exclude_types),
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
