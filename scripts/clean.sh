#!/usr/bin/env bash
# Removes what building and testing left: build output, downloads, the base, the test images.
. "$(dirname "${BASH_SOURCE[0]}")/engine.sh"

if have docker && engine_answers; then
    for reference in elasticsearch binary jre8; do
        docker images --quiet --filter "reference=es-entrypoint-test/$reference" | sort -u | xargs -r docker rmi -f >/dev/null
    done
    docker image prune --force >/dev/null
fi
engine_stop
rm -rf --one-file-system "$CACHE" "$BUILT"
