"""Loads exported datasets as their consumers do. It ends with the first thing that is wrong.

    load.py SCHEMAS FOLDER ...

`datasets` takes the folder as a repository, by its card; mlcroissant takes its croissant.json; pycocotools takes what is in coco/;
every row is held against its JSON Schema; and the columns are held against the rules by which TRL tells formats apart
(`trl/data_utils.py` of 1.16: is_conversational, extract_prompt, unpair), or against what other trainers document.
"""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

SCRATCH = tempfile.mkdtemp()
os.environ.update(HF_HOME=SCRATCH, HF_HUB_OFFLINE="1", HF_DATASETS_OFFLINE="1")

import datasets  # noqa: E402
import jsonschema  # noqa: E402
import mlcroissant  # noqa: E402
import yaml  # noqa: E402
from pycocotools.coco import COCO  # noqa: E402
from datasets.features import Features, List, Value  # noqa: E402


def is_null(feature):
    if isinstance(feature, Value):
        return feature.dtype == "null"
    if isinstance(feature, List):
        return is_null(feature.feature)
    if isinstance(feature, dict):
        return any(is_null(inner) for inner in feature.values())
    raise TypeError(f"an unexpected feature: {feature}")


def without_none(value):
    if isinstance(value, dict):
        return {key: without_none(inner) for key, inner in value.items() if inner is not None}
    if isinstance(value, list):
        return [without_none(inner) for inner in value]
    return value


def is_message(value):
    return isinstance(value, dict) and isinstance(value.get("role"), str) and isinstance(value.get("content"), str)


def is_text(value):
    return isinstance(value, str)


def is_conversation(value):
    return isinstance(value, list) and len(value) > 0 and all(is_message(message) for message in value)


def check_like(rows, columns):
    """These columns are texts in every row, or conversations in every row: TRL looks at the first row, and at any column."""
    values = [row[column] for row in rows for column in columns]
    assert all(map(is_text, values)) or all(map(is_conversation, values)), f"{columns} mix texts and conversations"


def is_answer(message):
    return message.keys() == {"role", "content"} and message["role"] == "assistant"


def check_layout(layout, name, rows):
    """What other trainers document: axolotl and LLaMA-Factory a message each, NeMo RL two completions, verl a reward model."""
    for row in rows:
        if layout == "nemo_rl":
            assert is_conversation(row["context"])
            assert [completion["rank"] for completion in row["completions"]] == [0, 1]
            assert all(is_conversation(completion["completion"]) for completion in row["completions"])
        elif layout == "verl":
            assert is_conversation(row["prompt"]) and row["data_source"] and isinstance(row["ability"], str)
            assert row["reward_model"].keys() == {"style", "ground_truth"}
            assert isinstance(row["extra_info"]["index"], int)
        elif name == "dpo":
            assert is_conversation(row["messages"]) and is_answer(row["chosen"]) and is_answer(row["rejected"])
        else:
            assert is_conversation(row["messages"]) and row["messages"][-1]["role"] == "assistant"


def schema_of(schemas, recipe, rows):
    layout, style = recipe.get("layout", "trl"), recipe.get("style", "standard")
    parts = [recipe.get("format", "dpo")]
    parts += [layout] if layout != "trl" else []
    parts += ["conversational"] if style == "conversational" else []
    parts += ["of-responses"] if parts == ["spans"] and "completion" in rows[0] else []
    return json.loads((schemas / f"{'-'.join(parts)}.json").read_text())


def check_schema(schemas, recipe, rows):
    if rows:
        schema = schema_of(schemas, recipe, rows)
        jsonschema.Draft202012Validator.check_schema(schema)
        for row in rows:
            jsonschema.validate(row, schema, jsonschema.Draft202012Validator)


def check_coco(file, rows):
    """pycocotools reads the boxes, and finds those of each image."""
    coco = COCO(str(file))
    assert {image["file_name"] for image in coco.loadImgs(coco.getImgIds())} == {row["image"] for row in rows}
    for image in coco.loadImgs(coco.getImgIds()):
        found = coco.loadAnns(coco.getAnnIds(imgIds=[image["id"]]))
        names = {category["id"]: category["name"] for category in coco.loadCats(coco.getCatIds())}
        boxes = sorted((names[box["category_id"]], *box["bbox"]) for box in found)
        of_rows = [row["objects"] for row in rows if row["image"] == image["file_name"]]
        assert boxes == sorted((box["category"], *box["bbox"]) for objects in of_rows for box in objects)


def check_trl(name, rows):
    """What the trainers of TRL ask of a row."""
    if name in ("dpo", "reward"):
        check_like(rows, ["prompt", "chosen", "rejected"])
        for row in rows:
            assert row["chosen"] != row["rejected"]
            assert name == "dpo" or isinstance(row["margin"], float)
    elif name == "kto":
        check_like(rows, ["prompt", "completion"])
        assert all(isinstance(row["label"], bool) for row in rows)
    elif name == "sft":
        check_like(rows, ["prompt", "completion"])
    elif name == "prompts":
        check_like(rows, ["prompt"])
        assert not any({"chosen", "completion", "messages"} & row.keys() for row in rows)
    elif name == "steps":
        for row in rows:
            assert is_text(row["prompt"])
            assert len(row["completions"]) == len(row["labels"]) > 0
            assert all(map(is_text, row["completions"])) and all(isinstance(label, bool) for label in row["labels"])
    elif name == "ranking":
        for row in rows:
            assert len(row["completions"]) == len(row["ranks"]) > 1
            assert row["ranks"] == sorted(row["ranks"]) and row["ranks"][0] == 1


def check_dvc(folder, pointer):
    """DVC gives the folder the hash that the pointer has."""
    repository = pathlib.Path(SCRATCH) / "repository"
    repository.mkdir()
    shutil.copytree(folder, repository / folder.name)
    for arguments in (["init", "--no-scm", "--quiet"], ["add", "--quiet", folder.name]):
        subprocess.run([sys.executable, "-m", "dvc", *arguments], cwd=repository, check=True)
    ours, theirs = (yaml.safe_load(file.read_text())["outs"] for file in (pointer, repository / pointer.name))
    assert ours == theirs, f"{ours} where DVC has {theirs}"


def main(schemas, folder):
    manifest = json.loads((folder / "manifest.json").read_text())
    loaded = datasets.load_dataset(str(folder))
    assert {split: len(rows) for split, rows in loaded.items()} == manifest["splits"]
    features = {json.dumps(rows.features.to_dict(), sort_keys=True) for rows in loaded.values()}
    assert len(features) == 1, "the sides have other columns"
    for split, rows in loaded.items():
        assert not any(is_null(feature) for feature in rows.features.values()), rows.features
        lines = [json.loads(line) for line in (folder / f"{split}.jsonl").read_text().splitlines()]
        assert without_none(rows.to_list()) == lines, "Parquet and JSON lines differ"
        if lines:
            typed = Features(rows.features)
            again = datasets.load_dataset(
                "json", data_files=str(folder / f"{split}.jsonl"), features=typed, split="train"
            )
            assert without_none(again.to_list()) == lines, "JSON lines by their declared types differ"
        # by its types: in JSON lines a margin of 1.0 is `1`
        by_type, layout = without_none(rows.to_list()), manifest["recipe"].get("layout", "trl")
        if layout == "trl":
            check_trl(manifest["format"], by_type)
        else:
            check_layout(layout, manifest["format"], by_type)
        check_schema(schemas, manifest["recipe"], lines)
        if manifest["format"] == "boxes":
            check_coco(folder / "coco" / f"{split}.json", lines)

    croissant = mlcroissant.Dataset(jsonld=folder / "croissant.json")
    metadata = croissant.metadata
    assert not metadata.issues.errors, metadata.issues.report()
    written = json.loads((folder / "croissant.json").read_text())
    required = ["name", "description", "license", "url", "creator", "datePublished", "conformsTo", "distribution"]
    assert all(written.get(field) for field in required), "a required field is missing"
    for split, count in manifest["splits"].items():
        found = list(croissant.records(split))
        assert len(found) == count, f"{len(found)} of {count} records"
    pointer = folder.with_name(f"{folder.name}.dvc")
    if pointer.exists():
        check_dvc(folder, pointer)
    print(f"{folder.name}: {manifest['rows']} rows; {sorted(metadata.issues.warnings)}")


for folder in map(pathlib.Path, sys.argv[2:]):
    try:
        main(pathlib.Path(sys.argv[1]), folder)
    except Exception as error:
        raise SystemExit(f"{folder.name}: {type(error).__name__}: {error}") from error
