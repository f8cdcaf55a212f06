#!/usr/bin/env bash
# Makes the files of a release in a folder: an archive for each architecture, the list of what is in the binary (SBOM), checksums.
# usage: scripts/release.sh [FOLDER]      (default: target/release-files)
# The same source gives the same bytes, wherever it lies: `scripts/test.sh release` does it twice and compares.
. "$(dirname "${BASH_SOURCE[0]}")/provision.sh"
cd "$ROOT" || exit

VERSION=$(sed -n '/^\[workspace.package\]/,/^\[/s/^version = "\(.*\)"$/\1/p' Cargo.toml)
[ -n "$VERSION" ] || die "Cargo.toml names no version"
FOLDER=${1:-$BUILT/release-files}
# All files get the moment of the last commit; without a repository, that of the changelog.
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || stat -c %Y CHANGELOG.md)}
export SOURCE_DATE_EPOCH

# Where the source and the registry's crates lie would otherwise be read in messages of panics.
# Both at the same time: the last step of each, which takes longest, has one processor.
release_binaries() {
    local flags target options=()
    flags=$(printf '"--remap-path-prefix=%s=%s",' "$ROOT" . "${CARGO_HOME:-$HOME/.cargo}" /cargo)
    for target in "$TARGET" "$FOREIGN_TARGET"; do
        options+=(--config "target.$target.rustflags=[${flags%,}]" --target "$target")
    done
    # A folder of its own: with other flags everything in the usual one would be compiled anew each time.
    cargo build --release --locked --target-dir "$BUILT/release-build" "${options[@]}"
}

# archive TARGET
archive() {
    local name=es-entrypoint-$VERSION-${1%%-*}-linux
    mkdir -p "$WORK/$name"
    cp "$BUILT/release-build/$1/release/es-entrypoint" README.md CHANGELOG.md LICENSE-* "$WORK/$name/"
    cp -R release "$WORK/$name/completions"
    mkdir "$WORK/$name/man"
    mv "$WORK/$name/completions/es-entrypoint.1" "$WORK/$name/man/"
    chmod -R u=rwX,go=rX "$WORK/$name"
    # The order, the owners and the times are the same everywhere.
    tar --create --format=ustar --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$SOURCE_DATE_EPOCH" \
        --directory="$WORK" "$name" | gzip --no-name --best >"$WORK/files/$name.tar.gz"
}

# What the binary is made of, as CycloneDX. The tool writes a file beside each manifest; paths in it are this folder's, and a
# number and a moment are new each time.
PARTS=es-entrypoint-release.cdx
bill_of_materials() {
    PATH=$CYCLONEDX/bin:$PATH cargo cyclonedx --format json --spec-version 1.5 --target "$TARGET" --no-build-deps \
        --override-filename "$PARTS" --quiet || return 1
    # A folder's name is written there as addresses have it.
    jq --sort-keys --arg root "$ROOT" '
        ("file://" + ($root | split("/") | map(@uri) | join("/"))) as $here |
        del(.serialNumber) | .metadata.timestamp = (env.SOURCE_DATE_EPOCH | tonumber | todate)
        | walk(if type == "string" then split($here) | join("file://.") else . end)' "$PARTS.json" \
        >"$WORK/files/es-entrypoint-$VERSION.cdx.json"
}
cleanup() {
    rm -rf "$WORK" "$ROOT/$PARTS.json" "$ROOT"/crates/*/"$PARTS.json"
}

provision targets release
WORK=$(mktemp -d)
trap cleanup EXIT
mkdir "$WORK/files"
step release-binaries "build for $TARGET and $FOREIGN_TARGET" release_binaries || die "the binaries cannot be built"
archive "$TARGET"
archive "$FOREIGN_TARGET"
CARGO_TARGET_DIR=$BUILT/release-build "$ROOT/scripts/static-check.sh" "$TARGET" "$FOREIGN_TARGET"
step release-sbom "list what is in the binary" bill_of_materials || die "the list of what is in the binary cannot be made"
(cd "$WORK/files" && sha256sum -- * >SHA256SUMS)
# All of it or nothing.
rm -rf "$FOLDER"
mkdir -p "$(dirname "$FOLDER")"
mv "$WORK/files" "$FOLDER"
say "    $FOLDER:"
sed 's/^/    /' "$FOLDER/SHA256SUMS" >&2
