#!/bin/sh
# Installs the libraries of tools/producers for one language into FOLDER/LANGUAGE, from the language's own registry, by the
# versions that are written beside the programs. Does nothing when they are there.
# Usage: tools/producers/libs.sh python|java|javascript|go FOLDER
set -eu

language=${1:?the language}
here=$(cd "$(dirname "$0")" && pwd)
project=$(cd "$here/../.." && pwd)
mkdir -p "${2:?the folder to install to}"
folder=$(cd "$2" && pwd)/$language

case $language in
python) given="$here/python/requirements.txt $here/python/requirements-1.txt" ;;
java) given=$here/java/pom.xml ;;
javascript) given="$here/javascript/package.json $here/javascript/package-lock.json" ;;
go) given="$here/go/go.mod $here/go/go.sum $here/go/main.go" ;;
*) echo "usage: $0 python|java|javascript|go FOLDER" >&2; exit 64 ;;
esac

# Written last: an interrupted run never leaves half of the libraries that look like all of them.
fresh=yes
for file in $given; do
    [ "$folder/installed" -nt "$file" ] || fresh=
done
if [ -n "$fresh" ]; then exit 0; fi

need() {
    command -v "$1" >/dev/null || {
        echo "$1 is missing, for the producers in $language: install it, or run tools/setup.sh producers" >&2
        exit 1
    }
}

rm -rf "$folder"
case $language in
python)
    "$project/tools/python-libs.sh" "$folder" "$here/python/requirements.txt"
    # An older version beside the newer one, in a folder of its own.
    "$folder/bin/pip" install --quiet --disable-pip-version-check --no-deps --target "$folder/older" \
        --requirement "$here/python/requirements-1.txt"
    ;;
java)
    need mvn
    mvn --batch-mode --quiet --file "$here/java/pom.xml" dependency:copy-dependencies \
        -DoutputDirectory="$folder" -DincludeScope=runtime
    ;;
javascript)
    need npm
    mkdir -p "$folder"
    cp "$here/javascript/package.json" "$here/javascript/package-lock.json" "$folder"
    npm --prefix "$folder" ci --silent --ignore-scripts --no-audit --no-fund
    ;;
go)
    need go
    mkdir -p "$folder"
    (cd "$here/go" && go build -mod=readonly -o "$folder/producers" .)
    ;;
esac
touch "$folder/installed"
