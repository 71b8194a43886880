#!/usr/bin/env bash
# The module for AMD beside that for NVIDIA, and what each kernel takes there. Nothing is run.
# set: default
# step: 70
# needs: wheel
# writes: build/ci/wheel/gpu
source .ci/common.sh

source .ci/release.sh
report_kernels "$work/wheel" -DCMAKE_HIP_ARCHITECTURES=gfx90a
