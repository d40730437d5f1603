# SPDX-License-Identifier: MIT
"""Draws the results of ./bench as SVG, by gnuplot: rows as they stand in the JSON.

A case measured at several sizes becomes a chart of its own, cost over size, a line for each subject; where a suite has
but one subject, all such cases share one chart, a line for each. What has one size becomes a group of bars.
"""

import subprocess

KINDS = {"instructions": "guest instructions", "ns": "nanoseconds"}  # units worth a chart
SIZES_MIN = 3  # of a line
HEAD = """set terminal svg size 1000,600 dynamic background rgb 'white' font 'sans-serif,13'
set output {output}
set title {title}
set ylabel {ylabel}
set logscale y
set format y '%.0s%c'
set grid
set key outside right
"""


def quoted(text):
    """A string as gnuplot takes it literally."""
    return "'" + str(text).replace("'", "''").replace("_", " ") + "'"


def run(script):
    subprocess.run(["gnuplot"], input=script, text=True, capture_output=True, check=True)


def head(path, title, unit):
    output = "'" + str(path).replace("'", "''") + "'"
    return HEAD.format(output=output, title=quoted(title), ylabel=quoted(KINDS[unit]))


def draw_lines(path, title, rows, name_of):
    """A line for each name that name_of(row) gives."""
    lines = {}
    for row in rows:
        lines.setdefault(name_of(row), []).append((row["size"], row["value"]))
    data, plots = [], []
    for i, (name, points) in enumerate(lines.items()):
        data.append(f"$line{i} << END\n" + "".join(f"{size} {value}\n" for size, value in sorted(points)) + "END\n")
        plots.append(f"$line{i} with linespoints title {quoted(name)}")
    run("".join(data) + head(path, title, rows[0]["unit"]) +
        "set logscale x 2\nset format x '%.0b%B'\nset xlabel 'size'\nplot " + ", ".join(plots) + "\n")


def draw_bars(path, title, rows):
    """A group of bars for each case, a bar for each subject."""
    subjects = list(dict.fromkeys(row["subject"] for row in rows))
    groups = {}
    for row in rows:
        groups.setdefault((row["case"], row["size"]), {})[row["subject"]] = row["value"]
    table = "".join(
        f'"{case.replace("_", " ")}{f" {size:,}" if size > 1 else ""}" ' +
        " ".join(str(values.get(subject) or "NaN") for subject in subjects) + "\n"
        for (case, size), values in groups.items())
    plots = [f"$bars using {i + 2}:xtic(1) title {quoted(subject)}" for i, subject in enumerate(subjects)]
    run(f"$bars << END\n{table}END\n" + head(path, title, rows[0]["unit"]) +
        "set style data histograms\nset style fill solid 0.8\nset xtics rotate by -35\nplot " + ", ".join(plots) + "\n")


def several_sizes(rows):
    """The cases that some subject was measured in at enough sizes for a line."""
    sizes = {}
    for row in rows:
        sizes.setdefault((row["case"], row["subject"]), set()).add(row["size"])
    return [case for case in dict.fromkeys(row["case"] for row in rows)
            if any(len(found) >= SIZES_MIN for (of, _), found in sizes.items() if of == case)]


def draw_suite(suite, rows, directory):
    """The charts of one suite; returns their files."""
    made = []
    cases = several_sizes(rows)
    if len({row["subject"] for row in rows}) == 1 and cases:
        made.append(directory / f"{suite}-size.svg")
        draw_lines(made[-1], suite, [row for row in rows if row["case"] in cases], lambda row: row["case"])
    else:
        for case in cases:
            made.append(directory / f"{suite}-{case.replace('/', '-')}.svg")
            draw_lines(made[-1], f"{suite}: {case}", [row for row in rows if row["case"] == case],
                       lambda row: row["subject"])
    rest = [row for row in rows if row["case"] not in cases]
    if rest:
        made.append(directory / f"{suite}.svg")
        draw_bars(made[-1], suite, rest)
    return made


def draw(rows, directory):
    """Draws all suites into a directory, which is made if it is not there; returns the files."""
    directory.mkdir(parents=True, exist_ok=True)
    made = []
    for suite in dict.fromkeys(row["suite"] for row in rows):
        for unit in KINDS:
            chosen = [row for row in rows if row["suite"] == suite and row["unit"] == unit]
            if chosen:
                made += draw_suite(suite, chosen, directory)
    return made
