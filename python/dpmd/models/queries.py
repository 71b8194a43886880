"""The questions about a model that code written for ``deepmd.infer.DeepPot`` asks."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NoReturn

from dpmd.errors import InputError
from dpmd.models.local_frame import LocalFrame
from dpmd.models.nets import Network
from dpmd.models.spec import ModelSpec
from dpmd.potential import Potential


class ModelQueries:
    """Questions about ``self.potential``, with the names of DeePMD-kit."""

    @property
    def potential(self) -> Potential:
        """The model."""
        raise NotImplementedError

    def get_rcut(self) -> float:
        """Cutoff radius, Å."""
        return self.potential.cutoff

    def get_ntypes(self) -> int:
        """Number of types."""
        return len(self.potential.type_map)

    def get_type_map(self) -> list[str]:
        """Names of the types."""
        return list(self.potential.type_map)

    def get_dim_fparam(self) -> int:
        """Number of frame parameters."""
        return self.potential.n_fparam

    def get_dim_aparam(self) -> int:
        """Number of atomic parameters per atom."""
        return self.potential.n_aparam

    def has_default_fparam(self) -> bool:
        """Whether the model has default frame parameters, which are used when none are given."""
        return any(term["fitting"]["default_fparam"] is not None for term in self._document["terms"])

    def get_sel_type(self) -> list[int]:
        """Types whose atoms have an energy: all types that the model does not exclude."""
        return [t for t in range(self.get_ntypes()) if t not in self._document["atom_exclude_types"]]

    def get_ntypes_spin(self) -> int:
        """0: the models that dpmd runs have no spin."""
        return 0

    @property
    def has_spin(self) -> bool:
        """False: the models dpmd runs have no spin."""
        return False

    def get_has_spin(self) -> bool:
        """False: the models dpmd runs have no spin."""
        return False

    @property
    def use_spin(self) -> list[bool]:
        """Empty: no type has spin."""
        return []

    @property
    def has_efield(self) -> bool:
        """False: the models that dpmd runs do not respond to an electric field."""
        return False

    @property
    def has_hessian(self) -> bool:
        """False: no Hessian is computed."""
        return False

    def has_chg_spin_ebd(self) -> bool:
        """False: the models dpmd runs know neither total charge nor spin."""
        return False

    def has_default_chg_spin(self) -> bool:
        """False: the models dpmd runs know neither total charge nor spin."""
        return False

    def get_model(self) -> Potential:
        """The model as dpmd runs it; DeePMD-kit returns the model of its framework."""
        return self.potential

    def get_model_def_script(self) -> dict[str, Any]:
        """The section ``model`` of the training input.

        Raises:
            InputError: The file does not hold it.
        """
        script = self._model_script()
        if script is None:
            raise InputError(f"{self.potential.info()['model']} holds no training input")
        return script

    def get_model_size(self) -> dict[str, int]:
        """The number of trained parameters of ``"descriptor"``, ``"fitting-net"`` and ``"total"``.

        Raises:
            InputError: The model has tables instead of embedding nets, whose size is not known.
        """
        terms = self._spec().terms
        descriptors = [one for term in terms for one in term.descriptors]
        embeddings = [net for one in descriptors if not isinstance(one, LocalFrame) for net in one.embedding.present()]
        if any(net.table is not None for net in embeddings):
            raise InputError(
                "the model has tables in place of its embedding nets, and the file does not give the size of these nets"
            )
        n_descriptor = _n_fitted(embeddings)
        n_fitting = _n_fitted(net for term in terms for net in term.fitting.networks)
        return {"descriptor": n_descriptor, "fitting-net": n_fitting, "total": n_descriptor + n_fitting}

    def get_observed_types(self) -> dict[str, Any]:
        """The types of the atoms in the training data: their number, ``"type_num"``, and names, ``"observed_type"``.

        Raises:
            InputError: The file does not hold it; many do not.
        """
        information = (self._model_script() or {}).get("info")
        seen = information.get("observed_type") if isinstance(information, dict) else None
        if not isinstance(seen, list):
            raise InputError(f"{self.potential.info()['model']} does not say which types its training data had")
        return {"type_num": len(seen), "observed_type": seen}

    def serialize(self) -> dict[str, Any]:
        """The model as the dictionary that DeePMD-kit's backends exchange.

        Raises:
            InputError: That dictionary cannot represent the model.
        """
        from dpmd.models.tree import model_tree

        return model_tree(self._spec())

    @property
    def output_def(self) -> NoReturn:
        """Refused: the result would be an object of DeePMD-kit's own classes."""
        raise InputError("output_def is an object of DeePMD-kit's classes; here eval returns energies, forces, virials")

    @property
    def output_def_mag(self) -> NoReturn:
        """Refused, like ``output_def``."""
        raise InputError("output_def_mag is an object of DeePMD-kit's classes; the models dpmd runs have no spin")

    @property
    def _document(self) -> dict[str, Any]:
        return self.potential.model._document

    def _model_script(self) -> dict[str, Any] | None:
        """The section of the model in the training input, if the file holds one."""
        script = self._document["training_script"]
        model = script.get("model", script) if isinstance(script, dict) else None
        return model if isinstance(model, dict) else None

    def _spec(self) -> ModelSpec:
        """Read the model's file again, since the core keeps weights in its own form."""
        from dpmd.importers import import_model

        model = self.potential.model
        return import_model(model._file, model._head)


def _n_fitted(networks: Iterable[Network]) -> int:
    """The number of weights, biases and time steps; a net that several types share counts once."""
    layers = [layer for net in {id(net): net for net in networks}.values() for layer in net.layers]
    return sum(array.size for one in layers for array in (one.weight, one.bias, one.timestep) if array is not None)
