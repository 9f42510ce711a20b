#!/usr/bin/env python3
"""Writes src/domain/phone/plans.txt: the world's numbering plans, from the installed release of libphonenumber.

    pip install --upgrade phonenumbers      # libphonenumber's port to Python, with all of its metadata
    tools/numbering-plans.py > src/domain/phone/plans.txt

`make numbering-plans` does both. The metadata says what numbers there are by regular expressions, one a type of number,
some of them thousands of characters long. Here each becomes what it means: ranges of digits, one a line, in ascending
order, so that a difference between two releases is a handful of lines that a person can read. The same release gives
the same file.
"""

import phonenumbers as lib
from phonenumbers import PhoneMetadata

HEADER = """\
release {release}
# Which telephone numbers there are. Written by `make numbering-plans` (tools/numbering-plans.py); never by hand.
#
# The data are those of libphonenumber {release}, in another form: Copyright (C) The Libphonenumber Authors, licensed
# under the Apache License, Version 2.0 (http://www.apache.org/licenses/LICENSE-2.0).
#
#   plan 44 GB            a country calling code and a territory that has it; the main one of those that share it first
#   abroad 00             pattern of what is dialled there before a country calling code
#   trunk 0               pattern of what is dialled there before a national number, carrier codes included;
#   trunk ([25]\\d)$ 44\\1  what replaces it where its last group matched
#   leading 7[0-57]       digits that only numbers of this territory begin with
#   length 9-10           how many digits national numbers have; `local`: how many suffice within an area
#   general 7 10          digits that a national number begins with, and how many it has in all, whatever it is
#   79[0-5] 10 mobile     the same of numbers that are assigned, and what they are
#   short 11[68] 3,6      the same of numbers that only work within the country; `emergency`: those for help
#
# `[25-8]` is one of the digits 2, 5, 6, 7, 8, and `.` any digit.
"""

TYPES = {
    "fixed_line": "fixed", "mobile": "mobile", "toll_free": "tollfree", "premium_rate": "premium", "shared_cost": "shared",
    "personal_number": "personal", "voip": "voip", "pager": "pager", "uan": "uan", "voicemail": "voicemail",
}
ANY = frozenset(range(10))
# A label that stands for the general description; it is never written.
GENERAL = ""
# The longest national number that libphonenumber reads (MAX_LENGTH_FOR_NSN), and one to see what is longer.
MOST_DIGITS = 18


class Expression:
    """A regular expression of the metadata: digits, classes, groups, `|`, `?`, `{n}` and `{n,m}`, and nothing else."""

    def __init__(self, text):
        self.text, self.at = text, 0
        self.tree = self.alternatives()
        assert self.at == len(text), f"{text}: not understood at {self.at}"

    def next_is(self, wanted):
        found = self.text.startswith(wanted, self.at)
        self.at += len(wanted) if found else 0
        return found

    def alternatives(self):
        found = [self.sequence()]
        while self.next_is("|"):
            found.append(self.sequence())
        return ("any of", found)

    def sequence(self):
        found = []
        while self.at < len(self.text) and self.text[self.at] not in "|)":
            found.append(self.repeated(self.atom()))
        return ("all of", found)

    def repeated(self, atom):
        if self.next_is("?"):
            return ("repeated", atom, 0, 1)
        if not self.next_is("{"):
            return atom
        end = self.text.index("}", self.at)
        bounds = self.text[self.at:end].split(",")
        self.at = end + 1
        return ("repeated", atom, int(bounds[0]), int(bounds[-1]))

    def atom(self):
        if self.next_is("(?:") or self.next_is("("):
            group = self.alternatives()
            assert self.next_is(")"), self.text
            return group
        if self.next_is("\\d"):
            return ("digit", ANY)
        if self.next_is("["):
            end = self.text.index("]", self.at)
            digits, text = set(), self.text[self.at:end]
            self.at = end + 1
            while text:
                if text[1:2] == "-":
                    digits |= set(range(int(text[0]), int(text[2]) + 1))
                    text = text[3:]
                else:
                    digits.add(int(text[0]))
                    text = text[1:]
            return ("digit", frozenset(digits))
        self.at += 1
        return ("digit", frozenset([int(self.text[self.at - 1])]))


class Automaton:
    """Labelled expressions as one automaton; equal states are one, so that a state is all that may follow a prefix."""

    def __init__(self, labelled):
        """`labelled`: (expression, label, numbers of digits or None for any)."""
        self.free, self.by_digit, self.ends, self.known = [], [], {}, {}
        start = self.state()
        for text, label, lengths in labelled:
            begin = self.state()
            self.free[start].append(begin)
            self.ends[self.build(Expression(text).tree, begin)] = (label, lengths)
        self.reached = {}
        self.start = self.determined(self.closed({start}), 0)

    def state(self):
        self.free.append([])
        self.by_digit.append([])
        return len(self.free) - 1

    def build(self, tree, at):
        """The state behind `tree`, from `at` on."""
        kind, what, *bounds = tree
        if kind == "digit":
            end = self.state()
            self.by_digit[at].append((what, end))
        elif kind == "all of":
            end = at
            for part in what:
                end = self.build(part, end)
        elif kind == "any of":
            end = self.state()
            for part in what:
                begin = self.state()
                self.free[at].append(begin)
                self.free[self.build(part, begin)].append(end)
        else:
            least, most = bounds
            for _ in range(least):
                at = self.build(what, at)
            end = self.state()
            self.free[at].append(end)
            for _ in range(most - least):
                at = self.build(what, at)
                self.free[at].append(end)
        return end

    def closed(self, states):
        found, todo = set(states), list(states)
        while todo:
            for state in self.free[todo.pop()]:
                if state not in found:
                    found.add(state)
                    todo.append(state)
        return frozenset(found)

    def determined(self, states, digits):
        """What may follow `digits` digits that lead to `states`: labels if nothing does, and ten states or None."""
        if (states, digits) not in self.reached:
            ends = [self.ends[state] for state in states if state in self.ends]
            labels = frozenset(label for label, lengths in ends if lengths is None or digits in lengths)
            # A type counts only where the general description fits too.
            if any(label == GENERAL for label, _ in self.ends.values()):
                labels = labels - {GENERAL} if GENERAL in labels else frozenset()
            following = [set() for _ in ANY]
            for state in states if digits < MOST_DIGITS else ():
                for accepted, end in self.by_digit[state]:
                    for digit in accepted:
                        following[digit].add(end)
            children = tuple(self.determined(self.closed(them), digits + 1) if them else None for them in following)
            self.reached[states, digits] = self.unique(labels, children)
        return self.reached[states, digits]

    def unique(self, labels, children):
        if not labels and not any(children):
            return None
        key = (labels, tuple(map(id, children)))
        return self.known.setdefault(key, State(labels, children))

    def ranges(self):
        """(prefix, numbers of digits in all, labels) of all that is accepted, in ascending order; none overlaps another."""
        return self.ranges_from(self.start, "", 0) if self.start else iter(())

    def ranges_from(self, state, prefix, digits):
        if state.any_digits is not None:
            by_labels = {}
            for more, labels in sorted(state.any_digits.items()):
                by_labels.setdefault(tuple(sorted(labels)), []).append(digits + more)
            for labels, lengths in by_labels.items():
                yield prefix or ".", lengths, labels
            return
        if state.labels:
            yield prefix, [digits], tuple(sorted(state.labels))
        children = {}
        for digit, child in enumerate(state.children):
            if child:
                children.setdefault(id(child), (child, []))[1].append(digit)
        for child, those in children.values():
            yield from self.ranges_from(child, prefix + digit_class(those), digits + 1)


class State:
    """What may follow: `any_digits` has the labels by number of digits where it does not matter which they are."""

    def __init__(self, labels, children):
        self.labels, self.children, self.any_digits = labels, children, None
        one = children[0]
        if all(child is one for child in children) and (one is None or one.any_digits is not None):
            self.any_digits = {0: labels} if labels else {}
            self.any_digits.update({more + 1: them for more, them in (one.any_digits if one else {}).items()})


def runs(numbers):
    """Neighbours together: [1, 2, 3, 7] → [(1, 3), (7, 7)]."""
    found = []
    for number in sorted(numbers):
        if found and found[-1][1] == number - 1:
            found[-1] = (found[-1][0], number)
        else:
            found.append((number, number))
    return found


def digit_class(digits):
    if len(digits) == 10:
        return "."
    if len(digits) == 1:
        return str(digits[0])
    parts = [str(a) if a == b else f"{a}{b}" if b == a + 1 else f"{a}-{b}" for a, b in runs(digits)]
    return "[" + "".join(parts) + "]"


def length_list(lengths):
    return ",".join(str(a) if a == b else f"{a}-{b}" for a, b in runs(lengths))


def lengths_of(description):
    """Numbers of digits; -1 stands for none."""
    return {length for length in description.possible_length if length > 0}


def described(metadata, names):
    """(expression, name, lengths) of those descriptions that have any number."""
    for name in names:
        description = getattr(metadata, name)
        if description is not None and description.national_number_pattern is not None:
            yield description.national_number_pattern, name, lengths_of(description)


def territory(code, region):
    metadata = PhoneMetadata.metadata_for_region_or_calling_code(code, region)
    general = metadata.general_desc
    yield ""
    yield f"plan {code} {region}"
    if metadata.international_prefix:
        yield f"abroad {metadata.international_prefix}"
    if metadata.national_prefix_for_parsing:
        yield " ".join(["trunk", metadata.national_prefix_for_parsing, metadata.national_prefix_transform_rule or ""]).rstrip()
    if metadata.leading_digits:
        for prefix, _, _ in Automaton([(metadata.leading_digits, "leading", None)]).ranges():
            yield f"leading {prefix}"
    yield f"length {length_list(general.possible_length)}"
    if general.possible_length_local_only:
        yield f"local {length_list(general.possible_length_local_only)}"
    for prefix, lengths, _ in Automaton([(general.national_number_pattern, "general", None)]).ranges():
        yield f"general {prefix} {length_list(lengths)}"
    # A description without lengths of its own has the general ones.
    types = [(pattern, TYPES[name], lengths or lengths_of(general)) for pattern, name, lengths in described(metadata, TYPES)]
    every = (general.national_number_pattern, GENERAL, lengths_of(general))
    for prefix, lengths, names in Automaton([every, *types]).ranges():
        yield f"{prefix} {length_list(lengths)} {' '.join(names)}"
    yield from short_numbers(region)


def short_numbers(region):
    metadata = PhoneMetadata.short_metadata_for_region(region)
    if metadata is None:
        return
    names = {"short_code": "short", "emergency": "emergency"}
    patterns = [(pattern, names[name], lengths) for pattern, name, lengths in described(metadata, names)]
    for prefix, lengths, labels in Automaton(patterns).ranges():
        yield f"{labels[0]} {prefix} {length_list(lengths)}"


def main():
    print(HEADER.format(release=lib.__version__), end="")
    for code, regions in sorted(lib.COUNTRY_CODE_TO_REGION_CODE.items()):
        for region in regions:
            for line in territory(code, region):
                print(line)


if __name__ == "__main__":
    main()
