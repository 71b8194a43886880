#!/usr/bin/env bash
# The native code with all warnings as errors: library, native tests, benchmarks and Python extension.
# set: default
# step: 20
# needs: packages
source .ci/common.sh

share_objects store
tools=$work/packages
python=$tools/venv/bin/python
configure strict "$strict" -DPython_EXECUTABLE="$python" -Dpybind11_DIR="$("$python" -m pybind11 --cmakedir)" \
    -DDPMD_MPIEXEC="$tools/mpich/bin/mpiexec" -DDPMD_MPICH_INCLUDE="$tools/mpich/include" \
    -DDPMD_OPENMPI_INCLUDE="$tools/openmpi/include"
build "$strict"
