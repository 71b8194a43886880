"""``dpmd.devices()`` and the options that choose a device, on machines with and without GPUs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import FrozenInstanceError, asdict
from pathlib import Path

import pytest
from typer.testing import CliRunner

import dpmd
from dpmd.cli import app

KINDS = ("cuda", "hip")


def without_modules(folder: Path, *arguments: object) -> subprocess.CompletedProcess:
    """Runs a Python process that looks for the modules of GPU backends in a folder of the test."""
    environment = os.environ | {"DPMD_MODULES": str(folder)}
    command = [sys.executable, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, env=environment)


def test_a_device_is_usable_or_says_why_not() -> None:
    found = dpmd.devices()

    assert {device.name.partition(":")[0] for device in found} == set(KINDS)
    for device in found:
        assert bool(device.unusable) == (":" not in device.name) == (device.memory_bytes == 0)
    with pytest.raises(FrozenInstanceError):
        found[0].name = "cpu"


def test_without_modules_every_kind_says_what_to_do(tmp_path) -> None:
    code = "import dpmd, json; print(json.dumps({one.name: one.unusable for one in dpmd.devices()}))"

    result = without_modules(tmp_path, "-c", code)

    reasons = json.loads(result.stdout)
    assert set(reasons) == set(KINDS)
    for kind, reason in reasons.items():
        assert "in DPMD_MODULES = " in reason
        assert f"DPMD_{kind.upper()}=ON" in reason


def test_a_module_that_cannot_be_opened_says_so(tmp_path) -> None:
    (tmp_path / "libdpmd_cuda.so").write_text("no library")

    result = without_modules(tmp_path, "-c", "import dpmd; print(dpmd.devices()[0].unusable)")

    assert "libdpmd_cuda.so" in result.stdout


@pytest.mark.parametrize("kind", KINDS)
def test_a_device_that_is_not_there_is_a_device_error(water_model, tmp_path, kind: str) -> None:
    code = f"import dpmd; dpmd.Potential({str(water_model)!r}, device='{kind}:0')"

    result = without_modules(tmp_path, "-c", code)

    assert f"DeviceError: device '{kind}:0': there is no libdpmd_{kind}.so in DPMD_MODULES = " in result.stderr


@pytest.mark.parametrize("device", ["tpu", "cuda:", "cuda:-1", "cuda:x", "cpu:0", ""])
def test_a_device_that_does_not_exist_is_an_input_error(water_model, device: str) -> None:
    with pytest.raises(dpmd.InputError, match=f"device = '{device}' is not one of: cpu, auto, cuda:0, hip:0"):
        dpmd.Potential(water_model, device=device)


def test_without_a_gpu_auto_is_the_cpu(water_model, tmp_path) -> None:
    code = f"import dpmd; print(dpmd.Potential({str(water_model)!r}, device='auto').info()['device'])"

    assert without_modules(tmp_path, "-c", code).stdout == "cpu\n"


def test_info_lists_the_devices_with_and_without_a_model(water_model) -> None:
    outputs = [CliRunner().invoke(app, ["info", *model]).stdout for model in ((), (str(water_model),))]
    plain = json.loads(CliRunner().invoke(app, ["info", "--json"]).stdout)

    assert plain["devices"] == [asdict(device) for device in dpmd.devices()]
    for output in outputs:
        rows = dict(line.split(None, 1) for line in output.splitlines())
        assert {f"devices.{device.name}": str(device) for device in dpmd.devices()}.items() <= rows.items()


def test_a_usable_device_is_shown_with_product_architecture_and_memory() -> None:
    device = dpmd.Device("cuda:0", "NVIDIA H200", "sm_90", 150 * 2**30, "")

    assert str(device) == "NVIDIA H200, sm_90, 150.0 GiB"


@pytest.mark.parametrize("command", [("info",), ("bench",), ("test", "-s", ".")])
def test_commands_show_why_a_device_cannot_be_used(water_model, tmp_path, command) -> None:
    name, *options = command
    if options:
        (tmp_path / "set.000").mkdir()
        (tmp_path / "type.raw").write_text("0")
        options[1] = str(tmp_path)

    for device, reason in (("tpu", "is not one of: cpu, auto"), ("cuda:0", "there is no libdpmd_cuda.so")):
        result = without_modules(tmp_path, "-m", "dpmd", name, water_model, *options, "--device", device)

        assert result.returncode == 2
        assert result.stdout == ""
        assert result.stderr.startswith(f"dpmd: error: device {'= ' if device == 'tpu' else ''}'{device}'")
        assert reason in result.stderr
        assert result.stderr.count("\n") == 1


def test_the_device_of_an_input_file_can_be_replaced(root, tmp_path) -> None:
    folder = root / "examples" / "water"
    file = tmp_path / "run.toml"
    text = (
        f'[model]\nfile = "{folder}/water_small.dpmd"\ndevice = "tpu"\n'
        f'[structure]\nfile = "{folder}/water_192.extxyz"\n'
        '[dynamics]\nensemble = "nve"\nsteps = 1\n[velocities]\ntemperature = 300\n'
    )
    file.write_text(text)

    refused = CliRunner().invoke(app, ["run", str(file)])
    assert refused.exit_code == 2
    assert "device = 'tpu'" in refused.stderr
    result = CliRunner().invoke(app, ["run", str(file), "--device", "cpu", "--threads", "1"])
    assert result.exit_code == 0, result.output
    assert "192 atoms, cpu" in result.stdout
