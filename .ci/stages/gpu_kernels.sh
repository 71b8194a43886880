#!/usr/bin/env bash
# The module for AMD in addition to that for NVIDIA, and the resources of each kernel. Nothing is run.
# set: default
# step: 70
# needs: wheel
# writes: build/ci/wheel/release/source/build
source .ci/common.sh

source .ci/release.sh
report_kernels "$work/wheel" -DCMAKE_HIP_ARCHITECTURES=gfx90a
