"""A Deep Potential behind a socket: a client of i-PI, on ASE's implementation of the protocol."""

from __future__ import annotations

import errno
import re
import socket
import time
from dataclasses import dataclass
from typing import Any

import numpy as np
from ase import Atoms, units
from ase.calculators.socketio import IPIProtocol, SocketClient, SocketClosed, actualunixsocketname

from dpmd.errors import Error, InputError

__all__ = ["Address", "Client", "connect"]

_MESSAGES = ("STATUS", "INIT", "POSDATA", "GETFORCE", "EXIT")
_RETRY_SECONDS = 0.2
# What a server that is not up yet, or whose machine is not, looks like.
_NOT_YET = (errno.ENOENT, errno.ECONNREFUSED, errno.ETIMEDOUT, errno.EHOSTUNREACH, errno.ENETUNREACH)


@dataclass(frozen=True)
class Address:
    """Where a server listens: the name of a UNIX socket in /tmp, or host and port."""

    unix: str | None = None
    host: str = "localhost"
    port: int = 31415

    def __str__(self) -> str:
        return f"{self.host}, port {self.port}" if self.unix is None else actualunixsocketname(self.unix)


class Client(SocketClient):
    """Answers one server with the calculator of ``atoms``: ``for _ in client.irun(atoms): ...``.

    The loop goes on after each calculation, and ends when the server says EXIT, which sets ``was_dismissed``, or closes
    the connection between two calculations. Positions and cell of the atoms become those of the server.

    Args:
        address: Where the server listens.
        atoms: What it must send positions of; with a ``dpmd.ase.DPMD`` calculator.
        source: Where the atoms come from, for error messages.

    Raises:
        OSError: There is no server.
        InputError: In the loop: the server sends other atoms, or such that the model cannot take them.
        Error: In the loop: the server does not keep to the protocol, or is gone with work unfinished.
    """

    def __init__(self, address: Address, atoms: Atoms, source: str) -> None:
        super().__init__(host=address.host, port=address.port, unixsocket=address.unix)
        connection = self.protocol.socket
        if address.unix is None:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # results go out in several small pieces
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        self.protocol = _Protocol(connection, address, len(atoms), source)
        self.state = "NEEDINIT"  # so that i-PI says how it will send its requests
        self.n_calculations, self._seconds = 0, 0.0
        self._potential = atoms.calc.potential

    @property
    def was_dismissed(self) -> bool:
        """Whether the server has said EXIT."""
        return self.protocol.last_message == "EXIT"

    def summary(self) -> str:
        """What was done so far, in words."""
        n, lists = self.n_calculations, self._potential.n_list_builds
        return f"{n} calculations" + (f" of {1e3 * self._seconds / n:.3g} ms, {lists} neighbour lists" if n else "")

    def calculate(self, atoms: Atoms, use_stress: bool) -> tuple[float, np.ndarray, np.ndarray]:
        """Energy, forces and virial; called by ASE."""
        start = time.perf_counter()
        try:
            energy, forces = atoms.get_potential_energy(), atoms.get_forces()
        except Error as error:
            raise type(error)(f"calculation {self.n_calculations + 1}: {error}") from error
        self.n_calculations += 1
        self._seconds += time.perf_counter() - start
        virial = atoms.calc.results["virial"]
        return energy, forces, (virial + virial.T) / 2

    def irun(self, atoms: Atoms, use_stress: bool | None = None) -> Any:
        """Serve; see the class."""
        try:
            yield from super().irun(atoms, use_stress)
        except OSError as error:
            raise self._gone() from error
        except AssertionError as error:
            raise self.protocol.violation(f"{self.protocol.last_message} to a client that is {self.state}") from error
        if self.state == "HAVEDATA" and not self.was_dismissed:
            raise self._gone()

    def _gone(self) -> Error:
        return Error(
            f"the server at {self.protocol.address} is gone, with work unfinished, after {self.summary()}: its own "
            "output tells why"
        )


class _Protocol(IPIProtocol):
    """ASE's protocol, which trusts its server, with checks."""

    def __init__(self, connection: socket.socket, address: Address, n_atoms: int, source: str) -> None:
        super().__init__(connection)
        self.address = address
        self.last_message = ""
        self._n_atoms, self._source = n_atoms, source

    def violation(self, what: str) -> Error:
        """An error to raise."""
        return Error(f"the server at {self.address} sends {what}, not as i-PI does: is it another program's address?")

    def recvmsg(self) -> str:
        try:
            message = super().recvmsg()
        except ConnectionError as error:
            raise SocketClosed from error
        except UnicodeDecodeError as error:
            raise self.violation(repr(error.object)) from error
        if message not in _MESSAGES:
            raise self.violation(repr(message))
        self.last_message = message
        if self.address.unix is None and hasattr(socket, "TCP_QUICKACK"):
            # A server that sends in pieces, as ASE's does, would wait 40 ms for it.
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
        return message

    def recvinit(self) -> tuple[Any, Any]:
        bead, content = super().recvinit()
        batch = re.search(rb"batch_size:\s*(\d+)", np.asarray(content, dtype=np.int8).tobytes())
        if batch:
            raise InputError(
                f"the server at {self.address} sends batches of {batch[1].decode()} structures, which dpmd serve does "
                "not take: remove batch_size from i-PI's <ffsocket>"
            )
        return bead, content

    def recvposdata(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        cell, inverse = (self._recv_finite((3, 3)).T.copy() for _ in range(2))
        n_atoms = int(self.recv(1, np.int32)[0])
        if n_atoms != self._n_atoms:
            raise InputError(
                f"the server at {self.address} sends {n_atoms} atoms, but {self._source} holds {self._n_atoms}: "
                "give server and client the same atoms in the same order (of i-PI, sockets with mode unix or inet)"
            )
        positions = self._recv_finite((n_atoms, 3))
        return cell * units.Bohr, inverse / units.Bohr, positions * units.Bohr

    def _recv_finite(self, shape: tuple[int, ...]) -> np.ndarray:
        try:
            return self.recv(shape, np.float64)
        except AssertionError as error:
            raise InputError(
                f"the server at {self.address} sends positions or a cell that are not finite: its run has blown up"
            ) from error


def connect(address: Address, atoms: Atoms, source: str, wait: float) -> Client:
    """A client, as soon as there is a server, but not later than after ``wait`` seconds.

    Raises:
        InputError: There is none, or cannot be one there.
    """
    start = time.monotonic()
    while True:
        try:
            return Client(address, atoms, source)
        except OSError as error:
            left = start + wait - time.monotonic()
            if error.errno in _NOT_YET and left > 0:
                time.sleep(min(_RETRY_SECONDS, left))
                continue
            raise InputError(_no_server(address, wait, error)) from error


def _no_server(address: Address, wait: float, error: OSError) -> str:
    place, option = f"no server at {address}", "--unix" if address.unix is not None else "--address and --port"
    if isinstance(error, socket.gaierror):
        return f"{place}: the host is not known ({error.strerror}): --address takes a name or number of a machine"
    reason = "there is no such socket" if error.errno == errno.ENOENT else error.strerror or str(error)
    if error.errno not in _NOT_YET:
        return f"{place}: {reason}"
    return (
        f"{place} within {wait:g} s: {reason}; {option} must be as in i-PI's <ffsocket>, and --wait gives i-PI more "
        "time to start"
    )
