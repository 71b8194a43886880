#!/usr/bin/env bash
# The tile kernels for NEON, run by an emulator of the instruction set.
# set: default
# step: 60
# needs: packages
source .ci/common.sh

if [ "$(uname -m)" != x86_64 ]; then
    say "not an x86-64 machine: the native tests have covered its own instruction set"
    exit
fi
quietly "$here/gtest.log" cmake -S /usr/src/googletest -B "$here/gtest" -G Ninja -DBUILD_GMOCK=OFF \
    -DCMAKE_SYSTEM_NAME=Linux -DCMAKE_SYSTEM_PROCESSOR=aarch64 -DCMAKE_C_COMPILER=aarch64-linux-gnu-gcc \
    -DCMAKE_CXX_COMPILER=aarch64-linux-gnu-g++ -DCMAKE_INSTALL_PREFIX="$here/prefix"
quietly "$here/gtest.log" cmake --build "$here/gtest" --target install
configure neon "$here/build" -DGTest_DIR="$here/prefix/lib/cmake/GTest"

tests=(unit/test_math backend/test_tile_kernels backend/test_se_a_evaluator backend/test_moment_form) status=0
build "$here/build" --target "${tests[@]##*/}"
for test in "${tests[@]}"; do
    log=$here/${test##*/}.log
    quietly "$log" qemu-aarch64 -L /usr/aarch64-linux-gnu "$here/build/tests/$test" --gtest_brief=1 || status=1
    say "${test##*/}: $(grep -E 'PASSED' "$log")"
done
exit "$status"
