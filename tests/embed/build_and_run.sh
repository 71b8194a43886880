#!/usr/bin/env bash
# Builds the outside project in tests/embed against an installed dpmd and runs it, in folders with spaces in their names.
# Usage: build_and_run.sh BUILD_DIR SCRATCH_DIR
#   BUILD_DIR    a built dpmd; it is installed from there
#   SCRATCH_DIR  where the install tree and the outside build go; must not exist yet
set -euo pipefail
build=$(realpath "$1")
scratch=$(realpath -m "$2")
tree=$(realpath "$(dirname "$0")/../..")
[ -e "$scratch" ] && { echo "build_and_run.sh: $scratch exists already" >&2; exit 2; }
prefix="$scratch/install tree"
project="$scratch/outside project"

cmake --install "$build" --prefix "$prefix" --component runtime >/dev/null
cmake --install "$build" --prefix "$prefix" --component development >/dev/null
if grep -rnF -e "$tree" -e "$build" "$prefix/lib/cmake" "$prefix/include"; then
    echo "the installed package names the source or build tree" >&2
    exit 1
fi

mkdir -p "$project"
cp "$tree/tests/embed/CMakeLists.txt" "$tree/tests/embed/water_forces.cpp" "$tree/tests/capi/c_program.c" \
    "$project/"
cmake -S "$project" -B "$project/build" -DCMAKE_BUILD_TYPE=Release -DCMAKE_PREFIX_PATH="$prefix" >/dev/null
cmake --build "$project/build"
for program in water_forces c_program; do "$project/build/$program" "$tree/examples/water/water_small.dpmd"; done
