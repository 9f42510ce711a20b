#!/bin/sh
# Tries what `make dist` has made, each where nothing else of this project is: the archive in an empty folder, the
# package in a root of its own, the image by buildah. What cannot be tried here is said. Usage: tools/dist/check.sh
set -eu
cd "$(dirname "$0")/../.."
here=$PWD
dist=$here/target/dist
TARGET=$(rustc --version --verbose | sed -n 's/^host: //p')
sums=$dist/SHA256SUMS-$TARGET
[ -e "$sums" ] || { echo "nothing is in target/dist for $TARGET: make dist" >&2; exit 1; }

temporary=$(mktemp -d)
trap 'rm -rf "$temporary"' EXIT
chmod 755 "$temporary"
say() { printf '\n== %s\n' "$1"; }
fail() { echo "$1" >&2; exit 1; }
# Without anything of this shell's: a release must not need it.
alone() { env --ignore-environment PATH="$PATH" HOME="$temporary" TMPDIR="$temporary" "$@"; }

say "checksums"
(cd "$dist" && sha256sum --check "$sums")

say "archive, in an empty folder"
archive=$(ls "$dist"/*-"$TARGET".tar.gz)
mkdir "$temporary/archive"
tar -xzf "$archive" -C "$temporary/archive" --strip-components 1
(
    cd "$temporary/archive"
    cat BUILD.txt
    ldd ./schedule-callback
    alone ./schedule-callback --version
    alone ./schedule-callback check --directory config/sample/directory.json < config/sample/commands.ndjson | head -2
    alone ./schedule-callback demo > demo.txt || { cat demo.txt; fail "the demo failed"; }
    tail -3 demo.txt
    bash -n completions/schedule-callback.bash
    ! command -v zsh >/dev/null || zsh -n completions/_schedule-callback
    ! command -v fish >/dev/null || fish --no-execute completions/schedule-callback.fish
    # Every subcommand has its page, and no page has a fault.
    for command in run demo check migrate topics directory dead-letters schema; do
        page=man/schedule-callback-$command.1
        [ -e "$page" ] || fail "$page is missing"
        if command -v man >/dev/null; then
            said=$(LC_ALL=C.UTF-8 MANWIDTH=80 man --warnings --local-file "$page" 2>&1 >/dev/null)
            [ -z "$said" ] || fail "$page: $said"
        fi
        ! grep -q 'schedule.*callback.*help(1)' "$page" man/schedule-callback.1 || fail "a page names one that is not there"
    done
)

say "SBOM"
sbom=$(ls "$dist"/*-"$TARGET".cdx.json)
environment=target/dist-check
if [ ! -e "$environment/complete" ]; then
    { python3 -m venv --clear "$environment" &&
        "$environment/bin/pip" install --quiet --disable-pip-version-check 'cyclonedx-python-lib[json-validation]==11.12.0' &&
        touch "$environment/complete"; } >&2 || true
fi
if [ -e "$environment/complete" ]; then
    "$environment/bin/python" - "$sbom" <<'PYTHON'
import sys
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
fault = JsonStrictValidator(SchemaVersion.V1_6).validate_str(open(sys.argv[1]).read())
sys.exit(str(fault) if fault else print("is as CycloneDX 1.6 wants it"))
PYTHON
else
    echo "not held against CycloneDX's schema: its validator could not be fetched from PyPI"
fi

say "package, in a root of its own"
package=$(ls "$dist"/*_"$(dpkg --print-architecture 2>/dev/null || echo none)".deb 2>/dev/null || true)
if [ -z "$package" ]; then
    echo "not tried: there is none for this machine"
else
    dpkg-deb --info "$package" | sed -n '/Package:/,$p'
    root=$temporary/root
    dpkg-deb -x "$package" "$root.unpacked"
    alone "$root.unpacked/usr/bin/schedule-callback" run --check-config --config "$root.unpacked/etc/schedule-callback/service.toml" | tail -3
    if command -v systemd-analyze >/dev/null; then
        sed "s|/usr/bin/schedule-callback|$(command -v true)|" \
            "$root.unpacked/usr/lib/systemd/system/schedule-callback.service" > "$temporary/schedule-callback.service"
        systemd-analyze verify "$temporary/schedule-callback.service"
    fi
    if [ "$(id -u)" = 0 ]; then
        # A shell, which the package's scripts need, and what the shell is linked with.
        for file in /bin/sh $(ldd /bin/sh | grep -o '/[^ ]*'); do
            mkdir -p "$root/$(dirname "$file")"
            cp --dereference "$file" "$root/$file"
        done
        mkdir -p "$root/var/lib/dpkg/info" "$root/var/lib/dpkg/updates"
        : > "$root/var/lib/dpkg/status"
        dpkg="dpkg --root=$root --force-depends --log=/dev/null"
        $dpkg --install "$package" 2>&1 | grep -v 'dependency problems\|depends on\|Package .* is not installed\|^$'
        dpkg --root="$root" --verify schedule-callback
        [ -x "$root/usr/bin/schedule-callback" ] || fail "the program is not installed"
        $dpkg --purge schedule-callback 2>&1
        left=$(find "$root" -path "$root/var/lib/dpkg" -prune -o -name '*schedule-callback*' -print)
        [ -z "$left" ] || fail "left behind: $left"
    else
        echo "installed and removed by root only"
    fi
fi

say "image"
image=$(ls "$dist"/*-"$TARGET".oci.tar 2>/dev/null || true)
if [ -z "$image" ]; then
    echo "not tried: there is none"
elif ! command -v buildah >/dev/null || [ "$(id -u)" != 0 ]; then
    echo "not tried: that needs buildah and root"
else
    # No daemon and no network of its own; chroot asks the kernel for least.
    run_buildah() { buildah --root "$temporary/containers" --runroot "$temporary/run" --storage-driver vfs "$@"; }
    container=$(run_buildah from "oci-archive:$image")
    run_buildah inspect --type container --format '{{.OCIv1.Config.User}} {{.OCIv1.Config.Entrypoint}} {{.OCIv1.Config.Labels}}' "$container"
    inside() { run_buildah run --isolation chroot "$container" -- /usr/bin/schedule-callback "$@" < /dev/null; }
    version=$(inside --version | sed -n 1p)
    [ "$version" = "$(sed -n '1s/ for .*//p' "$temporary/archive/BUILD.txt")" ] || fail "the image says it is $version"
    inside run --check-config | grep '^listen = "0.0.0.0:9464"' || fail "the image listens to itself alone"
    run_buildah run --isolation chroot --volume "$here/config/sample:/sample:ro" "$container" -- \
        /usr/bin/schedule-callback check --directory /sample/directory.json < config/sample/commands.ndjson > "$temporary/results"
    lines=$(wc -l < "$temporary/results")
    [ "$lines" = "$(wc -l < config/sample/commands.ndjson)" ] || fail "the image answered $lines of the sample commands"
    echo "$version answers $lines sample commands"
    user=$(run_buildah inspect --type container --format '{{.OCIv1.Config.User}}' "$container")
    [ "$user" = 10001:10001 ] || fail "the image's user is $user"
    run_buildah rm "$container" >/dev/null
fi
say "all that was tried holds"
