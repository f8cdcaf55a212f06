# What the tests leave on the machine: processes, mounts, network namespaces, containers, files. To be sourced.
# `leftovers_before` takes stock; `leftovers_after` names what is new, and fails when there is something.
# shellcheck shell=bash
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# The lists of `leftovers_before`; nothing while no tests run.
LEFTOVERS=
# So many times a fifth of a second: what was signalled to end needs a moment.
LEFTOVERS_PATIENCE=50

# Everything that is started from here on carries TESTS_OF_RUN, and makes its temporary files in a folder of its own.
leftovers_before() {
    LEFTOVERS=$CACHE/leftovers.$$
    mkdir -p "$LEFTOVERS"
    LEFTOVERS_TMPDIR=${TMPDIR:-/tmp}
    TESTS_OF_RUN=$$.$RANDOM$RANDOM
    TMPDIR=$(mktemp -d "$LEFTOVERS_TMPDIR/es-run-XXXXXX")
    # Users that are not root look for their files in there too.
    chmod 755 "$TMPDIR"
    local kind
    for kind in processes mounts namespaces containers files changes; do
        "leftovers_$kind" >"$LEFTOVERS/$kind"
    done
    export TESTS_OF_RUN TMPDIR
}

# The programs that look are not to be found themselves: nothing in here is marked.
leftovers_after() {
    [ -n "$LEFTOVERS" ] || return 0
    local left tries=0 run_folder=$TMPDIR
    export -n TESTS_OF_RUN
    export TMPDIR=$LEFTOVERS_TMPDIR
    left=$(leftovers_new "$run_folder")
    while [ -n "$left" ] && [ "$tries" -lt "$LEFTOVERS_PATIENCE" ]; do
        tries=$((tries + 1))
        sleep 0.2
        left=$(leftovers_new "$run_folder")
    done
    [ -z "$left" ] || printf '%s\n' "$left" | sed 's/^/    left behind: /' >&2
    rm -rf --one-file-system "$run_folder" "$LEFTOVERS"
    LEFTOVERS=
    [ -z "$left" ]
}

# leftovers_new FOLDER: what was not there before, one a line; nothing but that may be in FOLDER.
leftovers_new() {
    local line
    while read -r line; do
        leftovers_is_our_process "${line%% *}" "$1" && echo "process $(leftovers_describe "${line%% *}")"
    done < <(leftovers_processes | leftovers_since processes)
    leftovers_mounts | leftovers_since mounts | sed 's/^/mount /'
    leftovers_namespaces | leftovers_since namespaces | sed 's/^/network namespace /'
    leftovers_containers | leftovers_since containers
    leftovers_changes | leftovers_since changes | sed 's/^/the repository has changed: /'
    find "$1" -mindepth 1 -maxdepth 1 -printf 'file %p\n'
    while read -r line; do
        if leftovers_is_our_file "$line"; then echo "file $line"; fi
    done < <(leftovers_files | leftovers_since files | sed 's/ [0-9.]*$//' | uniq)
}

# leftovers_since KIND: the lines of the input that were not there.
leftovers_since() { comm -13 "$LEFTOVERS/$1" -; }

# Number and moment of the start, which together are no other process's.
leftovers_processes() {
    local file stat fields
    for file in /proc/[0-9]*/stat; do
        if read -r stat 2>/dev/null <"$file"; then
            read -ra fields <<<"${stat##*) }"
            [ "${fields[0]}" = Z ] || echo "$(basename "${file%/stat}") ${fields[19]:-0}"
        fi
    done | LC_ALL=C sort
}

# Docker mounts what its containers and their networks consist of.
leftovers_mounts() {
    awk '{ print $5 }' /proc/self/mountinfo \
        | grep -vE '^(/var/lib|/run|/var/run)/(docker|containerd)(/|$)' | LC_ALL=C sort || true
}

# Those that have a name; the others are those of processes.
leftovers_namespaces() { find /run/netns -mindepth 1 -maxdepth 1 2>/dev/null | LC_ALL=C sort || true; }

leftovers_containers() {
    if have docker && timeout 10 docker version >/dev/null 2>&1; then
        docker ps -a --filter label=es-entrypoint-test --format 'container {{.Names}} of {{.Image}}'
        docker ps -a --format 'container {{.Names}} of {{.Image}}' | grep ' of es-entrypoint-test/' || true
        docker network ls --filter label=es-entrypoint-test --format 'docker network {{.Name}}'
    fi | LC_ALL=C sort -u
}

# The first level of the places that everybody writes to, and all of what we make ourselves; with the moment of the change.
leftovers_files() {
    local place
    for place in "$LEFTOVERS_TMPDIR" /tmp /var/tmp /run "$HOME"; do
        [ -d "$place" ] || continue
        find "$place" -mindepth 1 -maxdepth 1 -printf '%p 0\n'
        find "$place" -mindepth 1 -maxdepth 1 -name '*es-entrypoint*' ! -name 'es-run-*' \
            -exec find {} -xdev -printf '%p %T@\n' \;
    done 2>/dev/null | LC_ALL=C sort -u
}

leftovers_changes() { git -C "$ROOT" status --porcelain 2>/dev/null | LC_ALL=C sort || true; }

# leftovers_below PATH FOLDER...: whether it is in one of them.
leftovers_below() {
    local path=$1 folder
    shift
    for folder in "$@"; do
        case $path/ in "$folder"/*) return 0 ;; esac
    done
    return 1
}

# leftovers_is_our_process NUMBER FOLDER: others start processes on this machine too. Ours carry the mark, or are
# our programs; or they were started with an empty environment, as the tests do, and work in our folders.
leftovers_is_our_process() {
    local process=/proc/$1 exe cwd root
    if grep -qszxF "TESTS_OF_RUN=$TESTS_OF_RUN" "$process/environ"; then return 0; fi
    exe=$(readlink "$process/exe" 2>/dev/null) || return 1
    cwd=$(readlink "$process/cwd" 2>/dev/null) || return 1
    root=$(readlink "$process/root" 2>/dev/null) || return 1
    if grep -qsz '^HOME=' "$process/environ"; then return 1; fi
    leftovers_below "$exe" "$BUILT" || leftovers_below "$cwd" "$BUILT" "$ROOT" "$2" || leftovers_below "$root" "$CACHE"
}

leftovers_describe() {
    local words
    words=$(tr '\0\n' '  ' <"/proc/$1/cmdline" 2>/dev/null | cut -c 1-120) || words=
    echo "$1, \`${words% }\`, in $(readlink "/proc/$1/cwd" 2>/dev/null || echo 'a folder that is gone')"
}

# Whose a new file in a shared place is shows only its name; a machine of continuous integration is ours alone.
leftovers_is_our_file() {
    local name=${1##*/} program number
    if leftovers_below "$1" "$BUILT" "$CACHE" "$ROOT" || leftovers_below "$BUILT" "$1" || leftovers_below "$CACHE" "$1"; then
        return 1
    fi
    # Named after a process that lives: of another run of the tests, which takes it away.
    number=$(grep -oE '^(/tmp|/var/tmp|/run|'"$HOME|$LEFTOVERS_TMPDIR"')/[^/]*-[0-9]+' <<<"$1" | grep -oE '[0-9]+$')
    if [ -n "$number" ] && [ -d "/proc/$number" ]; then
        grep -qszxF "TESTS_OF_RUN=$TESTS_OF_RUN" "/proc/$number/environ" || return 1
    fi
    case $name in es-run-*) return 1 ;; esac
    # What installed programs keep for themselves.
    case $1 in
        /run/mount | /run/lock | /run/xtables.lock | /run/docker* | /run/containerd) return 1 ;;
        "$HOME"/.cache | "$HOME"/.cargo | "$HOME"/.rustup | "$HOME"/.docker | "$HOME"/.m2) return 1 ;;
    esac
    case $1 in *es-entrypoint*) return 0 ;; esac
    [ "${CI:-}" != true ] || return 0
    case $name in hsperfdata_*) return 0 ;; esac
    for program in "$ROOT"/tests/*.rs; do
        case $name in "$(basename "$program" .rs)"-*) return 0 ;; esac
    done
    return 1
}
