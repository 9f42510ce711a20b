#!/bin/sh
# Makes a release in target/dist: a binary archive, a Debian package, an image, an SBOM, and their checksums.
# Usage: tools/dist/dist.sh     TARGET=aarch64-unknown-linux-gnu for another processor than this machine's, which needs
# that target's standard library (rustup target add) and C compiler (Debian: gcc-aarch64-linux-gnu).
# The same commit, compiler and Debian make the same archive, byte for byte, but for what the compiler decides.
set -eu
cd "$(dirname "$0")/../.."

# A forge's checkout may belong to somebody else than to us.
export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=safe.directory GIT_CONFIG_VALUE_0="$PWD"
host=$(rustc --version --verbose | sed -n 's/^host: //p')
TARGET=${TARGET:-$host}
NAME=schedule-callback
VERSION=$(sed -n '/^\[package\]/,/^\[/s/^version = "\(.*\)"/\1/p' Cargo.toml)
COMMIT=$(git rev-parse HEAD 2>/dev/null || echo unknown)
# What is written carries the time of the commit, not of the build.
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || date +%s)}
export TARGET NAME VERSION COMMIT SOURCE_DATE_EPOCH
case $TARGET in
x86_64-*-linux-gnu) ARCHITECTURE=amd64 ;;
aarch64-*-linux-gnu) ARCHITECTURE=arm64 ;;
*) echo "TARGET=$TARGET: x86_64-unknown-linux-gnu and aarch64-unknown-linux-gnu are known here" >&2; exit 64 ;;
esac
export ARCHITECTURE

dist=$PWD/target/dist
work=$PWD/target/dist-work/$TARGET
release=$NAME-$VERSION-$TARGET
rm -rf "$work" "$dist/$release"* "$dist/${NAME}_${VERSION}"*"_$ARCHITECTURE.deb"
mkdir -p "$dist" "$work"

say() { printf '\n== %s\n' "$1"; }

say "the program for $TARGET, with OpenSSL, zlib and zstd compiled in"
# `manual` only adds a second program: what is shipped is the same without.
if [ "$TARGET" = "$host" ]; then
    cargo build --locked --release --features static,manual --bins
else
    compiler=${TARGET%%-*}-linux-gnu-gcc
    command -v "$compiler" >/dev/null || { echo "$compiler is missing (Debian: gcc-${TARGET%%-*}-linux-gnu)" >&2; exit 1; }
    # librdkafka's configure asks for CC; crates that build C take the one of their target.
    variable=$(echo "$TARGET" | tr a-z- A-Z_)
    env "CC=$compiler" HOST_CC=cc "CARGO_TARGET_${variable}_LINKER=$compiler" \
        cargo build --locked --release --features static --target "$TARGET" --bin "$NAME"
    # The same arguments on every processor: its pages are written by a program of this machine.
    cargo build --locked --profile demo --features manual --bin manual
fi
built=${CARGO_TARGET_DIR:-target}
if [ "$TARGET" = "$host" ]; then manual=$built/release/manual; program=$built/release/$NAME
else manual=$built/demo/manual; program=$built/$TARGET/release/$NAME; fi

say "man pages and completions"
"$manual" "$work/manual"
find "$work/manual/man" -name '*.1' | wc -l

say "SBOM and the licences of all that is compiled in"
python3 tools/dist/describe.py "$dist/$release.cdx.json" "$work/THIRD-PARTY-LICENSES.txt"

say "archive"
folder=$work/$release
mkdir -p "$folder"
install -m 755 "$program" "$folder/$NAME"
cp LICENSE CHANGELOG.md SECURITY.md "$work/THIRD-PARTY-LICENSES.txt" "$folder/"
cp -R "$work/manual/man" "$work/manual/completions" "$folder/"
# As committed, so that nothing comes along that merely lies here.
git archive HEAD README.md docs config examples 2>/dev/null | tar -x -C "$folder" || cp -R README.md docs config examples "$folder/"
baseline=$(readelf --dyn-syms --wide "$folder/$NAME" | grep -o 'GLIBC_[0-9.]*' | sed s/GLIBC_// | sort -uV | tail -1)
needed=$(readelf --dynamic "$folder/$NAME" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' | tr '\n' ' ')
cat > "$folder/BUILD.txt" <<TEXT
$NAME $VERSION for $TARGET
commit:              $COMMIT
compiler:            $(rustc --version)
needs glibc:         $baseline or newer
linked dynamically:  $needed
compiled in:         everything else: librdkafka, OpenSSL, zlib, zstd, mimalloc ($release.cdx.json lists all)
certificates:        those of the system, found where distributions keep them; SSL_CERT_FILE names others
TEXT
cat "$folder/BUILD.txt"
echo "$baseline" > "$work/baseline"
# Sorted, owned by root, with the commit's time: the same input makes the same bytes.
tar --create --sort=name --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 --numeric-owner --directory "$work" "$release" |
    gzip -9 --no-name > "$dist/$release.tar.gz"

say "Debian package"
tools/dist/deb.sh "$folder" "$work" "$dist"

say "image"
tools/dist/image.sh "$folder" "$work" "$dist/$release.oci.tar"

(cd "$dist" && sha256sum "$release".* "${NAME}_${VERSION}"*"_$ARCHITECTURE.deb" > "SHA256SUMS-$TARGET")
say "made, in target/dist"
ls -l "$dist"
