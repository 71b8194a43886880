#!/usr/bin/env bash
# The tests that users run, in the README's section 'Test it'.
# With CI=true, no test that needs ../shared may be skipped where that folder exists.
# set: default
# step: 30
# needs: packages
# writes: .venv build/ci/readme/build
source .ci/common.sh

share_objects use
export SKBUILD_BUILD_DIR=build/ci/readme/build

log=$here/pytest.log
rm -f "$here/closing_line"
status=0
run_readme_command "Test it" 2>&1 | tee "$log" || status=$?
grep -E '^=+ .* in [0-9.]+s' "$log" | tail -n 1 >"$here/closing_line" || {
    say "pytest printed no closing line"
    status=1
}
if [ ! -d ../shared ]; then
    say "note: no ../shared here, the tests against its models were skipped"
elif [ "${CI:-}" = true ] && grep -qE '^SKIPPED.*\.\./shared' "$log"; then
    say "../shared is here, and still these tests were skipped for want of it:"
    grep -E '^SKIPPED.*\.\./shared' "$log"
    status=1
fi
exit "$status"
