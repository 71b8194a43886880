"""Commands that do not share their work between processes."""

from __future__ import annotations

import os

import typer

from dpmd.errors import InputError

SHARED_COMMANDS = ("run",)

# What mpiexec and srun tell each process: its rank, and how many there are (as in cpp/src/comm/mpi_library.cpp).
_LAUNCHERS = (
    ("OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"),
    ("PMI_RANK", "PMI_SIZE"),
    ("MV2_COMM_WORLD_RANK", "MV2_COMM_WORLD_SIZE"),
    ("PMIX_RANK", "SLURM_STEP_NUM_TASKS"),
)


def launched_rank() -> int | None:
    """The rank of this process as its launcher tells it, without MPI; None when it was started alone."""
    found = next((os.environ[rank] for rank, _ in _LAUNCHERS if rank in os.environ), "")
    return int(found) if found.isdigit() else None


def require_one_process(command: str | None) -> None:
    """Refuse to do the same thing several times at once. Looks at the environment only: MPI is not started."""
    if command is None or command in SHARED_COMMANDS:
        return
    for rank, size in _LAUNCHERS:
        n = os.environ.get(size, "")
        if rank not in os.environ or not n.isdigit() or int(n) < 2:
            continue
        if launched_rank() != 0:
            raise typer.Exit(2)
        hint = "; dpmd run tells the speed of several" if command == "bench" else ""
        raise InputError(
            f"dpmd {command} runs in one process, and mpirun or srun has started {n} ({size} is set): start it "
            f"without them{hint}"
        )
