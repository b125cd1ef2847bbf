"""Makes the same dataset with Stele from a ledger and with its peers from a flat file, and says which bars are met.

Every job is a process of its own, from events to files: its time and its peak memory are those of the whole process. PostgreSQL's
memory is its own and not part of the figures. The contenders take turns, so that whatever else the machine does meets all of them.
The datasets are compared afterwards. Exits with code 3 if a bar is missed.
"""

import argparse
import hashlib
import json
import os
import pathlib
import shutil
import sys

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from measuring import describe, medians, run  # noqa: E402
from peers import PEERS  # noqa: E402

# Stele from the ledger alone, the same while it keeps what it reads, and from what was kept: times the time of duckdb, at most
BARS = {"stele": 2.0, "stele keeping": 2.0, "stele kept": 1.0}
# Every judgment of a ledger with 50,001 of them by itself: seconds, at most
JUDGMENTS = "stele judgments"
JUDGMENTS_BAR = 2.0
# MiB, at most
MEMORY = 1024


def commands(options, out):
    """Contender -> command, in an order in which Stele finds what it kept."""
    stele = [options.stele, "--database-url", options.database_url, "export", options.database, str(out)]
    keeping = [*stele, "--history", str(options.folder / "history")]
    peers = {name: [sys.executable, str(HERE / "peers.py"), name, options.flat, str(out)] for name in PEERS}
    judgments = [*stele, "--ledger", "few", "--format", "judgments"]
    wanted = {"stele": stele, "stele keeping": keeping, "stele kept": keeping, JUDGMENTS: judgments, **peers}
    return {name: command for name, command in wanted.items() if not options.only or name in options.only}


def measure(options, folder):
    """Contender -> one measurement a round, and what its dataset says."""
    cells, said = {}, {}
    for _ in range(options.rounds):
        for name, command in commands(options, folder / "out").items():
            shutil.rmtree(folder / "out", ignore_errors=True)
            if name == "stele keeping":
                shutil.rmtree(folder / "history", ignore_errors=True)
            if name in PEERS:
                (folder / "out").mkdir()
            wall, processor, memory, _ = run(command)
            cells.setdefault(name, []).append((wall, processor, memory))
            if name != JUDGMENTS and name not in said:
                said[name] = summary(folder / "out" / "train.jsonl")
    for made in ["out", "history"]:
        shutil.rmtree(folder / made, ignore_errors=True)
    return cells, said


def summary(path):
    """The number of rows, and a digest of what they say whatever their order and the tasks' names."""
    count, digest = 0, 0
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            text = "\0".join([row["prompt"], row["chosen"], row["rejected"], str(row["votes_chosen"]), str(row["votes_total"])])
            digest ^= int.from_bytes(hashlib.blake2b(text.encode(), digest_size=16).digest())
            count += 1
    return count, f"{digest:032x}"


def print_table(cells):
    heads = ["whole s (min-max)", "processor s", "peak MiB"]
    print(f"\n{'':<16}" + "".join(f"{head:>24}" for head in heads))
    for name, cell in cells.items():
        wall, processor, memory = medians(cell)
        spread = f"{wall:.2f} ({min(row[0] for row in cell):.2f}-{max(row[0] for row in cell):.2f})"
        print(f"{name:<16}{spread:>24}{processor:>24.2f}{memory:>24.0f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stele", required=True, help="the program stele-bench")
    parser.add_argument("--database-url", required=True, help="the server that has the ledger")
    parser.add_argument("--database", required=True, help="its database")
    parser.add_argument("--flat", required=True, help="the same events as JSON lines")
    parser.add_argument("--folder", required=True, type=pathlib.Path, help="where datasets are made")
    parser.add_argument("--rounds", type=int, default=3, help="how often each is run; the table has the medians")
    parser.add_argument("--only", action="append", help="run this contender (stele, duckdb, ...), and others so named")
    options = parser.parse_args()
    print(describe())
    cells, said = measure(options, options.folder)
    print_table(cells)
    print(f"Load over the last minute: {os.getloadavg()[0]:.2f}\n")
    if len(set(said.values())) > 1:
        sys.exit(f"the datasets differ: {said}")
    if said:
        print(f"All of them say the same: {next(iter(said.values()))[0]} rows.")
    all_met = True
    if JUDGMENTS in cells:
        wall, _, memory = medians(cells[JUDGMENTS])
        all_met &= wall <= JUDGMENTS_BAR
        met = "met" if wall <= JUDGMENTS_BAR else "missed"
        print(f"{JUDGMENTS}: 50,001 in {wall:.2f} s; the bar, {JUDGMENTS_BAR:g} s, is {met}.")
    if "duckdb" not in cells:
        return
    duckdb = medians(cells["duckdb"])[0]
    for name, most in BARS.items():
        if name not in cells:
            continue
        wall, _, memory = medians(cells[name])
        bars = [
            (f"{wall / duckdb:.2f} times the time of duckdb", wall <= most * duckdb, f"{most:g} times"),
            (f"{memory:.0f} MiB", memory <= MEMORY, f"{MEMORY} MiB"),
        ]
        for what, is_met, bar in bars:
            all_met &= is_met
            print(f"{name}: {what}; the bar, {bar}, is {'met' if is_met else 'missed'}.")
    if not all_met:
        sys.exit(3)


if __name__ == "__main__":
    main()
