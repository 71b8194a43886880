#!/usr/bin/env bash
# A C++ and a C program of an outside project, built against the installed library.
# set: default
# step: 80
# needs: strict_build
source .ci/common.sh

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
tests/embed/build_and_run.sh tree "$strict" "$scratch/a stranger's place"
