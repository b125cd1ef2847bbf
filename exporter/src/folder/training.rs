//! How a trainer is told what a dataset's columns are.

use serde_json::{Value, json};
use stele_domain::dataset::DatasetFormat;
use stele_recipe::{Layout, Recipe, Style};

use super::Manifest;

/// What to tell the trainer that a recipe lays its rows out for, as a line of the card; nothing where it needs to be told nothing.
pub(super) fn hint(recipe: &Recipe) -> Option<String> {
    let conversational = recipe.style == Style::Conversational;
    let hint = match (recipe.layout, recipe.format) {
        (Layout::Trl | Layout::Verl, _) => return None,
        (Layout::OpenRlhf, DatasetFormat::Dpo | DatasetFormat::Reward) if conversational => {
            "OpenRLHF: `--data.prompt_key prompt --data.chosen_key chosen --data.rejected_key rejected \
             --data.apply_chat_template`"
        }
        (Layout::OpenRlhf, DatasetFormat::Dpo | DatasetFormat::Reward) => {
            "OpenRLHF: `--data.prompt_key prompt --data.chosen_key chosen --data.rejected_key rejected`"
        }
        (Layout::OpenRlhf, DatasetFormat::Sft) => "OpenRLHF: `--data.input_key prompt --data.output_key completion`",
        (Layout::OpenRlhf, _) => "OpenRLHF: `--data.input_key prompt`",
        (Layout::Axolotl, DatasetFormat::Dpo) if conversational => {
            "axolotl: `rl: dpo` with `type: chat_template.default`"
        }
        (Layout::Axolotl, DatasetFormat::Dpo) => "axolotl: `rl: dpo` with `type: chatml.prompt_pairs`",
        (Layout::Axolotl, DatasetFormat::Kto) => "axolotl: `rl: kto` with `type: chatml`",
        (Layout::Axolotl, _) => "axolotl: `type: chat_template`",
        (Layout::LlamaFactory, _) => "LLaMA-Factory: `dataset_info.json` in this folder says what the columns are",
        (Layout::NemoRl, _) if conversational => "NeMo RL: the dataset class `PreferenceDataset`",
        (Layout::NemoRl, _) => {
            "NeMo RL: the dataset class `BinaryPreferenceDataset` with `prompt_key: prompt`, `chosen_key: chosen`, \
             `rejected_key: rejected`"
        }
    };
    Some(hint.to_owned())
}

/// The file by which LLaMA-Factory finds a dataset.
pub(super) const DATASET_INFO: &str = "dataset_info.json";

/// What stands in that file; nothing for other trainers.
pub(super) fn dataset_info(manifest: &Manifest) -> Option<Value> {
    let recipe = &manifest.recipe;
    if recipe.layout != Layout::LlamaFactory {
        return None;
    }
    let entries = manifest.splits.keys().map(|side| {
        let name = match side.as_str() {
            "train" => manifest.title(),
            side => format!("{}_{side}", manifest.title()),
        };
        (name, dataset(recipe, &format!("{side}.jsonl")))
    });
    Some(entries.collect::<serde_json::Map<_, _>>().into())
}

fn dataset(recipe: &Recipe, file: &str) -> Value {
    let mut entry = json!({"file_name": file});
    let has_pairs = matches!(recipe.format, DatasetFormat::Dpo | DatasetFormat::Reward);
    if has_pairs {
        entry["ranking"] = true.into();
    }
    let mut columns = match recipe.style {
        Style::Standard if has_pairs => json!({"prompt": "prompt"}),
        Style::Standard => json!({"prompt": "prompt", "response": "completion"}),
        Style::Conversational => json!({"messages": "messages"}),
    };
    if has_pairs {
        columns["chosen"] = "chosen".into();
        columns["rejected"] = "rejected".into();
    }
    if recipe.format == DatasetFormat::Kto {
        columns["kto_tag"] = "label".into();
    }
    entry["columns"] = columns;
    if recipe.style == Style::Conversational {
        entry["formatting"] = "sharegpt".into();
        entry["tags"] = json!({
            "role_tag": "role",
            "content_tag": "content",
            "user_tag": "user",
            "assistant_tag": "assistant",
            "system_tag": "system",
            "observation_tag": "tool",
        });
    }
    entry
}
