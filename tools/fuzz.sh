#!/bin/sh
# Runs the fuzz targets, one after the other; ends with another status than 0 at the first input that panics or is slow,
# and says where it lies. `make fuzz` says which variables it takes.
#
# cargo-fuzz wants a nightly compiler for its sanitizers only. There is no unsafe code here for them to look at, so it is
# told to leave them out; libFuzzer's counters of what was reached work with the stable compiler.
set -eu
cd "$(dirname "$0")/.."

if ! cargo fuzz --version >/dev/null 2>&1; then
    cargo install --locked cargo-fuzz --version 0.13.2
fi

targets=${TARGET:-$(cargo fuzz list)}
if [ -n "${RUNS:-}" ]; then
    limit="-runs=$RUNS"
else
    limit="-max_total_time=${SECONDS_EACH:-60}"
fi

cargo fuzz build --sanitizer none
for target in $targets; do
    echo "== $target"
    # What is found goes into a folder that is not committed; the committed corpus is where it begins.
    found=target/fuzz/$target
    mkdir -p "$found"
    # The targets themselves say what is slow; libFuzzer's own timeout is for what never ends.
    # Dates and numbers have at most 64 bytes; what is longer is refused before it is looked at.
    case $target in date | phone) longest=96 ;; *) longest=4096 ;; esac
    cargo fuzz run --sanitizer none "$target" "$found" "fuzz/corpus/$target" -- \
        "$limit" -max_len="${LENGTH:-$longest}" -timeout=60 -verbosity=0 -print_final_stats=1
done
