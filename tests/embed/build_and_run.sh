#!/usr/bin/env bash
# Builds the outside project in tests/embed against an installed dpmd and runs it, in folders with spaces in their
# names. Usage: build_and_run.sh tree BUILD_DIR SCRATCH_DIR    a built dpmd, installed from there into SCRATCH_DIR
# build_and_run.sh wheel PYTHON SCRATCH_DIR      the dpmd of a Python environment that has scikit-build-core too
# SCRATCH_DIR must not exist yet.
set -euo pipefail
[ $# -eq 3 ] || { sed -n '3,5s/^# //p' "$0" >&2; exit 2; }
scratch=$(realpath -m "$3")
tree=$(realpath "$(dirname "$0")/../..")
model=$tree/examples/water/water_small.dpmd
project="$scratch/outside project"
[ -e "$scratch" ] && { echo "build_and_run.sh: $scratch exists already" >&2; exit 2; }

case $1 in
    tree)
        build=$(realpath "$2")
        prefix="$scratch/install tree"
        cmake --install "$build" --prefix "$prefix" --component runtime >/dev/null
        cmake --install "$build" --prefix "$prefix" --component development >/dev/null
        package=$(dirname "$(find "$prefix" -name dpmdConfig.cmake)")
        find_dpmd=("-DCMAKE_PREFIX_PATH=$prefix")
        ;;
    wheel)
        python=$2
        package=$("$python" -m dpmd --cmake-dir)
        prefix=$(realpath "$package/../../..")
        find_dpmd=("-Ddpmd_ROOT=$package" "-DDeePMD_ROOT=$package")
        ;;
    *) echo "build_and_run.sh: neither tree nor wheel: $1" >&2; exit 2 ;;
esac
if grep -rnF -e "$tree" ${build:+-e "$build"} "$package" "$prefix/include"; then
    echo "the installed package names the source or build tree" >&2
    exit 1
fi

mkdir -p "$project"
cp "$tree/tests/embed/CMakeLists.txt" "$tree/tests/embed/water_forces.cpp" "$tree/tests/embed/deepmd_host.c" \
    "$tree/tests/unit/capi/c_program.c" \
    "$project/"
cmake -S "$project" -B "$project/build" -DCMAKE_BUILD_TYPE=Release "${find_dpmd[@]}" >/dev/null
grep -qxF "dpmd_DIR:PATH=$package" "$project/build/CMakeCache.txt" || { echo "found another dpmd" >&2; exit 1; }
cmake --build "$project/build"
for program in water_forces c_program deepmd_host; do "$project/build/$program" "$model"; done
[ "$1" = wheel ] || exit 0

# The same program built by scikit-build-core, which finds dpmd by itself.
cp -r "$tree/tests/embed/python_project" "$scratch/python project"
cp "$tree/tests/unit/capi/c_program.c" "$scratch/python project/"
"$python" -m pip install -q --no-build-isolation --no-deps "$scratch/python project"
"$python" -m stranger "$model"
