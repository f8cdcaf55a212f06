#!/bin/bash
# Not dash, which drops variables with dots.
# Makes the root directory of a box below $BOX and becomes the binary there, with what follows as its arguments. Runs in namespaces
# of its own: mounts go away with it.
# COMMAND: the subcommand; default: run.
# BOX, USERLAND, DISTRIBUTION, PRODUCT, BINARY: where things are. JAVAS: directories of Javas to bind, and files in them, as FROM:TO.
# PLUGIN: what is laid over the distribution.
# OFFICIAL, READ_ONLY: the layout. AS: who starts it, UID:GID. BEGUN: a file for the time of the last step, for benchmarks.
set -eu
root=$BOX/root home=/usr/share/$PRODUCT
mkdir -p "$BOX/upper" "$BOX/work" "$root" "$BOX/home-upper" "$BOX/home-work"
mount -t overlay overlay -o "lowerdir=$USERLAND,upperdir=$BOX/upper,workdir=$BOX/work" "$root"
for java in $JAVAS; do
    [ -e "$root${java#*:}" ] || mkdir -p "$root${java#*:}"
    mount --bind "${java%%:*}" "$root${java#*:}"
done
mkdir -p "$root$home" "$root/proc" "$root/dev"
mount -t overlay overlay -o "lowerdir=${PLUGIN:+$PLUGIN:}$DISTRIBUTION,upperdir=$BOX/home-upper,workdir=$BOX/home-work" "$root$home"
for directory in config data logs plugins; do mkdir -p "$root$home/$directory"; done
if [ -d "$BOX/certs" ]; then cp -R "$BOX/certs" "$root$home/config"; fi
if [ -d "$BOX/config" ]; then cp -R "$BOX/config" "$root$home"; fi
if [ -z "${OFFICIAL-}" ]; then
    # As an image has it: the server's user owns what it writes to.
    chown 1000:1000 "$root$home"
    chown -R 1000:1000 "$root$home/config" "$root$home/data" "$root$home/logs"
elif [ ! -e "$BOX/official" ]; then
    # The layout of the official images, once. OpenSearch: everything is the server's own. Elasticsearch: everything is root's and
    # read-only, but for four directories; it has another type than its archives, and from 7 on a second configuration of the log.
    if [ "$PRODUCT" = opensearch ]; then
        : >"$root$home/opensearch-docker-entrypoint.sh"
        # What the setup of the image adds for the performance analyzer, but for its policy.
        printf '%s\n' -Dclk.tck=100 -Djdk.attach.allowAttachSelf=true --add-opens=jdk.attach/sun.tools.attach=ALL-UNNAMED \
            >>"$root$home/config/jvm.options"
        chown -R 1000:1000 "$root$home"
    else
        chown -R 0:0 "$root$home"
        chmod -R a-w,a+rX "$root$home"
        for directory in config data logs plugins; do
            chown 1000:0 "$root$home/$directory"
            chmod 0775 "$root$home/$directory"
        done
        chown -R 1000:0 "$root$home/config"
        chmod -R u+w,g+w "$root$home/config"
    fi
    sed -i 's/^ES_DISTRIBUTION_TYPE=.*/ES_DISTRIBUTION_TYPE=docker/; s/^OPENSEARCH_DISTRIBUTION_TYPE=.*/OPENSEARCH_DISTRIBUTION_TYPE=tar/' \
        "$root$home/bin/$PRODUCT-env"
    if [ ! -e "$root$home/bin/$PRODUCT-env-from-file" ]; then
        # That of 6.8 lacks what only images source, and its image has one configuration of the log.
        echo : >"$root$home/bin/$PRODUCT-env-from-file"
    elif [ "$PRODUCT" = elasticsearch ]; then
        # shellcheck disable=SC2016 # log4j expands it
        printf '%s\n' 'status = error' 'appender.file.type = File' 'appender.file.name = file' \
            'appender.file.fileName = ${sys:es.logs.base_path}/style.log' 'appender.file.layout.type = PatternLayout' \
            'appender.file.layout.pattern = [%p] %m%n' 'rootLogger.level = info' 'rootLogger.appenderRef.file.ref = file' \
            >"$root$home/config/log4j2.file.properties"
    fi
    : >"$BOX/official"
fi
if [ -n "${READ_ONLY-}" ]; then
    # The group of the image reads it.
    if [ "$PRODUCT" = opensearch ]; then group=1000; else group=0; fi
    chown -R "0:$group" "$root$home/config"
    chmod -R a-w "$root$home/config"
fi
grep -q :1000: "$root/etc/passwd" || echo "$PRODUCT:x:1000:1000::$home:/bin/sh" >>"$root/etc/passwd"
grep -q :1000: "$root/etc/group" || echo "$PRODUCT:x:1000:" >>"$root/etc/group"
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
touch "$root/usr/local/bin/es-entrypoint"
mount --bind "$BINARY" "$root/usr/local/bin/es-entrypoint"
echo box >/proc/sys/kernel/hostname
echo '127.0.0.1 localhost box' >"$root/etc/hosts"
# Where a test has a name server.
rm -f "$root/etc/resolv.conf"
printf 'nameserver 127.0.0.1\nsearch svc.cluster.local\noptions ndots:5\n' >"$root/etc/resolv.conf"
ip link set lo up
user=${AS-}
command=${COMMAND:-run}
if [ -n "${BEGUN-}" ]; then echo "$EPOCHREALTIME" >"$BEGUN"; fi
unset COMMAND BEGUN BOX USERLAND DISTRIBUTION PLUGIN PRODUCT BINARY JAVAS OFFICIAL READ_ONLY AS
cd "$root"
exec chroot ${user:+"--userspec=$user" --groups=} "$root" /usr/local/bin/es-entrypoint "$command" "$@"
