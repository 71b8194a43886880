#!/usr/bin/env bash
# The attacks of tests/attack/run.py, for a quarter of an hour.
# set: before_release
# step: 270
# needs: wheel
source .ci/common.sh

configure fuzz "$here/fuzz" -DCMAKE_CXX_COMPILER=clang++-19
build "$here/fuzz"
attack=("$stranger/venv/bin/python" tests/attack/run.py --complete --build "$here/fuzz" --keep "$here/kept") status=0
"${attack[@]}" --seconds 45 || status=1
"${attack[@]}" --seconds 150 kills pairs || status=1 # processes take longer than functions
exit "$status"
