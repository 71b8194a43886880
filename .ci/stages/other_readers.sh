#!/usr/bin/env bash
# Trajectories as other programs read them. OVITO takes a gigabyte and is left to all_readers, before a release.
# set: default
# step: 80
# needs: wheel
source .ci/common.sh

source .ci/readers.sh
read_with "$stranger/venv/bin/python" MDAnalysis dpdata
