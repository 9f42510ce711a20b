#!/bin/sh
# Installs by name what this machine lacks, on Debian and its kin when run as root; otherwise says what is missing.
# Usage: tools/setup.sh build|demo|test|page|producers|dist|deployment|asyncapi|audit|peers
#   build: a C compiler, OpenSSL's and zlib's headers (librdkafka is built from source)   demo: build and PostgreSQL
#   test: demo, PgBouncer, Java and Maven for the Kafka broker and the Java examples, Python with venv for the Python
#         examples, and promtool (see tools/promtool.sh) for the alert rules
#   page: test, and Chromium, in which the operator's page is looked at   asyncapi: npm and Java
#   producers: test, and Node.js with npm and Go, for the producers in these languages (tools/producers)
#   deployment: Python with venv, which fetches what checks the manifests and the Helm chart, and Helm itself
#   dist: build, Python for the SBOM, perl for OpenSSL's own build, buildah for the image; with TARGET= of another processor
#         that one's C compiler, from Debian, and standard library, from rustup
#   audit: build, and cargo-machete and cargo-deny, which Cargo builds from source where they are missing
#   peers: PostgreSQL, and what builds the schedulers that PEERS names (all of them when it is empty)
set -eu

has() { command -v "$1" >/dev/null 2>&1; }
has_library() { has pkg-config && pkg-config --exists "$1"; }
has_postgres() {
    for folder in "${PG_BIN:-}" $(echo "$PATH" | tr : ' ') /usr/lib/postgresql/*/bin; do
        if [ -x "$folder/initdb" ] && [ -x "$folder/postgres" ]; then return 0; fi
    done
    return 1
}

missing=
need() { missing="$missing $1"; }

purpose=${1:-test}
case $purpose in
build | demo | test | page | producers | dist | deployment | asyncapi | audit | peers) ;;
*) echo "usage: $0 build|demo|test|page|producers|dist|deployment|asyncapi|audit|peers" >&2; exit 64 ;;
esac

if [ "$purpose" = asyncapi ]; then
    has npm || need npm
    has javac || need default-jdk-headless
elif [ "$purpose" = deployment ]; then
    if ! has python3 || ! python3 -c 'import venv, ensurepip' 2>/dev/null; then need python3-venv; fi
elif [ "$purpose" = peers ]; then
    has_postgres || need postgresql
    for peer in ${PEERS:-graphile-worker db-scheduler river nats}; do
        case $peer in
        graphile-worker) has npm || need npm ;;
        db-scheduler) has javac || need default-jdk-headless; has mvn || need maven ;;
        river | nats) has go || need golang-go ;;
        esac
    done
else
    if ! has cargo; then
        echo "Rust is missing. Install it as https://rustup.rs says, then try again." >&2
        exit 1
    fi
    if ! has cc || ! has c++ || ! has make; then need build-essential; fi
    has pkg-config || need pkg-config
    has_library openssl || need libssl-dev
    has_library zlib || need zlib1g-dev
    if [ "$purpose" = dist ]; then
        has python3 || need python3
        has perl || need perl
        # Where there is no apt-get, dist.sh says that it makes no image.
        if has apt-get; then has buildah || need buildah; fi
        case ${TARGET:-} in
        "" | "$(uname -m)"-*) ;;
        aarch64-*) has aarch64-linux-gnu-gcc || need "gcc-aarch64-linux-gnu libc6-dev-arm64-cross" ;;
        x86_64-*) has x86_64-linux-gnu-gcc || need "gcc-x86-64-linux-gnu libc6-dev-amd64-cross" ;;
        esac
    fi
    if [ "$purpose" = demo ] || [ "$purpose" = test ] || [ "$purpose" = producers ]; then
        has_postgres || need postgresql
    fi
    if [ "$purpose" = test ] || [ "$purpose" = page ] || [ "$purpose" = producers ]; then
        has pgbouncer || [ -x /usr/sbin/pgbouncer ] || need pgbouncer
        # The development kit: the examples are run from their source.
        has javac || [ -x "${JAVA_HOME:-}/bin/javac" ] || need default-jdk-headless
        has mvn || need maven
        if ! has python3 || ! python3 -c 'import venv, ensurepip' 2>/dev/null; then need python3-venv; fi
    fi
    if [ "$purpose" = producers ]; then
        has npm || need npm
        has go || need golang-go
    fi
    if [ "$purpose" = page ] && ! [ -x "${CHROMIUM:-}" ]; then
        has chromium || need "chromium fonts-dejavu-core"
    fi
fi

if [ -n "$missing" ]; then
    if [ "$(id -u)" = 0 ] && has apt-get; then
        echo "installing:$missing"
        export DEBIAN_FRONTEND=noninteractive
        apt-get update -q
        # Word by word: these are package names.
        # shellcheck disable=SC2086
        apt-get install -q -y --no-install-recommends $missing
    else
        echo "These Debian packages are missing:$missing" >&2
        echo "Install them (as root: apt-get install$missing) or their like, then try again." >&2
        exit 1
    fi
fi

# A small installation of Rust has neither.
if [ "$purpose" = test ] && has rustup; then
    cargo fmt --version >/dev/null 2>&1 || rustup --quiet component add rustfmt
    cargo clippy --version >/dev/null 2>&1 || rustup --quiet component add clippy
fi

# Not a package to be installed: that would start a Prometheus server.
if [ "$purpose" = test ]; then "$(dirname "$0")/promtool.sh" --version >/dev/null; fi

if [ "$purpose" = dist ] && [ -n "${TARGET:-}" ] && has rustup; then rustup --quiet target add "$TARGET"; fi

# Into Cargo's own folder, where they stay. Without optimisation and debugging information: a minute of two cores in
# place of several, and they run for seconds. cargo-deny without what fetches databases of advisories.
if [ "$purpose" = audit ]; then
    install() { CARGO_PROFILE_DEV_DEBUG=0 cargo install --locked --debug "$@"; }
    has cargo-machete || install cargo-machete@0.9.2
    has cargo-deny || install cargo-deny@0.20.2 --no-default-features
fi
