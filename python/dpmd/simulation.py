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
    as_items,
    as_number,
    as_path,
    as_text,
    as_vectors,
)
from dpmd.committee import levels
from dpmd.ensembles import NVE, Ensemble
from dpmd.errors import InputError
from dpmd.handle import Handle, MadeByInit
from dpmd.potential import Potential
from dpmd.ranks import RankReport, Ranks
from dpmd.shown import shown
from dpmd.simulation_arguments import (
    as_seed,
    checked_ranks,
    core_ensemble_of,
    core_potential,
    sharing_arguments,
    start_arguments,
)

if TYPE_CHECKING:
    from ase import Atoms

__all__ = ["Simulation"]


class Simulation(Handle):
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
        fparam: [n_fparam] frame parameters, unless the model has defaults; None takes ``atoms.info["fparam"]``.
        aparam: [n, n_aparam] atomic parameters; None takes ``atoms.arrays["aparam"]``.
        fixed: Atoms that do not move: indices, or a mask [n] that is true for them; None takes those under ``FixAtoms``
            in ``atoms``, whose other constraints are refused. Fixed atoms act on others, but have no velocity (what
            ``atoms`` has for them is dropped), and no share in temperature and pressure. Where a barostat changes the
            cell they keep their place in it, their fractions of its vectors.
        zero_momentum: The total momentum is taken from the given velocities and from Langevin's noise, and there are
            3n - 3 degrees of freedom. False (NVE and Langevin only): momentum is left alone; Langevin then has 3n
            degrees of freedom. Without effect where atoms are fixed: they take momentum up, and there are three degrees
            of freedom per free atom.
        run_id: A number from 1 to 2^52 that names the run in its files; None: made from model, start and options, so
            that equal runs have equal files.
        ranks: The processes that share the simulation: ``dpmd.mpi_world()``; None: this one alone. Each rank gives the
            same arguments and calls the same functions in the same order.
        grid: Parts of the box along each lattice vector; None takes those with the fewest ghosts.
        most_imbalance: Most atoms of a rank over the mean; beyond it the box is cut anew.

    Results do not depend on the number of threads and ranks. Arrays that a simulation returns are copies; with several
    ranks they are those of all atoms, on every rank, and asking for them is collective. Files are written by rank 0.

    Threads may share one. Calls take turns; during a run they have them between two steps, so that each sees the state
    of a whole step, and what it changes is as if one run had ended there and another begun. The same holds for what a
    callback does, which keeps nobody out. A second ``run`` is an ``InputError`` until the first has ended. With several
    ranks, what is collective is for the thread that runs.

    Raises:
        InputError: Naming the argument that does not fit.
    """

    _instead = "write_checkpoint keeps its state, and Simulation.resume makes another of it"
    _potential: Potential = MadeByInit()
    _callbacks: dict[object, Callable[[Simulation], object]] = MadeByInit()

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
            core = core_potential(potential)
            given = start_arguments(
                potential, atoms, positions, types, cell, pbc, velocities, masses, fparam, aparam, fixed
            )
            core_ensemble = core_ensemble_of(NVE() if ensemble is None else ensemble)
            options = (
                as_number(timestep, "timestep"),
                core_ensemble,
                as_number(skin, "skin"),
                as_seed(seed),
                as_flag(zero_momentum, "zero_momentum"),
                0 if run_id is None else as_count(run_id, "run_id"),
            )
            return core, *given, *options, *sharing_arguments(ranks, grid, most_imbalance)

        self._hold(potential, _core.Simulation(*ranks._together(arguments, "Simulation()")))

    @classmethod
    def resume(
        cls,
        path: str | PathLike[str],
        potential: Potential,
        ensemble: Ensemble | None = None,
        *,
        run_id: int | None = None,
        ranks: Ranks | None = None,
        grid: Sequence[int] | None = None,
        most_imbalance: float = 1.05,
    ) -> Simulation:
        """Continue from a checkpoint, bit for bit, with any number of threads and ranks.

        Observers are not part of a checkpoint: add them again. Their files must be as the checkpoint knows them; what
        lies behind it is moved to the end of ``NAME.cut``, and they go on. ``resume_notes`` says what was done.

        Args:
            path: The checkpoint; every rank reads it.
            potential: The model that the checkpoint was written with.
            ensemble: What the checkpoint is expected to hold; None takes what it holds.
            run_id: Likewise.
            ranks: As for a new simulation.
            grid: As for a new simulation.
            most_imbalance: As for a new simulation.

        Raises:
            InputError: The file is damaged, or was written with another model, type map or ensemble, or by another run.
        """
        ranks = checked_ranks(ranks)

        def arguments() -> tuple[Any, ...]:
            start = as_path(path, "path"), core_potential(potential)
            core_ensemble = None if ensemble is None else core_ensemble_of(ensemble)
            core_run = None if run_id is None else as_count(run_id, "run_id")
            return *start, core_ensemble, core_run, *sharing_arguments(ranks, grid, most_imbalance)

        simulation = cls.__new__(cls)
        simulation._hold(potential, _core.Simulation.resume(*ranks._together(arguments, "Simulation.resume()")))
        return simulation

    def _hold(self, potential: Potential, core: Any) -> None:
        self._potential, self._core = potential, core
        self._callbacks = {}

    def initialize_velocities(self, temperature: float, seed: int = 0, exact: bool = True) -> None:
        """Draw velocities from the Maxwell-Boltzmann distribution; a function of seed and atom. Fixed atoms get none.

        Args:
            temperature: K.
            seed: Another seed draws others.
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

        Atoms stand in their order, positions are unwrapped, numbers read back exactly. A new simulation starts the
        file anew; a resumed one continues it where the checkpoint was. Each frame is written whole or not at all.
        Extended XYZ has a column ``move_mask`` where atoms are fixed, which ASE reads as ``FixAtoms``.

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
        kind = "" if format is None else as_text(format, "format")
        columns = as_flag(velocities, "velocities"), as_flag(forces, "forces")
        extras = as_flag(virial, "virial"), as_flag(time, "time")
        self._core.trajectory(as_path(path, "path"), as_interval(every), kind, *columns, *extras)

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
        given = as_items(models, "models", "potentials")
        judges = [core_potential(model, f"models[{k}]") for k, model in enumerate(given)]
        self._core.deviation(
            judges,
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
        """Keep a checkpoint in a file; each replaces the one before at once."""
        self._core.checkpoint(as_path(path, "path"), as_interval(every))

    def callback(self, function: Callable[[Simulation], object], every: int) -> None:
        """Call ``function(simulation)`` after every step that is a multiple of ``every``.

        It may read and change whatever could be read and changed between two runs, and add observers, but not ``run``.
        An exception in it ends the run after a whole step and comes out of ``run``.
        """
        if not callable(function):
            raise InputError(f"function = {shown(function)} cannot be called")
        owner, key = ref(self), object()
        self._callbacks[key] = function

        def call() -> None:  # holds no strong reference to the simulation, which holds this function
            simulation = owner()
            if simulation is not None:
                simulation._callbacks[key](simulation)

        self._core.callback(call, as_interval(every))

    def run(self, n_steps: int) -> int:
        """Run ``n_steps`` steps, or until ``stop``; returns the steps done.

        Python code runs on in other threads meanwhile; Ctrl-C ends the run after a whole step.

        Raises:
            InputError: The system has blown up (naming step, atom and position), or a file cannot be written: what
                was written before is whole. Or the simulation is running already, or the last step would lie beyond
                2^53.
        """
        n = as_count(n_steps, "n_steps", at_most=MOST_STEPS)
        if self.step + n > MOST_STEPS:
            raise InputError(
                f"n_steps = {n} from step {self.step} on leads beyond step {MOST_STEPS}, the last there is"
            )
        return self._core.run(n)

    def stop(self) -> None:
        """End the run after its current step; without a run, the next one at once.

        May be called from any thread or signal handler; one rank is enough.
        """
        self._core.request_stop()

    def write_checkpoint(self, path: str | PathLike[str]) -> None:
        """Write all that ``resume`` needs, in place at once."""
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
        """The two atoms that are nearest to each other, and their distance (Å); None when none are nearer than
        ``within`` Å. Rank 0 gathers all atoms and looks for it, a few microseconds per atom. Collective."""
        return self._core.closest_pair(as_number(within, "within"))

    @property
    def run_id(self) -> int:
        """Names the run in its checkpoints, in the last column of the thermo log, and in the frames of extended XYZ."""
        return self._core.run_id

    @property
    def resume_notes(self) -> list[str]:
        """What became of the files that a resumed simulation continues: what was moved aside, what had to begin anew.
        On rank 0."""
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
    def fixed(self) -> np.ndarray:
        """[n_fixed] int32 indices of the atoms that do not move, ascending."""
        return self._core.fixed

    @property
    def positions(self) -> np.ndarray:
        """[n, 3] Å, unwrapped."""
        return self._core.positions

    @property
    def velocities(self) -> np.ndarray:
        """[n, 3] Å/fs, zero for fixed atoms. Setting them takes the total momentum away unless ``zero_momentum`` is
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
