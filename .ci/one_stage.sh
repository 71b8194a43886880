# One stage for .ci/run: what it needs, whether that is done for the files as they are now, and the locks that let
# several runs work in one tree at once. A stage locks itself and each path that it writes, and shares the locks of the
# stages it needs.
# shellcheck shell=bash disable=SC2154  # the variables of .ci/run

# field STAGE NAME: a value in the head of a stage.
field() { sed -n "s/^# $2: *//p" "$stages/$1.sh"; }

# The stages that a stage needs, directly or indirectly.
all_needs() {
    local need
    for need in $(field "$1" needs); do say "$need" && all_needs "$need"; done
}

# One word for the content of the files that git tracks, and of new files in the folders of the project. Without git,
# which the first stage installs, no stage counts as done.
tree_state() {
    command -v git >/dev/null || { say "no git" && return; }
    local folders
    mapfile -t folders < <(git ls-tree -d --name-only HEAD)
    { git rev-parse 'HEAD^{tree}' && GIT_OPTIONAL_LOCKS=0 git diff --no-ext-diff --binary HEAD &&
        git ls-files -z --others --exclude-standard -- "${folders[@]}" | { xargs -0 -r sha256sum 2>/dev/null || true; }; } |
        sha256sum
}

# Whether a stage is done for the files as they are now, or was done by this run, even if files have changed since.
is_done() {
    [ -f "$work/done/$1" ] && { [ -f "$run/$1.done" ] || [ "$(cat "$work/done/$1")" = "$(tree_state)" ]; }
}

# lock NAME [OPTION OF FLOCK]: locks for as long as this subshell or a program started by it lives.
declare -A locks=()
lock() {
    local file=${locks[$1]:-}
    if [ -z "$file" ]; then
        exec {file}>"$work/locks/${1//\//_}" || exit 1
        locks[$1]=$file
    fi
    flock -n "${@:2}" "$file" && return
    say "waiting for another stage that uses $1"
    flock "${@:2}" "$file" || exit 1
}

# Runs a stage under its lock.
execute() (
    for path in $(field "$1" writes); do lock "$path"; done
    state=$(tree_state) || exit 1
    rm -f "$work/done/$1"
    bash "$stages/$1.sh" || { touch "$run/$1.failed" && exit 1; }
    touch "$run/$1.done"
    say "$state" >"$work/done/$1"
)

# Shares the lock of a stage that is done, and runs the stage first where it is not.
hold() {
    lock "$1" --shared
    until is_done "$1"; do
        lock "$1"
        is_done "$1" || { [ ! -e "$run/$1.failed" ] && execute "$1"; } || return 1
        lock "$1" --shared # this releases the lock for a moment, in which another run may begin the stage again
    done
}

# A stage that another run has done since this run began is not repeated.
run_stage() (
    for need in $(in_order "$(all_needs "$1" | tr '\n' ' ')" | cut -d' ' -f2); do
        hold "$need" || { say "$1 needs $need, which failed" && exit 1; }
    done
    lock "$1"
    status=0
    if [ "$work/done/$1" -nt "$run/start" ] && is_done "$1"; then say "done by another run"; else execute "$1" || status=1; fi
    if [ -f "$work/$1/closing_line" ]; then cp "$work/$1/closing_line" "$run/"; fi
    exit "$status"
)
