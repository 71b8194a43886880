#!/usr/bin/env bash
# Ranks and host codes that are threads, and the GPU's kernels, under ThreadSanitizer.
# set: before_release
# step: 220
# needs: packages
source .ci/common.sh

configure threads "$here/build"
build "$here/build" --target test_comm test_halo test_rank_forces test_rank_simulation test_gpu_races test_deepmd_c
run_native_tests threads "$here/build"
