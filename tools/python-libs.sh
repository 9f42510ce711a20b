#!/bin/sh
# Makes a virtual environment with what the Python examples need (examples/python/requirements.txt), or what another file
# names. Does nothing when the folder has it already. Usage: tools/python-libs.sh FOLDER [REQUIREMENTS]
set -eu

folder=${1:?the folder of the virtual environment}
requirements=${2:-$(cd "$(dirname "$0")/.." && pwd)/examples/python/requirements.txt}

# Written last: an interrupted run never leaves half an environment that looks like a whole one.
if [ -e "$folder/complete" ] && [ "$folder/complete" -nt "$requirements" ]; then
    exit 0
fi
python3 -c 'import venv, ensurepip' 2>/dev/null || {
    echo "python3 with venv is missing, for the Python programs: install python3-venv, or run tools/setup.sh" >&2
    exit 1
}
python3 -m venv --clear "$folder"
"$folder/bin/pip" install --quiet --disable-pip-version-check --requirement "$requirements"
touch "$folder/complete"
