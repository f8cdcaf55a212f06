#!/usr/bin/env python3
"""Makes crates/server/src/settings/catalogue.txt: what the recorded lists of settings say, and what is known by hand, which wins.

usage: scripts/settings-catalogue.py [--check]

The lists are crates/server/tests/registers.txt, what is known by hand is by-hand.txt beside the catalogue: rows of the same
form, in which `?` for a kind or a life takes that of the lists. With --check nothing is written, and a difference is a failure.
"""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SETTINGS = ROOT / "crates/server/src/settings"
LISTS = ROOT / "crates/server/tests/registers.txt"
STATES = {"p": "", "d": " deprecated", "-": " removed", "?": " ?"}
# The last minor version of each major one that has ended.
LAST = {"elasticsearch": {5: 6, 6: 8, 7: 17, 8: 19}, "opensearch": {1: 3, 2: 19}}


def rows(path):
    lines = path.read_text().splitlines()
    return [line for line in lines if line.startswith("#")], [line for line in lines if not line.startswith("#")]


def versions(head):
    """Of the last line of the head: the product, and major and minor, of each column."""
    for word in head[-1].split()[1:]:
        product, number = ("opensearch", word[3:]) if word.startswith("os-") else ("elasticsearch", word)
        major, minor, _ = map(int, number.split("."))
        yield product, (major, minor)


def next_version(product, version):
    major, minor = version
    return (major + 1, 0) if minor == LAST[product].get(major) else (major, minor + 1)


def life(product, columns, below, is_recorded):
    """The steps. `columns` are pairs of a version and a letter; `below` is the life of the prefix that the name is below.

    Where the recorded distributions lack what brings such names (`is_recorded`), that a list lacks one says nothing."""
    letters = [(version, letter) for version, letter in columns if letter != "?"]
    letters = [(version, letter.replace("g", "?")) for version, letter in letters]
    if below is not None:
        if all(state(below, version) == letter for version, letter in letters):
            return below
        open_in = "?" if is_recorded else "?pd"
        letters = [(v, "?" if letter == "-" and state(below, v) in open_in else letter) for v, letter in letters]
    if all(letter == "-" for _, letter in letters):
        return "-"
    steps, before, last = [], "-", None
    for version, letter in letters:
        if letter != before:
            # What happened in between is not known.
            since = (1, 0) if last is None else next_version(product, last)
            if since < version and letter != "?" and before != "?":
                steps.append((since, "?"))
            steps.append((since if letter == "?" else version, letter))
        before, last = letter, version
    return ", ".join(f"{major}.{minor}{STATES[letter]}" for (major, minor), letter in steps)


def state(text, version):
    """What a life says of a version, as a letter."""
    if text in "-?":
        return text
    found = "-"
    for step in text.split(", "):
        number, _, word = step.partition(" ")
        if tuple(map(int, number.split("."))) <= version:
            found = {"": "p", "deprecated": "d", "removed": "-", "?": "?"}[word]
    return found


def main():
    head, lists = rows(LISTS)
    columns = list(versions(head))
    by_hand_head, lines = rows(SETTINGS / "by-hand.txt")
    by_hand = {line.split(" | ")[0]: line.split(" | ") for line in lines}

    def prefix(name):
        """The row by hand of the longest prefix."""
        parts = name.split(".")
        tried = (".".join(parts[:length]) + ".*" for length in range(len(parts) - 1, 0, -1))
        return next((by_hand[it] for it in tried if it in by_hand), None)

    out = {}
    for line in lists:
        name, letters, kind = line.split("\t")[:3]
        name = name + "*" if name.endswith(".") else name
        above = prefix(name)
        lives = {}
        for at, product in ((2, "elasticsearch"), (3, "opensearch")):
            own = [(version, letter) for (of, version), letter in zip(columns, letters) if of == product]
            lives[at] = life(product, own, above and above[at], above and above[5] != "docs")
        fix = above[4] if above and not above[4].endswith("*") else "none"
        out[name] = [name, kind, lives[2], lives[3]] + ([fix, "register"] if fix != "none" else [])
    for name, row in by_hand.items():
        listed = out.get(name, [])
        if row[5] != "family":
            out[name] = [listed[at] if column == "?" and listed else column for at, column in enumerate(row)]
    text = "\n".join(by_hand_head + [" | ".join(row) for _, row in sorted(out.items())]) + "\n"
    path = SETTINGS / "catalogue.txt"
    if "--check" in sys.argv[1:]:
        if path.read_text() != text:
            sys.exit(f"{path} is not what the lists and by-hand.txt say: run scripts/settings-catalogue.py")
    else:
        path.write_text(text)


main()
