#!/usr/bin/env bash
# Builds the static binary and the Elasticsearch image around it; prints the image's name on standard output.
# usage: scripts/image.sh
# The name ends with a key of everything in the image, so that checkouts on one machine do not disturb each other.
. "$(dirname "${BASH_SOURCE[0]}")/provision.sh"

IMAGE_REPOSITORY=es-entrypoint-test/elasticsearch
BINARY=$BUILT/$TARGET/release/es-entrypoint

image_binary() {
    step binary "build the static binary ($TARGET, release)" \
        env -C "$ROOT" cargo build --release --locked --target "$TARGET" || die "the binary cannot be built"
    say "    $(stat -c %s "$BINARY") bytes"
}

# A key of everything in the image.
image_key() {
    local files
    mapfile -t files < <(find "$ROOT/docker/elasticsearch-2" -type f | LC_ALL=C sort)
    fingerprint "$BINARY" "$ROOT/docker/prebuilt.Dockerfile" "${files[@]}" <(echo "$BASE_IMAGE $ELASTICSEARCH_SHA256")
}

image_build() {
    local folder=$ROOT/docker/elasticsearch-2 context=$CACHE/context.$$ key image
    key=$(image_key)
    image=$IMAGE_REPOSITORY:$key
    if ! docker image inspect "$image" >/dev/null 2>&1; then
        # The classic builder does where the plugin for the new one is not installed.
        docker buildx version >/dev/null 2>&1 || export DOCKER_BUILDKIT=0
        rm -rf "$context"
        mkdir -p "$context/binary"
        cp "$BINARY" "$context/binary/"
        cp -R "$folder" "$context/elasticsearch"
        ln "$ELASTICSEARCH_ARCHIVE" "$context/elasticsearch/"
        step image-binary "build the image of the binary" docker build -q \
            -t "es-entrypoint-test/binary:$key" -f "$ROOT/docker/prebuilt.Dockerfile" "$context/binary" || die "the image cannot be built"
        step image "build the image of Elasticsearch $ELASTICSEARCH_VERSION" docker build \
            --build-arg "BASE_IMAGE=$BASE_IMAGE" \
            --build-arg "ENTRYPOINT_IMAGE=es-entrypoint-test/binary:$key" \
            --build-arg "ELASTICSEARCH=$(basename "$ELASTICSEARCH_ARCHIVE")" \
            -t "$image" "$context/elasticsearch" || die "the image cannot be built"
        rm -rf "$context"
    fi
    echo "$image"
}

if [ "${BASH_SOURCE[0]}" = "$0" ]; then
    provision targets base elasticsearch
    image_binary
    image_build
fi
