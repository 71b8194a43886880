#!/usr/bin/env bash
# compile_check_libraries.sh FOLDER: Debian 12's ROCm device libraries, with the one file that gfx942 asks for beyond
# them. This is enough to see that kernels compile for gfx942, but not to run there: for that, build with ROCm.
set -euo pipefail
system=/usr/lib/$(dpkg-architecture -qDEB_HOST_MULTIARCH 2>/dev/null || gcc -print-multiarch)/amdgcn/bitcode
mkdir -p "$1"
cp "$system"/*.bc "$1"
llvm-dis-19 -o - "$1/oclc_isa_version_940.bc" | sed 's/i32 9400/i32 9402/' |
    llvm-as-19 -o "$1/oclc_isa_version_942.bc" -
