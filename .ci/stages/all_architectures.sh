#!/usr/bin/env bash
# The release and its kernels for all architectures, as users get them.
# set: before_release
# step: 240
# needs: packages
source .ci/common.sh

source .ci/release.sh
build_release "$here"
use_release "$here/release" "$here/a stranger's place"
report_kernels "$here"
