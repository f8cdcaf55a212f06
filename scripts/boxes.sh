# Starts of real servers in boxes, for the benchmarks that source this; the script that does goes on in a network of its own.
# shellcheck shell=bash disable=SC2154 # who sources this sets them
. "$(dirname "${BASH_SOURCE[0]}")/image.sh"

# Nothing else listens there.
if [ -z "${BENCH_STARTS_NETWORK-}" ]; then
    need_root "making namespaces"
    provision targets tools java rootfs jre21 jre25 elasticsearch servers
    image_binary
    BENCH_STARTS_NETWORK=own exec unshare --net "$0" "$@"
fi
ip link set lo up

WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT
chmod 755 "$WORK"

# only_known: fails where one of the servers in ONLY is none of $SERVERS, a line each that begins with product and version.
only_known() {
    local name
    for name in "${ONLY[@]}"; do
        grep -q "^${name%%-*} ${name#*-} " <<<"$SERVERS" || die "no such server: $name" "there are:" "$SERVERS"
    done
}

# is_wanted NAME: that server is in ONLY, or nobody named any.
is_wanted() { [ ${#ONLY[@]} = 0 ] || [[ " ${ONLY[*]} " == *" $1 "* ]]; }

# root_of_java MAJOR: the root directory that this Java stands in; empty: the machine's.
root_of_java() {
    case $1 in 8 | 21 | 25) echo "$CACHE/rootfs-jre$1" ;; esac
}

# java_home MAJOR: the path of that Java, as the box has it.
java_home() {
    local root home
    root=$(root_of_java "$1")
    for home in "$root"/usr/lib/jvm/*/jre "$root"/usr/lib/jvm/*; do
        if [ ! -L "$home" ] && [ -x "$home/bin/java" ] && { [ -n "$root" ] || grep -qs "^JAVA_VERSION=\"$1[.\"]" "$home/release"; }; then
            echo "${home#"$root"}"
            return
        fi
    done
    die "there is no Java $1"
}

# javas MAJOR HOME: what has to be bound, as FROM:TO; Debian keeps the configuration of a Java apart from it.
javas() {
    local root place
    [ "$1" != 8 ] || return 0
    root=$(root_of_java "$1")
    for place in "$2" "/etc/java-$1-openjdk"; do
        if [ -d "$root$place" ]; then printf '%s:%s ' "$root$place" "$place"; fi
    done
}

# box_command VARIABLE... [-- ARGUMENT...]: BOX_COMMAND starts the server of $product, $version, $java and $home with these.
box_command() {
    local heap="-Xms256m -Xmx256m"
    local variables=(USERLAND="$BASE_ROOTFS" DISTRIBUTION="$CACHE/$name" PRODUCT="$product" BINARY="$BINARY" BEGUN="$WORK/begun"
        PATH="$home/bin:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin" JAVAS="$(javas "$java" "$home")")
    case $product-${version%%.*} in
        opensearch-*) variables+=(OPENSEARCH_JAVA_HOME="$home" OPENSEARCH_JAVA_OPTS="$heap") ;;
        elasticsearch-[67]) variables+=(JAVA_HOME="$home" ES_JAVA_OPTS="$heap") ;;
        elasticsearch-*) variables+=(ES_JAVA_HOME="$home" ES_JAVA_OPTS="$heap") ;;
    esac
    while [ $# -gt 0 ] && [ "$1" != -- ]; do
        variables+=("$1")
        shift
    done
    BOX_COMMAND=(unshare --mount --pid --uts --ipc --fork --kill-child=KILL --propagation=private
        env -i "${variables[@]}" bash "$ROOT/tests/starts/box.sh" "$@")
}

# start PROCESSORS WAY: what start.py prints of one start; `box WAY`, of the script that sources this, makes its command.
start() {
    rm -f "$WORK/begun"
    box "$2"
    python3 "$ROOT/benches/starts/start.py" "$1" "$WORK/begun" "${BOX_COMMAND[@]}" 2>"$WORK/log" \
        || { tail -n 30 "$WORK/log" >&2; die "$name does not start ($2)"; }
}

# of FILE FIELD: the median.
of() { cut -d ' ' -f "$2" "$1" | median; }

# bound TEXT VALUE LARGEST: one line about a bound.
MISSED=0 BOUNDS=
bound() {
    local verdict=held
    [ "$3" != - ] || return 0
    awk -v value="$2" -v largest="$3" 'BEGIN { exit !(value <= largest) }' || { verdict=MISSED; MISSED=$((MISSED + 1)); }
    BOUNDS+="  $1: $2, at most $3: $verdict"$'\n'
}

# Fails where one was missed.
tell_bounds() {
    say "Bounds:"
    printf '%s' "$BOUNDS" >&2
    [ "$MISSED" = 0 ] || die "$MISSED bounds were missed"
}
