"""Reads the runs of an experiment through MLflow's own client, or begins one that is never finished."""

import json
import os
import sys

import mlflow
from mlflow.types import Schema


def read_input(given):
    """An input of a run; its source is resolved and fetched as MLflow does it, its schema parsed as MLflow does it."""
    dataset = given.dataset
    columns = json.loads(dataset.schema)["mlflow_colspec"]
    assert len(Schema.from_json(json.dumps(columns)).inputs) == len(columns)
    return {
        "name": dataset.name,
        "digest": dataset.digest,
        "context": {tag.key: tag.value for tag in given.tags}["mlflow.data.context"],
        "source_type": dataset.source_type,
        "profile": json.loads(dataset.profile),
        "schema": columns,
        "fetched": sorted(os.listdir(mlflow.data.get_source(given).load())),
    }


def read(client, experiment):
    found = client.get_experiment_by_name(experiment)
    runs = client.search_runs([found.experiment_id])
    for run in runs:
        for metric in run.data.metrics:
            history = client.get_metric_history(run.info.run_id, metric)
            assert len(history) == 1, f"{metric} was logged more than once: {history}"
    return [
        {
            "id": run.info.run_id,
            "name": run.info.run_name,
            "status": run.info.status,
            "release": run.data.tags["stele.release"],
            "start_time": run.info.start_time,
            "end_time": run.info.end_time,
            "params": run.data.params,
            "metrics": run.data.metrics,
            "inputs": [read_input(given) for given in run.inputs.dataset_inputs],
        }
        for run in runs
    ]


def begin(client, experiment, release):
    """A run such as an attempt leaves behind that ended before it had said everything."""
    run = client.create_run(client.create_experiment(experiment), tags={"stele.release": release})
    client.log_param(run.info.run_id, "format", "dpo")
    client.log_metric(run.info.run_id, "rows", 3, timestamp=run.info.start_time, step=0)
    return {"id": run.info.run_id}


what, *arguments = sys.argv[1:]
print(json.dumps({"read": read, "begin": begin}[what](mlflow.MlflowClient(), *arguments)))
