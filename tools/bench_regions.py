# SPDX-License-Identifier: MIT
"""The region table beside what kernels use, in nanoseconds an operation, all of them in one run on this machine."""

import json
import math
import pathlib
import subprocess
from collections import namedtuple

ROOT = pathlib.Path(__file__).resolve().parents[1]
PROGRAM = ROOT / "build" / "benchmarks" / "benchmarks" / "regions_benchmark"
TRACES = ROOT / "benchmarks" / "traces"
OURS = "freehold"
CASES = ("lookup_independent", "lookup_dependent", "lookup_local", "carve_release", "churn", "gap_easy_low",
         "gap_worst_low", "gap_worst_high", "iterate")
SUBJECTS = (("freehold", "freehold"), ("plan_list", "list"), ("plan_array16", "array16"), ("plan_array8", "array8"),
            ("rb_augment", "rb_augm"), ("boost_rb", "rb"), ("boost_splay", "splay"), ("std_map", "std_map"),
            ("absl_btree", "btree"))
SIZES = (16, 100, 1000, 10000, 100000)
# How many times faster than the fastest peer it is to be.
TO_REACH = {("lookup_independent", 100): 4, ("lookup_independent", 1000): 4, ("lookup_dependent", 1000): 1.8,
            ("lookup_independent", 100000): 2.5, ("lookup_dependent", 100000): 1.7,
            ("carve_release", 16): 1, ("carve_release", 100): 1, ("carve_release", 1000): 1,
            ("carve_release", 100000): 1.8,
            **{("churn", size): 1 for size in SIZES},
            **{(case, size): 1 for case in ("gap_worst_low", "gap_worst_high") for size in (1000, 100000)},
            **{("iterate", size): 5 for size in SIZES}}
TRACES_TO_REACH = 1.3  # their geometric mean; each of them 1
PINNED = ("Pinned down: layouts, addresses, order (fixed seeds); all answers are compared; the subjects take turns.\n"
          "Not pinned down: the processor's clock and caches, and who else uses them: only ratios of one run count.")

Figure = namedtuple("Figure", "case subject size value unit")


def run(arguments, progress):
    """Runs the benchmark; a Figure for each line it prints, as they come."""
    figures = []
    with subprocess.Popen([PROGRAM, *arguments], stdout=subprocess.PIPE, text=True) as running:
        for line in running.stdout:
            figures.append(Figure(**json.loads(line)))
            progress.what = f"Measuring regions, after {figures[-1].case} {figures[-1].size} ..."
    if running.returncode != 0:
        raise SystemExit("bench: regions_benchmark failed")
    return figures


def ratio(values):
    """How many times faster we are than the fastest peer."""
    return min(value for subject, value in values.items() if subject != OURS) / values[OURS]


def rows_of(figures):
    """{(case, size): {subject: value}}, in the order measured."""
    rows = {}
    for figure in figures:
        rows.setdefault((figure.case, figure.size), {})[figure.subject] = figure.value
    return rows


def number(value):
    return f"{value:.1f}" if value < 1000 else f"{value / 1000:.3g}k" if value < 1e6 else f"{value / 1e6:.3g}M"


def table(figures):
    """The lines a person reads."""
    lines = [f"{'ns':20} {'size':>6} " + " ".join(f"{short:>8}" for _, short in SUBJECTS) + f" {'ratio':>6} to reach"]
    traces = []
    for (case, size), values in rows_of(figures).items():
        if case == "metadata":
            continue
        found = ratio(values)
        wanted = TO_REACH.get((case, size))
        if case.startswith("trace/"):
            traces.append(found)
            wanted = 1
        cells = " ".join(f"{number(values[subject]):>8}" for subject, _ in SUBJECTS)
        lines.append(f"{case:20} {size:>6} {cells} {found:6.2f} {f'{wanted:8g}' if wanted else ''}".rstrip())
    if traces:
        mean = math.exp(sum(map(math.log, traces)) / len(traces))
        lines += ["", f"Geometric mean of the traces' ratios: {mean:.2f}, to reach {TRACES_TO_REACH}."]
    bytes_of = [(size, values) for (case, size), values in rows_of(figures).items() if case == "metadata"]
    for size, values in bytes_of:
        cells = " ".join(f"{values[subject]:>8.1f}" for subject, _ in SUBJECTS)
        lines.append(f"{'bytes a region':20} {size:>6} {cells}")
    return lines + ["", "ratio: how many times faster than the fastest of the others. rb_augm: augmented red-black tree"
                        " (libbsd);", "rb, splay: boost::intrusive; btree: absl; list, array16, array8: what the plan "
                        "had. Sizes in regions.", "", *PINNED.split("\n")]


def suite(options, progress):
    """What ./bench wants of a suite: the table's lines, the results, and more of the context."""
    arguments = ["--quick"] if options.quick else []
    if options.trace:
        traces = options.trace
    else:
        traces = sorted(TRACES.glob("*.txt"))
        for case in CASES:
            arguments += ["--case", case]
    for trace in traces:
        arguments += ["--trace", str(trace)]
    figures = run(arguments, progress)
    facts = {"regions_repetitions": "median of 5, short" if options.quick else "median of 11", "regions_pinned": PINNED}
    return table(figures), figures, facts
