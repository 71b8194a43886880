"""What kind of model a file holds, in words that a user of DeePMD-kit knows.

Files of every format carry the same settings: the type of the model, of its descriptor and of its fitting net. A kind
that dpmd does not run is refused by these before anything else in the file is looked at.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from dpmd.errors import InputError
from dpmd.shown import shown

_ENERGY = ("ener", "dpa4_ener")
_DPA4_MODELS = ("dpa4", "sezm")

LINEAR = ("linear", "linear_ener")  # weighted sums of models
_COMBINATIONS = (*LINEAR, "zbl")
_MODELS = {
    "pairwise_dprc": "a DPRc model for QM/MM",
}
_FITTINGS = {
    "dipole": "a dipole model",
    "polar": "a polarizability model (polar)",
    "global_polar": "a polarizability model (global_polar)",
    "dos": "a density-of-states model (dos)",
    "property": "a property model",
    "wfc": "a Wannier-centre model (wfc)",
    "direct_force": "a model that predicts forces without an energy",
    "direct_force_ener": "a model that predicts forces beside the energy",
    "denoise": "a denoising model",
}
_DESCRIPTORS = {
    **dict.fromkeys(("se_e2_a", "se_a", "se_a_ebd_v2", "se_a_tpe_v2"), "se_e2_a"),
    **dict.fromkeys(("se_e2_r", "se_r"), "se_e2_r"),
    **dict.fromkeys(("se_e3", "se_at", "se_t", "se_a_3be"), "se_e3"),
    "se_e3_tebd": "se_e3_tebd",
    **dict.fromkeys(("se_atten", "dpa1"), "se_atten"),
    "se_atten_v2": "se_atten_v2",
    "dpa2": "dpa2 (DPA-2)",
    "dpa3": "dpa3 (DPA-3)",
    **dict.fromkeys(("dpa4", "SeZM"), "dpa4 (DPA-4)"),
    "dpa4c": "dpa4c (DPA4C)",
    "loc_frame": "loc_frame",
    **dict.fromkeys(("se_a_tpe", "se_a_ebd"), "se_a_tpe (se_e2_a with type nets of its own)"),
    "se_a_mask": "se_a_mask",
    "se_a_ef": "se_a_ef (in an electric field)",
}

_WITH_TYPE_EMBEDDING = ("se_e2_a", "se_atten", "se_atten_v2")  # in TensorFlow


@dataclass(frozen=True)
class Kind:
    """A model's kind by DeePMD-kit's names of its parts."""

    model: str = "standard"
    members: tuple[Kind, ...] = ()  # of a combination, whose own descriptors and fitting count for nothing
    descriptors: tuple[str, ...] = ("se_e2_a",)  # several in a hybrid
    fitting: str = "ener"
    spin: bool = False
    beside: tuple[str, ...] = ()  # what stands beside descriptor and fitting net, in words

    def unsupported(self) -> str:
        """What of it dpmd does not run, in words; empty where it does."""
        if self.members:
            return " and ".join(dict.fromkeys(what for one in self.members if (what := one.unsupported())))
        noun, descriptor = self._noun(), self._descriptor()
        behind = [descriptor] if descriptor else list(self.beside)
        if noun and behind:
            return f"{noun} with {' and '.join(behind)}"
        return noun or " and ".join(behind)

    def _noun(self) -> str:
        if self.spin:
            return "a spin model"
        if self.model != "standard":
            return _MODELS.get(self.model, f"a model of type {shown(self.model)}")
        if self.fitting not in _ENERGY:
            return _FITTINGS.get(self.fitting, f"a model with the fitting net {self.fitting!r}")
        return ""

    def _descriptor(self) -> str:
        names = [_DESCRIPTORS.get(name, repr(name)) for name in self.descriptors]
        missing = [name for name in dict.fromkeys(names) if name not in _descriptors_run()]
        if not missing:
            return ""
        inside = f" in a hybrid ({', '.join(names)})" if len(names) > 1 else ""
        return f"the descriptor{'s' if len(missing) > 1 else ''} {' and '.join(missing)}{inside}"


def _descriptors_run() -> list[str]:
    """The names of the descriptors that dpmd runs: those that have a reader."""
    from dpmd.importers.descriptors import READERS  # late, since the readers refuse models by this module

    return [reader.name for reader in READERS]


def descriptor_name(name: str) -> str:
    """The name of a descriptor here, by any of those that DeePMD-kit has for it."""
    return _DESCRIPTORS.get(name, name)


def descriptor_parts(descriptor: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The settings of the parts of a hybrid; those of any other descriptor as they are."""
    parts = descriptor.get("list")
    if descriptor.get("type") != "hybrid" or not isinstance(parts, list):
        return [descriptor]
    return [_mapping(part) for part in parts if part is not None]


def refuse(place: str, what: str, remedy: str = "") -> InputError:
    """The error for a model that DeePMD-kit knows and dpmd does not run."""
    *names, last = _descriptors_run()
    runs = f"dpmd runs {', '.join(names)} and {last} descriptors with energy fitting nets"
    return InputError(f"{place}: {what} is not supported; {runs}{remedy and '; ' + remedy}")


def refuse_other_kinds(kind: Kind, place: str, remedy: str = "") -> None:
    """Raise ``InputError`` unless dpmd runs models of this kind."""
    what = kind.unsupported()
    if what:
        raise refuse(place, what, remedy)


def kind_of(model: Any, is_member: bool = False) -> Kind:
    """The kind by a model's settings: a training script's ``model``, or DeePMD-kit's model dictionary.

    Whatever is missing or malformed counts as se_e2_a with energies: the readers look at it again. ``is_member``: of a
    combination, which has no combinations as its members.
    """
    model = _mapping(model)
    name = _text(model, "type", "standard").lower()
    inner = _mapping(model.get("backbone_model")) or model
    spin = bool(model.get("spin")) or name in ("spin_ener", "spin", "native_spin")
    descriptor = _mapping(inner.get("descriptor"))
    fitting = _mapping(inner.get("fitting_net") or inner.get("fitting"))
    spin = spin or bool(descriptor.get("spin")) or bool(fitting.get("spin"))
    combined = name in _COMBINATIONS and not is_member
    members = model.get("models") if combined and isinstance(model.get("models"), list) else []
    dpa4 = name in _DPA4_MODELS
    return Kind(
        model="standard" if spin or dpa4 or combined or name in ("standard", "dp", "pairtab") else name,
        members=tuple(kind_of(member, is_member=True) for member in members),
        descriptors=("dpa4",) if dpa4 else () if name == "pairtab" else tuple(_descriptor_names(descriptor)),
        fitting=_text(fitting, "type", "ener"),
        spin=spin,
        beside=tuple(_beside(model, descriptor, fitting)),
    )


def _descriptor_names(descriptor: Mapping[str, Any]) -> list[str]:
    """One name, or those of the parts of a hybrid."""
    return [_text(part, "type", "se_e2_a") for part in descriptor_parts(descriptor)]


def _beside(*sections: Mapping[str, Any]) -> Iterator[str]:
    model, descriptor, fitting = sections
    if model.get("type_embedding"):
        names = _descriptor_names(descriptor)
        if len(names) > 1:
            yield "a type embedding beside a hybrid"
        elif descriptor_name(names[0]) not in _WITH_TYPE_EMBEDDING:
            yield "a type embedding"
    modifier = _text(_mapping(model.get("modifier")), "type", "")
    if modifier:
        yield modifier_words(modifier)
    if any(_text(section, "precision", "") == "bfloat16" for section in (*descriptor_parts(descriptor), fitting)):
        yield "networks in bfloat16 precision"


def modifier_words(name: str) -> str:
    """A data modifier in words."""
    return "long-range electrostatics (DPLR, dipole_charge)" if name == "dipole_charge" else f"the modifier {name!r}"


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(section: Mapping[str, Any], key: str, default: str) -> str:
    value = section.get(key)
    return value[:80] if isinstance(value, str) else default
