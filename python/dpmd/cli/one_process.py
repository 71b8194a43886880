"""Refuses several processes for commands that cannot share their work between them."""

from __future__ import annotations

import os

import typer

from dpmd.errors import InputError

SHARED_COMMANDS = ("run", "lmp")

# Variables in which mpiexec and srun give each process its rank and the number of ranks, as in
# cpp/src/comm/mpi_library.cpp.
_LAUNCHERS = (
    ("OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"),
    ("PMI_RANK", "PMI_SIZE"),
    ("MV2_COMM_WORLD_RANK", "MV2_COMM_WORLD_SIZE"),
    ("PMIX_RANK", "SLURM_STEP_NUM_TASKS"),
)


def launched_rank() -> int | None:
    """The rank that the launcher gave this process, found without MPI; None when it was started alone."""
    found = next((os.environ[rank] for rank, _ in _LAUNCHERS if rank in os.environ), "")
    return int(found) if found.isdigit() else None


def require_one_process(command: str | None) -> None:
    """Refuse to do the same thing several times at once. Only the environment is checked: MPI is not started."""
    if command is None or command in SHARED_COMMANDS:
        return
    for rank, size in _LAUNCHERS:
        n = os.environ.get(size, "")
        if rank not in os.environ or not n.isdigit() or int(n) < 2:
            continue
        if launched_rank() != 0:
            raise typer.Exit(2)
        hint = "; dpmd run reports the speed of several" if command == "bench" else ""
        raise InputError(
            f"dpmd {command} runs in one process, but mpirun or srun has started {n} ({size} is set): start it "
            f"without them{hint}"
        )
