"""The examples other than water do what their READMEs say."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from types import SimpleNamespace

import ase.io
import numpy as np
import pytest

import dpmd
from dpmd.ase import DPMD


@pytest.fixture(scope="module")
def elastic(root):
    """The script as a module."""
    path = root / "examples" / "copper" / "elastic_constants.py"
    specification = importlib.util.spec_from_file_location("elastic_constants", path)
    module = importlib.util.module_from_spec(specification)
    sys.modules[specification.name] = module
    specification.loader.exec_module(module)
    return module


class LinearCrystal:
    """Stress and energy of a cubic crystal with known elastic constants, and a small nonlinear part."""

    c11, c12, c44 = 170.0, 120.0, 75.0
    beyond = 900.0

    def stress(self, a, strain):
        """[6] GPa."""
        diagonal = self.c12 * np.trace(strain) + (self.c11 - self.c12) * np.diag(strain)
        shear = 2 * self.c44 * np.array([strain[1, 2], strain[0, 2], strain[0, 1]])
        return np.concatenate([diagonal, shear]) + self.beyond * np.square(strain).sum()

    def energy_density(self, a, strain):
        """GPa."""
        diagonal = np.diag(strain)
        quadratic = self.c12 * diagonal.sum() ** 2 + (self.c11 - self.c12) * (diagonal**2).sum()
        shear = 4 * self.c44 * (strain[1, 2] ** 2 + strain[0, 2] ** 2 + strain[0, 1] ** 2)
        return (quadratic + shear) / 2 + self.beyond * (diagonal**3).sum()


@pytest.mark.parametrize("way", ["from_stresses", "from_energies"])
def test_elastic_constants_are_those_of_a_crystal_that_is_known(elastic, way):
    found = getattr(elastic, way)(LinearCrystal(), 3.6)

    assert [found.c11, found.c12, found.c44] == pytest.approx([170, 120, 75], rel=1e-9)
    assert [found.bulk_modulus, found.shear_modulus] == pytest.approx([410 / 3, 25], rel=1e-9)
    assert found.is_stable


def test_copper_is_a_crystal_near_its_measured_constants(elastic, shared):
    calculator = DPMD(dpmd.Potential(shared / "models" / "copper_gb.pb"))
    crystal = elastic.Crystal(calculator, "Cu")

    a = elastic.relaxed_lattice_constant(crystal, 3.4, 3.8)
    by_stress, by_energy = elastic.from_stresses(crystal, a), elastic.from_energies(crystal, a)

    # density functionals give 3.5 to 3.7 Å, and elastic constants within a few tenths of the measured ones
    assert a == pytest.approx(elastic.EXPERIMENT["a"], rel=0.02)
    for name in ("C11", "C12", "C44"):
        assert getattr(by_stress, name.lower()) == pytest.approx(elastic.EXPERIMENT[name], rel=0.2)
    assert by_stress.is_stable
    # rounding of energies, 1e-12 eV per term, over strain² and volume: about 1e-5 GPa; the orders of the fits: less
    for name in ("c11", "c12", "c44"):
        assert getattr(by_stress, name) == pytest.approx(getattr(by_energy, name), abs=5e-3)
    # the stress vanishes where the energy is least
    step = 1e-3
    energies = [crystal.atoms(a + shift).get_potential_energy() for shift in (-step, 0, step)]
    assert energies[1] < min(energies[0], energies[2])
    assert energies[2] - energies[0] == pytest.approx(0, abs=0.01 * (energies[0] - energies[1]))
    assert crystal.largest_force(a, elastic.STRAIN * elastic.YZ) < 1e-9


def test_a_plain_difference_of_stresses_gives_the_same_c44(elastic, shared):
    crystal = elastic.Crystal(DPMD(dpmd.Potential(shared / "models" / "copper_gb.pb")), "Cu")
    a, shear = 3.63, 1e-5

    above, below = (crystal.stress(a, sign * shear * elastic.YZ)[3] for sign in (1, -1))

    # the difference drops the third order, the polynomial keeps it; both are accurate to 1e-3 GPa
    assert (above - below) / (2 * shear) == pytest.approx(elastic.from_stresses(crystal, a).c44, abs=5e-3)


def test_the_script_prints_its_table_and_refuses_another_model(root, shared, water_model):
    def run(model):
        command = [sys.executable, str(root / "examples" / "copper" / "elastic_constants.py"), str(model)]
        return subprocess.run(command, capture_output=True, text=True)

    copper, water = run(shared / "models" / "copper_gb.pb"), run(water_model)

    assert copper.returncode == 0, copper.stderr
    assert "mechanically stable: yes" in copper.stdout and "C44" in copper.stdout
    assert water.returncode == 1 and "a model of Cu alone is needed" in water.stderr


@pytest.fixture(scope="module")
def c_program(root, tmp_path_factory):
    """examples/c, built against an installed dpmd: the one of this Python, or that of dpmd_ROOT."""
    if shutil.which("cmake") is None or shutil.which("cc") is None:
        pytest.skip("needs cmake and a C compiler")
    asked = subprocess.run([sys.executable, "-m", "dpmd", "--cmake-dir"], capture_output=True, text=True)
    package = os.environ.get("dpmd_ROOT") or (asked.stdout.strip() if asked.returncode == 0 else "")  # noqa: SIM112
    if not package:
        pytest.skip("needs an installed dpmd with its C++ package, or dpmd_ROOT")
    build = tmp_path_factory.mktemp("a C program") / "build"
    for command in (
        ["cmake", "-S", str(root / "examples" / "c"), "-B", str(build), f"-Ddpmd_ROOT={package}"],
        ["cmake", "--build", str(build)],
    ):
        made = subprocess.run(command, capture_output=True, text=True)
        assert made.returncode == 0, made.stdout + made.stderr
    return lambda *arguments: subprocess.run([build / "xyz_forces", *arguments], capture_output=True, text=True)


def test_the_c_program_gives_the_forces_of_python(c_program, root, water_model, water_potential, tmp_path):
    structure = root / "examples" / "water" / "water_192.extxyz"
    atoms = ase.io.read(structure)
    open_system = atoms.copy()
    open_system.pbc = False
    two_frames = tmp_path / "two frames.xyz"
    two_frames.write_text(structure.read_text())
    with two_frames.open("a") as file:
        file.write(f"{len(atoms)}\nwithout a lattice\n")
        file.writelines(f"{atom.symbol} {atom.x} {atom.y} {atom.z}\n" for atom in open_system)

    printed = c_program(water_model, two_frames)

    assert printed.returncode == 0, printed.stderr
    (tmp_path / "forces.extxyz").write_text(printed.stdout)
    frames = ase.io.read(tmp_path / "forces.extxyz", ":")
    assert len(frames) == 2
    for frame, original in zip(frames, (atoms, open_system), strict=True):
        expected = water_potential.compute(
            original.positions, original.get_chemical_symbols(), original.cell if original.pbc.any() else None
        )
        assert np.array_equal(frame.positions, original.positions)
        assert frame.get_potential_energy() == expected.energy
        assert np.array_equal(frame.get_forces(), expected.forces)
        assert np.array_equal(frame.info["virial"].T, expected.virial)  # ASE takes nine numbers column by column


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("1\n\nXe 0 0 0\n", "does not know the element: Xe"),
        ("two\n", "not a number of atoms"),
        ("2\n\nO 0 0 0\n", "before the last atom"),
        ('1\nLattice="1 2 3"\nO 0 0 0\n', "fewer than nine numbers"),
        ("1\n\nO 0 0\n", "not an atom"),
    ],
)
def test_the_c_program_tells_what_is_wrong_with_a_file(content, message, c_program, water_model, tmp_path):
    (tmp_path / "bad.xyz").write_text(content)

    printed = c_program(water_model, tmp_path / "bad.xyz")

    assert printed.returncode == 1
    assert message in printed.stderr


def test_the_notebook_is_stored_without_outputs(root):
    notebook = json.loads((root / "examples" / "notebook" / "water.ipynb").read_text())

    code = [SimpleNamespace(**cell) for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert len(code) >= 5
    assert all(cell.outputs == [] and cell.execution_count is None for cell in code)


def test_the_notebook_runs(root):
    nbformat, nbclient = pytest.importorskip("nbformat"), pytest.importorskip("nbclient")
    pytest.importorskip("ipykernel")
    folder = root / "examples" / "notebook"
    notebook = nbformat.read(folder / "water.ipynb", as_version=4)
    for cell in notebook.cells:  # long enough for a distribution, short enough for a test
        cell.source = cell.source.replace("n_steps, every = 2000, 20", "n_steps, every = 200, 20")

    nbclient.NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(folder)}}).execute()

    texts = [
        output.text for cell in notebook.cells for output in cell.get("outputs", []) if output.output_type == "stream"
    ]
    pictures = [
        output for cell in notebook.cells for output in cell.get("outputs", []) if "image/png" in output.get("data", {})
    ]
    assert any("'step': 200" in text for text in texts) and any("first peak" in text for text in texts)
    assert len(pictures) == 2
