"""The peers: the dataset that `stele export dpo` makes, from a flat file of events by what people use in Python.

    peers.py NAME EVENTS FOLDER

A task has a row if more than half of its judgments prefer the same response. The rows are sorted by task, and written to FOLDER
as train.parquet, compressed by zstd where the library lets choose, and as train.jsonl.
"""

import pathlib
import sys


COLUMNS = ["event", "at", "task", "prompt", "left", "right", "annotator", "question", "outcome"]


def duckdb(events, folder):
    run_duckdb(events, folder, "set threads = 2")


def duckdb_small(events, folder):
    """Held to 0.8 GiB."""
    run_duckdb(events, folder, "set threads = 2; set memory_limit = '800MiB'; set preserve_insertion_order = false")


def run_duckdb(events, folder, settings):
    import duckdb as library

    connection = library.connect(str(folder / "scratch.duckdb") if "memory_limit" in settings else ":memory:")
    connection.execute(settings)
    types = ", ".join(f"'{column}': 'varchar'" for column in COLUMNS)
    connection.execute(
        f"""create table rows as
        with event as (
            select * from read_json('{events}', format = 'newline_delimited', columns = {{{types}}})
        ), vote as (
            select task, count(*) as total, count(*) filter (outcome = 'left') as for_left,
                count(*) filter (outcome = 'right') as for_right
            from event where event = 'preference' group by task
        )
        select prompt, if(for_left > for_right, "left", "right") as chosen, if(for_left > for_right, "right", "left") as rejected,
            greatest(for_left, for_right) as votes_chosen, least(for_left, for_right) as votes_rejected,
            total as votes_total, task as task_id
        from event join vote using (task)
        where event.event = 'task' and greatest(for_left, for_right) * 2 > total and "left" <> "right"
        order by task"""
    )
    connection.execute(f"copy rows to '{folder}/train.parquet' (format parquet, compression zstd)")
    connection.execute(f"copy rows to '{folder}/train.jsonl' (format json)")


def polars(events, folder):
    import polars as library

    event = library.scan_ndjson(events, schema={column: library.String for column in COLUMNS})
    outcome, for_left, for_right = library.col("outcome"), library.col("for_left"), library.col("for_right")
    vote = (
        event.filter(library.col("event") == "preference")
        .group_by("task")
        .agg(
            (outcome == "left").sum().alias("for_left"),
            (outcome == "right").sum().alias("for_right"),
            library.len().alias("votes_total"),
        )
    )
    left, right = library.col("left"), library.col("right")
    rows = (
        event.filter(library.col("event") == "task")
        .join(vote, on="task")
        .filter(library.max_horizontal(for_left, for_right) * 2 > library.col("votes_total"), left != right)
        .select(
            "prompt",
            library.when(for_left > for_right).then(left).otherwise(right).alias("chosen"),
            library.when(for_left > for_right).then(right).otherwise(left).alias("rejected"),
            library.max_horizontal(for_left, for_right).alias("votes_chosen"),
            library.min_horizontal(for_left, for_right).alias("votes_rejected"),
            "votes_total",
            library.col("task").alias("task_id"),
        )
        .sort("task_id")
        .collect(engine="streaming")
    )
    rows.write_parquet(folder / "train.parquet", compression="zstd")
    rows.write_ndjson(folder / "train.jsonl")


def datasets(events, folder):
    import datasets as library

    library.disable_progress_bars()
    features = library.Features({column: library.Value("string") for column in COLUMNS})
    event = library.load_dataset(
        "json", data_files=events, split="train", features=features, cache_dir=str(folder / "cache")
    )
    votes = {}
    judgments = event.select_columns(["event", "task", "outcome"])
    for batch in judgments.iter(batch_size=10_000):
        for kind, task, outcome in zip(batch["event"], batch["task"], batch["outcome"]):
            if kind == "preference":
                of_task = votes.setdefault(task, [0, 0, 0])
                of_task[{"left": 0, "right": 1}.get(outcome, 2)] += 1

    def rows_of(batch):
        rows = {"prompt": [], "chosen": [], "rejected": [], "votes_chosen": [], "votes_rejected": [], "votes_total": [], "task_id": []}
        for kind, task, prompt, left, right in zip(batch["event"], batch["task"], batch["prompt"], batch["left"], batch["right"]):
            if kind != "task" or task not in votes:
                continue
            for_left, for_right, other = votes[task]
            if max(for_left, for_right) * 2 <= for_left + for_right + other or left == right:
                continue
            rows["prompt"].append(prompt)
            rows["chosen"].append(left if for_left > for_right else right)
            rows["rejected"].append(right if for_left > for_right else left)
            rows["votes_chosen"].append(max(for_left, for_right))
            rows["votes_rejected"].append(min(for_left, for_right))
            rows["votes_total"].append(for_left + for_right + other)
            rows["task_id"].append(task)
        return rows

    made = event.map(rows_of, batched=True, remove_columns=COLUMNS).sort("task_id")
    made.to_parquet(str(folder / "train.parquet"))
    made.to_json(str(folder / "train.jsonl"), lines=True)


def pandas(events, folder):
    import numpy
    import pandas as library

    event = library.read_json(events, lines=True, dtype=False)
    tasks = event[event["event"] == "task"]
    judgments = event[event["event"] == "preference"]
    vote = library.DataFrame(
        {
            "task": judgments["task"],
            "for_left": judgments["outcome"] == "left",
            "for_right": judgments["outcome"] == "right",
            "total": 1,
        }
    )
    vote = vote.groupby("task").sum().reset_index()
    rows = tasks[["task", "prompt", "left", "right"]].merge(vote, on="task")
    most = rows[["for_left", "for_right"]].max(axis=1)
    rows = rows[(most * 2 > rows["total"]) & (rows["left"] != rows["right"])].sort_values("task")
    is_left = rows["for_left"] > rows["for_right"]
    made = library.DataFrame(
        {
            "prompt": rows["prompt"],
            "chosen": numpy.where(is_left, rows["left"], rows["right"]),
            "rejected": numpy.where(is_left, rows["right"], rows["left"]),
            "votes_chosen": rows[["for_left", "for_right"]].max(axis=1),
            "votes_rejected": rows[["for_left", "for_right"]].min(axis=1),
            "votes_total": rows["total"],
            "task_id": rows["task"],
        }
    )
    made.to_parquet(folder / "train.parquet", compression="zstd", index=False)
    made.to_json(folder / "train.jsonl", orient="records", lines=True)


PEERS = {"duckdb": duckdb, "duckdb 0.8 GiB": duckdb_small, "polars": polars, "datasets": datasets, "pandas": pandas}

if __name__ == "__main__":
    name, events, folder = sys.argv[1:]
    PEERS[name](events, pathlib.Path(folder))
