#!/usr/bin/env bash
# All checks of .clang-tidy, including clang's static analyzer, on library and benchmarks.
# set: before_release
# step: 230
# needs: strict_build
source .ci/common.sh

source .ci/tidy.sh
tidy '' '(cpp|bench)'
