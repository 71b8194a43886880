#!/usr/bin/env bash
# The module for AMD in addition to that for NVIDIA, and the resources of each kernel. Nothing is run.
# set: default
# step: 70
# needs: wheel
# writes: build/ci/wheel/release/source/build
source .ci/common.sh

source .ci/release.sh
report_kernels "$work/wheel" -DCMAKE_HIP_ARCHITECTURES=gfx90a

# The matrix products have instructions of their own for GPUs before sm_90, for which the wheel of CI is not compiled.
"$(find_nvcc)" -std=c++20 -arch=sm_80 -Werror all-warnings -Icuda/platform -Icuda -Icpp/src -Icpp/include \
    -c cuda/nets/layers_matrix.cu -o "$here/layers_matrix.o"
