#!/bin/sh
# Sends a language's records with its real libraries, installing these where they are missing, and prints a line of JSON for
# each record, in the order in which they were sent.
# Usage: KAFKA_BOOTSTRAP_SERVERS=… COMMANDS_TOPIC=… tools/producers/run.sh python|java|javascript|go FOLDER
# The topic has one partition. COMMANDS_FILE has the commands (tools/producers/commands.json).
set -eu

language=${1:?the language}
folder=${2:?the folder of the libraries}
here=$(cd "$(dirname "$0")" && pwd)
"$here/libs.sh" "$language" "$folder" >&2
folder=$(cd "$folder" && pwd)/$language
export COMMANDS_FILE="${COMMANDS_FILE:-$here/commands.json}"
export PYTHONDONTWRITEBYTECODE=1

case $language in
python)
    PYTHONPATH=$folder/older "$folder/bin/python" "$here/python/cloudevents_1.py"
    for program in cloudevents_2 clients registry by_format; do
        "$folder/bin/python" -W ignore "$here/python/$program.py"
    done
    ;;
java)
    bin=${JAVA_HOME:+$JAVA_HOME/bin/}
    classes=$(mktemp -d)
    trap 'rm -rf "$classes"' EXIT
    "${bin}javac" -Xlint:none -nowarn -d "$classes" -cp "$folder/*" "$here"/java/*.java 2>"$classes/said" || {
        cat "$classes/said" >&2
        exit 1
    }
    # A few seconds of work: not worth the second compiler.
    "${bin}java" -XX:TieredStopAtLevel=1 -cp "$classes:$folder/*" Producers
    ;;
javascript) NODE_LIBS=$folder node "$here/javascript/producers.mjs" ;;
go) "$folder/producers" ;;
esac
