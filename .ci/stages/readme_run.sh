#!/usr/bin/env bash
# The example of the README, in its section 'Run water'.
# set: default
# step: 50
# needs: packages
# writes: .venv build/ci/readme/build examples/water/run
source .ci/common.sh

share_objects use
export SKBUILD_BUILD_DIR=build/ci/readme/build

if [ -e examples/water/run ]; then
    say "examples/water/run exists: not run again"
    exit
fi
run_readme_command "Run water"
test -s examples/water/run/trajectory.extxyz
