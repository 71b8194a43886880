"""Conversations with `dpmd serve` in which the server sends anything: the client soon ends with a message."""

from __future__ import annotations

import os
import random
import socket
import struct
import threading
import time
from pathlib import Path

from attack.counts import Budget, Counts
from attack.tiny_input import TinyInput
from attack.workers import attack_in_workers

_DOUBLES = (0.0, 1.0, 9.0, 30.0, -5.0, 1e9, 1e300, 1e-12, float("nan"), float("inf"))
_COUNTS = (0, 1, 23, 25, -1, -(2**31), 2**31 - 1, 1000, 10**7)
_TIMEOUT = 0.2  # seconds of silence that the client accepts
_PATIENCE = 15  # seconds after which it counts as hanging


def run(budget: Budget) -> Counts:
    """Attacks until the time is over."""
    return attack_in_workers("attack.conversations", budget)


def prepare(folder: Path) -> TinyInput:
    """The model and structure to serve."""
    return TinyInput(folder)


def attempt(tiny: TinyInput, rng: random.Random, folder: Path) -> None:
    """Tries one conversation."""
    from ase.calculators.socketio import actualunixsocketname
    from typer.testing import CliRunner

    from dpmd.cli import app

    name = f"dpmd_attack_{os.getpid()}_{rng.randrange(10**9)}"
    said: list[bytes] = []
    borne: list[str] = []
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(actualunixsocketname(name))
        try:
            listener.listen(1)
            server = threading.Thread(target=_talk, args=(listener, rng, said, borne, tiny.n_atoms))
            server.start()
            command = ["serve", tiny.model, "-s", tiny.structure, "--unix", name, "--timeout", _TIMEOUT]
            command += ["--threads", 1, "--no-compress"]
            result = CliRunner().invoke(app, [str(word) for word in command])
            server.join()
        finally:
            os.unlink(actualunixsocketname(name))
            (folder / "said").write_bytes(b"".join(said))
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code in (0, 1, 2) and "Traceback" not in result.output, result.output
    assert "connected to" in result.output, result.output  # otherwise there was no conversation
    assert not borne, borne


def _talk(listener: socket.socket, rng: random.Random, said: list[bytes], borne: list[str], n_atoms: int) -> None:
    listener.settimeout(_PATIENCE)
    try:
        connection, _ = listener.accept()
        with connection:
            connection.settimeout(0.05)
            for _ in range(rng.randrange(1, 12)):
                message = rng.choice(_MESSAGES)(rng, n_atoms)
                if rng.random() < 0.1:
                    message = message[: rng.randrange(len(message) + 1)]
                said.append(message)
                for piece in _pieces(message, rng):
                    connection.sendall(piece)
                _listen(connection, rng)
            if rng.random() < 0.2 and not _is_left(connection):
                borne.append(f"the client was still there after {_PATIENCE} s of silence")
            if rng.random() < 0.3:  # no goodbye
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    except OSError:
        return  # the client has hung up, or never came


def _is_left(connection: socket.socket) -> bool:
    """Whether a client that receives nothing more hangs up."""
    connection.settimeout(_PATIENCE)
    try:
        while connection.recv(10**6):
            pass
    except TimeoutError:
        return False
    return True


def _pieces(message: bytes, rng: random.Random) -> list[bytes]:
    if rng.random() < 0.9 or len(message) > 500:
        return [message]
    cut = rng.randrange(len(message) + 1)
    return [message[:cut], message[cut:]]


def _listen(connection: socket.socket, rng: random.Random) -> None:
    if rng.random() < 0.2:
        return
    try:
        connection.recv(rng.choice((1, 12, 100, 10**6)))
    except TimeoutError:
        time.sleep(0)


def _word(text: str) -> bytes:
    return text.encode().ljust(12)


def _doubles(rng: random.Random, n: int) -> bytes:
    usual = [rng.uniform(0, 12) for _ in range(n)]
    if n > 0 and rng.random() < 0.3:
        usual[rng.randrange(n)] = rng.choice(_DOUBLES)
    return struct.pack(f"{n}d", *usual)


def _cell(rng: random.Random) -> bytes:
    if rng.random() < 0.2:
        return _doubles(rng, 18)
    edge = rng.choice((12.0, 12.0, 20.0, 1e4, 0.1, 1e9, 0.0))
    inverse = 1 / edge if edge else 0.0
    return struct.pack("18d", edge, 0, 0, 0, edge, 0, 0, 0, edge, inverse, 0, 0, 0, inverse, 0, 0, 0, inverse)


def _positions(rng: random.Random, n_atoms: int) -> bytes:
    n = n_atoms if rng.random() < 0.85 else rng.choice(_COUNTS)
    sent = n if 0 <= n <= 1000 else n_atoms
    return _word("POSDATA") + _cell(rng) + struct.pack("i", n) + _doubles(rng, 3 * sent)


def _init(rng: random.Random, _: int) -> bytes:
    text = rng.randbytes(rng.randrange(20))
    size = len(text) if rng.random() < 0.7 else rng.choice(_COUNTS)
    return _word("INIT") + struct.pack("ii", rng.choice((0, 1, *_COUNTS)), size) + text


def _noise(rng: random.Random, _: int) -> bytes:
    return rng.randbytes(rng.choice((1, 12, 100, 5000)))


_MESSAGES = (
    *(lambda rng, n: _word("STATUS"),) * 4,
    *(_init,) * 3,
    *(_positions,) * 4,
    *(lambda rng, n: _word("GETFORCE"),) * 3,
    lambda rng, n: _word("EXIT"),
    lambda rng, n: _word(rng.choice(("FORCEREADY", "status", "", "NEEDINIT", "STATUS\0"))),
    _noise,
)
