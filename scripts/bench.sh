#!/usr/bin/env bash
# Time and memory side by side with the usual ways, in one run and as ratios; fails where a bound is missed.
# usage: scripts/bench.sh
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

# repeat N COMMAND...: milliseconds of one run: the median of five rounds of N runs each.
repeat() {
    local count=$1 round index begun rounds=()
    shift
    for round in 1 2 3 4 5; do
        begun=${EPOCHREALTIME/./}
        for ((index = 0; index < count; index++)); do "$@" >/dev/null 2>&1 </dev/null; done
        rounds+=($((${EPOCHREALTIME/./} - begun)))
    done
    printf '%s\n' "${rounds[@]}" | sort -n | awk -v count="$count" 'NR == 3 { printf "%.3f", $1 / 1000 / count }'
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

export CLUSTER_NAME=bench NETWORK_HOST=10.0.0.1 NODE_MASTER=true NODE_NAME=node-1 PLACEHOLDER=x

small=$WORK/elasticsearch.yml
configuration 20000 >"$small"
# GNU envsubst knows no defaults; it gets the same text with plain placeholders.
sed 's/:-_local_//' "$small" >"$WORK/small.envsubst"
say ""
say "Rendering a configuration of $(stat -c %s "$small") bytes, start of the process included"
theirs=$(repeat 100 sh -c "exec envsubst <'$WORK/small.envsubst'")
ours=$(repeat 100 sh -c "exec '$BINARY' render --format yaml - <'$small'")
row "GNU envsubst (knows no YAML, no defaults, no unset ones)" "$theirs" "$theirs" -
row "es-entrypoint render" "$ours" "$theirs" 3

big=$WORK/big.yml
configuration 10000000 >"$big"
sed 's/:-_local_//' "$big" >"$WORK/big.envsubst"
bytes=$(stat -c %s "$big")
say ""
say "Rendering $bytes bytes"
theirs=$(repeat 1 sh -c "exec envsubst <'$WORK/big.envsubst'")
text=$(repeat 1 sh -c "exec '$BINARY' render --format text - <'$big'")
yaml=$(repeat 1 sh -c "exec '$BINARY' render --format yaml - <'$big'")
row "GNU envsubst" "$theirs" "$theirs" -
row "es-entrypoint render --format text" "$text" "$theirs" 1
row "es-entrypoint render --format yaml (YAML-safe, verified)" "$yaml" "$theirs" -
awk -v bytes="$bytes" -v time="$yaml" 'BEGIN {
    speed = bytes / 1000 / time
    printf "  YAML-safe: %.0f MB/s, at least 20: %s\n", speed, (speed >= 20 ? "held" : "MISSED")
    exit speed < 20
}' || MISSED=$((MISSED + 1))

# until_jvm N COMMAND...: milliseconds from the start of the command to the JVM's first instruction; the median of N runs.
until_jvm() {
    local count=$1 index begun times=()
    shift
    for ((index = 0; index < count; index++)); do
        begun=${EPOCHREALTIME/./}
        "$@" >/dev/null 2>&1 </dev/null
        times+=($(($(cat "$WORK/started") - begun)))
    done
    printf '%s\n' "${times[@]}" | sort -n | awk '{ time[NR] = $1 } END { printf "%.3f", time[int((NR + 1) / 2)] / 1000 }'
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
script=$(until_jvm 41 setpriv --reuid 1000 --regid 1000 --clear-groups "$home/bin/elasticsearch")
shell=$(until_jvm 21 "$WORK/shell-entrypoint")
rm -f "$home/config/elasticsearch.yml"
ours=$(until_jvm 41 "$BINARY" run --es-home "$home" --templates "$WORK/templates" --runtime-dir "$WORK/run" --user 1000:1000 --policy off --log-level off)
"$BINARY" run --es-home "$home" --templates "$WORK/templates" --runtime-dir "$WORK/run" --user 1000:1000 --policy off \
    || die "the measured command fails"
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
