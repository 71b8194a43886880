#!/usr/bin/env bash
# The documentation, built as a site without a warning, and the tests of the documents.
# set: default
# step: 70
# needs: wheel
source .ci/common.sh

"$stranger/venv/bin/python" -m sphinx -q -W docs "$here/site"
run_pytest "$stranger/venv/bin/python" tests/docs
nothing_was_skipped
