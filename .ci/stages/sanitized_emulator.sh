#!/usr/bin/env bash
# The native tests on the emulated GPU under AddressSanitizer and UBSan, in the build of sanitizers.
# set: before_release
# step: 210
# needs: packages
# writes: build/ci/sanitized
source .ci/common.sh

configure sanitized-emulator "$work/sanitized"
build "$work/sanitized"
run_native_tests sanitized-emulator "$work/sanitized"
