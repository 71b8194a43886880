#!/usr/bin/env bash
# The wheel with the oldest versions that pyproject.toml admits: the tests of readers and of the command line.
# The newest versions of everything are those that readme_test installs.
# set: default
# step: 60
# needs: wheel
source .ci/common.sh

python=$here/venv/bin/python
rm -rf "$here/venv"
python3 -m venv "$here/venv"
"$work/packages/venv/bin/python" tests/release/oldest_dependencies.py pyproject.toml test >"$here/oldest.txt"
"$python" -m pip install -q -r "$here/oldest.txt"
"$python" -m pip install -q --no-deps "$work"/wheel/release/dpmd-*.whl
run_pytest "$python" tests/release/test_oldest_dependencies.py tests/golden/test_project_oracles.py tests/python/structure \
    tests/python/test_{importers,importer_refusals,importers_fuzz,lfs_pointer,model_spec,systems,cli_model,cli_structure}.py \
    tests/python/test_{ase,analysis,config,cli_run,neighbor_list,parallel_structure}.py
