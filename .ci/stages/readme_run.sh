#!/usr/bin/env bash
# The example of the README, in its section 'Run water'.
# set: default
# step: 30
# needs: packages
# writes: .venv examples/water/run
source .ci/common.sh

if [ -e examples/water/run ]; then
    say "examples/water/run exists: not run again"
    exit
fi
run_readme_command "Run water"
test -s examples/water/run/trajectory.extxyz
