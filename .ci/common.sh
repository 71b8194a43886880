# What the stages share; each stage is a separate program, which .ci/run starts in the root of the tree.
# shellcheck shell=bash disable=SC2034  # the variables are for the stages
set -euo pipefail
stage=$(basename "$0" .sh)
work=$PWD/build/ci
here=$work/$stage # only this stage writes here
jobs=$(nproc)
mkdir -p "$here"
export DEBIAN_FRONTEND=noninteractive PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
export OMP_WAIT_POLICY=passive # threads that wait leave their core to the other stages and tests

strict=$work/strict_build/build
emulated_modules=$strict/tests/backend/gpu/modules # the GPU backend for the emulator, opened like any other module
stranger=$work/wheel/"a stranger's place"          # an environment with the wheel; its path has a space and a quote

say() { printf '%s\n' "$*"; }

# quietly LOG COMMAND...: shows what the command prints only when it fails.
quietly() {
    local log=$1 status=0
    shift
    "$@" >"$log" 2>&1 || status=$?
    [ "$status" -eq 0 ] || cat "$log"
    return "$status"
}

# configure PRESET FOLDER [CMAKE OPTION...]
configure() {
    mkdir -p "$2"
    quietly "$2/configure.log" "${CMAKE_EXECUTABLE:-cmake}" --preset "$1" -B "$2" "${@:3}"
}

# share_objects WAY: the objects of strict_build serve the other builds of the same sources, where there is ccache. With
# the way `store`, everything is compiled and stored; with `use`, nothing is stored. All stored objects have thus passed
# with all warnings as errors, and a build that has other warnings may use them. Commands must be equal but for warnings:
# the same compiler, written by the same CMake. Paths count relative to the folder of a build: it has to be as deep in its
# tree as $strict.
share_objects() {
    command -v ccache >/dev/null || return 0
    export CMAKE_CXX_COMPILER_LAUNCHER=ccache CCACHE_DIR=$work/ccache CCACHE_BASEDIR=$PWD CCACHE_NOHASHDIR=1
    export CCACHE_IGNOREOPTIONS='-W*' CCACHE_MAXSIZE=2G CXX=g++ CMAKE_EXECUTABLE=$work/packages/venv/bin/cmake
    unset CCACHE_RECACHE CCACHE_READONLY
    case $1 in
        store) export CCACHE_RECACHE=1 ;;
        use) export CCACHE_READONLY=1 ;;
    esac
}

# build FOLDER [OPTION OF cmake --build...]. When the build fails, it shows the compiler's messages.
build() {
    if ! cmake --build "$1" -j "$jobs" "${@:2}" >"$1/build.log" 2>&1; then
        grep -vE '^\[[0-9]+/[0-9]+\] (Building|Linking|Creating)|^ "/' "$1/build.log" | tail -n 60
        return 1
    fi
    grep -E '^(\[[0-9]+/|ninja:)' "$1/build.log" | tail -n 1
}

# run_native_tests PRESET FOLDER, with the ctest of the packages: older ones refuse the test files of a newer CMake, or look
# for tests in the folder that the preset names.
run_native_tests() {
    local log=$2/ctest.log status=0
    "$work/packages/venv/bin/ctest" --preset "$1" --test-dir "$2" -j "$jobs" >"$log" 2>&1 || status=$?
    if [ "$status" -ne 0 ]; then grep -vE '^ *(Start +)?[0-9/]+:? .*|Passed +[0-9.]+ sec' "$log" | tail -n 120; fi
    grep -E '% tests passed' "$log"
    return "$status"
}

# run_pytest PYTHON ARGUMENT...
run_pytest() {
    quietly "$here/pytest.log" "$1" -m pytest -q -p no:cacheprovider "${@:2}" || return
    tail -n 1 "$here/pytest.log"
}

# Used after run_pytest, where everything that the tests need is available, except perhaps ../shared.
nothing_was_skipped() { ! grep -E '^SKIPPED' "$here/pytest.log" | grep -vF '../shared'; }

# The nvcc of the machine, or that of the wheels with the same compiler.
find_nvcc() {
    command -v nvcc || command -v "${CUDA_HOME:-}/bin/nvcc" || command -v "$work/packages/cuda/nvidia/cu13/bin/nvcc"
}

# The first bash block below a heading of the README, as users type it.
run_readme_command() {
    local command
    command=$(awk -v heading="## $1" '$0 == heading { here = 1; next } /^## / { here = 0 }
        here && /^```bash$/ { inside = 1; next } inside && /^```$/ { exit } inside' README.md)
    if [ -z "$command" ]; then
        say "README.md has no bash block below '## $1'"
        return 1
    fi
    say "\$ $command"
    bash -euo pipefail -c "$command"
}
