"""What openmm-ml finds dpmd by: the entry point ``dpmd`` of the group ``openmmml.potentials``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dpmd.openmm import DeepPotential


class PotentialFactory:
    """Makes the potential of ``MLPotential("dpmd", modelPath=...)``.

    openmm-ml loads every entry point while it is itself being imported. For that reason this module imports nothing of
    it, and the class has the method of ``MLPotentialImplFactory`` without being derived from it.
    """

    def createImpl(self, name: str, **options: Any) -> DeepPotential:  # noqa: N802
        """The potential; called by openmm-ml with the arguments of ``MLPotential``."""
        from dpmd.openmm import DeepPotential

        return DeepPotential(**options)
