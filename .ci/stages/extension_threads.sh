#!/usr/bin/env bash
# Threads that share Python objects, under ThreadSanitizer.
# The interpreter is not instrumented; its lock is made of pthread calls, which the sanitizer sees. Package and
# extension are in one folder, as in a wheel.
# set: before_release
# step: 250
# needs: wheel
source .ci/common.sh

python=$stranger/venv/bin/python package=$here/package
report=$here/report # pytest captures what is printed, and is killed before it can show it
configure threads "$here/build" -DDPMD_TESTS=OFF -DDPMD_PYTHON=ON -DDPMD_MPI=OFF -DPython_EXECUTABLE="$python" \
    -Dpybind11_DIR="$("$work/packages/venv/bin/python" -m pybind11 --cmakedir)"
build "$here/build" --target _core
rm -rf "$package" "$report".*
mkdir -p "$package/dpmd"
cp -r python/dpmd/. "$package/dpmd"
cp "$here"/build/python/_core*.so "$package/dpmd"
if ! TSAN_OPTIONS="halt_on_error=1 log_path=$report" OMP_NUM_THREADS=1 LD_PRELOAD=$(g++ -print-file-name=libtsan.so) \
    PYTHONPATH=$package run_pytest "$python" tests/python/test_threads.py -k 'not collective'; then
    head -n 80 "$report".*
    exit 1
fi
