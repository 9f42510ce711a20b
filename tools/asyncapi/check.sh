#!/bin/sh
# Checks config/asyncapi.json with AsyncAPI's own parser, fetched from npm at the versions of package-lock.json.
# Usage: check.sh [--if-possible]   --if-possible: says so and succeeds where npm or its registry is not there
set -eu
cd "$(dirname "$0")"

give_up() {
    echo "config/asyncapi.json is not checked: $1" >&2
    [ "$mode" = --if-possible ]
    exit
}
mode=${1:-}

command -v npm >/dev/null || give_up "npm is missing (make asyncapi installs it, as root)"
if [ ! -d node_modules ] || [ package-lock.json -nt node_modules ]; then
    # --ignore-scripts: a parser needs none, and some packages only report home.
    npm ci --ignore-scripts --no-audit --no-fund --silent || give_up "its parser could not be fetched from npm"
    touch node_modules
fi
node check.mjs ../../config/asyncapi.json
