#!/usr/bin/env bash
# The smallest cases of every benchmark: each checks its own answer.
# A wrong answer is an ERROR in the output, not in the exit status. The smallest cases are those of one cell on one
# thread, and those that have neither cells nor threads.
# set: default
# step: 80
# needs: strict_build
source .ci/common.sh

log=$here/benchmark.log
for program in "$strict"/bench/bench_*; do
    [ -f "$program" ] && [ -x "$program" ] || continue
    status=0
    "$program" --benchmark_filter='-(side|threads):[2-9]' --benchmark_min_time=0.001 >"$log" 2>&1 || status=$?
    n_cases=$(grep -cE '^[a-z_]+/' "$log") || true
    if [ "$status" -ne 0 ] || [ "$n_cases" -eq 0 ] || grep -q 'ERROR OCCURRED' "$log"; then
        cat "$log"
        say "$(basename "$program") failed, or has no case of one cell and one thread"
        exit 1
    fi
    say "$(basename "$program"): $n_cases cases"
done
scaling=$strict/bench/scaling/bench_scaling
quietly "$log" "$scaling" --quick
DPMD_MODULES=$strict/cpp quietly "$log" "$work/packages/mpich/bin/mpiexec" -n 2 "$scaling" --quick
say "bench_scaling: on threads and on 2 processes"
