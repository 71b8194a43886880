"""How `dpmd run` starts: a failed start leaves nothing in the way, settings without effect are refused, odd ones are
mentioned."""

from __future__ import annotations

import re
from pathlib import Path

import ase.io
import pytest

import dpmd
from dpmd.cli.running.terms import with_keys
from dpmd.models.spec import ModelSpec
from run_input import dpmd_run


@pytest.fixture
def coincident(tmp_path, small_box) -> Path:
    """A structure file with two atoms at one place: its first forces are an error."""
    atoms = ase.io.read(small_box)
    atoms.positions[4] = atoms.positions[3]
    ase.io.write(tmp_path / "coincident.extxyz", atoms)
    return tmp_path / "coincident.extxyz"


@pytest.fixture
def moving(tmp_path, small_box) -> Path:
    """A structure file with velocities."""
    atoms = ase.io.read(small_box)
    atoms.set_momenta([[0.1, -0.1, 0.05], [-0.1, 0.1, -0.05]] * 12)
    ase.io.write(tmp_path / "moving.extxyz", atoms)
    return tmp_path / "moving.extxyz"


def test_a_failure_of_the_first_forces_leaves_no_folder(write_input, tmp_path, coincident, small_box) -> None:
    failed = dpmd_run(write_input(structure=coincident))
    mended = dpmd_run(write_input(structure=small_box), "--steps", 0)

    assert failed.exit_code == 2
    assert "are at the same place" in failed.stderr
    assert mended.exit_code == 0, mended.output


def test_a_failure_of_the_first_forces_keeps_the_run_that_force_would_delete(write_input, tmp_path, coincident) -> None:
    dpmd_run(write_input(), "--steps", 0)
    before = (tmp_path / "run" / "thermo.csv").read_bytes()

    failed = dpmd_run(write_input(structure=coincident), "--force")

    assert failed.exit_code == 2
    assert (tmp_path / "run" / "thermo.csv").read_bytes() == before


@pytest.mark.parametrize("kept", [(), ("notes.txt",)])
def test_a_failure_behind_the_first_forces_leaves_nothing_of_its_own(write_input, tmp_path, oracle, kept) -> None:
    for name in kept:
        (tmp_path / "run").mkdir()
        (tmp_path / "run" / name).write_text("mine")
    judged = ("[output]", f'[deviation]\nmodels = "{oracle / "fparam_aparam.pb"}"\n[output]')

    failed = dpmd_run(write_input(replace=judged))

    assert failed.exit_code == 2
    assert "both must be the same" in failed.stderr
    assert [path.name for path in (tmp_path / "run").glob("*")] == list(kept)
    assert (tmp_path / "run").exists() == bool(kept)
    assert dpmd_run(write_input(), "--steps", 0).exit_code == 0


def test_a_run_that_ended_before_its_first_checkpoint_is_not_offered_to_go_on(write_input) -> None:
    dpmd_run(write_input(replace=("steps = 60", "steps = 2000\ntimestep = 10")))

    refused = dpmd_run(write_input())

    assert refused.exit_code == 2
    assert "--resume" not in refused.stderr
    assert "it ended before its first checkpoint, --force deletes it" in refused.stderr


def test_two_outputs_of_one_name_are_refused(write_input, other_water_model, tmp_path) -> None:
    judged = f'[deviation]\nmodels = "{other_water_model}"\nlower = 0.1\n[output]'
    path = write_input(replace=("[output]", judged))
    path.write_text(path.read_text().replace("trajectory.extxyz", "selected.extxyz"))

    refused = dpmd_run(path)

    assert refused.exit_code == 2
    assert "output.trajectory = 'selected.extxyz' is where the frames of deviation.lower and upper go" in refused.stderr
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("key", ["temperature = 300", "seed = 3"])
def test_velocities_without_effect_are_refused_with_the_remedy(write_input, tmp_path, moving, key) -> None:
    path = write_input(structure=moving, replace=("[output]", f"[velocities]\n{key}\n[output]"))

    refused = dpmd_run(path, "--steps", 0)
    path.write_text(path.read_text().replace("[velocities]", "[velocities]\nreplace = true"))
    mended = dpmd_run(path, "--steps", 0)

    assert refused.exit_code == 2
    assert f"velocities.{key} has no effect, since {moving} holds velocities" in refused.stderr
    assert "velocities.replace = true" in refused.stderr
    assert mended.exit_code == 0, mended.output


@pytest.mark.parametrize(
    ("value", "hint"),
    [
        ("0.0005", "is very short; if picoseconds were meant, write timestep = 0.5"),
        ("2e-3", "is very short; if picoseconds were meant, write timestep = 2"),
        ("1e-9", "is very short"),
        ("12", "is longer than the period of the fastest vibrations"),
    ],
)
def test_an_unlikely_time_step_gets_a_hint(write_input, tmp_path, value, hint) -> None:
    result = dpmd_run(write_input(replace=("steps = 60", f"steps = 0\ntimestep = {value}")))

    assert result.exit_code == 0
    assert f"run.toml: dynamics.timestep = {float(value):g} fs {hint}" in result.stderr
    assert hint in (tmp_path / "run" / "run.log").read_text()


def test_an_unlikely_damping_gets_a_hint(write_input) -> None:
    result = dpmd_run(write_input(replace=("steps = 60", "steps = 0\ndamping = 0.1")))

    hint = "dynamics.damping = 0.1 fs is shorter than 10 steps; if picoseconds were meant, write damping = 100"
    assert hint in result.stderr


@pytest.mark.parametrize(("text", "n"), [("1e1", 10), ("10.0", 10), ("3", 3)])
def test_steps_may_be_a_whole_number_with_an_exponent(write_input, text, n) -> None:
    assert f"finished {n} steps" in dpmd_run(write_input(), "--steps", text).stdout


@pytest.mark.parametrize("text", ["1.5", "-1", "nan", "inf", "ten", "1e30"])
def test_other_steps_are_refused(write_input, text) -> None:
    result = dpmd_run(write_input(), "--steps", text)

    assert result.exit_code == 2
    assert "--steps" in result.stderr


def test_masses_of_types_that_are_no_elements_come_from_the_input_file(write_input, water_model, small_box, tmp_path):
    spec = ModelSpec.load(water_model)
    spec.type_map[0] = "X"
    spec.save(tmp_path / "renamed.dpmd")
    atoms = ase.io.read(small_box)
    atoms.symbols[atoms.symbols == "O"] = "X"
    ase.io.write(tmp_path / "renamed.extxyz", atoms)
    path = write_input(model=tmp_path / "renamed.dpmd", structure=tmp_path / "renamed.extxyz")

    missing = dpmd_run(path, "--steps", 0)
    path.write_text(path.read_text().replace("[structure]", "masses = { X = 15.999 }\n[structure]"))
    given = dpmd_run(path, "--steps", 10)
    resumed = dpmd_run(path, "--steps", 20, "--resume")
    path.write_text(path.read_text().replace("15.999", "16"))
    changed = dpmd_run(path, "--steps", 30, "--resume")

    assert missing.exit_code == 2
    assert f"its mass is not known; give it in masses (model.masses in {path})" in missing.stderr
    assert (given.exit_code, resumed.exit_code) == (0, 0), given.output
    assert changed.exit_code == 2
    assert "model.masses is {'X': 16.0}" in changed.stderr


def test_masses_of_unknown_types_are_refused(write_input) -> None:
    path = write_input(replace=("[structure]", "masses = { Y = 12.0 }\n[structure]"))

    assert re.search(r"masses: 'Y' is not in the model's type map.*\(model\.masses in ", dpmd_run(path).stderr)


def test_errors_of_the_engine_name_the_key_of_the_input_file(write_input, oracle) -> None:
    path = write_input(model=oracle / "fparam_aparam.pb")
    no_aparam = dpmd_run(path, "--steps", 1)
    path.write_text(path.read_text().replace("[structure]", "aparam = [0.2]\n[structure]"))
    no_fparam = dpmd_run(path, "--steps", 1)

    assert "aparam has 0 values" in no_aparam.stderr
    assert f"(model.aparam in {path})" in no_aparam.stderr
    assert f"has no default; give fparam (model.fparam in {path})" in no_fparam.stderr


def test_an_overflow_names_its_key_also_while_the_run_goes_on(write_input, oracle, tmp_path) -> None:
    source = Path("run.toml")

    assert with_keys("choose overflow = 'keep_nearest'", source).endswith("(model.overflow in run.toml)")
    assert with_keys("an overflowing cup", source) == "an overflowing cup"
    assert with_keys("run.toml: model.tolerance = 3 is wrong", source) == "run.toml: model.tolerance = 3 is wrong"
    assert with_keys("leave zero_momentum on", source).endswith("(zero_momentum cannot be set in input files)")


def test_no_message_of_the_library_asks_to_pass_an_argument(root) -> None:
    files = [*(root / "cpp" / "src").rglob("*.cpp"), *Path(dpmd.__file__).parent.glob("*.py")]

    request = re.compile(r'"[^"\n]*\bpass (overflow|fparam|aparam|masses)')
    asking = [path.name for path in files if request.search(path.read_text())]

    assert asking == []
