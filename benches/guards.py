#!/usr/bin/env python3
"""What exactness costs: the share of instructions that a conversion spends on lines which exist only to refuse.

    cargo build --profile profiling
    benches/guards.py target/profiling/fmtconv IN OUT [more arguments of convert]

Method: valgrind counts the instructions of a run with one thread and attributes each to a line of the source, through
the debug information, also where functions were inlined. A line counts as a guard if it belongs to a validation as a
whole (UTF-8), or its text is a check whose only outcome is an error or a fallback that keeps the value: checked
arithmetic, comparisons with limits, refusals. The list is in this file (`GUARDS`); what a guard line computes besides
is counted in full, so the share is an upper bound of what it would save to leave the guards out. Starting the process
(a run on the first lines alone) is taken off. Needs Python and valgrind alone.
"""

import argparse
import collections
import os
import re
import subprocess
import sys
import tempfile

# (what it guards against, files, text of the line; None: every line of the file)
GUARDS = [
    ("text that is not UTF-8", r"/simdutf8-|core/src/str/validations\.rs", None),
    (
        "numbers and times out of range",
        r"/src/(column|formats|schema)/",
        r"checked_|overflowing_|try_from|try_into|_MAX\b|_MIN\b|::MAX\b|::MIN\b|> 9\b|> 23|> 59|!\(1\.\.=|len\(\) > \d|> 39",
    ),
    (
        "values that do not fit",
        r"/src/(column|formats)/",
        r"Err\(|return None|\{ None \}|\.ok_or|map_err|refus|is_canonical|\bfits\b|in_range",
    ),
    ("checked arithmetic of the standard library", r"core/src/num/", r"checked_|overflowing_"),
]


def lines(path):
    """Self cost by (file, line), and the total, of a callgrind file."""
    names, cost, here, at, skip = {}, collections.Counter(), "", 0, False
    with open(path, encoding="utf-8", errors="replace") as file:
        for text in file:
            head = re.match(r"(fl|fi|fe)=\((\d+)\)(?: (.*))?$", text)
            if head:
                if head[3] is not None:
                    names[head[2]] = head[3]
                here = names.get(head[2], "")
            elif text.startswith("calls="):
                skip = True
            elif text[:1] in "0123456789+-*":
                fields = text.split()
                place = fields[0]
                at = at if place == "*" else at + int(place) if place[0] in "+-" else int(place)
                if skip:
                    skip = False
                elif len(fields) > 1:
                    cost[here, at] += int(fields[1])
    return cost


def count(binary, arguments):
    with tempfile.TemporaryDirectory() as folder:
        out = os.path.join(folder, "counts")
        command = ["valgrind", "--tool=callgrind", "--dump-line=yes", f"--callgrind-out-file={out}", binary, *arguments]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return lines(out)


def source(path, cache={}):
    if path not in cache:
        try:
            with open(path, encoding="utf-8", errors="replace") as file:
                cache[path] = file.read().splitlines()
        except OSError:
            cache[path] = []
    return cache[path]


def guard(path, line):
    texts = source(path)
    text = texts[line - 1] if 0 < line <= len(texts) else ""
    for what, files, pattern in GUARDS:
        if re.search(files, path) and (pattern is None or re.search(pattern, text)):
            return what
    return None


def main():
    parser = argparse.ArgumentParser(formatter_class=argparse.RawDescriptionHelpFormatter, description=__doc__)
    parser.add_argument("binary")
    parser.add_argument("input")
    parser.add_argument("output")
    parser.add_argument("more", nargs=argparse.REMAINDER, help="more arguments of convert")
    parser.add_argument("--lines", type=int, default=0, help="also print so many of the costliest guard lines")
    arguments = parser.parse_args()
    common = ["-o", arguments.output, "-j1", "-q", "--overwrite", *arguments.more]
    with tempfile.TemporaryDirectory() as folder:
        few = os.path.join(folder, os.path.basename(arguments.input))
        with open(arguments.input, "rb") as whole, open(few, "wb") as part:
            part.writelines(whole.readline() for _ in range(2))
        start = sum(count(arguments.binary, ["convert", few, *common]).values())
    cost = count(arguments.binary, ["convert", arguments.input, *common])
    total = sum(cost.values()) - start
    guards, by_line = collections.Counter(), collections.Counter()
    for (path, line), instructions in cost.items():
        what = guard(path, line)
        if what:
            guards[what] += instructions
            by_line[path, line] += instructions
    print(f"{total:,} instructions without the start")
    for what, instructions in guards.most_common():
        print(f"{100 * instructions / total:6.2f} %  {what}")
    print(f"{100 * sum(guards.values()) / total:6.2f} %  all guards")
    for (path, line), instructions in by_line.most_common(arguments.lines):
        texts = source(path)
        text = texts[line - 1].strip() if 0 < line <= len(texts) else ""
        print(f"  {100 * instructions / total:5.2f} %  {os.path.basename(path)}:{line}  {text[:100]}")


if __name__ == "__main__":
    sys.exit(main())
