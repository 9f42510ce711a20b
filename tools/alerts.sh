#!/bin/sh
# Prints the alert rules, with links to a runbook of one's own: tools/alerts.sh --runbook-base https://wiki.internal/runbook
# The base is what comes before `#schedulecallback…`: a page that renders docs/operations.md, or an instance's own
# `/runbook`. Without the option the rules are printed as they are.
set -eu

base=
case ${1:-} in
    --runbook-base) base=${2:?--runbook-base takes a URL} ;;
    --runbook-base=*) base=${1#*=} ;;
    '') ;;
    *) echo "usage: $0 [--runbook-base URL]" >&2; exit 64 ;;
esac
case $base in *[!A-Za-z0-9:/._~?=%@+,-]*) echo "$0: $base: not a URL without its fragment" >&2; exit 64 ;; esac

rules=$(dirname "$0")/../config/prometheus/alerts.yml
if [ -z "$base" ]; then exec cat "$rules"; fi
exec sed "s|runbook_url: [^#]*#|runbook_url: ${base%/}#|" "$rules"
