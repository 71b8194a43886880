#!/usr/bin/env bash
# The checks of .clang-tidy, without the static analyzer, on the library.
# A tile kernel is compiled once per instruction set but checked only once. Tests are left to the warnings of the strict
# build and the sanitizers. The static analyzer takes more time than all other checks together: see clang_analyzer.
# set: default
# step: 50
# needs: strict_build
source .ci/common.sh

source .ci/tidy.sh
tidy '-clang-analyzer-*' cpp
