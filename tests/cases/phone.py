#!/usr/bin/env python3
"""Writes numbers with the verdict of libphonenumber itself, through its Python port.

    pip install --upgrade phonenumbers                       # the release that src/domain/phone/plans.txt names
    tests/cases/phone.py cases 3000 > tests/cases/phone_more.tsv
    tests/cases/phone.py cases 300000 7 > target/phone.tsv   # another seed, other numbers
    tests/cases/phone.py again tests/cases/phone.tsv         # rows that this release judges otherwise

`make numbering-plans` does all of it. The last column says whether the number is ambiguous: written without `+`, read as
a national one, and another number that is valid with a `+` before the same digits.
"""

import random
import re
import sys

import phonenumbers as lib
from phonenumbers import PhoneMetadata, PhoneNumberFormat, PhoneNumberType, shortnumberinfo

KINDS = ("fixed_line mobile toll_free premium_rate shared_cost personal_number voip pager uan voicemail "
         "no_international_dialling").split()
REGIONS = sorted(lib.SUPPORTED_REGIONS)
NON_GEOGRAPHIC = [code for code, regions in lib.COUNTRY_CODE_TO_REGION_CODE.items() if regions == ("001",)]
# The contract's grammar (docs/contract.md#phone-numbers): what it does not let through is never shown to
# libphonenumber.
GRAMMAR = re.compile(r" *(\+?)(?=[^0-9]*[0-9])[0-9 \-.()/]*"
                     r"(?:(?:(?i:extension|ext\.|ext|x) *|(?i:;ext=))[0-9]{1,7}[ \-.()/]*)?")
# Here the contract is followed and libphonenumber is not; see src/domain/phone/text.rs.
READ_OTHERWISE = re.compile(r"/ *x|^\D*\d\D*\d?\D*(?:x|ext)", re.IGNORECASE)


def judge(text, region):
    """The verdict, E.164, extension and the reason for it."""
    grammatical = GRAMMAR.fullmatch(text)
    if not text:
        return "reject", "", "", "missing"
    if not grammatical or len(text.encode()) > 64:
        return "reject", "", "", "syntax"
    if not grammatical.group(1) and not region:
        return "reject", "", "", "no country code"
    try:
        number = lib.parse(text, region or None)
    except lib.NumberParseException as fault:
        return "reject", "", "", f"parse:{fault.error_type}"
    reason = lib.is_possible_number_with_reason(number)
    if reason != lib.ValidationResult.IS_POSSIBLE:
        return "reject", "", "", f"impossible:{reason}"
    valid, kind = lib.is_valid_number(number), lib.number_type(number)
    if not valid and not grammatical.group(1):
        return "reject", "", "", "national, not valid"
    if not valid and shortnumberinfo.is_valid_short_number(number):
        return "reject", "", "", "short"
    if kind == PhoneNumberType.PREMIUM_RATE:
        return "reject", "", "", "premium"
    why = ("valid:" if valid else "possible:") + PhoneNumberType.to_string(kind)
    return "accept", lib.format_number(number, PhoneNumberFormat.E164), number.extension or "", why


def ambiguous(text, region, verdict):
    """Whether an accepted number is another one with a `+` before its digits."""
    if verdict[0] != "accept" or "+" in text:
        return ""
    written = lib.parse(text, region, keep_raw_input=True)
    if written.country_code_source != lib.CountryCodeSource.FROM_DEFAULT_COUNTRY:
        return ""
    digits = re.match(r"[0-9 \-.()/]*", text).group()
    try:
        number = lib.parse("+" + digits, None)
    except lib.NumberParseException:
        return ""
    other = lib.format_number(number, PhoneNumberFormat.E164) != verdict[1]
    return "ambiguous" if other and lib.is_valid_number(number) else ""


def examples():
    """(region, country calling code, national number) of every type that has an example."""
    territories = [(region, PhoneMetadata.metadata_for_region(region)) for region in REGIONS]
    territories += [("", PhoneMetadata.metadata_for_nongeo_region(code)) for code in NON_GEOGRAPHIC]
    found = [(region, metadata.country_code, getattr(metadata, kind).example_number)
             for region, metadata in territories for kind in KINDS if getattr(metadata, kind) is not None]
    for region in REGIONS:
        metadata = PhoneMetadata.short_metadata_for_region(region)
        if metadata is not None:
            found.append((region, lib.country_code_for_region(region), metadata.short_code.example_number))
    return [example for example in found if example[2]]


def digits(chance, least, most):
    return "".join(chance.choice("0123456789") for _ in range(chance.randint(least, most)))


def mutated(chance, number):
    """The number as it is or with other last digits; now and then with fewer, more or any."""
    cut = chance.randint(1, min(3, len(number) - 1))
    place = chance.randrange(len(number))
    if chance.random() < 0.6:
        return number[:-cut] + digits(chance, cut, cut)
    return chance.choice([
        number, number, number[:-cut], number + digits(chance, 1, 3), "0" * chance.randint(1, 2) + number,
        number[:place] + digits(chance, 1, 1) + number[place + 1:], digits(chance, 1, 15),
    ])


def written(chance, region, code, national):
    """A way to write it, and the default region it is read with."""
    zeros = len(national) - len(national.lstrip("0"))
    number = lib.PhoneNumber(country_code=code, national_number=int(national), italian_leading_zero=zeros > 0 or None,
                             number_of_leading_zeros=zeros or None)
    prefix = region and PhoneMetadata.metadata_for_region(region).national_prefix or "0"
    elsewhere, sharing = chance.choice(REGIONS), chance.choice(lib.region_codes_for_country_code(code))
    international = [
        (f"+{code}{national}", ""), (f"+{code}{national}", elsewhere), (f"+{code} ({prefix}){national}", ""),
        (lib.format_number(number, PhoneNumberFormat.INTERNATIONAL), ""), (f"+{digits(chance, 1, 19)}", ""),
        (f"+{chance.choice(['0', '00', '011', '0011', '810'])}{code}{national}", region),
        (lib.format_out_of_country_calling_number(number, elsewhere), elsewhere),
    ]
    if not region:
        return chance.choice(international)
    carrier = chance.choice(["00", "1", "15", "012", "031", "041", "0343 15", "8", "06", "45 1", "01", "044", "9"])
    return chance.choice(international + [
        (lib.format_number(number, PhoneNumberFormat.NATIONAL), region), (national, region), (national, sharing),
        (national, elsewhere), (prefix + national, region), (f"{carrier}{national}", region),
        (f"{code}{national}", region), (national, ""),
    ])


def decorated(chance, text):
    """Now and then with other separators, an extension, or a slip."""
    roll = chance.random()
    if roll < 0.1:
        return "".join(c + chance.choice(["", "", "", " ", "-", ".", "/", " (", ") "]) if c != "+" else c for c in text)
    if roll < 0.18:
        return text + chance.choice([" x", " ext ", "ext.", " Extension ", ";ext=", "X"]) + digits(chance, 1, 8)
    if roll < 0.2:
        return chance.choice([f" {text} ", f"({text})", f"+{text}", f"{text}+", f"tel:{text}", f"{text},,1", f"{text}#"])
    return text


def cases(count, seed):
    chance, seen, known = random.Random(seed), set(), examples()
    print("number\tdefault_region\tverdict\te164\textension\twhy\tambiguous")
    while len(seen) < count:
        region, code, national = chance.choice(known)
        text, default = written(chance, region, code, mutated(chance, national))
        text = decorated(chance, text)
        if (text, default) not in seen and not READ_OTHERWISE.search(text):
            seen.add((text, default))
            verdict = judge(text, default)
            print(text, default, *verdict, ambiguous(text, default, verdict), sep="\t")


def again(file):
    """Rows of a file with these columns that this release judges otherwise, and how."""
    with open(file, encoding="utf-8") as rows:
        for row in list(rows)[1:]:
            text, region, *before = row.rstrip("\n").split("\t")[:6]
            if tuple(before) != judge(text, region):
                print(text, region, *judge(text, region), sep="\t")


if __name__ == "__main__":
    if sys.argv[1] == "cases":
        cases(int(sys.argv[2]), int((sys.argv + [9033])[3]))
    else:
        again(sys.argv[2])
