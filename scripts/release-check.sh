#!/usr/bin/env bash
# The files of a release are what they say: the archives hold a program that runs, completions that complete, a manual page
# without faults, and no path of the machine that made them.
# usage: scripts/release-check.sh FOLDER
. "$(dirname "${BASH_SOURCE[0]}")/provision.sh"
FOLDER=$(realpath "$1")
WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT
cd "$WORK" || exit

provision release
missing=()
have zsh || missing+=(zsh)
have fish || missing+=(fish)
have groff || missing+=(groff-base)
[ ${#missing[@]} = 0 ] || packages "${missing[@]}"

for archive in "$FOLDER"/*.tar.gz; do
    tar --extract --gzip --file "$archive"
    name=$(basename "$archive" .tar.gz)
    for file in es-entrypoint README.md CHANGELOG.md LICENSE-APACHE LICENSE-MIT man/es-entrypoint.1 \
        completions/es-entrypoint.bash completions/es-entrypoint.fish completions/_es-entrypoint; do
        [ -s "$name/$file" ] || die "$name has no $file"
    done
    ! grep --quiet --fixed-strings --regexp="$ROOT/" --regexp="${CARGO_HOME:-$HOME/.cargo}" "$name/es-entrypoint" \
        || die "the binary of $name names a path of this machine"
done
name=$(basename "$(ls -d es-entrypoint-*-"$ARCHITECTURE"-linux)")
version=${name#es-entrypoint-}
version=${version%-"$ARCHITECTURE"-linux}
[ "$("$name/es-entrypoint" --version)" = "es-entrypoint $version" ] || die "the program says another version than $version"

# expect SHELL LINE TEXT...: what completes the line has these words.
expect() {
    local shell=$1 line=$2 found word
    shift 2
    found=$("complete_$shell" "$line") || die "$shell cannot complete \`$line\`"
    for word in "$@"; do
        grep --quiet --line-regexp --fixed-strings -- "$word" <<<"$found" || die "$shell completes \`$line\` without $word:" "$found"
    done
}
complete_bash() {
    # shellcheck disable=SC2016 # the inner shell's
    bash --norc -c '. "$1"; read -ra COMP_WORDS <<<"$2"; case $2 in *" ") COMP_WORDS+=("") ;; esac
        COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _es_entrypoint; printf "%s\n" "${COMPREPLY[@]}"' - "$name/completions/es-entrypoint.bash" "$1"
}
complete_fish() {
    # It makes folders in the home, of its own accord.
    env HOME="$WORK" XDG_CONFIG_HOME="$WORK/config" XDG_DATA_HOME="$WORK/data" XDG_CACHE_HOME="$WORK/cache" fish --no-config --command "source $name/completions/es-entrypoint.fish; complete --do-complete '$1'" | cut -f 1
}
for shell in bash fish; do
    expect "$shell" "es-entrypoint " check run init explain health
    expect "$shell" "es-entrypoint check --mess" --message-format
    expect "$shell" "es-entrypoint check --message-format " human json github sarif
    expect "$shell" "es-entrypoint policy " check print patch
done
expect bash "es-entrypoint help quorum/sp" quorum/split-brain
zsh -n "$name/completions/_es-entrypoint" || die "zsh cannot read its completions"
faults=$(groff -man -ww -Tutf8 -z "$name/man/es-entrypoint.1" 2>&1) && [ -z "$faults" ] || die "the manual page has faults:" "$faults"

jq --exit-status '
    .bomFormat == "CycloneDX" and .metadata.component.name == "es-entrypoint"
    and ([.components[].name] | contains(["nix", "serde_yaml", "envsubst", "aes-gcm"]) or contains(["nix", "yaml_serde", "envsubst", "aes-gcm"]))
    and ([.components[] | select(.licenses == null)] == [])' "$FOLDER/es-entrypoint-$version.cdx.json" >/dev/null \
    || die "the list of what is in the binary is not whole"
! grep --quiet --fixed-strings "$ROOT" "$FOLDER"/*.cdx.json || die "the list of what is in the binary names a path of this machine"
say "    $FOLDER: as it should be"
