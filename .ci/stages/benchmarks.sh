#!/usr/bin/env bash
# The smallest cases of every benchmark: each checks its own answer.
# A wrong answer is an ERROR in the output, not in the exit status. The smallest cases are those of one cell on one
# thread, and those that have neither cells nor threads.
# set: default
# step: 80
# needs: strict_build wheel
source .ci/common.sh

log=$here/benchmark.log

# run_cases NAME PROGRAM FILTER
run_cases() {
    local status=0 n_cases
    "$2" --benchmark_filter="$3" --benchmark_min_time=0.001 >"$log" 2>&1 || status=$?
    n_cases=$(grep -cE '^[a-z_]+/' "$log") || true
    if [ "$status" -ne 0 ] || [ "$n_cases" -eq 0 ] || grep -q 'ERROR OCCURRED' "$log"; then
        cat "$log"
        say "$1 failed, or has no case of one cell and one thread"
        exit 1
    fi
    say "$1: $n_cases cases"
}

for program in "$strict"/bench/bench_*; do
    [ -f "$program" ] && [ -x "$program" ] || continue
    run_cases "$(basename "$program")" "$program" '-(side|threads):[2-9]'
done
for name in local/se_e2_r.dp local/se_e3.dp local/loc_frame.pb local/hybrid-se_a-se_r.dp dpa/dpa1_concat2.dp dpa/dpa1_strip0_smooth.dp; do
    [ -f "../shared/models/$name" ] || continue # the model of the other cases has se_e2_a
    rm -f "$here/model.dpmd"
    quietly "$log" "$stranger/venv/bin/dpmd" convert "../shared/models/$name" "$here/model.dpmd"
    DPMD_BENCH_MODEL=$here/model.dpmd run_cases "bench_stages, $name" "$strict/bench/bench_stages" \
        '/form:off/precision:double/isa:sse2/side:1/'
done
scaling=$strict/bench/scaling/bench_scaling
quietly "$log" "$scaling" --quick
DPMD_MODULES=$strict/cpp quietly "$log" "$work/packages/mpich/bin/mpiexec" -n 2 "$scaling" --quick
say "bench_scaling: on threads and on 2 processes"
