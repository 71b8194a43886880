#!/usr/bin/env bash
# The native tests on the host under AddressSanitizer and UBSan.
# set: default
# step: 30
# needs: packages
# writes: build/ci/sanitized
source .ci/common.sh

configure sanitized "$work/sanitized"
build "$work/sanitized"
run_native_tests sanitized "$work/sanitized"
