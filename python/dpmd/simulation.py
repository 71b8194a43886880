"""Molecular dynamics: numbered steps, observers, checkpoints. Units are Å, fs, eV, K and bar."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from os import PathLike
from typing import TYPE_CHECKING, Any
from weakref import ref

import numpy as np

from dpmd import _core
from dpmd.arguments import (
    MOST_STEPS,
    as_count,
    as_flag,
    as_interval,
    as_number,
    as_path,
    as_text,
    as_vectors,
)
from dpmd.committee import levels
from dpmd.ensembles import NVE, Ensemble
from dpmd.errors import InputError
from dpmd.handle import Handle, MadeByInit
from dpmd.model import Model
from dpmd.potential import Potential
from dpmd.ranks import RankReport, Ranks
from dpmd.shown import shown
from dpmd.simulation_arguments import (
    as_potential,
    as_seed,
    checked_ranks,
    core_ensemble_of,
    core_models,
    sharing_arguments,
    start_arguments,
)

if TYPE_CHECKING:
    from ase import Atoms

__all__ = ["Simulation"]


class Simulation(Handle):
    """Atoms that move under a potential.

    Args:
        potential: The model and its device; a ``Model`` is run on the CPU.
        atoms: ASE ``Atoms``: positions, cell, pbc, velocities and, where set, masses. Or None, and the arrays below,
            which also replace what ``atoms`` has.
        timestep: fs.
        ensemble: What is kept constant.
        skin: Å by which the neighbour list exceeds the cutoff; the list is rebuilt when an atom has moved half of it.
        seed: The seed of the random numbers of ``Langevin`` and ``Bussi``.
        positions: [n, 3] Å, anywhere; they are never wrapped.
        types: [n] indices into ``potential.type_map``, or names from it.
        cell: [3, 3] Å, rows are lattice vectors; [9]; [3] for an orthogonal box; None for an open system.
        pbc: One flag, or three; None means periodic when a cell is given.
        velocities: [n, 3] Å/fs; None: at rest.
        masses: Atomic mass units, one per type of the model, or by type name; None takes those of the elements.
        fparam: [n_fparam] frame parameters, unless the model has defaults; None takes ``atoms.info["fparam"]``.
        aparam: [n, n_aparam] atomic parameters; None takes ``atoms.arrays["aparam"]``.
        fixed: Atoms that do not move: indices, or a mask [n] that is true for them; None takes those under ``FixAtoms``
            in ``atoms``, whose other constraints are refused. Fixed atoms act on others, but have no velocity (that
            of ``atoms`` is dropped) and do not contribute to temperature and pressure. When a barostat changes the
            cell, they keep their fractional coordinates.
        zero_momentum: The total momentum is removed from the given velocities and from Langevin's noise, and there
            are 3n - 3 degrees of freedom. False (only for NVE and Langevin): the momentum is left alone; Langevin then
            has 3n degrees of freedom. It has no effect if atoms are fixed: they absorb momentum, and there are three
            degrees of freedom per free atom.
        run_id: A number from 1 to 2^52 that identifies the run in its files; None derives it from model, start and
            options, so that equal runs have equal files.
        ranks: The processes that share the simulation, ``dpmd.mpi_world()``; None means only this one. Each rank must
            give the same arguments and call the same functions in the same order.
        grid: Parts of the box along each lattice vector; None takes those with the fewest ghosts.
        most_imbalance: The largest number of atoms of a rank over the mean; beyond it the box is divided again.

    Results do not depend on the number of threads and ranks. Arrays that a simulation returns are copies; with several
    ranks they are for all atoms, on every rank, and reading them is collective. Files are written by rank 0.

    Threads may share a simulation. Calls take turns; during a run they get their turn between two steps, so that each
    sees the state after a whole step, and its changes take effect as if one run had ended there and another begun. The
    same holds for callbacks, which do not lock out other threads. A second ``run`` is an ``InputError`` until the first
    has ended. With several ranks, only the thread that runs may make collective calls.

    Raises:
        InputError: An argument, which is named, does not fit.
    """

    _instead = "write_checkpoint saves its state, and Simulation.resume makes another one from it"
    _potential: Potential = MadeByInit()
    _callbacks: dict[object, Callable[[Simulation], object]] = MadeByInit()

    def __init__(
        self,
        potential: Potential | Model,
        atoms: Atoms | None = None,
        timestep: float = 0.5,
        ensemble: Ensemble | None = None,
        skin: float = 1.0,
        seed: int = 0,
        *,
        positions: Any = None,
        types: Sequence[int] | Sequence[str] | np.ndarray | None = None,
        cell: Any = None,
        pbc: bool | Sequence[bool] | str | None = None,
        velocities: Any = None,
        masses: Sequence[float] | Mapping[str, float] | np.ndarray | None = None,
        fparam: Any = None,
        aparam: Any = None,
        fixed: Any = None,
        zero_momentum: bool = True,
        run_id: int | None = None,
        ranks: Ranks | None = None,
        grid: Sequence[int] | None = None,
        most_imbalance: float = 1.05,
    ) -> None:
        ranks = checked_ranks(ranks)

        def arguments() -> tuple[Any, ...]:
            runs = as_potential(potential)
            given = start_arguments(runs, atoms, positions, types, cell, pbc, velocities, masses, fparam, aparam, fixed)
            core_ensemble = core_ensemble_of(NVE() if ensemble is None else ensemble)
            options = (
                as_number(timestep, "timestep"),
                core_ensemble,
                as_number(skin, "skin"),
                as_seed(seed),
                as_flag(zero_momentum, "zero_momentum"),
                0 if run_id is None else as_count(run_id, "run_id"),
            )
            return runs, *given, *options, *sharing_arguments(ranks, grid, most_imbalance)

        runs, *given = ranks._together(arguments, "Simulation()")
        self._hold(runs, _core.Simulation(runs._core, *given))

    @classmethod
    def resume(
        cls,
        path: str | PathLike[str],
        potential: Potential | Model,
        ensemble: Ensemble | None = None,
        *,
        run_id: int | None = None,
        ranks: Ranks | None = None,
        grid: Sequence[int] | None = None,
        most_imbalance: float = 1.05,
    ) -> Simulation:
        """Continue from a checkpoint, bit for bit, with any number of threads and ranks.

        Observers are not part of a checkpoint: add them again. Their files must be unchanged up to the checkpoint;
        anything written after it is moved to the end of ``NAME.cut``, and the files are continued. ``resume_notes``
        says what was done.

        Args:
            path: The checkpoint; every rank reads it.
            potential: The model with which the checkpoint was written, in the same form.
            ensemble: The ensemble that the checkpoint is expected to hold; None takes the one that it holds.
            run_id: Likewise.
            ranks: As for a new simulation.
            grid: As for a new simulation.
            most_imbalance: As for a new simulation.

        Raises:
            InputError: The file is damaged, or was written with another model, type map or ensemble, or by another run.
        """
        ranks = checked_ranks(ranks)

        def arguments() -> tuple[Any, ...]:
            runs = as_potential(potential)
            checkpoint = as_path(path, "path")
            core_ensemble = None if ensemble is None else core_ensemble_of(ensemble)
            core_run = None if run_id is None else as_count(run_id, "run_id")
            return runs, checkpoint, core_ensemble, core_run, *sharing_arguments(ranks, grid, most_imbalance)

        runs, checkpoint, *expected = ranks._together(arguments, "Simulation.resume()")
        simulation = cls.__new__(cls)
        simulation._hold(runs, _core.Simulation.resume(checkpoint, runs._core, *expected))
        return simulation

    def _hold(self, potential: Potential, core: Any) -> None:
        self._potential, self._core = potential, core
        self._callbacks = {}

    def initialize_velocities(self, temperature: float, seed: int = 0, exact: bool = True) -> None:
        """Draw velocities from the Maxwell-Boltzmann distribution, as a function of seed and atom, except for fixed
        atoms.

        Args:
            temperature: K.
            seed: A different seed gives different velocities.
            exact: Scale them so that the temperature is exactly this.
        """
        self._core.initialize_velocities(as_number(temperature, "temperature"), as_seed(seed), as_flag(exact, "exact"))

    def thermo_log(self, path: str | PathLike[str], every: int) -> None:
        """Write thermodynamic quantities to a CSV file, with the names and units of ``thermo``."""
        self._core.thermo_log(as_path(path, "path"), as_interval(every))

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

        Atoms are in their original order, positions are unwrapped, and numbers read back exactly. A new simulation
        starts a new file; a resumed one continues the file from the checkpoint. Each frame is written completely or
        not at all. Extended XYZ has a column ``move_mask`` where atoms are fixed, which ASE reads as ``FixAtoms``.

        Args:
            path: The file. Its suffix determines the format: ``.extxyz`` or ``.xyz``; ``.lammpstrj`` or ``.dump``.
            every: Steps between frames.
            velocities: Write velocities. In extxyz: the columns ``momenta`` and ``masses``, from which ASE's
                ``get_velocities`` gets them, and ``velo`` for OVITO, Å/fs. In LAMMPS dumps: Å/ps.
            forces: Write forces, eV/Å.
            virial: Write the virial, eV, and ASE's stress, eV/Å^3, if all directions are periodic; not in a dump.
            time: Write times, ps, and units into a dump, as ``dump_modify time yes units yes`` does; MDAnalysis 2.11
                does not read such dumps. Other frames have the time, fs, always.
            format: ``"extxyz"`` or ``"lammps"``, for a name that does not show the format.

        Raises:
            InputError: The name shows no format, or a LAMMPS dump is to hold a virial.
        """
        kind = "" if format is None else as_text(format, "format")
        columns = as_flag(velocities, "velocities"), as_flag(forces, "forces")
        extras = as_flag(virial, "virial"), as_flag(time, "time")
        self._core.trajectory(as_path(path, "path"), as_interval(every), kind, *columns, *extras)

    def deviation(
        self,
        models: Sequence[Model | Potential],
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
        """Compare other models with the potential along the simulation (docs/model-deviation.md).

        Args:
            models: Further models with the same types; they share the simulation's neighbour list.
            path: The file for the table, which is that of DeePMD-kit's ``model_devi.out``.
            every: Steps between rows.
            relative: eV/Å: deviations of forces are divided by |⟨F⟩| + relative.
            relative_v: eV: those of the virial per atom by |⟨v⟩| + relative_v.
            atomic: A column for each atom's force.
            selected: An extended XYZ file for the frames whose largest force deviation is at least ``lower`` and below
                ``upper``, which are worth a calculation from first principles.
            lower: eV/Å.
            upper: eV/Å.
        """
        force_level, virial_level = levels(relative, relative_v)
        self._core.deviation(
            core_models(models),
            as_path(path, "path"),
            as_interval(every),
            force_level,
            virial_level,
            as_flag(atomic, "atomic"),
            "" if selected is None else as_path(selected, "selected"),
            as_number(lower, "lower"),
            as_number(upper, "upper"),
        )

    def checkpoint(self, path: str | PathLike[str], every: int) -> None:
        """Write checkpoints to a file at regular steps; each replaces the previous one atomically."""
        self._core.checkpoint(as_path(path, "path"), as_interval(every))

    def callback(self, function: Callable[[Simulation], object], every: int) -> None:
        """Call ``function(simulation)`` after every step that is a multiple of ``every``.

        It may read and change whatever could be read and changed between two runs, and add observers, but must not call
        ``run``. An exception in it ends the run after a whole step and is raised by ``run``.
        """
        if not callable(function):
            raise InputError(f"function = {shown(function)} is not callable")
        owner, key = ref(self), object()
        self._callbacks[key] = function

        def call() -> None:  # holds no strong reference to the simulation, which holds this function
            simulation = owner()
            if simulation is not None:
                simulation._callbacks[key](simulation)

        self._core.callback(call, as_interval(every))

    def run(self, n_steps: int) -> int:
        """Run ``n_steps`` steps, or until ``stop``; returns the number of steps done.

        Python code in other threads can run meanwhile; Ctrl-C ends the run after a whole step.

        Raises:
            InputError: The system has blown up (the message names step, atom and position); or a file cannot be
                written, in which case everything written before is whole; or the simulation is already running; or the
                last step would be beyond 2^53.
        """
        n = as_count(n_steps, "n_steps", at_most=MOST_STEPS)
        if self.step + n > MOST_STEPS:
            raise InputError(
                f"n_steps = {n} from step {self.step} on leads beyond step {MOST_STEPS}, the last there is"
            )
        return self._core.run(n)

    def stop(self) -> None:
        """End the run after its current step; if there is no run, the next one ends at once.

        It may be called from any thread or signal handler, and on a single rank.
        """
        self._core.request_stop()

    def write_checkpoint(self, path: str | PathLike[str]) -> None:
        """Write everything that ``resume`` needs; the file is replaced atomically."""
        self._core.write_checkpoint(as_path(path, "path"))

    def thermo(self) -> dict[str, Any]:
        """Thermodynamic quantities of the current step.

        ``step``; ``time`` fs; ``temperature`` K; ``kinetic_energy``, ``potential_energy`` and ``conserved_energy``
        (what the exact dynamics of the ensemble keeps constant) eV; ``pressure`` bar and ``pressure_tensor`` [3, 3]
        bar (kinetic part and virial; minus the stress); ``volume`` Å³; ``density`` g/cm³; ``cell`` [3, 3] Å. Pressure,
        volume and density are NaN unless all directions are periodic. Collective until the first run.
        """
        return self._core.thermo()

    def closest_pair(self, within: float) -> tuple[int, int, float] | None:
        """The two atoms that are closest to each other, and their distance (Å); None if no two are closer than
        ``within`` Å. Rank 0 gathers all atoms and searches, which takes a few microseconds per atom. Collective."""
        return self._core.closest_pair(as_number(within, "within"))

    @property
    def run_id(self) -> int:
        """Identifies the run in its checkpoints, in the last column of the thermo log, and in extended XYZ frames."""
        return self._core.run_id

    @property
    def resume_notes(self) -> list[str]:
        """What happened to the files that a resumed simulation continues: what was moved aside, and which files had to
        be started again. Only on rank 0."""
        return self._core.resume_notes

    @property
    def largest_force_deviation(self) -> float:
        """``max_devi_f`` of the last row of ``deviation``, eV/Å; NaN before the first. The same on every rank."""
        return self._core.largest_force_deviation

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
        """The number of degrees of freedom, on which the temperature is based."""
        return self._core.degrees_of_freedom

    @property
    def n_list_builds(self) -> int:
        """How often the neighbour list was built."""
        return self._core.n_list_builds

    @property
    def n_fallback(self) -> int:
        """The number of atoms computed with the networks as trained in the last step, because others were closer than
        the tables of compression reach."""
        return self._core.n_fallback

    @property
    def stage_times(self) -> dict[str, float]:
        """Seconds that all force calls so far spent in each stage, forward and backward, summed over threads;
        ``neighbors`` (updating the list) and, with several ranks, ``halo`` (their messages to each other) are elapsed
        times."""
        return self._core.stage_times

    @property
    def engine_bytes(self) -> int:
        """Memory of neighbour lists, ghosts and scratch, bytes."""
        return self._core.engine_bytes

    @property
    def model_bytes(self) -> int:
        """Memory of the packed weights, bytes. The model itself is shared with the potential."""
        return self._core.model_bytes

    @property
    def n_atoms(self) -> int:
        """The number of atoms of all ranks."""
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
    def fixed(self) -> np.ndarray:
        """[n_fixed] int32 indices of the atoms that do not move, ascending."""
        return self._core.fixed

    @property
    def positions(self) -> np.ndarray:
        """[n, 3] Å, unwrapped."""
        return self._core.positions

    @property
    def velocities(self) -> np.ndarray:
        """[n, 3] Å/fs, zero for fixed atoms. Setting them removes the total momentum unless ``zero_momentum`` is
        off."""
        return self._core.velocities

    @velocities.setter
    def velocities(self, values: Any) -> None:
        self._core.set_velocities(as_vectors(values, self.n_atoms, "velocities"))

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
        """ASE ``Atoms`` of the current step, with masses, velocities and, where atoms are fixed, ``FixAtoms``; ``info``
        has step and time (fs)."""
        from ase import Atoms, units
        from ase.constraints import FixAtoms
        from ase.data import atomic_numbers

        names = self._potential.type_map
        step, time, types, positions, velocities, cell = self._core.frame()
        symbols = [names[t] if names[t] in atomic_numbers else "X" for t in types]
        atoms = Atoms(symbols, positions=positions, cell=cell, pbc=self.pbc, masses=self._core.masses[types])
        atoms.set_velocities(velocities / units.fs)
        if self.fixed.size:
            atoms.set_constraint(FixAtoms(self.fixed))
        atoms.info.update(step=step, time=time)
        return atoms

    def _text(self) -> str:
        return f"Simulation({self.n_atoms} atoms, {self.ensemble}, timestep={self.timestep}, step={self.step})"
