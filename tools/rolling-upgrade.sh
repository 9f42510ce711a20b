#!/bin/sh
# Runs an old and a new version side by side on one group and one database, replaces the instances one by one, rolls
# back, and holds every result and due event against what must come (tests/it/upgrade.rs).
# Usage: tools/rolling-upgrade.sh OLD [NEW]: each a program or a commit, which is built first; NEW is this folder's.
set -eu
cd "$(dirname "$0")/.."

# The program of a commit, built from a copy of it in a target folder that all such builds share, or the program itself.
program() {
    if [ -f "$1" ] && [ -x "$1" ]; then
        realpath "$1"
        return
    fi
    commit=$(git rev-parse --verify --quiet "$1^{commit}") || { echo "$1 is neither a program nor a commit" >&2; exit 64; }
    built=$PWD/target/rolling-upgrade/$commit
    if [ ! -x "$built/schedule-callback" ]; then
        mkdir -p "$built/source"
        git archive "$commit" | tar --extract --directory "$built/source"
        (cd "$built/source" && CARGO_TARGET_DIR=$built/../target cargo build --locked --bin schedule-callback >&2)
        cp "$built/../target/debug/schedule-callback" "$built/"
        rm -rf "$built/source"
    fi
    echo "$built/schedule-callback"
}

old=$(program "${1:?the old version: a commit or a program}")
if [ $# -gt 1 ]; then
    ROLLING_NEW=$(program "$2")
    export ROLLING_NEW
fi
echo "old: $old"
echo "new: ${ROLLING_NEW:-this folder}"
ROLLING_OLD=$old exec cargo test --locked --features failpoints --test it -- \
    upgrade::instances_are_replaced --nocapture
