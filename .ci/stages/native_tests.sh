#!/usr/bin/env bash
# The native tests, and those of several processes with both families of MPI.
# set: default
# step: 40
# needs: strict_build
source .ci/common.sh

run_native_tests strict "$strict"

# The same module with the other family of MPI, which runs as root and with more ranks than cores only on request.
log=$here/open_mpi.log
OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 PRTE_MCA_rmaps_default_mapping_policy=:oversubscribe \
    DPMD_TEST_RANKS=2 DPMD_MODULES=$strict/cpp \
    quietly "$log" "$work/packages/openmpi/bin/mpiexec" -n 2 "$strict/tests/parallel/test_mpi_ranks" --gtest_brief=1
say "$(grep -aE 'ranks of|PASSED' "$log" | sort -u | sed -n 1,2p | tr '\n' ' ')"
