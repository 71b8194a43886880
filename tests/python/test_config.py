"""The input file of `dpmd run`: what is accepted, and what the errors say."""

from __future__ import annotations

from pathlib import Path

import pytest

from dpmd.config import SCHEMA, describe_keys, load_config
from dpmd.errors import InputError

MINIMAL = """
[model]
file = "model.dpmd"
[structure]
file = "start.extxyz"
[dynamics]
ensemble = "nve"
steps = 10
"""
NVT = MINIMAL.replace('"nve"', '"nvt"\ntemperature = 330')
NPT = MINIMAL.replace('"nve"', '"npt"\ntemperature = 330\npressure = 1')


@pytest.fixture
def write(tmp_path: Path):
    """Writes an input file next to a model and a structure file, which are empty: only their names matter here."""

    def write(text: str, name: str = "water.toml") -> Path:
        for file in ("model.dpmd", "start.extxyz"):
            (tmp_path / file).touch()
        (tmp_path / name).write_text(text)
        return tmp_path / name

    return write


def message_of(path: Path) -> str:
    with pytest.raises(InputError) as error:
        load_config(path)
    text = str(error.value)
    assert str(path) in text
    return text


def test_defaults_fill_a_minimal_file(write) -> None:
    config = load_config(write(MINIMAL))

    assert config.dynamics.timestep == 0.5
    assert config.dynamics.thermostat is None
    assert config.structure.replicate == (1, 1, 1)
    assert (config.model.precision, config.model.compress, config.model.tolerance) == ("double", True, None)
    assert config.output.trajectory == ("trajectory.extxyz",)
    assert (config.ranks.grid, config.ranks.most_imbalance) == (None, 1.05)
    assert config.directory == config.source.with_suffix("")


def test_relative_paths_resolve_against_the_input_file(write, monkeypatch, tmp_path) -> None:
    path = write(MINIMAL + '[output]\ndirectory = "runs/one"\n')
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")

    config = load_config(Path("..") / path.name)

    assert config.model.file.resolve() == tmp_path / "model.dpmd"
    assert config.directory.resolve() == tmp_path / "runs" / "one"


def test_ensembles_have_defaults_of_their_own(write) -> None:
    nvt = load_config(write(NVT)).dynamics
    npt = load_config(write(NPT)).dynamics

    assert (nvt.thermostat, nvt.damping, nvt.pressure_damping) == ("bussi", 100, None)
    assert (npt.coupling, npt.damping, npt.pressure_damping) == ("isotropic", 100, 1000)
    assert npt.thermostat is None


def test_a_single_trajectory_needs_no_list(write) -> None:
    one = load_config(write(MINIMAL + '[output]\ntrajectory = "a.dump"\n'))
    two = load_config(write(MINIMAL + '[output]\ntrajectory = ["a.dump", "b.extxyz"]\n'))

    assert one.output.trajectory == ("a.dump",)
    assert two.output.trajectory == ("a.dump", "b.extxyz")


def test_a_misspelt_key_names_the_nearest_one_and_the_table(write) -> None:
    message = message_of(write(MINIMAL + "timestp = 0.25\n"))

    assert "[dynamics]" in message
    assert "'timestp'" in message
    assert 'did you mean "timestep"?' in message


@pytest.mark.parametrize("table", SCHEMA)
def test_every_key_is_found_again_when_a_letter_is_missing(write, table: str) -> None:
    keys = list(SCHEMA[table].__dataclass_fields__)

    for key in keys:
        misspelt = key[:-2] + key[-1]
        assert f'did you mean "{key}"?' in message_of(write(f"[{table}]\n{misspelt} = 1\n"))


def test_a_key_of_another_table_is_sent_there(write) -> None:
    message = message_of(write(MINIMAL + "[output]\ntimestep = 1.0\n"))

    assert "timestep belongs to [dynamics]" in message
    message = message_of(write(MINIMAL + "[output]\nseed = 1\n"))
    assert "seed belongs to [dynamics] or [velocities]" in message


def test_a_misspelt_table_names_the_nearest_one(write) -> None:
    assert 'did you mean "output"?' in message_of(write(MINIMAL + "[ouput]\n"))
    assert 'did you mean "ranks"?' in message_of(write(MINIMAL + "[rank]\n"))
    assert "steps is a key of [dynamics]" in message_of(write("steps = 3\n" + MINIMAL))


@pytest.mark.parametrize(
    ("old", "new", "place", "reason"),
    [
        ("steps = 10", 'steps = "ten"', "dynamics.steps = 'ten'", "must be a whole number"),
        ("steps = 10", "steps = 1.5", "dynamics.steps = 1.5", "must be a whole number"),
        ("steps = 10", "steps = inf", "dynamics.steps = inf", "must be a whole number"),
        ("steps = 10", "steps = 1e30", "dynamics.steps = 1e+30", "at most 63 bits"),
        ("steps = 10", "steps = true", "dynamics.steps = True", "must be a whole number"),
        ("steps = 10", "steps = -1", "dynamics.steps = -1", "must be at least 0"),
        ("steps = 10", "steps = 1\ntimestep = 0", "dynamics.timestep = 0", "must be above 0"),
        ("steps = 10", "steps = 1\ntimestep = nan", "dynamics.timestep = nan", "finite number"),
        ("steps = 10", "steps = 1\ntimestep = false", "dynamics.timestep", "finite number"),
        ('"nve"', '"nev"', "dynamics.ensemble = 'nev'", 'one of "nve", "nvt", "npt"'),
        ('"start.extxyz"', "3", "structure.file = 3", "a text in quotes"),
        ('"start.extxyz"', '""', "structure.file = ''", "a text in quotes"),
        ('dpmd"', 'dpmd"\nmasses = 12.0', "model.masses = 12.0", "a value for each name"),
        ('dpmd"', 'dpmd"\nmasses = { X = 0 }', "model.masses = {'X': 0}", "must be above 0"),
        ('dpmd"', 'dpmd"\nmasses = { X = "heavy" }', "model.masses = {'X': 'heavy'}", "a finite number"),
        ('xyz"', 'xyz"\nreplicate = [2, 2]', "structure.replicate", "a list of 3 values"),
        ('xyz"', 'xyz"\nreplicate = [2, 2, 0]', "structure.replicate", "must be at least 1"),
        ('xyz"', 'xyz"\nreplicate = 2', "structure.replicate = 2", "a list of 3 values"),
        ('dpmd"', 'dpmd"\nthreads = 0', "model.threads = 0", "must be at least 1"),
        ('dpmd"', 'dpmd"\noverflow = "ignore"', "model.overflow = 'ignore'", "keep_nearest"),
        ('dpmd"', 'dpmd"\nprecision = "single"', "model.precision = 'single'", 'one of "double", "mix32", "mix16"'),
        ('dpmd"', 'dpmd"\ncompress = "table"', "model.compress = 'table'", "true or false"),
        ('dpmd"', 'dpmd"\ntolerance = 0', "model.tolerance = 0", "must be above 0"),
        ('dpmd"', 'dpmd"\ncompress = false\ntolerance = 1e-6', "model.tolerance = 1e-06", "compress = false"),
        ("steps = 10", "steps = 10\n[ranks]\ngrid = [2, 2]", "ranks.grid = [2, 2]", "a list of 3 values"),
        ("steps = 10", "steps = 10\n[ranks]\ngrid = [2, 2, 0]", "ranks.grid = [2, 2, 0]", "must be at least 1"),
        ("steps = 10", "steps = 10\n[ranks]\nmost_imbalance = 0.9", "ranks.most_imbalance", "must be at least 1"),
    ],
)
def test_a_wrong_value_is_named_with_what_is_allowed(write, old, new, place, reason) -> None:
    message = message_of(write(MINIMAL.replace(old, new)))

    assert place in message
    assert reason in message


def test_whole_numbers_may_have_an_exponent(write) -> None:
    text = MINIMAL.replace("steps = 10", "steps = 1e6\nseed = 3.0").replace('xyz"', 'xyz"\nreplicate = [2.0, 1, 1]')

    config = load_config(write(text))

    for value, expected in [
        (config.dynamics.steps, 1_000_000),
        (config.dynamics.seed, 3),
        (config.structure.replicate[0], 2),
    ]:
        assert (value, type(value)) == (expected, int)


@pytest.mark.parametrize(
    ("old", "new", "meant"),
    [
        ('"nve"', '"NVE"', "nve"),
        ('dpmd"', 'dpmd"\nprecision = "Double"', "double"),
        ('dpmd"', 'dpmd"\nprecision = "mix32_tf32"', "mix32-tf32"),
        ('dpmd"', 'dpmd"\noverflow = "keep-nearest"', "keep_nearest"),
        ("[model]", "[Model]", "model"),
        ("steps = 10", "Steps = 10", "steps"),
        ("steps = 10", "steps = 10\nTimeStep = 1", "timestep"),
    ],
)
def test_another_case_or_a_slip_gets_the_name_that_is_meant(write, old, new, meant) -> None:
    assert f'did you mean "{meant}"?' in message_of(write(MINIMAL.replace(old, new)))


def test_what_could_be_two_names_gets_the_list_of_all(write) -> None:
    message = message_of(write(MINIMAL.replace('"nve"', '"nev"')))

    assert "did you mean" not in message
    assert 'one of "nve", "nvt", "npt"' in message


def test_a_key_of_another_table_is_sent_there_whatever_its_case(write) -> None:
    assert "steps belongs to [dynamics]" in message_of(write(MINIMAL + "[output]\nSteps = 3\n"))
    assert "steps is a key of [dynamics]" in message_of(write("Steps = 3\n" + MINIMAL))


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('trajectory = "a.xyz"', ".extxyz, .lammpstrj, .dump"),
        ('trajectory = "../a.dump"', "plain file name"),
        ('trajectory = ["a.dump", "a.dump"]', "names a file twice"),
        ("velocities = 1", "true or false"),
        ("thermo_every = 0", "must be at least 1"),
        ('virial = true\ntrajectory = "a.dump"', "needs a .extxyz file in output.trajectory"),
        ("time = true", "needs a LAMMPS dump in output.trajectory"),
    ],
)
def test_outputs_are_checked(write, line: str, reason: str) -> None:
    assert reason in message_of(write(MINIMAL + "[output]\n" + line))


@pytest.mark.parametrize(
    ("text", "key"),
    [
        (MINIMAL + "temperature = 300", "temperature"),
        (MINIMAL + "damping = 100", "damping"),
        (NVT + "pressure = 1", "pressure"),
        (NPT + 'thermostat = "langevin"', "thermostat"),
    ],
)
def test_a_key_without_effect_is_refused(write, text: str, key: str) -> None:
    message = message_of(write(text))

    assert f"dynamics.{key}" in message
    assert "has no effect" in message


@pytest.mark.parametrize(
    ("text", "key"),
    [(NVT.replace("temperature", "#"), "temperature"), (NPT.replace("pressure", "#"), "pressure")],
)
def test_an_ensemble_demands_its_keys(write, text: str, key: str) -> None:
    assert f"dynamics.{key} is missing" in message_of(write(text))


@pytest.mark.parametrize("key", ["steps", "ensemble"])
def test_a_required_key_is_demanded_with_its_meaning(write, key: str) -> None:
    lines = [line for line in MINIMAL.splitlines() if not line.startswith(key)]

    message = message_of(write("\n".join(lines)))

    assert f"dynamics.{key} is missing" in message


@pytest.mark.parametrize("file", ["model.dpmd", "start.extxyz"])
def test_a_missing_file_is_named_with_its_key(write, file: str) -> None:
    path = write(MINIMAL)
    (path.parent / file).unlink()

    message = message_of(path)

    assert file in message
    assert "no such file" in message


def test_what_is_not_toml_is_refused(write, tmp_path) -> None:
    assert "not a valid TOML file" in message_of(write("[model\n"))
    (tmp_path / "binary.toml").write_bytes(b"\xff\xfe\x00")
    assert "not a valid TOML file" in message_of(tmp_path / "binary.toml")
    assert "cannot be read" in message_of(tmp_path / "absent.toml")


def test_a_table_must_be_a_table(write) -> None:
    assert "must be a table" in message_of(write("output = 3\n" + MINIMAL))


def test_a_file_without_suffix_needs_a_directory(write) -> None:
    assert "output.directory is missing" in message_of(write(MINIMAL, name="input"))


def test_the_list_of_keys_tells_all_of_them() -> None:
    lines = describe_keys().splitlines()

    for table, cls in SCHEMA.items():
        assert f"[{table}]" in lines
        for key in cls.__dataclass_fields__:
            assert any(line.split()[:1] == [key] for line in lines)
    assert next(line for line in lines if line.startswith("timestep")).endswith("in fs (default 0.5)")
