# Functions of the stages other_readers and all_readers.
# shellcheck shell=bash disable=SC2154  # the variables of common.sh

# read_with PYTHON PACKAGE...: no test may be skipped because a package is missing.
read_with() {
    local package status=0
    run_pytest "$1" tests/physics/test_trajectory_readers.py || status=$?
    for package in "${@:2}"; do
        if grep -E "^SKIPPED.*$package" "$here/pytest.log"; then status=1; fi
    done
    return "$status"
}
