"""The cases of se_atten (DPA-1) and of se_e2_a with a type embedding, where one net serves all types."""

from __future__ import annotations

from deepmd_runs import compress
from oracle_case import Case
from structures import choose, hot, salted, three_types, three_types_training, training_systems, with_parameters

# Slots for all types together; a type embedding of TensorFlow's has a section of its own.
MIXED = {"type": "se_atten", "sel": 52, "neuron": [3, 6], "axis_neuron": 3, "attn": 5, "attn_layer": 0}
STRIPPED = {"sel": 52, "neuron": [4, 8], "axis_neuron": 4, "type": "se_atten_v2", "attn": 5, "attn_layer": 0}
PYTORCH = MIXED | {"type": "dpa1", "tebd_dim": 3}
WITH_SHIFT = {"set_davg_zero": False}
SMOOTH = {"smooth_type_embedding": True}
HARD = {"smooth_type_embedding": False}
FITTING = {"neuron": [10, 10]}
TYPES = {"type_embedding": {"neuron": [3]}}
LAYERED_TYPES = {"type_embedding": {"neuron": [2, 4], "resnet_dt": True}}
PAIRS = {"neuron": [4, 8], "type_one_side": False}
TWO_SYSTEMS = choose("triclinic", "tiny_cell")

ATTENTION_CASES: dict[str, Case] = {
    "attention_smooth": Case(
        "two smooth layers of attention, davg is not 0, [0, 0] excluded: rows of davg in all components",
        MIXED | WITH_SHIFT | SMOOTH | {"attn_layer": 2, "exclude_types": [[0, 0]], "type_one_side": False},
        FITTING,
        TYPES,
    ),
    "attention_hard": Case(
        "a hard layer of attention without its diagonal (attn_mask), [0, 1] excluded, type_one_side, a type embedding "
        "of two layers",
        MIXED | {"attn_layer": 1, "attn_mask": True, "exclude_types": [[0, 1]], "type_one_side": True},
        FITTING,
        LAYERED_TYPES,
        tolerance=2e-6,
    ),
    "stripped": Case(
        "se_atten_v2, frame and atomic parameters, davg is not 0",
        STRIPPED | WITH_SHIFT,
        FITTING | {"numb_fparam": 2, "numb_aparam": 1},
        TYPES,
        systems=with_parameters,
    ),
    "stripped_attention": Case(
        "se_atten_v2 with a layer of attention without directions (attn_dotr), [0, 1] excluded",
        STRIPPED | WITH_SHIFT | {"attn_layer": 1, "attn_dotr": False, "exclude_types": [[0, 1]]},
        FITTING,
        TYPES,
        systems=TWO_SYSTEMS,
    ),
    "stripped_compressed": Case(
        "se_atten_v2 after `dp compress -s 0.1 -e 2`; `hot` goes beyond both parts of the table",
        STRIPPED | WITH_SHIFT,
        FITTING,
        TYPES,
        systems=hot,
        change=compress("0.1", "2"),
    ),
    "stripped_hard": Case(
        "a stripped type embedding that is not smooth, [0, 1] excluded, three types",
        MIXED | WITH_SHIFT | HARD | {"tebd_input_mode": "strip", "exclude_types": [[0, 1]]},
        FITTING,
        TYPES,
        type_map=("O", "H", "Na"),
        systems=lambda rng: salted(TWO_SYSTEMS(rng)),
        training=three_types_training,
    ),
    "types_pairs": Case(
        "se_e2_a with a type embedding of both atoms, [0, 1] excluded, three types",
        PAIRS | {"sel": [18, 30, 9], "exclude_types": [[0, 1]]},
        FITTING,
        TYPES,
        type_map=("O", "H", "Na"),
        systems=three_types,
        training=three_types_training,
    ),
    "types_one_side": Case(
        "se_e2_a with a type embedding of the neighbour, of two layers, [0, 0] excluded",
        PAIRS | {"type_one_side": True, "exclude_types": [[0, 0]]},
        FITTING,
        LAYERED_TYPES,
    ),
    "types_stripped": Case(
        "se_e2_a with a stripped type embedding of both atoms",
        PAIRS | {"type": "se_a_ebd_v2"},
        FITTING,
        TYPES,
        systems=TWO_SYSTEMS,
    ),
    "types_stripped_one_side": Case(
        "se_e2_a with a stripped type embedding of the neighbour, [0, 1] excluded",
        PAIRS | {"type_one_side": True, "type": "se_a_ebd_v2", "exclude_types": [[0, 1]]},
        FITTING,
        TYPES,
        systems=TWO_SYSTEMS,
    ),
    "types_compressed": Case(
        "se_e2_a with a stripped type embedding after `dp compress -s 0.1 -e 2`",
        PAIRS | {"type": "se_a_ebd_v2"},
        FITTING,
        TYPES,
        systems=hot,
        change=compress("0.1", "2"),
    ),
    "types_atom_ener": Case(
        "se_e2_a with a type embedding and atom_ener for the second type",
        PAIRS,
        FITTING | {"atom_ener": [None, -0.75]},
        TYPES,
        systems=TWO_SYSTEMS,
    ),
    # ------------------------------------------------------------------------------------------------ PyTorch born
    "pt_attention": Case(
        "two smooth layers of attention, davg is not 0, [0, 0] excluded",
        PYTORCH | WITH_SHIFT | SMOOTH | {"attn_layer": 2, "exclude_types": [[0, 0]], "type_one_side": False},
        FITTING,
        backend="pt",
        files=(".pth", ".pt", ".dp"),
    ),
    "pt_attention_hard": Case(
        "a hard layer of attention, type_one_side, a temperature, sums that are not normalised, [0, 1] excluded in the "
        "whole model",
        PYTORCH | HARD | {"attn_layer": 1, "temperature": 0.4, "normalize": False, "type_one_side": True},
        FITTING,
        {"pair_exclude_types": [[0, 1]]},
        backend="pt",
        systems=TWO_SYSTEMS,
        files=(".dp",),
    ),
    "pt_stripped_compressed": Case(
        "se_atten_v2 after `dp --pt compress -s 0.2 -e 2`; `hot` goes beyond both parts of the table",
        STRIPPED | WITH_SHIFT | {"tebd_dim": 3},
        FITTING,
        backend="pt",
        systems=hot,
        change=compress("0.2", "2"),
        files=(".pth",),
    ),
    "pt_degrees": Case(
        "degrees up to 4, a stripped type embedding that is not smooth, type_one_side, env_protection",
        PYTORCH | HARD | {"lmax": 4, "tebd_input_mode": "strip", "env_protection": 0.1, "type_one_side": True},
        FITTING,
        backend="pt",
        systems=TWO_SYSTEMS,
        files=(".dp",),
    ),
    "pt_electrons": Case(
        "a type embedding of electron configurations with a bias, frame parameters, more neighbours than sel",
        PYTORCH | WITH_SHIFT | {"sel": 14, "use_econf_tebd": True, "use_tebd_bias": True, "type_one_side": False},
        FITTING,
        backend="pt",
        systems=choose("triclinic", "open"),
        overflows=True,
        files=(".pth",),
    ),
    "pt_edges": Case(
        "the graph function of pt_attention, from a checkpoint of the exportable backend; sel is too small",
        PYTORCH | WITH_SHIFT | SMOOTH | {"attn_layer": 1, "exclude_types": [[0, 0]], "sel": 14, "type_one_side": False},
        FITTING,
        backend="pt-expt",
        systems=choose("triclinic", "open"),
        training=lambda rng: training_systems(rng)[:1],  # this backend is not trained on open systems
        overflows=True,
        files=(".pt",),
    ),
}
