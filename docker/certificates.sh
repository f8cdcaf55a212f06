#!/bin/sh
# Makes a certificate authority and a certificate with its key, as TLS between nodes and for clients needs them, with OpenSSL.
# usage: docker/certificates.sh FOLDER NAME...
# The names (or addresses) are those by which nodes and clients reach the nodes; the first is the certificate's own.
# FOLDER/node gets ca.crt, tls.crt and tls.key, for the nodes; FOLDER/authority the key of the authority, for nobody but you.
# What is there is not replaced.
set -eu
[ $# -ge 2 ] || { sed -n '3,6s/^# //p' "$0" >&2; exit 64; }
folder=$1
shift
for part in node authority; do
    [ ! -e "$folder/$part" ] || { echo "error: $folder/$part is there already" >&2; exit 73; }
done
mkdir -p "$folder"
made=$(mktemp -d "$folder/.made-XXXXXX")
trap 'rm -rf "$made"' EXIT
mkdir "$made/node" "$made/authority"
umask 077
names=
for name; do
    case $name in
        *[!0-9.]*) names=$names,DNS:$name ;;
        *) names=$names,IP:$name ;;
    esac
done
openssl req -x509 -newkey rsa:2048 -nodes -sha256 -days 3650 -subj "/CN=$1 authority" -keyout "$made/authority/ca.key" -out "$made/node/ca.crt" \
    -addext "keyUsage=critical,keyCertSign,cRLSign" 2>/dev/null
openssl req -newkey rsa:2048 -nodes -sha256 -subj "/CN=$1" -keyout "$made/node/tls.key" -out "$made/tls.csr" 2>/dev/null
printf 'subjectAltName=%s\nkeyUsage=critical,digitalSignature,keyEncipherment\nextendedKeyUsage=serverAuth,clientAuth\n' \
    "${names#,}" >"$made/extensions"
openssl x509 -req -sha256 -days 825 -in "$made/tls.csr" -CA "$made/node/ca.crt" -CAkey "$made/authority/ca.key" -set_serial "0x$(openssl rand -hex 16)" \
    -extfile "$made/extensions" -out "$made/node/tls.crt" 2>/dev/null
# The server's user reads them through a mount: it is in group 0, and 1000.
chmod 644 "$made/node/ca.crt" "$made/node/tls.crt"
chmod 640 "$made/node/tls.key"
[ "$(id -u)" != 0 ] || chown 1000:0 "$made/node/tls.key"
chmod 755 "$made/node"
mv "$made/authority" "$made/node" "$folder/"
