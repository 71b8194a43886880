#!/usr/bin/env bash
# The hooks of .pre-commit-config.yaml: ruff, clang-format, shellcheck, whitespace.
# set: default
# step: 80
# needs: packages
source .ci/common.sh

PRE_COMMIT_HOME=$here/hooks "$work/packages/venv/bin/pre-commit" run --all-files --show-diff-on-failure
