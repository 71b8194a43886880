"""The cases of se_e2_a and se_e2_r, with embedding nets by types, and of hybrids of them."""

from __future__ import annotations

from deepmd_runs import compress, compress_and_shift, continue_with
from oracle_case import PAIR_TABLE, Case
from structures import (
    choose,
    hot,
    salted,
    three_types,
    three_types_training,
    with_and_without_fparam,
    with_fparam,
    with_parameters,
)

SMALL = {"neuron": [4, 8], "axis_neuron": 4}
NARROW = {"neuron": [2, 4], "axis_neuron": 2}
SMALL_FITTING = {"neuron": [12, 12]}
GELU_TF = {"activation_function": "gelu_tf"}
RADIAL = {"type": "se_e2_r", "neuron": [4, 8]}
# Wide enough that the atoms of water are between the table and the nets.
SRTAB = {"use_srtab": PAIR_TABLE, "smin_alpha": 0.1, "sw_rmin": 0.7, "sw_rmax": 1.3}
THREE_BODY = {"type": "se_e3", "neuron": [2, 4]}

PAIR_CASES: dict[str, Case] = {
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
    "hybrid_pairs": Case(
        "a hybrid of three with cutoffs, sel, excluded pairs and axes of their own, se_e2_r first; a frame parameter",
        {
            "list": [
                RADIAL | {"rcut": 3.0, "sel": [10, 24], "exclude_types": [[0, 0]]},
                SMALL | {"type_one_side": False, "exclude_types": [[0, 1]]},
                NARROW | {"rcut": 3.4, "sel": [12, 26], "activation_function": "gelu", "resnet_dt": True},
            ]
        },
        SMALL_FITTING | {"numb_fparam": 1},
        systems=with_fparam,
    ),
    "hybrid_compressed": Case(
        "a hybrid of se_e2_a and se_e2_r after `dp compress -s 0.2 -e 2`; `hot` goes beyond both parts of the tables",
        {"list": [NARROW, RADIAL | {"neuron": [2, 4], "rcut": 3.4, "sel": [12, 26]}]},
        SMALL_FITTING,
        systems=hot,
        change=compress("0.2", "2"),
    ),
    "hybrid_overflow": Case(
        "a hybrid with more neighbours than sel in its second part",
        {"list": [NARROW, RADIAL | {"neuron": [2, 4], "rcut": 3.4, "sel": [2, 5]}]},
        SMALL_FITTING,
        overflows=True,
    ),
    "three_body_types": Case(
        "se_e3 with three types, resnet_dt everywhere, gelu_tf; frame and atomic parameters",
        THREE_BODY | {"neuron": [4, 8], "sel": [18, 30, 9], "resnet_dt": True} | GELU_TF,
        SMALL_FITTING | {"numb_fparam": 2, "numb_aparam": 1},
        type_map=("O", "H", "Na"),
        systems=lambda rng: salted(with_parameters(rng)),
        training=three_types_training,
    ),
    "three_body_compressed": Case(
        "se_e3 after `dp compress -s 0.5 -e 2`",
        THREE_BODY,
        SMALL_FITTING,
        systems=choose("periodic", "triclinic", "open"),
        change=compress("0.5", "2"),
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
