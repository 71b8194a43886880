#!/usr/bin/env bash
# Trajectories as other programs read them, including OVITO.
# set: before_release
# step: 260
# needs: wheel
source .ci/common.sh

source .ci/readers.sh
[ -x "$here/venv/bin/python" ] || python3 -m venv "$here/venv"
"$here/venv/bin/pip" install -q --force-reinstall --no-deps "$work"/wheel/release/dpmd-*.whl
"$here/venv/bin/pip" install -q "$(echo "$work"/wheel/release/dpmd-*.whl)[test]" MDAnalysis dpdata ovito
read_with "$here/venv/bin/python" MDAnalysis dpdata ovito
