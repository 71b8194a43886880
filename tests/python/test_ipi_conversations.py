"""Hostile servers: whatever comes over the socket, `dpmd serve` computes, or says what is wrong and ends.

The damage is seeded, so a failure repeats. `DPMD_HOSTILE_INPUT=20000` tries that many conversations.
"""

from __future__ import annotations

import os
import random
import socket
import threading
from contextlib import suppress

import ase.io
import numpy as np
import pytest
from ase import units

from dpmd.ase import DPMD
from dpmd.errors import Error
from dpmd.ipi_client import Client, connect
from dpmd.ipi_protocol import Address, Protocol

N = int(os.environ.get("DPMD_HOSTILE_INPUT", "100"))
SEED = int(os.environ.get("DPMD_HOSTILE_SEED", "0"))
NAMES = ("STATUS", "INIT", "POSDATA", "GETFORCE", "EXIT", "", "HTTP/1.1 200", "\xff" * 12)
COUNTS = (-1, -(2**31), 0, 1, 23, 25, 2**31 - 1)


@pytest.fixture(scope="module")
def atoms(water_potential, small_box):
    atoms = ase.io.read(small_box)
    atoms.calc = DPMD(water_potential)
    return atoms


def whole(*numbers: int) -> bytes:
    return np.array(numbers, "<i4").tobytes()


def name(text: str) -> bytes:
    return text.encode("latin-1").ljust(12)[:12]


def positions(atoms, n_atoms: int | None = None) -> bytes:
    """The data that follow POSDATA."""
    cell = np.asarray(atoms.cell) / units.Bohr
    numbers = [cell.T, np.linalg.inv(cell).T]
    head = b"".join(np.asarray(one, "<f8").tobytes() for one in numbers)
    count = whole(len(atoms) if n_atoms is None else n_atoms)
    return head + count + np.asarray(atoms.positions / units.Bohr, "<f8").tobytes()


def talk(atoms) -> list[bytes]:
    """The messages of two calculations requested by i-PI, piece by piece."""
    one = [name("STATUS"), name("POSDATA"), positions(atoms), name("STATUS"), name("GETFORCE")]
    return [name("STATUS"), name("INIT"), whole(0, 2), b"ab", *one, *one, name("EXIT")]


def damaged(pieces: list[bytes], choose: random.Random, atoms) -> bytes:
    """The conversation with something wrong in it."""
    k = choose.randrange(len(pieces))
    kind = choose.randrange(6)
    if kind == 0:  # closed at any byte
        content = b"".join(pieces)
        return content[: choose.randrange(len(content))]
    if kind == 1:
        pieces[k] = name(choose.choice(NAMES))
    elif kind == 2:
        pieces[k] = bytes(choose.randrange(256) for _ in range(choose.randrange(1, 40)))
    elif kind == 3:
        pieces[6] = positions(atoms, choose.choice(COUNTS))
    elif kind == 4:
        pieces[2] = whole(choose.choice(COUNTS), choose.choice(COUNTS))
    else:
        numbers = bytearray(pieces[6])
        for _ in range(choose.choice((1, 3))):
            numbers[choose.randrange(len(numbers))] ^= 1 << choose.randrange(8)
        pieces[6] = bytes(numbers)
    return b"".join(pieces)


def conversation(content: bytes, atoms, is_silent: bool) -> Client:
    """Lets a client receive this from a server that then hangs up, or falls silent."""
    server, own = socket.socketpair()
    with server:
        mine = atoms.copy()
        mine.calc = atoms.calc
        client = Client(Protocol(own, Address("test"), 0.02), mine, "test")
        server.sendall(content)
        if not is_silent:
            server.shutdown(socket.SHUT_WR)
        for _ in client.serve():
            pass
    return client


def test_a_whole_conversation_is_served(atoms) -> None:
    client = conversation(b"".join(talk(atoms)), atoms, is_silent=True)

    assert (client.n_calculations, client.was_dismissed) == (2, True)


def test_no_conversation_ends_in_anything_but_an_error_of_dpmd(atoms) -> None:
    choose, wrong = random.Random(SEED), []
    for _ in range(N):
        content = damaged(talk(atoms), choose, atoms)
        try:
            conversation(content, atoms, is_silent=choose.random() < 0.3)
        except Error:
            pass
        except Exception as error:
            wrong.append((error, content[:400]))

    assert not wrong


def said(content: bytes, atoms, is_silent: bool = False) -> str:
    with pytest.raises(Error) as found:
        conversation(content, atoms, is_silent)
    return str(found.value)


def test_a_silent_server_ends_after_the_timeout(atoms) -> None:
    assert "has been silent for 0.02 s" in said(name("STATUS"), atoms, is_silent=True)
    assert "fallen silent in the middle of a message" in said(b"STAT", atoms, is_silent=True)
    assert "fallen silent in the middle of a message" in said(b"".join(talk(atoms))[:300], atoms, is_silent=True)


def test_a_server_that_sends_a_byte_now_and_then_ends_after_the_timeout() -> None:
    ours, theirs = socket.socketpair()
    ends = threading.Event()

    def trickle() -> None:
        with suppress(OSError):  # the client has gone
            while not ends.wait(0.02):
                theirs.send(b"S")

    server = threading.Thread(target=trickle)
    server.start()
    try:
        with ours, pytest.raises(Error, match="fallen silent in the middle of a message"):
            Protocol(ours, Address("trickle"), timeout=0.1).receive_message()
    finally:
        ends.set()
        server.join()
        theirs.close()


def test_a_server_that_closes_within_a_message_is_gone(atoms) -> None:
    assert "gone, with work unfinished" in said(b"STAT", atoms)
    assert "gone, with work unfinished" in said(b"".join(talk(atoms))[:300], atoms)


@pytest.mark.parametrize("n", COUNTS)
def test_a_wrong_number_of_atoms_is_refused_before_they_come(atoms, n: int) -> None:
    start = name("INIT") + whole(0, 0) + name("POSDATA")

    assert f"sends {n} atoms, but test holds 24" in said(start + positions(atoms, n), atoms)


@pytest.mark.parametrize("n", [-1, -(2**31), 2**31 - 1])
def test_a_text_of_an_impossible_length_is_refused(atoms, n: int) -> None:
    assert f"INIT with a text of {n} bytes" in said(name("INIT") + whole(0, n), atoms)


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        (Address("x" * 200), "path too long"),
        (Address(None, "x" * 70), "the host is not known"),
        (Address(None, "a..b"), "the host is not known"),
        (Address("nobody_is_here"), "there is no such socket"),
        (Address("a\0b"), "characters that are not allowed in an address"),
        (Address(None, "\udcff"), "characters that are not allowed in an address"),
    ],
)
def test_an_address_that_cannot_be_is_refused_in_words(address: Address, reason: str) -> None:
    with pytest.raises(Error, match=reason):
        connect(address, wait=0, timeout=1)
