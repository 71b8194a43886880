"""The systems of the predictions, with K, features and table sizes from dpmd info MODEL.

Weights that have not been trained need fewer functions than trained ones: for DPA-1 and the se_e2_a of the hybrid, they
are those of the trained water model, whose nets have the same widths. The tables of se_e2_r and se_e3 are those of
models with the sizes of versus_deepmd.
"""

from __future__ import annotations

from dataclasses import replace

from kernel_counts import Angles, AttentionOnRows, Descriptor, Moments, MomentsOnRows, Pairs, RadialMoments, System

_REAL_BYTES = {"double": 8, "mix32": 4}

# means over the atoms of water
_SE_A = {
    "double": Moments(cutoff=6.0, axis=16, n_basis=59, n_products=829, table_bytes=2054112),
    "mix32": Moments(cutoff=6.0, axis=16, n_basis=56, n_products=776, table_bytes=694440),
}
_LONG_SE_A = {
    "double": Moments(cutoff=8.0, axis=16, n_basis=25, n_products=280, table_bytes=103200),
    "mix32": Moments(cutoff=8.0, axis=16, n_basis=22, n_products=232, table_bytes=29040),
}
_LONG_SE_A_NETS = MomentsOnRows(cutoff=8.0, sel=512, widths=(32, 64, 128), axis=16)
_SE_R = {
    "double": RadialMoments(cutoff=6.0, n_basis=20, table_bytes=122880),
    "mix32": RadialMoments(cutoff=6.0, n_basis=19, table_bytes=56832),
}
_SE_T = {
    "double": Angles(cutoff=4.0, sel=60, channels=8, table_bytes=331776),
    "mix32": Angles(cutoff=4.0, sel=60, channels=8, table_bytes=119808),
}
_DPA1 = {name: replace(form, n_constants=8, shared_slots=120) for name, form in _SE_A.items()}
_DPA1_NETS = AttentionOnRows(cutoff=6.0, sel=120, widths=(25, 50, 100), axis=16, type_width=8, n_layers=2, hidden=128)
_BRIDGED_TABLE = dict.fromkeys(_REAL_BYTES, Pairs(cutoff=6.0, is_bridged=True))


def _water(kind: str, precision: str, *descriptors: Descriptor, form: str = "") -> System:
    return System(f"{kind}, {precision}{form}", 0.098, 2, descriptors, (240,) * 3, _REAL_BYTES[precision])


def _copper(precision: str, form: str, descriptor: Descriptor) -> System:
    return System(f"copper, {precision}, {form}", 0.0850, 1, (descriptor,), (240,) * 3, _REAL_BYTES[precision])


SE_E2_A = (
    *(_water("water", precision, _SE_A[precision], form=", compressed") for precision in _REAL_BYTES),
    *(_copper(precision, "compressed", _LONG_SE_A[precision]) for precision in _REAL_BYTES),
    *(_copper(precision, "exact", _LONG_SE_A_NETS) for precision in _REAL_BYTES),
)
OTHER_KINDS = tuple(
    _water(kind, precision, *(descriptor[precision] for descriptor in descriptors))
    for kind, descriptors in (
        ("se_e2_r", [_SE_R]),
        ("se_e2_a + se_e3", [_SE_A, _SE_T]),
        ("se_e2_a + bridged pair table", [_SE_A, _BRIDGED_TABLE]),
        ("DPA-1", [_DPA1]),
    )
    for precision in _REAL_BYTES
)
ATTENTION = tuple(_water("DPA-1, two attention layers", precision, _DPA1_NETS) for precision in _REAL_BYTES)
