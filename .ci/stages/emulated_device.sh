#!/usr/bin/env bash
# DeePMD-kit's numbers from the GPU backend on the emulator, and the commands that users run with it.
# set: default
# step: 60
# needs: strict_build wheel
source .ci/common.sh

DPMD_MODULES=$emulated_modules DPMD_TEST_DEVICE=cuda:0 run_pytest "$stranger/venv/bin/python" tests/golden \
    tests/python/test_on_device.py -k "test_project_oracles or (shared_oracles and every_system) or test_on_device"
nothing_was_skipped
