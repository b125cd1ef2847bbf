"""Runs the statistics of stele-bench-statistics and its peers' on the same files, and says which bars are met.

Every job is a process of its own, from CSV to result: its time and its peak memory are those of the whole process. The
contenders take turns, so that whatever else the machine does meets both. Results are compared afterwards.

The system reports no less peak memory of a process than this one had when it started it, some 14 MiB: a small process is
smaller than the table says.
"""

import argparse
import csv
import json
import math
import os
import pathlib
import sys
import tempfile

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from measuring import describe, medians, run  # noqa: E402

# job -> times as fast, and times less memory
BARS = {"alpha": (5, 10), "dawid-skene": (20, 10), "noisy-bradley-terry": (20, 10)}
# how far results may be apart
ALPHA = 1e-9
PROBABILITY = 1e-6
LOG_STRENGTH = 0.01
LOG_LIKELIHOOD = 1e-5


def measure(options, files):
    """Job, contender -> one measurement a round."""
    cells = {}
    for _ in range(options.rounds):
        for job, file in files.items():
            for contender, command in commands(options, job, file).items():
                wall, processor, memory, printed = run(command)
                alone = json.loads(printed)["seconds"] if contender == "peer" else math.nan
                cells.setdefault((job, contender), []).append((wall, processor, memory, alone))
    return cells


def commands(options, job, file):
    return {"stele": [options.stele, job, file], "peer": [sys.executable, str(HERE / "peers.py"), job, file]}


def print_table(cells):
    heads = ["whole s (min-max)", "processor s", "peak MiB", "call alone s"]
    print(f"\n{'job':<21}{'':<7}" + "".join(f"{head:>24}" for head in heads))
    for (job, contender), cell in cells.items():
        wall, processor, memory, alone = medians(cell)
        least, most = min(row[0] for row in cell), max(row[0] for row in cell)
        spread = f"{wall:.3f} ({least:.3f}-{most:.3f})"
        call = "" if math.isnan(alone) else f"{alone:.3f}"
        print(f"{job:<21}{contender:<7}{spread:>24}{processor:>24.3f}{memory:>24.1f}{call:>24}")


def print_verdicts(cells):
    """Whether all bars are met."""
    all_met = True
    for job, (faster, smaller) in BARS.items():
        ours, theirs = medians(cells[job, "stele"]), medians(cells[job, "peer"])
        for what, place, bar in [("as fast", 0, faster), ("less memory", 2, smaller)]:
            ratio = theirs[place] / ours[place]
            all_met &= ratio >= bar
            print(f"{job}: {ratio:.1f} times {what}; the bar, {bar}, is {'met' if ratio >= bar else 'missed'}.")
    return all_met


def printed_by_us(text):
    """The figures on top, and the lines after them."""
    rows = list(csv.reader(text.splitlines()))
    figures = {row[0]: float(row[1]) for row in rows if row[0] in ("alpha", "steps", "log-likelihood")}
    return figures, rows[len(figures):]


def check_alpha(options, file):
    ours, _ = printed_by_us(run([options.stele, "alpha", file])[3])
    theirs = json.loads(run(commands(options, "alpha", file)["peer"])[3])
    return {"alphas apart": (abs(ours["alpha"] - theirs["alpha"]), ALPHA)}


def check_consensus(options, file, result):
    figures, rows = printed_by_us(run([options.stele, "dawid-skene", file, "--posterior"])[3])
    run(commands(options, "dawid-skene", file)["peer"] + [result])
    with open(result, newline="") as table:
        reader = csv.reader(table)
        categories = next(reader)[1:]
        theirs = {row[0]: [float(value) for value in row[1:]] for row in reader}
    columns = [rows[0].index(category) for category in categories]
    apart = max(
        abs(float(row[column]) - value) for row in rows[1:] for column, value in zip(columns, theirs[row[0]])
    )
    if len(rows) - 1 != len(theirs):
        sys.exit("the consensus is of other tasks")
    return {"probabilities apart, at most": (apart, PROBABILITY), "steps": (20 - figures["steps"], 0)}


def check_strengths(options, file, result):
    """Against the maximum that the mended peer finds; and the peer as it comes must not have found a greater one."""
    figures, rows = printed_by_us(run([options.stele, "noisy-bradley-terry", file, "--parameters"])[3])
    ours = {row[1]: float(row[2]) for row in rows if row[0] == "strength"}
    peer = json.loads(run(commands(options, "noisy-bradley-terry", file)["peer"])[3])
    mended = json.loads(run(commands(options, "noisy-bradley-terry-mended", file)["peer"] + [result])[3])
    with open(result, newline="") as table:
        theirs = {row[0]: float(row[2]) for row in csv.reader(table) if row[1] == "strength"}
    print(f"\nlog-likelihoods: stele {figures['log-likelihood']:.3f}; peer {peer['log-likelihood']:.3f}")
    print(f"the peer's model with the right gradient: {mended['log-likelihood']:.3f} in {mended['seconds']:.3f} s")
    shortfall = max(mended["log-likelihood"], peer["log-likelihood"]) - figures["log-likelihood"]
    return {
        "log-strengths apart, at most": (max(abs(ours[item] - theirs[item]) for item in theirs), LOG_STRENGTH),
        "log-likelihood less, as a share": (shortfall / abs(mended["log-likelihood"]), LOG_LIKELIHOOD),
    }


def print_checks(options, files):
    """Whether results agree."""
    with tempfile.TemporaryDirectory() as folder:
        result = str(pathlib.Path(folder) / "result.csv")
        checks = {
            **check_alpha(options, files["alpha"]),
            **check_consensus(options, files["dawid-skene"], result),
            **check_strengths(options, files["noisy-bradley-terry"], result),
        }
    for what, (apart, most) in checks.items():
        print(f"{what}: {apart:.3g}; no more than {most:g} is {'met' if apart <= most else 'missed'}.")
    return all(apart <= most for apart, most in checks.values())


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stele", required=True, help="the program stele-bench-statistics")
    parser.add_argument("--ratings", required=True, help="CSV of task, worker, label")
    parser.add_argument("--comparisons", required=True, help="CSV of worker, left, right, label")
    parser.add_argument("--rounds", type=int, default=3, help="how often each is run; the table has the medians")
    parser.add_argument("--check", action="store_true", help="exit with code 1 if a bar is missed or results differ")
    options = parser.parse_args()
    files = {
        "alpha": options.ratings,
        "dawid-skene": options.ratings,
        "noisy-bradley-terry": options.comparisons,
    }
    print(describe())
    print(f"Load over the last minute: {os.getloadavg()[0]:.2f}; {options.rounds} rounds")
    cells = measure(options, files)
    print_table(cells)
    print(f"Load over the last minute: {os.getloadavg()[0]:.2f}\n")
    fast = print_verdicts(cells)
    agree = print_checks(options, files)
    if options.check and not (fast and agree):
        sys.exit(1)


if __name__ == "__main__":
    main()
