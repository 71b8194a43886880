"""A Deep Potential as a client of i-PI."""

from __future__ import annotations

import errno
import socket
import time
from collections.abc import Iterator

import numpy as np
from ase import Atoms

from dpmd.errors import Error, InputError
from dpmd.ipi_protocol import LONGEST_SECONDS, Address, GoneError, Protocol
from dpmd.shown import is_plain, plain

__all__ = ["Address", "Client", "connect"]

_RETRY_SECONDS = 0.2
# The errors when a server, or its machine, is not running yet.
_NOT_YET = (errno.ENOENT, errno.ECONNREFUSED, errno.ETIMEDOUT, errno.EHOSTUNREACH, errno.ENETUNREACH)


class Client:
    """Answers one server with the calculator of ``atoms``: ``for _ in client.serve(): ...``.

    Args:
        protocol: The connection.
        atoms: The atoms whose positions the server must send; with a ``dpmd.ase.DPMD`` calculator.
        source: Where the atoms come from, for error messages.
    """

    def __init__(self, protocol: Protocol, atoms: Atoms, source: str) -> None:
        self.was_dismissed = False
        """Whether the server has said EXIT."""
        self.n_calculations = 0
        self._protocol, self._atoms, self._source = protocol, atoms, source
        self._seconds = 0.0
        self._state = "NEEDINIT"  # so that i-PI announces how it will send its requests
        self._result = (0.0, np.zeros((0, 3)), np.zeros((3, 3)))

    def summary(self) -> str:
        """What was done so far, as text."""
        n, lists = self.n_calculations, self._atoms.calc.potential.n_list_builds
        return f"{n} calculations" + (f" of {1e3 * self._seconds / n:.3g} ms, {lists} neighbour lists" if n else "")

    def serve(self) -> Iterator[None]:
        """Answer the server; yields after each calculation.

        Ends when the server says EXIT, which sets ``was_dismissed``, or closes the connection between two calculations.
        Positions and cell of the atoms become those of the server.

        Raises:
            InputError: The server sends other atoms, or atoms that the model cannot take.
            Error: The server violates the protocol, is silent for too long, or has left with work unfinished.
        """
        try:
            while (message := self._protocol.receive_message()) not in (None, "EXIT"):
                if message == "STATUS":
                    self._protocol.send_message(self._state)
                elif message == "INIT" and self._state == "NEEDINIT":
                    self._protocol.receive_init()
                    self._state = "READY"
                elif message == "POSDATA" and self._state == "READY":
                    self._calculate()
                    yield
                elif message == "GETFORCE" and self._state == "HAVEDATA":
                    self._protocol.send_forces(*self._result)
                    self._state = "READY"
                else:
                    raise self._protocol.violation(f"{message} to a client that is {self._state}")
        except GoneError as error:
            raise self._gone() from error
        finally:
            self._protocol.close()
        self.was_dismissed = message == "EXIT"
        if self._state == "HAVEDATA" and not self.was_dismissed:
            raise self._gone()

    def _calculate(self) -> None:
        """Compute energy, forces and virial for the data after POSDATA."""
        atoms = self._atoms
        atoms.cell[:], atoms.positions[:] = self._protocol.receive_positions(len(atoms), self._source)
        start = time.perf_counter()
        try:
            energy, forces = atoms.get_potential_energy(), atoms.get_forces()
        except Error as error:
            raise type(error)(f"calculation {self.n_calculations + 1}: {error}") from error
        self.n_calculations += 1
        self._seconds += time.perf_counter() - start
        virial = atoms.calc.results["virial"]
        self._result = energy, forces, (virial + virial.T) / 2
        self._state = "HAVEDATA"

    def _gone(self) -> Error:
        return Error(
            f"the server at {self._protocol.address} is gone, with work unfinished, after {self.summary()}: its own "
            "output tells why"
        )


def connect(address: Address, wait: float, timeout: float) -> Protocol:
    """Connect as soon as there is a server, waiting up to ``wait`` seconds.

    Args:
        address: Where the server listens.
        wait: Seconds.
        timeout: Seconds that the server may be silent; see ``Protocol``.

    Raises:
        InputError: There is no server, or there cannot be one at this address.
    """
    if not is_plain(address.unix or address.host):
        raise InputError(
            f"no server at {plain(str(address))}: the name has characters that are not allowed in an address"
        )
    start = time.monotonic()
    while True:
        left = start + wait - time.monotonic()
        try:
            return Protocol(_connected(address, max(left, _RETRY_SECONDS)), address, timeout)
        except (OSError, UnicodeError) as error:
            is_up_to_come = isinstance(error, TimeoutError) or getattr(error, "errno", None) in _NOT_YET
            if is_up_to_come and left > 0:
                time.sleep(min(_RETRY_SECONDS, left))
                continue
            raise InputError(_no_server(address, wait, error, is_up_to_come)) from error


def _connected(address: Address, seconds: float) -> socket.socket:
    connection = socket.socket(socket.AF_INET if address.unix is None else socket.AF_UNIX)
    try:
        connection.settimeout(min(seconds, LONGEST_SECONDS))
        connection.connect((address.host, address.port) if address.path is None else address.path)
    except BaseException:
        connection.close()
        raise
    return connection


def _no_server(address: Address, wait: float, error: OSError | UnicodeError, is_up_to_come: bool) -> str:
    place, option = f"no server at {address}", "--unix" if address.unix is not None else "--address and --port"
    if isinstance(error, (socket.gaierror, UnicodeError)):
        reason = error.strerror if isinstance(error, OSError) else "it is not the name of a machine"
        return f"{place}: the host is not known ({reason}): --address takes a name or number of a machine"
    reason = "there is no such socket" if error.errno == errno.ENOENT else error.strerror or str(error)
    if not is_up_to_come:
        return f"{place}: {reason}"
    return (
        f"{place} within {wait:g} s: {reason}; {option} must be as in i-PI's <ffsocket>, and --wait gives i-PI more "
        "time to start"
    )
