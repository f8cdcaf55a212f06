#!/usr/bin/env bash
# Rendering, and the way from the start to the JVM, side by side with the usual ways; fails where a bound is missed.
# usage: scripts/bench-prepare.sh
. "$(dirname "${BASH_SOURCE[0]}")/image.sh"
exec 2>&1

provision targets elasticsearch
have envsubst || packages gettext-base
have /usr/bin/time || packages time
need_root "measuring the drop of privileges"
image_binary

WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT
chmod 755 "$WORK"
cd "$WORK" || exit

MISSED=0

# The median of microseconds, one a line.
milliseconds() { median | awk '{ printf "%.3f", $1 / 1000 }'; }

# compare N COMMAND...: for each command (one word each, run by sh) the milliseconds of one run, in the array TIMES:
# the median of N rounds, in each of which every command runs once, so that a noisy moment hits all of them.
compare() {
    local count=$1 round index begun
    shift
    local samples=()
    for ((round = 0; round <= count; round++)); do
        index=0
        for command in "$@"; do
            begun=${EPOCHREALTIME/./}
            sh -c "$command" >/dev/null 2>&1 </dev/null
            # The first round warms the caches.
            [ "$round" = 0 ] || samples[index]+="$((${EPOCHREALTIME/./} - begun)) "
            index=$((index + 1))
        done
    done
    TIMES=()
    for index in "${!samples[@]}"; do
        TIMES[index]=$(tr ' ' '\n' <<<"${samples[index]}" | sed '/^$/d' | milliseconds)
    done
}

# row NAME MILLISECONDS REFERENCE BOUND: one line of a table; BOUND is the largest ratio allowed, or -.
row() {
    awk -v name="$1" -v ours="$2" -v reference="$3" -v bound="$4" 'BEGIN {
        ratio = ours / reference
        verdict = bound == "-" ? "" : sprintf("at most %s: %s", bound, ratio <= bound ? "held" : "MISSED")
        printf "  %-58s %10.2f ms %8.3f x  %s\n", name, ours, ratio, verdict
        exit verdict ~ /MISSED/
    }' || MISSED=$((MISSED + 1))
}

# Something like a real configuration, repeated to about the size asked for.
configuration() {
    awk -v size="$1" 'BEGIN {
        while (written < size) {
            block++
            text = sprintf("# Section %d: a comment as people write them, with a ${PLACEHOLDER} that is none.\nsection%d:\n  name: ${CLUSTER_NAME}-%d\n  host: \"${NETWORK_HOST:-_local_}\"\n  enabled: ${NODE_MASTER}\n  number: %d\n  list: [one, two, ${NODE_NAME}]\n  text: plain words without any placeholder in them\n", block, block, block, block)
            printf "%s", text
            written += length(text)
        }
    }'
}

export CLUSTER_NAME=bench NETWORK_HOST=127.0.0.1 NODE_MASTER=true NODE_NAME=node-1 PLACEHOLDER=x

small=$WORK/elasticsearch.yml
configuration 20000 >"$small"
# GNU envsubst knows no defaults; it gets the same text with plain placeholders.
sed 's/:-_local_//' "$small" >"$WORK/small.envsubst"
say ""
say "Rendering a configuration of $(stat -c %s "$small") bytes, start of the process included"
compare 200 "exec envsubst <'$WORK/small.envsubst'" "exec '$BINARY' render --format yaml - <'$small'"
row "GNU envsubst (knows no YAML, no defaults, no unset ones)" "${TIMES[0]}" "${TIMES[0]}" -
row "es-entrypoint render" "${TIMES[1]}" "${TIMES[0]}" 3

# Settings, paths and lists with random text, a tenth of the bytes placeholders.
settings() {
    awk -v size="$1" 'BEGIN {
        srand(7)
        while (written < size) {
            filler = ""
            for (i = 0; i < 60; i++) filler = filler sprintf("%c", 97 + int(rand() * 16))
            variable = line % 2 ? "${NODE_NAME}" : "${CLUSTER_NAME}"
            kind = line % 4
            if (kind == 0) text = sprintf("node.attr.key_%06d: %s  # %s\n", line, variable, filler)
            if (kind == 1) text = sprintf("path.repo_%06d: \"/mnt/%s/%s/x\"\n", line, filler, variable)
            if (kind == 2) text = sprintf("hosts_%06d: [\047%s:9300\047, 10.0.0.%d:9300]  # %s\n", line, variable, line % 250, filler)
            if (kind == 3) text = sprintf("# comment %s\nplain_%06d: es-%s-node\n", filler, line, variable)
            text = text "# " substr("zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz", 1, 30) "\n"
            printf "%s", text
            written += length(text)
            line++
        }
    }'
}

big=$WORK/big.yml
settings 10485760 >"$big"
bytes=$(stat -c %s "$big")
say ""
say "Rendering $bytes bytes"
compare 15 "exec envsubst <'$big'" "exec '$BINARY' render --format text - <'$big'" \
    "exec '$BINARY' render --format properties - <'$big'" "exec '$BINARY' render --format jvm-options - <'$big'" \
    "exec '$BINARY' render --format yaml - <'$big'"
theirs=${TIMES[0]} yaml=${TIMES[4]}
row "GNU envsubst" "$theirs" "$theirs" -
row "es-entrypoint render --format text" "${TIMES[1]}" "$theirs" 1
row "es-entrypoint render --format properties" "${TIMES[2]}" "$theirs" 1
row "es-entrypoint render --format jvm-options" "${TIMES[3]}" "$theirs" 1
row "es-entrypoint render --format yaml (YAML-safe, verified)" "$yaml" "$theirs" -
awk -v bytes="$bytes" -v time="$yaml" 'BEGIN {
    speed = bytes / 1000 / time
    printf "  YAML-safe: %.0f MB/s, at least 20: %s\n", speed, (speed >= 20 ? "held" : "MISSED")
    exit speed < 20
}' || MISSED=$((MISSED + 1))

# Settings that 8.15 knows, in the shapes that people write, without a finding.
judged=$WORK/judged
mkdir "$judged"
awk 'BEGIN {
    text = "cluster.name: logs\nnode.name: es-0\nnetwork.host: 0.0.0.0\ndiscovery.seed_hosts: [es-0, es-1, es-2]\ncluster.initial_master_nodes: [es-0, es-1, es-2]\n"
    while (length(text) < 20000) {
        block++
        text = text sprintf("# Section %d: a comment as people write them, with words and more words.\nnode.attr.rack_%d: \"r-${CLUSTER_NAME}-%d\"\n", block, block, block)
        text = text sprintf("cluster.routing.allocation.awareness.force.zone_%d.values: [one, two, three]\n", block)
        text = text sprintf("cluster.remote.other_%d:\n  seeds: [\"10.0.%d.1:9300\", \"10.0.%d.2:9300\"]\n  skip_unavailable: true\n", block, block % 250, block % 250)
        text = text sprintf("thread_pool.own_%d.queue_size: %d\n", block, block)
    }
    printf "%s", text
}' >"$judged/elasticsearch.yml"
say ""
say "Judging an elasticsearch.yml of $(stat -c %s "$judged/elasticsearch.yml") bytes, start of the process included"
read -r nothing checked < <(
    unset NETWORK_HOST NODE_MASTER NODE_NAME
    "$BINARY" check --strict --es-version 8.15.0 --templates "$judged" >&2 || exit
    compare 200 "exec /bin/true" "exec '$BINARY' check --es-version 8.15.0 --templates '$judged'"
    echo "${TIMES[0]} ${TIMES[1]}"
) || die "the file to be judged is not good"
row "/bin/true" "$nothing" "$nothing" -
row "es-entrypoint check" "$checked" "$nothing" -
# A process that does nothing takes 1 ms on a quiet machine: 5 ms with it. The shell that starts both is not counted.
awk -v nothing="$nothing" -v checked="$checked" 'BEGIN {
    printf "  above /bin/true: %.1f ms, at most 4: %s\n", checked - nothing, (checked - nothing <= 4 ? "held" : "MISSED")
    exit checked - nothing > 4
}' || MISSED=$((MISSED + 1))

say ""
say "Judging the built-in template, with 12,000 variables in the environment"
read -r nothing judged < <(
    for ((index = 0; index < 12000; index++)); do export "VARIABLE_$index=value"; done
    compare 30 "exec /bin/true" "exec '$BINARY' check"
    echo "${TIMES[0]} ${TIMES[1]}"
)
row "/bin/true, which looks at none of them" "$nothing" "$nothing" -
row "es-entrypoint check" "$judged" "$nothing" -
awk -v nothing="$nothing" -v judged="$judged" 'BEGIN {
    printf "  above /bin/true: %.1f ms, at most 10: %s\n", judged - nothing, (judged - nothing <= 10 ? "held" : "MISSED")
    exit judged - nothing > 10
}' || MISSED=$((MISSED + 1))

# until_jvm COMMAND...: microseconds from the start of the command to the JVM's first instruction.
until_jvm() {
    local begun=${EPOCHREALTIME/./}
    "$@" >/dev/null 2>&1 </dev/null
    echo $(($(cat "$WORK/started") - begun))
}

# In place of the JVM: says when it was started, and ends.
cat >"$WORK/java.rs" <<'SOURCE'
fn main() {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    let file = std::env::current_exe().unwrap().with_file_name("../../started");
    std::fs::write(file, now.as_micros().to_string()).unwrap();
}
SOURCE
home=$WORK/elasticsearch
cp -R "$CACHE/elasticsearch-$ELASTICSEARCH_VERSION" "$home"
mkdir -p "$WORK/java/bin" "$home/data/nodes" "$home/logs" "$WORK/run" "$WORK/templates"
(cd "$ROOT" && rustc -O --target "$TARGET" -C linker=rust-lld -o "$WORK/java/bin/java" "$WORK/java.rs")
: >"$WORK/started"
chmod 666 "$WORK/started"
cp "$ROOT/config-templates/elasticsearch-2/"* "$WORK/templates/"
for folder in $(seq 100); do
    mkdir -p "$home/data/nodes/$folder"
    for file in $(seq 100); do : >"$home/data/nodes/$folder/$file"; done
done
chown -R 1000:1000 "$home/data" "$home/logs" "$WORK/run"
export JAVA_HOME=$WORK/java

cat >"$WORK/shell-entrypoint" <<SCRIPT
#!/bin/sh
set -e
sed 's/:-[^}]*}/}/g' '$WORK/templates/elasticsearch.yml' | envsubst >'$home/config/elasticsearch.yml'
chown -R 1000:1000 '$home/data' '$home/logs'
exec setpriv --reuid 1000 --regid 1000 --clear-groups '$home/bin/elasticsearch' "\$@"
SCRIPT
chmod +x "$WORK/shell-entrypoint"

say ""
say "From the start to the JVM, everything prepared (data: 10,000 files of the right owner)"
# Each has a home of its own: what one writes is no work for the other.
cp -Rp "$home" "$WORK/elasticsearch-ours"
prepare_and_run=("$BINARY" run --es-home "$WORK/elasticsearch-ours" --templates "$WORK/templates" --runtime-dir "$WORK/run" --user 1000:1000 --policy off --log-level off)
"${prepare_and_run[@]}" || die "the measured command fails"
for ((round = 0; round < 31; round++)); do
    until_jvm setpriv --reuid 1000 --regid 1000 --clear-groups "$home/bin/elasticsearch" >>"$WORK/script.times"
    until_jvm "$WORK/shell-entrypoint" >>"$WORK/shell.times"
    until_jvm "${prepare_and_run[@]}" >>"$WORK/ours.times"
done
script=$(milliseconds <"$WORK/script.times") shell=$(milliseconds <"$WORK/shell.times") ours=$(milliseconds <"$WORK/ours.times")
row "bin/elasticsearch alone (prepares nothing)" "$script" "$script" -
row "es-entrypoint, against bin/elasticsearch alone" "$ours" "$script" 0.333
row "a usual shell entrypoint (envsubst, chown -R, script)" "$shell" "$shell" -
row "es-entrypoint, against the shell entrypoint" "$ours" "$shell" 0.05

say ""
say "Memory of preparing a real configuration (largest resident set)"
peak=$(/usr/bin/time -f %M "$BINARY" check --es-home "$home" --templates "$WORK/templates" --host --policy off 2>&1 >/dev/null | tail -n 1)
awk -v peak="$peak" 'BEGIN {
    printf "  es-entrypoint check --host: %d kB, at most 4096: %s\n", peak, (peak <= 4096 ? "held" : "MISSED")
    exit peak > 4096
}' || MISSED=$((MISSED + 1))
say "  binary: $(stat -c %s "$BINARY") bytes"

[ "$MISSED" = 0 ] || die "$MISSED bounds were missed"
