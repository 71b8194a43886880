"""i-PI's protocol on a socket: what a client reads and writes, with checks of everything that the server sends.

A message is a name of 12 characters. POSDATA, INIT and FORCEREADY are followed by numbers, little endian, in Hartree
atomic units. A server may be silent between two messages while it does something else, but not within one.
"""

from __future__ import annotations

import os
import re
import socket
from dataclasses import dataclass
from time import monotonic

import numpy as np
from ase import units

from dpmd.errors import Error, InputError

MESSAGES = ("STATUS", "INIT", "POSDATA", "GETFORCE", "EXIT")
LONGEST_SECONDS = 1e8  # three years; a socket cannot wait longer than the system's clock allows
_LENGTH = 12  # length of a message's name, bytes
_WITHIN_SECONDS = 60.0  # how long a server may be silent within a message
_SLOWEST = 10_000.0  # the least rate within a message in the long run, bytes per second
_MOST_INIT_BYTES = 1_000_000


@dataclass(frozen=True)
class Address:
    """Where a server listens: the name of a UNIX socket in /tmp, or a host and a port."""

    unix: str | None = None
    host: str = "localhost"
    port: int = 31415

    @property
    def path(self) -> str | None:
        """The path of the UNIX socket, where i-PI puts it."""
        return None if self.unix is None else os.path.join("/tmp", f"ipi_{self.unix}")

    def __str__(self) -> str:
        return f"{self.host}, port {self.port}" if self.unix is None else str(self.path)


class GoneError(Exception):
    """The server has closed the connection within a message, or before it took an answer."""


class Protocol:
    """One end of a connection.

    Args:
        connection: The socket connected to the server.
        address: Where it is, for messages.
        timeout: Seconds that the server may be silent between two messages, or take to accept an answer; 0: no limit.
    """

    def __init__(self, connection: socket.socket, address: Address, timeout: float) -> None:
        self.address = address
        self._socket = connection
        self._timeout = min(timeout, LONGEST_SECONDS) or None
        if address.unix is None:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # results are sent in several small pieces
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)

    def violation(self, what: str) -> Error:
        """The error for a server that violates the protocol."""
        return Error(
            f"the server at {self.address} sends {what}, unlike i-PI: does this address belong to another program?"
        )

    def receive_message(self) -> str | None:
        """The name of the next message; None if the server has closed the connection instead."""
        self._socket.settimeout(self._timeout)
        try:
            first = self._socket.recv(_LENGTH)
        except TimeoutError as error:
            raise Error(
                f"the server at {self.address} has been silent for {self._timeout:g} s: it hangs, or needs more "
                "time between two calculations, which --timeout gives it"
            ) from error
        except ConnectionError:
            return None
        if not first:
            return None
        name = first + self._receive(_LENGTH - len(first))
        message = name.rstrip().decode("ascii", "replace")
        if message not in MESSAGES:
            raise self.violation(repr(name))
        if self.address.unix is None and hasattr(socket, "TCP_QUICKACK"):
            # A server that sends in pieces, as ASE's does, would otherwise wait 40 ms.
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
        return message

    def receive_init(self) -> None:
        """Read what follows INIT: a number and a text that clients may ignore; batches are refused."""
        self._receive(4)
        n_bytes = int(np.frombuffer(self._receive(4), "<i4")[0])
        if not 0 <= n_bytes <= _MOST_INIT_BYTES:
            raise self.violation(f"INIT with a text of {n_bytes} bytes")
        batch = re.search(rb"batch_size:\s*(\d+)", self._receive(n_bytes))
        if batch:
            raise InputError(
                f"the server at {self.address} sends batches of {batch[1].decode()} structures, which dpmd serve does "
                "not take: remove batch_size from i-PI's <ffsocket>"
            )

    def receive_positions(self, n_atoms: int, source: str) -> tuple[np.ndarray, np.ndarray]:
        """Read what follows POSDATA: the cell [3, 3], whose rows are lattice vectors, and positions [n, 3], Å.

        Args:
            n_atoms: The number of atoms that there must be.
            source: Where this number comes from, for messages.
        """
        cell, _inverse = (self._receive_finite(9).reshape(3, 3).T for _ in range(2))
        n_sent = int(np.frombuffer(self._receive(4), "<i4")[0])
        if n_sent != n_atoms:
            raise InputError(
                f"the server at {self.address} sends {n_sent} atoms, but {source} holds {n_atoms}: "
                "give server and client the same atoms in the same order (of i-PI, sockets with mode unix or inet)"
            )
        return cell * units.Bohr, self._receive_finite(3 * n_atoms).reshape(n_atoms, 3) * units.Bohr

    def send_message(self, name: str) -> None:
        """Send the state of the client."""
        self._send(name.encode().ljust(_LENGTH))

    def send_forces(self, energy: float, forces: np.ndarray, virial: np.ndarray) -> None:
        """Send the answer to GETFORCE: energy eV, forces [n, 3] eV/Å, virial [3, 3] eV."""
        self.send_message("FORCEREADY")
        self._send(np.array([energy / units.Ha], "<f8").tobytes() + np.array([len(forces)], "<i4").tobytes())
        self._send(np.asarray(units.Bohr / units.Ha * forces, "<f8").tobytes())
        # a text of one byte: servers have trouble with an empty one
        self._send(np.asarray(virial.T / units.Ha, "<f8").tobytes() + np.array([1], "<i4").tobytes() + b"\0")

    def close(self) -> None:
        """Close the connection."""
        self._socket.close()

    def _receive(self, n_bytes: int) -> bytes:
        """Receive ``n`` bytes within a message."""
        silence = min(_WITHIN_SECONDS, self._timeout or _WITHIN_SECONDS)
        end = monotonic() + silence + n_bytes / _SLOWEST
        buffer = bytearray(n_bytes)
        view = memoryview(buffer)
        try:
            while view:
                self._socket.settimeout(max(min(silence, end - monotonic()), 1e-3))
                n = self._socket.recv_into(view)
                if n == 0:
                    raise GoneError
                view = view[n:]
        except TimeoutError as error:
            raise Error(f"the server at {self.address} has fallen silent in the middle of a message") from error
        except ConnectionError as error:
            raise GoneError from error
        return bytes(buffer)

    def _receive_finite(self, n: int) -> np.ndarray:
        values = np.frombuffer(self._receive(8 * n), "<f8")
        if not np.isfinite(values).all():
            raise InputError(
                f"the server at {self.address} sends positions or a cell that are not finite: its run has blown up"
            )
        return values

    def _send(self, content: bytes) -> None:
        self._socket.settimeout(self._timeout)
        try:
            self._socket.sendall(content)
        except TimeoutError as error:
            raise Error(
                f"the server at {self.address} has not accepted an answer for {self._timeout:g} s: it hangs"
            ) from error
        except OSError as error:
            raise GoneError from error
