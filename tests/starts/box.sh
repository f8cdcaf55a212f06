#!/bin/sh
# Makes the root directory of a box below $BOX and becomes the binary there, with what follows as its arguments. Runs in namespaces
# of its own: mounts go away with it.
# BOX, USERLAND, DISTRIBUTION, PRODUCT, BINARY: where things are. JAVAS: directories of Javas to bind, as FROM:TO.
set -eu
root=$BOX/root home=/usr/share/$PRODUCT
mkdir -p "$BOX/upper" "$BOX/work" "$root" "$BOX/home-upper" "$BOX/home-work"
mount -t overlay overlay -o "lowerdir=$USERLAND,upperdir=$BOX/upper,workdir=$BOX/work" "$root"
for java in $JAVAS; do
    mkdir -p "$root${java#*:}"
    mount --bind "${java%%:*}" "$root${java#*:}"
done
mkdir -p "$root$home" "$root/proc" "$root/dev"
mount -t overlay overlay -o "lowerdir=$DISTRIBUTION,upperdir=$BOX/home-upper,workdir=$BOX/home-work" "$root$home"
for directory in config data logs plugins; do mkdir -p "$root$home/$directory"; done
if [ -d "$BOX/certs" ]; then cp -R "$BOX/certs" "$root$home/config"; fi
if [ -d "$BOX/config" ]; then cp -R "$BOX/config" "$root$home"; fi
# As an image has it: the server's user owns what it writes to.
chown 1000:1000 "$root$home"
chown -R 1000:1000 "$root$home/config" "$root$home/data" "$root$home/logs"
grep -q :1000: "$root/etc/passwd" || echo "$PRODUCT:x:1000:1000::$home:/bin/sh" >>"$root/etc/passwd"
grep -q :1000: "$root/etc/group" || echo "$PRODUCT:x:1000:" >>"$root/etc/group"
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
touch "$root/usr/local/bin/es-entrypoint"
mount --bind "$BINARY" "$root/usr/local/bin/es-entrypoint"
echo box >/proc/sys/kernel/hostname
echo '127.0.0.1 localhost box' >"$root/etc/hosts"
ip link set lo up
unset BOX USERLAND DISTRIBUTION PRODUCT BINARY JAVAS
cd "$root"
exec chroot "$root" /usr/local/bin/es-entrypoint run "$@"
