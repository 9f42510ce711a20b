#!/bin/sh
# Writes the numbering plans anew from the newest release of libphonenumber that PyPI has, and the numbers that the tests
# judge; then judges some hundred thousand others as that release does. Says what there is to look at.
# Usage: tools/numbering-plans.sh [CASES]     CASES: how many numbers are compared (300000)
set -eu

cd "$(dirname "$0")/.."
cases=${1:-300000}
folder=target/numbering-plans
plans=src/domain/phone/plans.txt
before=$(sed -n '1s/^release //p' $plans)

python3 -c 'import venv, ensurepip' 2>/dev/null || {
    echo "python3 with venv is missing, in which libphonenumber's metadata are read: install python3-venv" >&2
    exit 1
}
[ -x $folder/bin/pip ] || python3 -m venv --clear $folder
# libphonenumber's port to Python: it follows each release within days, and has all of its metadata.
$folder/bin/pip install --quiet --disable-pip-version-check --upgrade phonenumbers

# Beside the file first: an interrupted run leaves the old table.
$folder/bin/python tools/numbering-plans.py > $folder/plans.txt
cp $plans $folder/before.txt
mv $folder/plans.txt $plans
$folder/bin/python tests/cases/phone.py cases 3000 > tests/cases/phone_more.tsv
now=$(sed -n '1s/^release //p' $plans)

echo "numbering plans: $before -> $now; territories that changed:"
$folder/bin/python - $folder/before.txt $plans <<'END'
import sys
before, now = ({block.split("\n", 1)[0]: block for block in open(file).read().strip().split("\n\n")[1:]} for file in sys.argv[1:])
changed = [plan.removeprefix("plan ") for plan in before | now if before.get(plan) != now.get(plan)]
print(f"{len(changed)}: {', '.join(changed) or 'none'}")
END
git diff --stat -- $plans tests/cases/phone_more.tsv

echo "the contract's examples that $now judges otherwise (none is best; else write tests/cases/phone.tsv anew):"
$folder/bin/python tests/cases/phone.py again tests/cases/phone.tsv

echo "comparing $cases numbers with libphonenumber $now:"
# The date is the seed: another run compares others.
$folder/bin/python tests/cases/phone.py cases "$cases" "$(date +%Y%m%d)" > $folder/cases.tsv
PHONE_CASES=$PWD/$folder/cases.tsv cargo test --locked --quiet --features failpoints,otlp --lib -- \
    --ignored --nocapture the_numbers_of_a_file_are_judged_as_libphonenumber_does
