#!/bin/sh
# Copies the Apache Kafka broker's jars, named by tests/it/rig/kafka/pom.xml, from Maven Central into a folder.
# Does nothing when the folder holds them already. Usage: tools/kafka-libs.sh FOLDER
set -eu

folder=${1:?the folder to copy the jars to}
project=$(cd "$(dirname "$0")/.." && pwd)
pom=$project/tests/it/rig/kafka/pom.xml

if [ -d "$folder" ] && [ "$folder" -nt "$pom" ]; then
    exit 0
fi
command -v mvn >/dev/null || {
    echo "mvn is missing, which fetches the Kafka broker for the tests: install Maven, or run tools/setup.sh" >&2
    exit 1
}
# Filled under another name first: an interrupted or a concurrent run never leaves half a class path behind.
mkdir -p "$(dirname "$folder")"
# Absolute, since Maven takes paths as relative to its project's folder.
folder=$(cd "$(dirname "$folder")" && pwd)/$(basename "$folder")
partial=$(mktemp -d "$folder.XXXXXX")
trap 'rm -rf "$partial"' EXIT
mvn --batch-mode --quiet --file "$pom" dependency:copy-dependencies \
    -DoutputDirectory="$partial" -DincludeScope=runtime
chmod 755 "$partial"
rm -rf "$folder"
# Another run may have been faster; its jars are as good as ours. -T: never move into a folder that is there.
mv -T "$partial" "$folder" 2>/dev/null || [ -d "$folder" ]
