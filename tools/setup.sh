#!/bin/sh
# Installs by name what this machine lacks, on Debian and its kin when run as root; otherwise says what is missing.
# Usage: tools/setup.sh build|demo|test|asyncapi
#   build: a C compiler, OpenSSL's and zlib's headers (librdkafka is built from source)   demo: build and PostgreSQL
#   test: demo, Java and Maven for the Kafka broker, and promtool (see tools/promtool.sh) for the alert rules
#   asyncapi: npm, and nothing else
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
case $purpose in build | demo | test | asyncapi) ;; *) echo "usage: $0 build|demo|test|asyncapi" >&2; exit 64 ;; esac

if [ "$purpose" = asyncapi ]; then
    has npm || need npm
else
    if ! has cargo; then
        echo "Rust is missing. Install it as https://rustup.rs says, then try again." >&2
        exit 1
    fi
    if ! has cc || ! has c++ || ! has make; then need build-essential; fi
    has pkg-config || need pkg-config
    has_library openssl || need libssl-dev
    has_library zlib || need zlib1g-dev
    if [ "$purpose" != build ]; then
        has_postgres || need postgresql
    fi
    if [ "$purpose" = test ]; then
        has java || [ -x "${JAVA_HOME:-}/bin/java" ] || need default-jre-headless
        has mvn || need maven
    fi
fi

finish() {
    # Not a package to be installed: that would start a Prometheus server.
    if [ "$purpose" = test ]; then "$(dirname "$0")/promtool.sh" --version >/dev/null; fi
    exit 0
}

[ -n "$missing" ] || finish
if [ "$(id -u)" = 0 ] && has apt-get; then
    echo "installing:$missing"
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -q
    # Word by word: these are package names.
    # shellcheck disable=SC2086
    apt-get install -q -y --no-install-recommends $missing
    finish
else
    echo "These Debian packages are missing:$missing" >&2
    echo "Install them (as root: apt-get install$missing) or their like, then try again." >&2
    exit 1
fi
