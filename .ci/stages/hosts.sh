#!/usr/bin/env bash
# Programs of DeePMD-kit on the wheel's libdeepmd_c.so, in an environment without TensorFlow, and OpenMM.
# set: default
# step: 90
# needs: wheel
# A step of its own: the programs of the test-bed wait for each other for a second only.
source .ci/common.sh

# Without extras for frameworks, DeePMD-kit brings its programs only.
python=$here/venv/bin/python
[ -x "$python" ] || python3 -m venv "$here/venv"
"$python" -m pip install -q "deepmd-kit[lmp]==3.2.0"
"$python" -m pip install -q --force-reinstall --no-deps "$work"/wheel/release/dpmd-*.whl
"$python" -m pip install -q "$(echo "$work"/wheel/release/dpmd-*.whl)[openmm,test]"
if "$python" -c 'import tensorflow' 2>/dev/null; then
    say "TensorFlow is in $here/venv, where everything has to work without it"
    exit 1
fi
run_pytest "$python" tests/python/test_{cli_lmp,cli_env,openmm}.py
nothing_was_skipped

testbed=$PWD/../shared/reference/deepmd-c-abi/testbed
if [ ! -d "$testbed" ]; then
    say "note: no ../shared here, the programs of its test-bed were not run"
    exit
fi

# header_folders VERSION...: sets $headers to folders with the two headers of each version, from the sources on PyPI.
header_folders() {
    local version tools=$here/tools
    if [ ! -x "$tools/bin/pip" ]; then # what the sources need before pip hands them over
        python3 -m venv "$tools"
        "$tools/bin/pip" install -q "scikit-build-core>=0.11" "cmake>=4" setuptools_scm hatch-fancy-pypi-readme dependency-groups
    fi
    headers=()
    for version in "$@"; do
        local folder=$here/headers/$version
        headers+=("$folder")
        [ -f "$folder/deepmd.hpp" ] && continue
        mkdir -p "$folder"
        DP_ENABLE_TENSORFLOW=0 DP_ENABLE_PYTORCH=0 quietly "$folder/pip.log" "$tools/bin/pip" download --no-deps \
            --no-build-isolation --no-binary deepmd-kit -d "$folder" "deepmd-kit==$version"
        tar -xzf "$folder"/*.tar.gz -C "$folder" --strip-components=4 --wildcards '*/api_c/include/c_api.h' '*/api_c/include/deepmd.hpp'
        rm "$folder"/*.tar.gz
    done
}

# on_library FOLDER NAME: all programs of the test-bed with the library in a folder. What they print goes to NAME.log.
on_library() {
    PEER=$here/venv OMM_PYTHON=$python HPP="${headers[*]}" PYTHONDONTWRITEBYTECODE=1 MODELS=$PWD/../shared/models \
        STRUCTURE=$PWD/../shared/data/water_192.extxyz bash "$testbed/run_all.sh" "$1" "$here/$2" >"$here/$2.log" 2>&1
}

header_folders 2.2.11 3.0.0 3.1.3 3.2.0
library=$("$python" -c 'from dpmd.drop_in import library_path; print(library_path().parent)')
on_library "$library" installed || { cat "$here/installed.log" && exit 1; }
say "$(grep -c '^ok' "$here/installed.log") answers of the test-bed are those of DeePMD-kit 3.2.0"

# A library with the same functions and other numbers has to fail.
headers=()
mkdir -p "$here/stub"
cp "$testbed"/{dp_abi.h,stub_core.h,prototype_core.h,make_libs.py} "$here/stub"
(cd "$here/stub" && python3 make_libs.py)
gcc -shared -fPIC -O1 -w -Wl,-soname,libdeepmd_c.so "$here/stub/stub.c" -o "$here/stub/libdeepmd_c.so" -lm
if on_library "$here/stub" counterfeit; then
    say "the test-bed cannot tell a library of other numbers from ours"
    exit 1
fi
