# Functions of the stages wheel and all_architectures, which make a release, and gpu_kernels, which continues the build
# of wheel.
# shellcheck shell=bash disable=SC2154  # the variables of common.sh

# The build of a release in FOLDER, as deep in its tree as share_objects wants it.
release_build() { say "$1/release/source/build/ci/release/build"; }

# build_release FOLDER [OPTION OF build...]: into FOLDER/release. The code for NVIDIA is compiled once: report_kernels
# reads nvcc's report on every kernel from the log.
build_release() {
    local folder=$1 packages=$work/packages/venv/bin
    rm -rf "$folder/release"
    share_objects use
    if ! PYTHON=$packages/python CUDACXX=$(find_nvcc) CMAKE_BUILD_PARALLEL_LEVEL=$jobs \
        python/build_wheel.sh "$folder/release" --no-isolation -C build-dir="$(release_build "$folder")" -C cmake.define.DPMD_STRICT=ON \
        "${@:2}" -C cmake.define.CMAKE_CUDA_FLAGS=-Xptxas=-v >"$folder/release.log" 2>&1; then
        grep -vE '^ptxas|^ *[0-9]+ bytes|^\[[0-9]+/[0-9]+\] (Building|Linking|Creating)|^-- ' "$folder/release.log" | tail -n 60
        return 1
    fi
    sed -n '/^dpmd-.*MB$/,$p' "$folder/release.log"
    "$packages/auditwheel" show "$folder"/release/dpmd-*.whl >"$folder/auditwheel.log" 2>/dev/null || true
    if ! grep -m 1 -oE 'manylinux_\w+' "$folder/auditwheel.log"; then
        say "auditwheel show: not for manylinux"
        return 1
    fi
}

# use_release RELEASE PLACE: installs the wheel into PLACE/venv and tries it: devices, a run, C and C++ programs against it.
use_release() {
    local release=$1 place=$2
    rm -rf "$place"
    python3 -m venv "$place/venv"
    "$place/venv/bin/pip" install -q "scikit-build-core>=0.11" "$release"/dpmd-*.whl
    alone "$place" info | tee "$here/info.log"
    if ! command -v nvidia-smi >/dev/null && ! grep -q 'no cuda driver is installed' "$here/info.log"; then
        say "the CUDA module does not say that there is no driver"
        return 1
    fi
    cp examples/water/run.toml examples/water/water_small.dpmd examples/water/water_192.extxyz "$place/"
    quietly "$here/run.log" alone "$place" run "$place/run.toml" --steps 50
    test -s "$place/run/trajectory.extxyz"
    tests/embed/build_and_run.sh wheel "$place/venv/bin/python" "$place/embed"
}

# alone PLACE ARGUMENT...: runs dpmd without this shell's environment and, where the machine allows it, without a
# network.
alone() {
    local cut=()
    if unshare -n true 2>/dev/null; then
        cut=(unshare -n)
    elif unshare -rn true 2>/dev/null; then
        cut=(unshare -rn)
    else
        say "note: this machine lets nobody cut the network off: dpmd runs with it"
    fi
    env -i PATH=/usr/bin:/bin HOME="$1" "${cut[@]}" "$1/venv/bin/dpmd" "${@:2}"
}

# report_kernels FOLDER [CMAKE OPTION...]: compiles the module for AMD in the build of a release.
report_kernels() {
    local gpu libraries=$here/device_libraries
    gpu=$(release_build "$1")
    share_objects use
    local flags="--rocm-path=/usr --rocm-device-lib-path=$libraries -v -Rpass-analysis=kernel-resource-usage"
    rm -rf "$gpu/hip" # the report needs the compiler's output for every source
    hip/compile_check_libraries.sh "$libraries"
    HIP_PLATFORM=amd quietly "$here/configure.log" "$work/packages/venv/bin/cmake" -S "$1/release/source" -B "$gpu" -DDPMD_HIP=ON \
        -DCMAKE_HIP_PLATFORM=amd "${@:2}" -DCMAKE_HIP_COMPILER="$(command -v clang++-19)" -DCMAKE_HIP_FLAGS="$flags"
    build "$gpu" --target dpmd_hip
    python3 cuda/resource_report.py --short "$1/release.log" "$gpu/build.log"
}
