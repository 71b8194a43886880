# Functions of the stages clang_tidy and clang_analyzer.
# shellcheck shell=bash disable=SC2154  # the variables of common.sh

# tidy CHECKS FOLDERS: CHECKS is added to the checks of .clang-tidy. Sources that include the emulator's platform are
# left out: this clang-tidy has no <source_location>.
tidy() {
    local log=$here/clang-tidy.log status=0
    python3 -c '
import json, sys
commands = {entry["file"]: entry for entry in json.load(sys.stdin)}
folders = ("/tests/emulator/", "/tests/backend/gpu/", "/cuda/", "/bench/device/")
json.dump([c for f, c in commands.items() if not any(folder in f for folder in folders)], sys.stdout)' \
        <"$strict/compile_commands.json" >"$here/compile_commands.json"
    run-clang-tidy -quiet -checks="$1" -j "$jobs" -p "$here" "$PWD/$2/.*" >"$log" 2>/dev/null || status=$?
    grep -aE '(warning|error):' "$log" | sort -u || true
    [ "$status" -ne 0 ] || say "clean: $(grep -ac '^clang-tidy' "$log") files"
    return "$status"
}
