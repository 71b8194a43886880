#!/usr/bin/env bash
# Renews the lock files beside this script from pyproject.toml: bash requirements/renew.sh [OPTIONS OF uv pip compile].
# Without options every version is taken anew; --upgrade-package numpy renews one. Needs uv: pip install uv.
# One file serves every Python that the project admits: where versions must differ, markers say so.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
[ $# -gt 0 ] || set -- --upgrade
all=$(mktemp)
build=$(mktemp --suffix .in)
trap 'rm -f "$all" "$build"' EXIT

# compile FILE SOURCE [OPTION...]
compile() {
    uv pip compile --quiet --universal --python-version 3.10 --generate-hashes --no-annotate \
        --custom-compile-command "bash requirements/renew.sh" "${@:2}" -o "$1"
}

# first all together, so that the files agree and can be installed side by side
touch requirements/{run,test,docs,build}.txt
cat requirements/{run,test,docs}.txt >"$all"
compile "$all" pyproject.toml --extra test --extra docs --extra analysis "$@"
compile requirements/run.txt pyproject.toml --constraints "$all"
compile requirements/test.txt pyproject.toml --extra test --extra analysis --constraints "$all"
compile requirements/docs.txt pyproject.toml --extra docs --constraints "$all"

# what a build needs: build-system.requires, and the programs that scikit-build-core starts
sed -n '/^\[build-system\]/,/^$/s/^requires = \[\(.*\)\]$/\1/p' pyproject.toml | tr -d '" ' | tr ',' '\n' >"$build"
printf '%s\n' "cmake>=3.22" "ninja" >>"$build"
compile requirements/build.txt "$build" --constraints "$all" "$@"
