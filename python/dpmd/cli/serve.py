"""``dpmd serve MODEL --structure FILE``."""

from __future__ import annotations

from dataclasses import replace
from os.path import isdir
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dpmd.cli.options import Compress, Device, Head, Overflow, Precision, Threads, Tolerance, real
from dpmd.cli.structure_options import reads_structures
from dpmd.standard_streams import new_losses, outlive_streams
from dpmd.structure import ReadOptions, Structure

if TYPE_CHECKING:
    from ase import Atoms

    from dpmd.cli.running.log import RunLog
    from dpmd.ipi_protocol import Address
    from dpmd.potential import Potential


@reads_structures
def serve(
    model: Annotated[Path, typer.Argument(help="Any model file that dpmd reads.")],
    structure: Annotated[
        Path, typer.Option("--structure", "-s", help="A file of any format with the atoms in the order of the server.")
    ],
    unix: Annotated[str | None, typer.Option(help="The name of i-PI's UNIX socket, as in its <address>.")] = None,
    address: Annotated[str | None, typer.Option(help="The host of i-PI; default: localhost.")] = None,
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="The port of i-PI; default: 31415.")] = None,
    wait: Annotated[float, real(0, help="Seconds to wait for a server that is not running yet.")] = 60,
    timeout: Annotated[
        float, real(0, help="Seconds that the server may be silent between two messages; 0: no limit.")
    ] = 3600,
    device: Device = "cpu",
    threads: Threads = None,
    precision: Precision = "double",
    compress: Compress = True,
    tolerance: Tolerance = None,
    head: Head = None,
    overflow: Overflow = "error",
    skin: Annotated[float, real(0, help="How far neighbour lists reach beyond the cutoff, Å.")] = 2.0,
    log: Annotated[Path | None, typer.Option(help="Append a line for each calculation to this file.")] = None,
    *,
    reading: ReadOptions,
) -> None:
    """Compute energies, forces and virials for i-PI or any other server with the same protocol.

    It ends when the server says EXIT, closes the connection or is silent for longer than --timeout. Start several for
    the beads of a ring polymer: i-PI distributes the beads among them. Ctrl-C stops it.
    """
    from dpmd.cli.running.log import RunLog
    from dpmd.cli.sources import Notes
    from dpmd.errors import Error
    from dpmd.output_files import OutputFiles
    from dpmd.potential import Potential
    from dpmd.structure import read_structure

    place = _address(unix, address, port)
    _require_writable(log)
    if log is not None:
        OutputFiles([model, structure]).reserve(log)
    potential = Potential(
        model, device, precision, threads, overflow, skin, compress=compress, tolerance=tolerance, head=head
    )
    found = read_structure(structure, potential.type_map, replace(reading, pbc=None))
    found.pbc = reading.pbc or found.pbc  # the box comes from the server
    if found.fixed is not None:
        found.fixed, found.remarks = None, [*found.remarks, "its fixed atoms are left to the server, which moves all"]
    found.drop_parameters(potential.n_fparam, potential.n_aparam)
    atoms = _served_atoms(found, potential)
    file = RunLog(log, Notes().say)
    outlive_streams()
    settings = {"structure": str(structure), "n_atoms": len(atoms), "pbc": atoms.pbc.tolist(), "skin": skin}
    file.header(f"serve {place}", potential, {"serve": settings})
    info = potential.info()
    opening = [*found.describe(), f"{info['device']} ({info['kernels']}), {info['threads']} threads"]
    typer.echo("\n".join([*opening, f"precision {potential.form()}"]))
    for line in found.describe():
        file.write(line)
    try:
        _serve(place, atoms, str(structure), wait, timeout, file)
    except Error as error:
        file.write(f"failed: {error}")
        raise


def _serve(place: Address, atoms: Atoms, source: str, wait: float, timeout: float, log: RunLog) -> None:
    """Connect, answer until the end, and report it."""
    from dpmd.cli.running.interrupt import Interruption
    from dpmd.ipi_client import Client, connect

    def say(line: str) -> None:
        typer.echo(line)
        for each in [line, *new_losses()]:
            log.write(each)

    client = None
    try:
        with Interruption(_interrupt):
            say(f"looking for a server at {place}")
            client = Client(connect(place, wait, timeout), atoms, source)
            say(f"connected to {place}")
            for _ in client.serve():
                energy, force = atoms.get_potential_energy(), abs(atoms.get_forces()).max(initial=0.0)
                log.write(
                    f"calculation {client.n_calculations}: {energy:.9f} eV, largest force component {force:.4g} eV/Å"
                )
    except KeyboardInterrupt:
        say(f"stopped after {'0 calculations' if client is None else client.summary()}")
        raise typer.Exit(130) from None
    verb = "said EXIT" if client.was_dismissed else "closed the connection"
    say(f"the server {verb} after {client.summary()}")


def _interrupt() -> None:
    raise KeyboardInterrupt


def _address(unix: str | None, host: str | None, port: int | None) -> Address:
    from dpmd.errors import InputError
    from dpmd.ipi_protocol import Address

    if unix is None:
        return Address(None, host or Address.host, port or Address.port)
    if (host, port) != (None, None):
        raise InputError("--unix is for a UNIX socket, --address and --port are for TCP: give one or the other")
    if "/" in unix or not unix:
        raise InputError(f"--unix {unix}: give the name as in i-PI's <address>; NAME stands for {Address('NAME')}")
    return Address(unix)


def _require_writable(log: Path | None) -> None:
    from dpmd.errors import InputError

    if log is not None and (isdir(log) or not isdir(log.parent)):
        problem = "is a folder" if isdir(log) else f"there is no folder {log.parent}"
        raise InputError(f"--log {log}: {problem}")


def _served_atoms(structure: Structure, potential: Potential) -> Atoms:
    """ASE's object with a calculator. Positions, cell and forces go over the socket, but no names: types that are not
    elements are represented by atomic numbers."""
    from ase.data import chemical_symbols

    from dpmd.ase import DPMD

    atoms = structure.atoms()
    atoms.set_constraint()  # the server moves them
    if all(name in chemical_symbols for name in structure.type_map):
        atoms.calc = DPMD(potential)
    else:
        atoms.numbers = structure.types + 1
        atoms.calc = DPMD(potential, {chemical_symbols[k + 1]: k for k in range(len(structure.type_map))})
    return atoms
