"""Runs a program and measures its time and peak memory."""

from __future__ import annotations

import os
import resource
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

MAX_FOREIGN_CORES = 0.1
"""With more than this, a time does not count."""

_SAMPLING_INTERVAL = 0.1  # s


class BenchmarkError(Exception):
    """An error that the caller can fix; the message names the remedy."""


@dataclass(frozen=True)
class Layout:
    """How a program uses the cores."""

    ranks: int
    """MPI ranks of LAMMPS; dpmd outside LAMMPS has one process and ``cores`` threads."""
    threads: int
    """Threads per rank."""

    @property
    def cores(self) -> int:
        """Cores in use."""
        return self.ranks * self.threads

    def __str__(self) -> str:
        if self.ranks == 1:
            return "1 thread" if self.threads == 1 else f"{self.threads} threads"
        return f"{self.ranks} ranks"


@dataclass(frozen=True)
class Dynamics:
    """The dynamics that both programs run: NVE."""

    structure: Path
    """LAMMPS data file."""
    timestep_fs: float
    steps: int
    """Steps that are timed."""
    warmup: int
    """Steps before them."""
    skin: float
    """Å."""
    temperature: float
    """Temperature of the Maxwell velocities at the start, K."""
    seed: int


@dataclass(frozen=True)
class Usage:
    """The resources that a program used, and those that others used meanwhile."""

    memory_mb: float
    """Sum over its processes of the peak resident memory, 1e6 bytes."""
    foreign_cores: float
    """Cores that were busy with something else, on average; times are too long when it is not near 0."""


@dataclass(frozen=True)
class Measurement:
    """One run of one program."""

    seconds: float
    """Wall time of the timed steps, without start-up and warm-up."""
    steps: int
    n_atoms: int
    energy: float
    """Potential energy of the start structure, eV."""
    force_norm: float
    """Length of the vector of all forces of the start structure, eV/Å."""
    list_builds: int
    """Neighbour lists built during the timed steps."""
    usage: Usage
    kernels: str = ""
    """The instruction set that dpmd chose."""

    @property
    def us_per_atom_step(self) -> float:
        """Microseconds per atom and step."""
        return 1e6 * self.seconds / (self.steps * self.n_atoms)


def run_measured(
    command: Sequence[str], log: Path, environment: Mapping[str, str], program: str, folder: Path | None = None
) -> Usage:
    """Run a command, and measure the memory of its processes called ``program``.

    Output and errors go to ``log``. The kernel records a process' peak since exec; it is read until the process ends.

    Raises:
        BenchmarkError: The command failed; with the tail of its log.
    """
    peaks: dict[int, int] = {}
    started, foreign = time.monotonic(), _foreign_seconds()
    with log.open("w") as output:
        try:
            process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, env=environment, cwd=folder)
        except OSError as error:
            raise BenchmarkError(f"{command[0]} cannot be started: {error.strerror}") from error
        try:
            while process.poll() is None:
                for pid in _family(process.pid):
                    name, peak = _name_and_peak(pid)
                    if name == program[:15] and peak > 0:
                        peaks[pid] = peak
                time.sleep(_SAMPLING_INTERVAL)
        finally:
            if process.poll() is None:
                process.terminate()
                process.wait()
    if process.returncode != 0:
        raise BenchmarkError(f"{' '.join(command)}\nfailed with status {process.returncode}; {log} ends:\n{tail(log)}")
    foreign_cores = (_foreign_seconds() - foreign) / (time.monotonic() - started)
    return Usage(1.024e-3 * sum(peaks.values()), max(0.0, round(foreign_cores, 2)))


def tail(log: Path, n_lines: int = 15) -> str:
    """Last lines of a log, without the loader's complaints about CUDA libraries that a CPU does not need."""
    lines = log.read_text(errors="replace").splitlines()
    return "\n".join([line for line in lines if "libcudart" not in line][-n_lines:])


def _foreign_seconds() -> float:
    """Busy core seconds of the whole machine so far, without this process and the children that it has waited for."""
    counts = [int(word) for word in Path("/proc/stat").read_text().splitlines()[0].split()[1:]]
    user, nice, system, _, _, irq, softirq, steal = counts[:8]
    busy = (user + nice + system + irq + softirq + steal) / os.sysconf("SC_CLK_TCK")
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return busy - sum(usage.ru_utime + usage.ru_stime for usage in usages)


def _family(pid: int) -> Iterator[int]:
    """A process and all its descendants."""
    yield pid
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return
    for child in children:
        yield from _family(int(child))


def _name_and_peak(pid: int) -> tuple[str, int]:
    """The name (at most 15 characters) and peak resident memory in KiB, 0 once it has ended."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return "", 0
    values = dict(line.split(":", 1) for line in lines if ":" in line)
    return values["Name"].strip(), int(values.get("VmHWM", "0 kB").split()[0])
