//! Rows as the trainers want them, to the byte; and the file by which LLaMA-Factory finds them.

mod support;

use serde_json::{Value, json};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use stele_domain::{
    form::AnswerValue,
    form::{PreferenceOutcome, QuestionKind, Thumb, ThumbsQuestion},
};
use stele_exporter::Recipe;
use support::{
    Campaign,
    answering::{answer, preference, prefers, task},
    exported::exported,
};

/// A row without its provenance and votes.
fn essence(row: &Value) -> Value {
    let audit = ["task_id", "events", "chosen_model", "rejected_model", "model"];
    let fields = row.as_object().expect("an object").iter();
    let kept = fields.filter(|(name, _)| !audit.contains(&name.as_str()) && !name.starts_with("votes_"));
    kept.map(|(name, value)| (name.clone(), value.clone())).collect::<serde_json::Map<_, _>>().into()
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn each_trainer_has_its_columns(_: PgPoolOptions, options: PgConnectOptions) {
    let questions = [("better", preference(0)), ("thumbs", QuestionKind::Thumbs(ThumbsQuestion {}))];
    let mut campaign = Campaign::asking(&options, &questions).await;
    let judged = task(&mut campaign, "2+2?", &["4", "5"]).await;
    let thumbs = AnswerValue::Thumbs(vec![Thumb::Up, Thumb::Down]);
    let answers = [prefers(PreferenceOutcome::Left, None), answer("thumbs", thumbs)].concat();
    campaign.answer(judged, 1, answers, None).await;
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("out");
    let (user, good, bad) = (
        json!({"role": "user", "content": "2+2?"}),
        json!({"role": "assistant", "content": "4"}),
        json!({"role": "assistant", "content": "5"}),
    );
    let ranked = |rank: u32, message: &Value| json!({"rank": rank, "completion": [message]});
    for (recipe, first) in [
        ("{ question: better, layout: openrlhf }", json!({"prompt": "2+2?", "chosen": "4", "rejected": "5"})),
        (
            "{ question: better, layout: axolotl, style: conversational }",
            json!({"messages": [user], "chosen": good, "rejected": bad}),
        ),
        (
            "{ format: sft, question: better, layout: axolotl, style: conversational }",
            json!({"messages": [user, good]}),
        ),
        (
            "{ question: better, layout: nemo_rl, style: conversational }",
            json!({"context": [user], "completions": [ranked(0, &good), ranked(1, &bad)]}),
        ),
        (
            "{ format: kto, question: thumbs, layout: llama_factory, style: conversational }",
            json!({"messages": [user, good], "label": true}),
        ),
        (
            "{ format: prompts, layout: verl, style: conversational }",
            json!({
                "data_source": "Campaign",
                "prompt": [user],
                "ability": "",
                "reward_model": {"style": "model", "ground_truth": ""},
                "extra_info": {"split": "train", "index": 0},
            }),
        ),
    ] {
        let (_, rows) = exported(&campaign, &out, recipe).await;
        assert_eq!(essence(&rows[0]), first, "{recipe}");
    }
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn llama_factory_finds_its_columns(_: PgPoolOptions, options: PgConnectOptions) {
    let mut campaign = Campaign::asking(&options, &[("better", preference(0))]).await;
    let judged = task(&mut campaign, "2+2?", &["4", "5"]).await;
    campaign.answer(judged, 1, prefers(PreferenceOutcome::Left, None), None).await;
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("out");
    let recipe = "{ layout: llama_factory, style: conversational, split: { test: 0.4 } }";
    let (manifest, rows) = exported(&campaign, &out, recipe).await;
    let info = std::fs::read_to_string(out.join("dataset_info.json")).expect("readable");
    let info: Value = serde_json::from_str(&info).expect("JSON");
    let train = &info["Campaign (dpo)"];
    assert_eq!(train["file_name"], "train.jsonl");
    assert_eq!((&train["formatting"], &train["ranking"]), (&json!("sharegpt"), &json!(true)));
    assert_eq!(info["Campaign (dpo)_test"]["file_name"], "test.jsonl");
    // every column that it names is one
    for column in train["columns"].as_object().expect("an object").values() {
        assert!(rows[0].get(column.as_str().expect("a name")).is_some(), "{column}");
    }
    let card = std::fs::read_to_string(out.join("README.md")).expect("readable");
    assert!(card.contains("LLaMA-Factory: `dataset_info.json`"), "{card}");
    assert_eq!(manifest.splits.len(), 2);
    // another export replaces the folder, with the file that it has no longer
    let (_, _) = exported(&campaign, &out, "{}").await;
    assert!(!out.join("dataset_info.json").exists());
    assert!(Recipe::parse("recipe", "{ layout: nemo }").is_err());
}
