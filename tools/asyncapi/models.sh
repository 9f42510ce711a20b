#!/bin/sh
# Generates classes of config/asyncapi.json in TypeScript and Java, compiles them, and reads the golden messages with them.
# Needs check.sh's packages, javac, and Jackson, which comes with the Kafka broker of the tests (make kafka-libs).
# Usage: models.sh [--if-possible]   --if-possible: says so and succeeds where check.sh could not fetch its packages
set -eu
cd "$(dirname "$0")"
target=../../target/asyncapi
libraries=../../target/kafka-libs

if [ "${1:-}" = --if-possible ] && ! [ -d node_modules/@asyncapi/modelina ]; then
    echo "no classes are generated of config/asyncapi.json: the packages are not there (make asyncapi)" >&2
    exit
fi

rm -rf "$target/typescript" "$target/java"
node models.mjs ../../config/asyncapi.json ../../tests/cases/golden/v0.1.0 "$target"

# The compiler is the reader: each message is a constant of its type, and the wrong one must not compile.
node_modules/.bin/tsc --noEmit --strict --skipLibCheck --target es2022 --module esnext --moduleResolution bundler \
    "$target"/typescript/*.ts
echo "the golden messages are what the types of TypeScript say"

javac -nowarn -d "$target/java/classes" -cp "$libraries/*" "$target"/java/callback/*.java Read.java
read_by_java() { java -XX:TieredStopAtLevel=1 -cp "$target/java/classes:$libraries/*" Read "$1"; }
read_by_java "$target/java/golden.tsv"
if read_by_java "$target/java/wrong.tsv" >/dev/null 2>&1; then
    echo "a message with a branch that does not exist was read by Java" >&2
    exit 1
fi
