#!/bin/sh
# Runs promtool, the checker that comes with Prometheus: the one on the path, else one from Debian's package `prometheus`.
# The package is only unpacked, into target/promtool: installing it would start a server and make a user.
# With PROMETHEUS=server it runs Prometheus itself, from the same place, for who wants one that is not installed.
set -eu

unpacked=$(dirname "$0")/../target/promtool
case ${PROMETHEUS:-} in server) program=prometheus ;; *) program=promtool ;; esac
if command -v "$program" >/dev/null 2>&1; then exec "$program" "$@"; fi

if [ ! -x "$unpacked/usr/bin/$program" ]; then
    if ! command -v apt-get >/dev/null 2>&1 || ! command -v dpkg-deb >/dev/null 2>&1; then
        echo "$program is missing. Install Prometheus (https://prometheus.io/download) on the path, then try again." >&2
        exit 1
    fi
    echo "unpacking promtool and prometheus from the package prometheus" >&2
    folder=$(mktemp -d)
    trap 'rm -rf "$folder"' EXIT
    # As root, apt hands the download to a user of its own, who has to be let in.
    chmod 755 "$folder"
    if ! apt-cache show prometheus >/dev/null 2>&1; then apt-get update -q >&2; fi
    (cd "$folder" && { apt-get download -q prometheus || { apt-get update -q && apt-get download -q prometheus; }; }) >&2
    mkdir -p "$unpacked"
    dpkg-deb -x "$folder"/prometheus_*.deb "$folder/unpacked"
    mkdir -p "$unpacked/usr/bin"
    mv "$folder/unpacked/usr/bin/promtool" "$folder/unpacked/usr/bin/prometheus" "$unpacked/usr/bin/"
    rm -rf "$folder"
    trap - EXIT
fi
exec "$unpacked/usr/bin/$program" "$@"
