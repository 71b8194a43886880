"""Models that DeePMD-kit makes for comparisons, because none of their kind and size is in the shared folder.

The nets have the sizes that DeePMD-kit's documentation gives for water (pages "Descriptor se_e2_a", "se_e2_r", "se_e3"
and "se_atten", of the last the version that can be compressed), and weights as they are after some steps of training.
One size differs. There, se_e3 reaches 6 Å with sel 40 and 80, as far as se_e2_a does; with that reach, the tables of
``dp compress`` miss the energy of these nets by 10 to 25 meV per atom, and there would be nothing to compare.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

TRAINING_DATA = "data/water_dft"
"""Frames below the shared folder, for the scale of the environment and the smallest distance of ``dp compress``."""

_REACH = {"rcut": 6.0, "rcut_smth": 0.5, "resnet_dt": False, "seed": 1}
_NETS = _REACH | {"neuron": [25, 50, 100], "axis_neuron": 16}
_SE_E2_A = _NETS | {"type": "se_e2_a", "sel": [46, 92], "type_one_side": True}
_SE_E3 = _REACH | {"type": "se_e3", "sel": [20, 40], "rcut": 4.0, "neuron": [2, 4, 8]}
_DPA1 = _NETS | {"type": "se_atten_v2", "sel": 120, "attn_layer": 0}

DESCRIPTORS: dict[str, dict[str, Any]] = {
    "se_e2_r": _REACH | {"type": "se_e2_r", "sel": [46, 92], "neuron": [5, 10, 20]},
    "hybrid": {"type": "hybrid", "list": [_SE_E2_A, _SE_E3]},
    "dpa1": _DPA1,
    "dpa1_attention": _DPA1 | {"attn_layer": 2, "attn": 128, "attn_dotr": True, "attn_mask": False},
}
"""The descriptor of each model, by the name of its file without the suffix of a backend."""


def training_input(descriptor: dict[str, Any], shared: Path) -> dict[str, Any]:
    """The input of ``dp train`` for one step."""
    return {
        "model": {
            "type_map": ["O", "H"],
            "descriptor": descriptor,
            "fitting_net": {"neuron": [240, 240, 240], "resnet_dt": True, "seed": 1},
        },
        "learning_rate": {"type": "exp", "start_lr": 1e-3, "stop_lr": 1e-8, "decay_steps": 10},
        "loss": {"type": "ener"},
        "training": {
            "training_data": {"systems": [str(shared / TRAINING_DATA)], "batch_size": 1},
            "numb_steps": 1,
            "disp_freq": 1,
            "save_freq": 1,
            "seed": 1,
        },
    }
