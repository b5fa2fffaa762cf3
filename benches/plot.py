#!/usr/bin/env python3
"""A plot (SVG) of fmtconv beside the fastest other tool of every pair, from the results of a side-by-side run.

    benches/plot.py results.json -o benches/pairs.svg [--dataset events] [--threads 2] [--value wall|cpu|rss_mb]

`results.json` is a list of objects with the keys dataset, rows, src, dst, peer, threads, status, wall (seconds), cpu
(seconds, user and system) and rss_mb. Of several results of one tool for one pair the last counts. Needs Python alone.
"""

import argparse
import json
import math
import sys
from xml.sax.saxutils import escape

OURS = "fmtconv"
UNITS = {"wall": "seconds", "cpu": "CPU seconds", "rss_mb": "MB of memory at most"}
ORDER = ["csv", "ndjson", "json", "avro", "pb", "parquet", "arrow"]
LABELS, PLOT, MARGIN, ROW, HEAD, FOOT = 210, 620, 190, 18, 84, 30


def place(name):
    """Formats in a fixed order, codecs of a format by name."""
    base = name.split("-")[0]
    return (ORDER.index(base) if base in ORDER else len(ORDER), name)


def rows(results, dataset, threads, value):
    """(pair, our value or None, best value of another tool or None, its name), by source and target."""
    pairs = {}
    for result in results:
        if result["dataset"] == dataset and result["threads"] == threads and result["status"] == "ok":
            pairs.setdefault((result["src"], result["dst"]), {})[result["peer"]] = result[value]
    for pair in sorted(pairs, key=lambda pair: (place(pair[0]), place(pair[1]))):
        others = [(found, name) for name, found in pairs[pair].items() if name != OURS]
        best, name = min(others, default=(None, ""))
        yield pair, pairs[pair].get(OURS), best, name


def ticks(low, high):
    """1, 2 and 5 times the powers of ten."""
    steps = (m * 10.0**e for e in range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1) for m in (1, 2, 5))
    return [step for step in steps if low <= step <= high]


def svg(found, title, unit):
    values = [value for _, ours, best, _ in found for value in (ours, best) if value]
    low, high = min(values) / 1.25, max(values) * 1.25
    scale = PLOT / (math.log(high) - math.log(low))
    x = lambda value: LABELS + (math.log(value) - math.log(low)) * scale
    width, height = LABELS + PLOT + MARGIN, HEAD + ROW * len(found) + FOOT
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="12">',
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
        f'<text x="16" y="24" font-size="15" font-weight="bold">{escape(title)}</text>',
        f'<text x="16" y="42" fill="#555555">{escape(unit)}, logarithmic; further left is better</text>',
        f'<circle cx="{LABELS}" cy="58" r="5" fill="#0b6e4f"/><text x="{LABELS + 10}" y="62">fmtconv</text>',
        f'<circle cx="{LABELS + 90}" cy="58" r="5" fill="#ffffff" stroke="#c1440e" stroke-width="2"/>'
        f'<text x="{LABELS + 100}" y="62">best other tool</text>',
    ]
    bottom = HEAD + ROW * len(found)
    for tick in ticks(low, high):
        out.append(f'<line x1="{x(tick):.1f}" y1="{HEAD - 6}" x2="{x(tick):.1f}" y2="{bottom}" stroke="#e4e4e4"/>')
        out.append(f'<text x="{x(tick):.1f}" y="{bottom + 16}" text-anchor="middle" fill="#555555">{tick:g}</text>')
    before = None
    for index, ((source, target), ours, best, name) in enumerate(found):
        y = HEAD + ROW * index + ROW / 2
        if before not in (None, source):
            out.append(f'<line x1="16" y1="{y - ROW / 2}" x2="{width - 16}" y2="{y - ROW / 2}" stroke="#bbbbbb"/>')
        before = source
        out.append(f'<text x="{LABELS - 14}" y="{y + 4}" text-anchor="end">{escape(source)} → {escape(target)}</text>')
        if ours and best:
            ahead = "#0b6e4f" if ours <= best else "#c1440e"
            line = f'x1="{x(ours):.1f}" y1="{y}" x2="{x(best):.1f}" y2="{y}"'
            out.append(f'<line {line} stroke="{ahead}" stroke-width="3" stroke-opacity="0.35"/>')
            said = f"{best / ours:.1f}× {name}" if ours <= best else f"{name} {ours / best:.1f}× ahead"
        else:
            said = "no other tool" if ours else f"{name} alone"
        if best:
            out.append(f'<circle cx="{x(best):.1f}" cy="{y}" r="4.5" fill="#ffffff" stroke="#c1440e" stroke-width="2"/>')
        if ours:
            out.append(f'<circle cx="{x(ours):.1f}" cy="{y}" r="5" fill="#0b6e4f"/>')
        out.append(f'<text x="{LABELS + PLOT + 14}" y="{y + 4}" fill="#333333">{escape(said)}</text>')
    return "\n".join(out + ["</svg>", ""])


def main():
    parser = argparse.ArgumentParser(formatter_class=argparse.RawDescriptionHelpFormatter, description=__doc__)
    parser.add_argument("results", nargs="+", help="files with results; later ones win")
    parser.add_argument("-o", "--output", required=True)
    parser.add_argument("--dataset", default="events")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--value", default="wall", choices=sorted(UNITS))
    arguments = parser.parse_args()
    results = []
    for path in arguments.results:
        with open(path, encoding="utf-8") as file:
            results += json.load(file)
    found = list(rows(results, arguments.dataset, arguments.threads, arguments.value))
    if not found:
        sys.exit(f"no result of {arguments.dataset!r} with {arguments.threads} threads")
    records = max(result.get("rows", 0) for result in results if result["dataset"] == arguments.dataset)
    plural = "s" if arguments.threads > 1 else ""
    title = f"{records:,} records of “{arguments.dataset}”, {arguments.threads} thread{plural}"
    with open(arguments.output, "w", encoding="utf-8") as file:
        file.write(svg(found, title, UNITS[arguments.value]))
    both = [(ours, best) for _, ours, best, _ in found if ours and best]
    if both:
        mean = math.exp(sum(math.log(best / ours) for ours, best in both) / len(both))
        ahead = sum(ours <= best for ours, best in both)
        print(f"{len(found)} pairs, {len(both)} of them with another tool: ahead in {ahead}, {mean:.2f}× in the mean (geometric)")


if __name__ == "__main__":
    main()
