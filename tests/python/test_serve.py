"""`dpmd serve`: a client of i-PI and of other servers that speak its protocol."""

from __future__ import annotations

import itertools
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import ase.io
import numpy as np
import pytest
from ase import Atoms, units
from ase.calculators.socketio import IPIProtocol, SocketIOCalculator, actualunixsocketname
from typer.testing import CliRunner

from dpmd.cli import app

_numbers = itertools.count()


def unix_name() -> str:
    return f"dpmd_test_{os.getpid()}_{next(_numbers)}"


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def wait_for_its_start(client: subprocess.Popen) -> None:
    while "looking for a server" not in client.stdout.readline():
        assert client.poll() is None, client.stderr.read()


def dpmd_serve(*arguments: object):
    """The result of `dpmd serve`, run in this process."""
    return CliRunner().invoke(app, ["serve", *map(str, arguments)])


@pytest.fixture
def started():
    """Starts `dpmd serve` as a separate process, which does not outlive the test."""
    processes = []

    def start(*arguments: object) -> subprocess.Popen:
        command = [sys.executable, "-m", "dpmd", "serve", *map(str, arguments)]
        environment = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONUNBUFFERED": "1"}
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        processes.append(subprocess.Popen(command, **pipes, text=True, env=environment))
        return processes[-1]

    yield start
    for process in processes:
        process.kill()
        process.communicate()


@pytest.fixture
def water(root) -> Path:
    return root / "examples" / "water" / "water_192.extxyz"


@pytest.fixture
def served(water_model, tmp_path, water_atoms):
    """The result of `dpmd serve` with a scripted server, and the answers that the server got."""

    def run(server: Callable[[IPIProtocol], object], *options: object, atoms: Atoms = water_atoms):
        name, answers = unix_name(), []
        ase.io.write(tmp_path / "atoms.extxyz", atoms)
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(actualunixsocketname(name))
        listener.listen(1)

        def talk() -> None:
            connection, _ = listener.accept()
            with connection:
                answers.append(server(IPIProtocol(connection)))

        thread = threading.Thread(target=talk, daemon=True)
        thread.start()
        try:
            arguments = ("-s", tmp_path / "atoms.extxyz", "--unix", name, "--threads", 1, "--no-compress")
            result = dpmd_serve(water_model, *arguments, *options)
            thread.join(10)
        finally:
            listener.close()
            os.unlink(actualunixsocketname(name))
        return result, answers

    return run


def send(protocol: IPIProtocol, atoms: Atoms) -> None:
    """The messages that a server sends before it asks for forces."""
    if protocol.status() == "NEEDINIT":
        protocol.sendinit()
        assert protocol.status() == "READY"
    cell = np.asarray(atoms.cell)
    protocol.sendposdata(cell, np.linalg.pinv(cell).T, atoms.positions)


def require_same(answer: dict, expected) -> None:
    # forces are sums of multiples of 1.1e-13 eV/Å, and positions went through bohr: 1e-12 of the largest
    assert answer["energy"] == pytest.approx(expected.energy, rel=1e-12)
    for name in ("forces", "virial"):
        largest = abs(getattr(expected, name)).max()
        assert answer[name] == pytest.approx(getattr(expected, name), rel=0, abs=1e-12 * largest), name


@pytest.mark.parametrize("kind", ["unix", "tcp"])
def test_a_server_gets_what_the_potential_gives(started, water_model, water, water_potential, kind: str) -> None:
    address = {"unixsocket": unix_name()} if kind == "unix" else {"port": free_port()}
    option = {"unixsocket": "--unix", "port": "--port"}
    client = started(water_model, "-s", water, *sum(((option[k], v) for k, v in address.items()), ()), "--no-compress")
    wait_for_its_start(client)

    atoms = ase.io.read(water)
    with SocketIOCalculator(**address, timeout=60) as server:  # it starts after the client
        atoms.calc = server
        for _ in range(2):
            atoms.rattle(0.1, seed=1)
            atoms.set_cell(np.asarray(atoms.cell) + [[0, 0, 0], [0.3, 0.2, 0], [0.1, -0.2, 0.1]])
            virial = -atoms.get_stress(voigt=False) * atoms.get_volume()
            answer = {"energy": atoms.get_potential_energy(), "forces": atoms.get_forces(), "virial": virial}
            require_same(answer, water_potential.compute(atoms))
        if kind == "tcp":
            server.server.protocol.end()

    output, errors = client.communicate(timeout=120)
    assert client.returncode == 0, errors
    assert ("said EXIT" if kind == "tcp" else "closed the connection") + " after 2 calculations" in output


def test_a_server_may_ask_without_a_periodic_cell(served, water_potential) -> None:
    molecule = Atoms("OH2", positions=[[0, 0, 0], [0.97, 0, 0], [-0.2, 0.95, 0.1]])
    in_a_box = Atoms(molecule, cell=[5, 5, 5])

    result, answers = served(lambda server: server.calculate(molecule.positions, in_a_box.cell), atoms=molecule)
    in_turn, periodic = served(
        lambda server: server.calculate(molecule.positions, in_a_box.cell), "--pbc", "true", atoms=molecule
    )

    assert "3 atoms: O (1), H (2); not periodic" in result.stdout
    require_same(answers[0], water_potential.compute(molecule))
    assert "3 atoms: O (1), H (2); periodic" in in_turn.stdout
    in_a_box.pbc = True
    require_same(periodic[0], water_potential.compute(in_a_box))


def test_the_log_has_a_line_for_each_calculation(served, tmp_path, water_atoms, water_potential) -> None:
    def server(protocol: IPIProtocol) -> None:
        for _ in range(3):
            protocol.calculate(water_atoms.positions, water_atoms.cell)
        protocol.end()

    result, _ = served(server, "--log", tmp_path / "serve.log")

    assert result.exit_code == 0, result.output
    log = (tmp_path / "serve.log").read_text()
    energies = [float(found) for found in re.findall(r"calculation \d: (\S+) eV", log)]
    assert energies == pytest.approx([water_potential.compute(water_atoms).energy] * 3, abs=1e-8)
    for text in (
        f"connected to {actualunixsocketname('dpmd_test')}",
        '"n_atoms": 192',
        "said EXIT after 3 calculations",
    ):
        assert text in log


@pytest.mark.parametrize(("skin", "n_lists"), [(2.0, 1), (0.5, 12)])
def test_one_list_serves_the_beads_of_a_ring_polymer_in_turn(served, water_atoms, skin: float, n_lists: int) -> None:
    rng = np.random.default_rng(5)
    beads = [water_atoms.positions + rng.uniform(-0.25, 0.25, (192, 3)) for _ in range(4)]  # at most 0.87 Å apart

    def server(protocol: IPIProtocol) -> None:
        for _ in range(3):
            for positions in beads:
                protocol.calculate(positions, water_atoms.cell)
        protocol.end()

    result, _ = served(server, "--skin", skin)

    assert f" {n_lists} neighbour lists" in result.stdout
    assert "said EXIT after 12 calculations" in result.stdout


def test_another_number_of_atoms_is_an_error_with_both(served, water_atoms) -> None:
    result, _ = served(lambda server: send(server, water_atoms[:3]))

    assert result.exit_code == 2
    assert re.search(r"sends 3 atoms, but \S*atoms\.extxyz holds 192", result.stderr)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda atoms: atoms.set_cell(atoms.cell * 0.6, scale_atoms=True), "neighbours"),
        (lambda atoms: atoms.positions.__setitem__(1, atoms.positions[0]), "atom"),
        (lambda atoms: atoms.set_cell([5, 0, 0]), "no vector b"),
    ],
)
def test_what_the_model_cannot_take_is_an_error_with_its_reason(served, water_atoms, change, message: str) -> None:
    bad = water_atoms.copy()
    change(bad)

    def server(protocol: IPIProtocol) -> None:
        protocol.calculate(water_atoms.positions, water_atoms.cell)
        send(protocol, bad)

    result, _ = served(server)

    assert result.exit_code == 2
    assert "dpmd: error: calculation 2: " in result.stderr
    assert message in result.stderr


def test_positions_that_are_no_numbers_are_an_error(served, water_atoms) -> None:
    bad = water_atoms.copy()
    bad.positions[7, 2] = np.nan

    result, _ = served(lambda server: send(server, bad))

    assert result.exit_code == 2
    assert "blown up" in result.stderr


def test_a_silent_server_ends_it_after_the_timeout(served) -> None:
    def server(protocol: IPIProtocol) -> None:
        assert protocol.status() == "NEEDINIT"
        with pytest.raises(OSError):
            protocol.recvmsg()  # until the client hangs up

    result, _ = served(server, "--timeout", 0.1)

    assert result.exit_code == 2
    assert "has been silent for 0.1 s" in result.stderr


def test_batches_are_refused_before_they_come(served) -> None:
    def server(protocol: IPIProtocol) -> None:
        assert protocol.status() == "NEEDINIT"
        content = b"a : 1, batch_size:4"
        protocol.sendmsg("INIT")
        protocol.send([0, len(content)], np.int32)
        protocol.socket.sendall(content)
        protocol.sendmsg("STATUS")

    result, _ = served(server)

    assert result.exit_code == 2
    assert "batches of 4" in result.stderr
    assert "batch_size" in result.stderr


@pytest.mark.parametrize("message", [b"HTTP/1.1 400 Bad Request\r\n", b"\xff" * 12])
def test_a_server_of_another_kind_is_an_error(served, message: bytes) -> None:
    result, _ = served(lambda server: server.socket.sendall(message))

    assert result.exit_code == 2
    assert "unlike i-PI" in result.stderr


def test_messages_in_the_wrong_order_are_an_error(served) -> None:
    result, _ = served(lambda server: server.sendmsg("GETFORCE"))

    assert result.exit_code == 2
    assert "GETFORCE to a client that is NEEDINIT" in result.stderr


def test_a_server_that_goes_in_the_middle_is_an_error(served, water_atoms) -> None:
    result, _ = served(lambda server: send(server, water_atoms))

    assert result.exit_code == 2
    assert "is gone" in result.stderr


@pytest.mark.parametrize(
    ("options", "messages"),
    [
        (["--unix", "dpmd_absent", "--wait", 0.3], ["ipi_dpmd_absent within 0.3 s: there is no such", "--wait"]),
        (["--port", "{free}", "--wait", 0], ["localhost, port {free}", "Connection refused", "<ffsocket>", "--port"]),
        (["--address", "nowhere.invalid"], ["nowhere.invalid, port 31415", "not known"]),
        (["--unix", "x" * 200], ["path too long"]),
        (["--unix", "folder/water"], ["--unix folder/water", "ipi_NAME"]),
        (["--unix", "water", "--port", 31415], ["one or the other"]),
        (["--log", "absent/serve.log"], ["no folder absent"]),
    ],
)
def test_a_wrong_address_is_named_with_the_remedy(water_model, water, options, messages: list[str]) -> None:
    port = str(free_port())
    options = [str(option).replace("{free}", port) for option in options]

    result = dpmd_serve(water_model, "-s", water, "--no-compress", *options)

    assert result.exit_code == 2
    for message in messages:
        assert message.replace("{free}", port) in result.stderr


@pytest.mark.parametrize(("number", "is_connected"), [(signal.SIGINT, True), (signal.SIGTERM, False)])
def test_a_signal_ends_it_clean(started, water_model, water, number: int, is_connected: bool) -> None:
    name = unix_name()
    client = started(water_model, "-s", water, "--unix", name, "--no-compress")
    with SocketIOCalculator(unixsocket=name, timeout=60) if is_connected else open(os.devnull) as server:
        if is_connected:
            atoms = ase.io.read(water)
            atoms.calc = server
            atoms.get_potential_energy()
        else:
            wait_for_its_start(client)

        client.send_signal(number)
        output, errors = client.communicate(timeout=120)

    assert client.returncode == 130
    assert f"stopped after {int(is_connected)} calculations" in output
    assert errors == ""


@pytest.fixture
def ipi(root, tmp_path):
    """Runs the example for i-PI for a few steps, with outputs in full precision."""
    found = shutil.which("i-pi", path=os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"])))
    if found is None:
        pytest.skip("needs i-PI (pip install ipi)")
    example, water = root / "examples" / "ipi", root / "examples" / "water"

    def run(socket_tag: str, n_steps: int) -> None:
        text = (example / "input.xml").read_text()
        outputs = """
          <output prefix='water'>
            <properties filename='out'> [ step, potential, bead_potentials ] </properties>
            <trajectory filename='pos' format='bin'> positions{atomic_unit} </trajectory>
          </output>
        """
        for pattern, new in {
            r"floatformat='.*?'": "floatformat='%24.16e'",
            r"<output.*</output>": outputs,
            r"<total_steps>.*<": f"<total_steps>{n_steps}<",
            r"<ffsocket.*</ffsocket>": socket_tag,
            r"\.\./water": str(water),
        }.items():
            text, n = re.subn(pattern, new, text, flags=re.DOTALL if "output" in pattern or "ff" in pattern else 0)
            assert n == 1, pattern
        (tmp_path / "input.xml").write_text(text)
        server = subprocess.run([found, "input.xml"], cwd=tmp_path, capture_output=True, text=True, timeout=120)
        assert server.returncode == 0, server.stdout + server.stderr

    return run


def binary_frames(path: Path, n: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """Positions [n, 3] and cell [3, 3] of i-PI's binary trajectory, whose n frames are equally long."""
    content, frames = path.read_bytes(), []
    for start in range(0, len(content), len(content) // n):
        cell = np.frombuffer(content, np.float64, 9, start).reshape(3, 3).T
        n_atoms = np.frombuffer(content, np.int64, 1, start + 72)[0]
        frames.append((np.frombuffer(content, np.float64, 3 * n_atoms, start + 80).reshape(-1, 3), cell))
    return frames


@pytest.mark.parametrize(("kind", "n_clients"), [("unix", 1), ("inet", 2)])
def test_ipi_moves_beads_by_the_potential(
    ipi, started, tmp_path, water_model, water, water_potential, kind: str, n_clients: int
) -> None:
    name, port = unix_name(), free_port()
    place = f"<address>{name}</address>" if kind == "unix" else f"<address>localhost</address><port>{port}</port>"
    option = ("--unix", name) if kind == "unix" else ("--port", port)
    clients = [started(water_model, "-s", water, *option, "--no-compress") for _ in range(n_clients)]
    for client in clients:
        wait_for_its_start(client)

    ipi(f"<ffsocket name='dpmd' mode='{kind}' pbc='false'><latency>1e-3</latency>{place}</ffsocket>", 8)

    counts = []
    for client in clients:
        output, errors = client.communicate(timeout=120)
        assert client.returncode == 0, errors
        counts.append(int(re.search(r"said EXIT after (\d+) calculations", output)[1]))
    assert sum(counts) == 4 * (8 + 1)
    assert min(counts) > 0
    rows = np.loadtxt(tmp_path / "water.out")
    assert rows[:, 2:6].mean(axis=1) == pytest.approx(rows[:, 1], rel=1e-14)
    for bead in range(4):
        frames = binary_frames(tmp_path / f"water.pos_{bead}.bin", len(rows))
        for (positions, cell), row in zip(frames, rows, strict=True):
            expected = water_potential.compute(positions * units.Bohr, ase.io.read(water).symbols, cell * units.Bohr)
            assert row[2 + bead] * units.Hartree == pytest.approx(expected.energy, rel=1e-12)
    assert len({*rows[-1, 2:6]}) == 4
