#!/bin/sh
# The image, as an OCI archive, made by buildah without an engine or a registry: from scratch, with the C library and the
# certificates of Debian's own packages, of the release that this machine has. Called by dist.sh, with its variables.
# Usage: tools/dist/image.sh UNPACKED_ARCHIVE WORK_FOLDER INTO_FILE
set -eu
archive=$1 work=$2 into=$3
here=$(cd "$(dirname "$0")" && pwd)
for tool in buildah apt-get dpkg-deb; do
    if ! command -v "$tool" >/dev/null; then
        echo "no image: $tool is missing here (tools/setup.sh dist installs buildah on Debian, as root)" >&2
        exit 0
    fi
done

root=$work/root packages=$work/packages
rm -rf "$root" "$packages"
mkdir -p "$root/etc/ssl/certs" "$root/var/lib/dpkg/status.d" "$root/usr/share/doc" "$packages"
chmod 755 "$work" "$packages"

# The packages, for the image's processor. Another one's has to be known to this machine's dpkg first.
own=$(dpkg --print-architecture)
suffix=
if [ "$ARCHITECTURE" != "$own" ]; then
    suffix=:$ARCHITECTURE
    if ! dpkg --print-foreign-architectures | grep -qx "$ARCHITECTURE"; then
        echo "no image: dpkg --add-architecture $ARCHITECTURE && apt-get update, then try again" >&2
        exit 0
    fi
fi
# As root, apt would hand the download to a user of its own, who may not be let in here.
download() { (cd "$packages" && apt-get download -q -o APT::Sandbox::User=root "$@") >&2; }
download "libc6$suffix" "libgcc-s1$suffix" ca-certificates
# The licence of libgcc-s1 is in the package that all of GCC's depend on.
download "$(dpkg-deb --field "$packages"/libgcc-s1_*.deb Depends | grep -o 'gcc-[0-9]*-base')$suffix"
for package in "$packages"/*.deb; do
    dpkg-deb -x "$package" "$packages/unpacked"
    # Where those who look for known faults in images find out what is in them.
    name=$(dpkg-deb --field "$package" Package)
    dpkg-deb --field "$package" > "$root/var/lib/dpkg/status.d/$name"
done
for file in "$packages"/unpacked/usr/share/doc/*/copyright; do
    name=$(basename "$(dirname "$file")")
    mkdir -p "$root/usr/share/doc/$name"
    cp "$file" "$root/usr/share/doc/$name/"
done
# Of the C library only what programs load. Debian 12 has it under /lib, later ones under /usr/lib.
triplet=$(echo "$TARGET" | sed 's/-unknown//')
libraries=$root/usr/lib/$triplet
mkdir -p "$libraries" "$root/usr/bin" "$root/usr/lib64"
ln -s usr/lib "$root/lib"
ln -s usr/lib64 "$root/lib64"
for library in $(readelf --dynamic "$archive/$NAME" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p') libresolv.so.2; do
    found=$(find "$packages/unpacked" -name "$library" ! -type d | head -1)
    [ -n "$found" ] || { echo "no image: $library is in none of the packages" >&2; exit 1; }
    cp --dereference "$found" "$libraries/$library"
done
loader=$(readelf --program-headers "$archive/$NAME" | sed -n 's/.*program interpreter: \(.*\)\]/\1/p')
# /lib64/ld-linux-x86-64.so.2 or /lib/ld-linux-aarch64.so.1
cp --dereference "$(find "$packages/unpacked" -name "$(basename "$loader")" ! -type d | head -1)" "$root/usr${loader}"
find "$packages/unpacked/usr/share/ca-certificates/mozilla" -name '*.crt' | sort | xargs cat > "$root/etc/ssl/certs/ca-certificates.crt"
install -m 755 "$archive/$NAME" "$root/usr/bin/$NAME"
mkdir -p "$root/usr/share/doc/$NAME" "$root/etc/$NAME"
cp "$archive/LICENSE" "$archive/THIRD-PARTY-LICENSES.txt" "$archive/BUILD.txt" "$root/usr/share/doc/$NAME/"
# Nobody in particular, with a name for those who look.
echo "root:x:0:0:root:/:/nonexistent
$NAME:x:10001:10001:$NAME:/nonexistent:/nonexistent" > "$root/etc/passwd"
echo "root:x:0:
$NAME:x:10001:" > "$root/etc/group"
echo "hosts: files dns" > "$root/etc/nsswitch.conf"
find "$root" -exec touch --no-dereference --date="@$SOURCE_DATE_EPOCH" {} +

# vfs: plain folders, which need no help from the kernel. Without root, buildah brings its own user namespace.
storage=$work/containers
run_buildah() { buildah --root "$storage/root" --runroot "$storage/run" --storage-driver vfs "$@"; }
if [ "$(id -u)" != 0 ] && [ -z "${BUILDAH_UNSHARED:-}" ]; then
    BUILDAH_UNSHARED=1 exec buildah unshare "$here/image.sh" "$@"
fi
container=$(run_buildah from --arch "$ARCHITECTURE" scratch)
run_buildah copy --chown 0:0 "$container" "$root" / >/dev/null
run_buildah config --arch "$ARCHITECTURE" --os linux --user 10001:10001 --workingdir / --port 9464 \
    --entrypoint '["/usr/bin/schedule-callback"]' --cmd run --stop-signal SIGTERM \
    --env SCHEDULE_CALLBACK__OPS__LISTEN=0.0.0.0:9464 \
    --label org.opencontainers.image.title="$NAME" \
    --label org.opencontainers.image.description="Durable callback scheduling on Kafka and PostgreSQL" \
    --label org.opencontainers.image.version="$VERSION" \
    --label org.opencontainers.image.revision="$COMMIT" \
    --label org.opencontainers.image.created="$(date --utc --date="@$SOURCE_DATE_EPOCH" +%FT%TZ)" \
    --label org.opencontainers.image.licenses=Apache-2.0 \
    ${SOURCE_URL:+--label org.opencontainers.image.source="$SOURCE_URL"} \
    "$container"
run_buildah commit --quiet --format oci --timestamp "$SOURCE_DATE_EPOCH" --rm "$container" "oci-archive:$into:$NAME:$VERSION"
