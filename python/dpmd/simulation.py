"""Molecular dynamics: numbered steps, observers, checkpoints. Units are Å, fs, eV, K and bar."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from os import PathLike, fspath
from typing import TYPE_CHECKING, Any
from weakref import ref

import numpy as np

from dpmd import _core
from dpmd.arguments import as_cell, as_floats, as_pbc, as_types
from dpmd.committee import levels
from dpmd.ensembles import MTK, NVE, Bussi, Ensemble, Langevin, NoseHoover
from dpmd.errors import InputError
from dpmd.masses import type_masses
from dpmd.potential import Potential
from dpmd.ranks import RankReport, Ranks, single_rank

if TYPE_CHECKING:
    from ase import Atoms

__all__ = ["MTK", "NVE", "Bussi", "Ensemble", "Langevin", "NoseHoover", "Simulation"]


class Simulation:
    """Atoms that move under a potential.

    Args:
        potential: The model.
        atoms: ASE ``Atoms``: positions, cell, pbc, velocities and, where set, masses. Or None, and the arrays below,
            which also replace what ``atoms`` has.
        timestep: fs.
        ensemble: What is kept constant.
        skin: Å by which the neighbour list exceeds the cutoff; the list is rebuilt when an atom has moved half of it.
        seed: Of the random numbers of ``Langevin`` and ``Bussi``.
        positions: [n, 3] Å, anywhere; they are never wrapped.
        types: [n] indices into ``potential.type_map``, or names from it.
        cell: [3, 3] Å, rows are lattice vectors; [9]; [3] for an orthogonal box; None for an open system.
        pbc: One flag, or three; None means periodic when a cell is given.
        velocities: [n, 3] Å/fs; None: at rest.
        masses: Atomic mass units, one per type of the model, or by type name; None takes those of the elements.
        fparam: [n_fparam] frame parameters, unless the model has defaults.
        aparam: [n, n_aparam] atomic parameters.
        zero_momentum: The total momentum is taken from the given velocities and from Langevin's noise, and there are
            3n - 3 degrees of freedom. False (NVE and Langevin only): momentum is left alone; Langevin then has 3n
            degrees of freedom.
        ranks: The processes that share the simulation: ``dpmd.mpi_world()``; None: this one alone. Each rank gives the
            same arguments and calls the same functions in the same order.
        grid: Parts of the box along each lattice vector; None takes those with the fewest ghosts.
        most_imbalance: Most atoms of a rank over the mean; beyond it the box is cut anew.

    Results do not depend on the number of threads and ranks. Arrays that a simulation returns are copies; with several
    ranks they are those of all atoms, on every rank, and asking for them is collective. Files are written by rank 0.

    Raises:
        InputError: Naming the argument that does not fit.
    """

    def __init__(
        self,
        potential: Potential,
        atoms: Atoms | None = None,
        timestep: float = 0.5,
        ensemble: Ensemble | None = None,
        skin: float = 1.0,
        seed: int = 0,
        *,
        positions: Any = None,
        types: Sequence[int] | Sequence[str] | np.ndarray | None = None,
        cell: Any = None,
        pbc: bool | Sequence[bool] | None = None,
        velocities: Any = None,
        masses: Sequence[float] | Mapping[str, float] | np.ndarray | None = None,
        fparam: Any = None,
        aparam: Any = None,
        zero_momentum: bool = True,
        ranks: Ranks | None = None,
        grid: Sequence[int] | None = None,
        most_imbalance: float = 1.05,
    ) -> None:
        ranks = single_rank() if ranks is None else ranks

        def arguments() -> tuple[Any, ...]:
            given = _start(potential, atoms, positions, types, cell, pbc, velocities, masses, fparam, aparam)
            core_ensemble = _core_ensemble(NVE() if ensemble is None else ensemble)
            options = (float(timestep), core_ensemble, float(skin), _seed(seed), bool(zero_momentum))
            return *given, *options, *_sharing(ranks, grid, most_imbalance)

        self._hold(potential, _core.Simulation(potential._core, *ranks.together(arguments)))

    @classmethod
    def resume(
        cls,
        path: str | PathLike[str],
        potential: Potential,
        ensemble: Ensemble | None = None,
        *,
        ranks: Ranks | None = None,
        grid: Sequence[int] | None = None,
        most_imbalance: float = 1.05,
    ) -> Simulation:
        """Continue from a checkpoint, bit for bit, with any number of threads and ranks.

        Observers are not part of a checkpoint: add them again. Their files keep what lies before the checkpoint, lose
        what lies behind it, and go on.

        Args:
            path: The checkpoint; every rank reads it.
            potential: The model that the checkpoint was written with.
            ensemble: What the checkpoint is expected to hold; None takes what it holds.
            ranks: As for a new simulation.
            grid: As for a new simulation.
            most_imbalance: As for a new simulation.

        Raises:
            InputError: The file is damaged, or was written with another model, type map or ensemble.
        """
        ranks = single_rank() if ranks is None else ranks

        def arguments() -> tuple[Any, ...]:
            core_ensemble = None if ensemble is None else _core_ensemble(ensemble)
            return core_ensemble, *_sharing(ranks, grid, most_imbalance)

        simulation = cls.__new__(cls)
        given = ranks.together(arguments)
        simulation._hold(potential, _core.Simulation.resume(fspath(path), potential._core, *given))
        return simulation

    def _hold(self, potential: Potential, core: Any) -> None:
        self._potential, self._core = potential, core
        self._callbacks: list[Callable[[Simulation], object]] = []

    def initialize_velocities(self, temperature: float, seed: int = 0, exact: bool = True) -> None:
        """Draw velocities from the Maxwell-Boltzmann distribution; a function of seed and atom.

        Args:
            temperature: K.
            seed: Another seed draws others.
            exact: Scale them so that the temperature is exactly this.
        """
        self._core.initialize_velocities(float(temperature), _seed(seed), exact)

    def thermo_log(self, path: str | PathLike[str], every: int) -> None:
        """Write thermodynamic quantities to a CSV file, with the names and units of ``thermo``."""
        self._core.thermo_log(fspath(path), every)

    def trajectory(
        self,
        path: str | PathLike[str],
        every: int,
        *,
        velocities: bool = False,
        forces: bool = False,
        virial: bool = False,
        time: bool = False,
        format: str | None = None,
    ) -> None:
        """Write frames to a file.

        Atoms stand in their order, positions are unwrapped, numbers read back exactly. A new simulation starts the
        file anew; a resumed one keeps its frames up to the checkpoint and continues behind them. Each frame is written
        whole or not at all.

        Args:
            path: The file. The ending tells the format: ``.extxyz`` or ``.xyz``; ``.lammpstrj`` or ``.dump``.
            every: Steps between frames.
            velocities: Write velocities. extxyz: the columns ``momenta`` and ``masses``, from which ASE's
                ``get_velocities`` has them, and ``velo`` for OVITO, Å/fs. LAMMPS: Å/ps.
            forces: Write forces, eV/Å.
            virial: Write the virial, eV, and where all directions are periodic ASE's stress, eV/Å^3; not in a dump.
            time: Write times, ps, and units into a dump, as ``dump_modify time yes units yes`` does; MDAnalysis 2.11
                does not read such dumps. Other frames have the time, fs, always.
            format: ``"extxyz"`` or ``"lammps"`` for a name that does not tell.

        Raises:
            InputError: The name tells no format, or a LAMMPS dump is to hold a virial.
        """
        self._core.trajectory(fspath(path), every, format or "", velocities, forces, virial, time)

    def deviation(
        self,
        models: Sequence[Potential],
        path: str | PathLike[str],
        every: int,
        *,
        relative: float | None = None,
        relative_v: float | None = None,
        atomic: bool = False,
        selected: str | PathLike[str] | None = None,
        lower: float = 0.0,
        upper: float = float("inf"),
    ) -> None:
        """Let other models judge the steps that the potential makes (docs/model-deviation.md).

        Args:
            models: Besides the simulation's own, of the same types; they share its neighbour list.
            path: The table, as DeePMD-kit's ``model_devi.out``.
            every: Steps between rows.
            relative: eV/Å: deviations of forces are divided by |⟨F⟩| + relative.
            relative_v: eV: those of the virial per atom by |⟨v⟩| + relative_v.
            atomic: A column for each atom's force.
            selected: An extended XYZ file for the frames whose largest force deviation is at least ``lower`` and below
                ``upper``: those that are worth a calculation from first principles.
            lower: eV/Å.
            upper: eV/Å.
        """
        force_level, virial_level = levels(relative, relative_v)
        self._core.deviation(
            [model._core for model in models],
            fspath(path),
            every,
            force_level,
            virial_level,
            atomic,
            "" if selected is None else fspath(selected),
            float(lower),
            float(upper),
        )

    def checkpoint(self, path: str | PathLike[str], every: int) -> None:
        """Keep a checkpoint in a file; each replaces the one before at once."""
        self._core.checkpoint(fspath(path), every)

    def callback(self, function: Callable[[Simulation], object], every: int) -> None:
        """Call ``function(simulation)`` after every step that is a multiple of ``every``.

        An exception in it ends the run after a whole step and comes out of ``run``.
        """
        owner, index = ref(self), len(self._callbacks)
        self._callbacks.append(function)

        def call() -> None:  # holds no strong reference to the simulation, which holds this function
            simulation = owner()
            if simulation is not None:
                simulation._callbacks[index](simulation)

        self._core.callback(call, every)

    def run(self, n_steps: int) -> int:
        """Run ``n_steps`` steps, or until ``stop``; returns the steps done.

        Python code runs on in other threads meanwhile; Ctrl-C ends the run after a whole step.

        Raises:
            InputError: The system has blown up (naming step, atom and position), or a file cannot be written. What
                was written before is whole.
        """
        return self._core.run(n_steps)

    def stop(self) -> None:
        """End the run after its current step; without a run, the next one at once.

        May be called from any thread or signal handler; one rank is enough.
        """
        self._core.request_stop()

    def write_checkpoint(self, path: str | PathLike[str]) -> None:
        """Write all that ``resume`` needs, in place at once."""
        self._core.write_checkpoint(fspath(path))

    def thermo(self) -> dict[str, Any]:
        """Thermodynamic quantities of the current step.

        ``step``; ``time`` fs; ``temperature`` K; ``kinetic_energy``, ``potential_energy`` and ``conserved_energy``
        (what the exact dynamics of the ensemble keeps constant) eV; ``pressure`` bar and ``pressure_tensor`` [3, 3]
        bar (kinetic part and virial; minus the stress); ``volume`` Å³; ``density`` g/cm³; ``cell`` [3, 3] Å. Pressure,
        volume and density are NaN unless all directions are periodic. Collective until the first run.
        """
        return self._core.thermo()

    def rank_report(self) -> RankReport:
        """How the simulation is shared, seen by this rank."""
        return RankReport(**self._core.rank_report())

    @property
    def potential(self) -> Potential:
        """The model."""
        return self._potential

    @property
    def ensemble(self) -> Ensemble:
        """What is kept constant."""
        return Ensemble._from_core(self._core.ensemble)

    @property
    def timestep(self) -> float:
        """fs."""
        return self._core.timestep

    @property
    def step(self) -> int:
        """Steps done since the start, those before a checkpoint included."""
        return self._core.step

    @property
    def time(self) -> float:
        """fs since the start."""
        return self._core.time

    @property
    def degrees_of_freedom(self) -> int:
        """What the temperature is divided among."""
        return self._core.degrees_of_freedom

    @property
    def n_list_builds(self) -> int:
        """How often the neighbour list was built."""
        return self._core.n_list_builds

    @property
    def n_exact(self) -> int:
        """Atoms that took the exact nets in the last step: others were nearer than the tables of compression reach."""
        return self._core.n_exact

    @property
    def stage_times(self) -> dict[str, float]:
        """Seconds that all force calls so far spent in each stage, forwards and backwards, summed over threads;
        ``neighbors`` (bringing the list up to date) and, with several ranks, ``halo`` (what they tell each other) in
        elapsed time."""
        return self._core.stage_times

    @property
    def engine_bytes(self) -> int:
        """Memory of neighbour lists, ghosts and scratch, bytes."""
        return self._core.engine_bytes

    @property
    def n_atoms(self) -> int:
        """Atoms of all ranks."""
        return self._core.n_atoms

    @property
    def types(self) -> np.ndarray:
        """[n] int32 indices into ``potential.type_map``."""
        return self._core.types

    @property
    def masses(self) -> np.ndarray:
        """[n] atomic mass units."""
        return self._core.masses[self.types]

    @property
    def positions(self) -> np.ndarray:
        """[n, 3] Å, unwrapped."""
        return self._core.positions

    @property
    def velocities(self) -> np.ndarray:
        """[n, 3] Å/fs. Setting them takes the total momentum away unless ``zero_momentum`` is off."""
        return self._core.velocities

    @velocities.setter
    def velocities(self, values: Any) -> None:
        self._core.set_velocities(_atom_vectors(values, self.n_atoms, "velocities"))

    @property
    def forces(self) -> np.ndarray:
        """[n, 3] eV/Å."""
        return self._core.forces

    @property
    def cell(self) -> np.ndarray:
        """[3, 3] Å, rows are lattice vectors; zero for an open system."""
        return self._core.cell

    @property
    def pbc(self) -> np.ndarray:
        """[3] flags: which directions are periodic."""
        return np.array(self._core.pbc)

    def atoms(self) -> Atoms:
        """ASE ``Atoms`` of the current step, with masses and velocities; ``info`` has step and time (fs)."""
        from ase import Atoms, units
        from ase.data import atomic_numbers

        names = self._potential.type_map
        symbols = [names[t] if names[t] in atomic_numbers else "X" for t in self.types]
        atoms = Atoms(symbols, positions=self.positions, cell=self.cell, pbc=self.pbc, masses=self.masses)
        atoms.set_velocities(self.velocities / units.fs)
        atoms.info.update(step=self.step, time=self.time)
        return atoms

    def __repr__(self) -> str:
        return f"Simulation({self.n_atoms} atoms, {self.ensemble}, timestep={self.timestep}, step={self.step})"


def _start(
    potential: Potential,
    atoms: Atoms | None,
    positions: Any,
    types: Any,
    cell: Any,
    pbc: Any,
    velocities: Any,
    masses: Any,
    fparam: Any,
    aparam: Any,
) -> tuple[Any, ...]:
    """What the core starts from: the arrays, and for those that are None what ``atoms`` has."""
    if atoms is not None:
        types = atoms.get_chemical_symbols() if types is None else types
        positions = atoms.get_positions() if positions is None else positions
        velocities = _ase_velocities(atoms) if velocities is None else velocities
        if cell is None and atoms.pbc.any():
            cell = np.asarray(atoms.cell)
            pbc = atoms.pbc if pbc is None else pbc
    if positions is None or types is None:
        raise InputError("a simulation needs atoms, or positions and types")
    box, type_indices = as_cell(cell), as_types(types, potential.type_map)
    return (
        _atom_vectors(positions, type_indices.size, "positions"),
        type_indices,
        box,
        as_pbc(pbc, box),
        None if velocities is None else _atom_vectors(velocities, type_indices.size, "velocities"),
        type_masses(masses, potential.type_map, atoms, type_indices),
        None if fparam is None else as_floats(fparam, "fparam").reshape(-1),
        None if aparam is None else as_floats(aparam, "aparam").reshape(-1),
    )


def _sharing(ranks: Ranks, grid: Sequence[int] | None, most_imbalance: float) -> tuple[Any, ...]:
    """How the core is to share the work; zeros let it choose."""
    parts = (0, 0, 0) if grid is None else tuple(int(n) for n in grid)
    if len(parts) != 3:
        raise InputError(f"grid = {list(parts)} must have three numbers, the parts along each lattice vector")
    return ranks._core, parts, float(most_imbalance)


def _core_ensemble(ensemble: Ensemble) -> Any:
    if not isinstance(ensemble, Ensemble):
        raise InputError(f"ensemble must be one of dpmd.NVE(), Langevin, NoseHoover, Bussi, MTK, not {ensemble!r}")
    return ensemble._to_core()


def _seed(seed: int) -> int:
    if not 0 <= seed < 2**64:
        raise InputError(f"seed = {seed} must be from 0 to 2^64 - 1")
    return int(seed)


def _atom_vectors(values: Any, n: int, name: str) -> np.ndarray:
    """[n, 3] float64."""
    array = as_floats(values, name)
    if array.size != 3 * n:
        raise InputError(f"{name} has shape {array.shape}; ({n}, 3) is needed, one row per atom")
    return array.reshape(n, 3)


def _ase_velocities(atoms: Atoms) -> np.ndarray | None:
    """[n, 3] Å/fs, or None when the atoms have none."""
    from ase import units

    return atoms.get_velocities() * units.fs if atoms.has("momenta") else None
