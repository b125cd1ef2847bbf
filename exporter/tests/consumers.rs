//! Every format, loaded by what it is made for: `datasets`, mlcroissant, and the rules by which TRL tells formats apart.
//!
//! `scripts/with-consumers` installs them. TRL itself would bring torch; its rules are in `consumers/load.py`.

mod support;

use std::{env, path::Path, process::Command};

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use stele_domain::{
    form::{
        Answer, AnswerValue, ChoiceOption, ChoiceQuestion, ChoicesQuestion, PreferenceAnswer, PreferenceOutcome,
        PreferenceQuestion, QuestionKind, RankingAnswer, RankingQuestion, StepLabel, StepsQuestion, Thumb,
        ThumbsQuestion,
    },
    task::{ChatMessage, ChatRole, ContentField, ContentKind, Response, ResponseIndex, Routing, ToolCall},
};
use stele_exporter::{Recipe, export, write_dvc_pointer};
use support::{Campaign, request};

/// Recipes in YAML, by the folder that each is exported to.
const RECIPES: [(&str, &str); 17] = [
    ("dpo", "{ question: better, prompt: [instruction] }"),
    ("dpo-split", "{ question: better, prompt: [instruction], split: { test: 0.3, validation: 0.2 } }"),
    ("dpo-chat", "{ question: better, style: conversational }"),
    ("dpo-of-rankings", "{ question: order, prompt: [instruction] }"),
    ("reward", "{ format: reward, question: better, prompt: [instruction] }"),
    ("kto", "{ format: kto, question: better, prompt: [instruction] }"),
    ("kto-chat", "{ format: kto, question: thumbs, style: conversational }"),
    ("ranking", "{ format: ranking, question: order, prompt: [instruction] }"),
    ("ranking-chat", "{ format: ranking, question: order, style: conversational }"),
    ("sft", "{ format: sft, question: better, prompt: [instruction] }"),
    ("sft-chat", "{ format: sft, question: better, style: conversational }"),
    ("prompts", "{ format: prompts, prompt: [instruction] }"),
    ("prompts-chat", "{ format: prompts, style: conversational }"),
    ("steps", "{ format: steps, prompt: [instruction] }"),
    ("judgments", "{ format: judgments, question: better, prompt: [instruction] }"),
    ("topic", "{ format: classification, question: topic, prompt: [instruction] }"),
    ("topics", "{ format: classification, question: topics, prompt: [instruction], card: { license: cc-by-4.0 } }"),
];

fn questions() -> Vec<(&'static str, QuestionKind)> {
    let option = |key: &str| ChoiceOption { key: key.into(), label: key.to_uppercase() };
    let options = || vec![option("art"), option("law")];
    vec![
        ("better", QuestionKind::Preference(PreferenceQuestion { strengths: 3, tie: true, both_bad: true })),
        ("order", QuestionKind::Ranking(RankingQuestion { ties: true })),
        ("thumbs", QuestionKind::Thumbs(ThumbsQuestion {})),
        ("steps", QuestionKind::Steps(StepsQuestion { until_incorrect: false })),
        ("topic", QuestionKind::Choice(ChoiceQuestion { options: options() })),
        ("topics", QuestionKind::Choices(ChoicesQuestion { options: options(), min: 0, max: None })),
    ]
}

/// Answers of every kind; they differ from task to task.
fn answers(number: u8) -> Vec<Answer> {
    let preferred = PreferenceAnswer { outcome: PreferenceOutcome::Left, strength: Some(1 + number % 3) };
    let order = if number.is_multiple_of(2) { [1, 0] } else { [0, 1] };
    let order = order.map(|index| vec![ResponseIndex(index)]).to_vec();
    let thumb = if number.is_multiple_of(2) { Thumb::Up } else { Thumb::Down };
    let topics = ["art", "law"].iter().take(usize::from(number % 3)).map(|key| (*key).to_owned()).collect();
    [
        ("better", AnswerValue::Preference(preferred)),
        ("order", AnswerValue::Ranking(RankingAnswer(order))),
        ("thumbs", AnswerValue::Thumbs(vec![thumb, Thumb::Down])),
        ("steps", AnswerValue::Steps(vec![vec![StepLabel::Correct, StepLabel::Incorrect], vec![]])),
        ("topic", AnswerValue::Choice("law".into())),
        ("topics", AnswerValue::Choices(topics)),
    ]
    .map(|(question, value)| Answer { question: question.try_into().expect("a valid key"), value })
    .to_vec()
}

fn chat(number: u8) -> Vec<ChatMessage> {
    let arguments = format!(r#"{{"number":{number}}}"#);
    let call = ToolCall { id: "c1".into(), name: "look_up".into(), arguments };
    let calling = ChatMessage { tool_calls: vec![call], ..ChatMessage::new(ChatRole::Assistant, "") };
    let answering = ChatMessage { tool_call_id: Some("c1".into()), ..ChatMessage::new(ChatRole::Tool, "found") };
    let all = vec![
        ChatMessage::new(ChatRole::System, "Be brief."),
        ChatMessage::new(ChatRole::User, "Hm?"),
        calling,
        answering,
    ];
    // some have no tools, so that not every row has the columns
    all.into_iter().take(if number.is_multiple_of(3) { 4 } else { 2 }).collect()
}

async fn campaign(options: &PgConnectOptions) -> Campaign {
    let mut campaign = Campaign::asking(options, &questions()).await;
    for number in 0..20_u8 {
        let content = vec![
            ContentField::new("instruction", ContentKind::Text, format!("Say {number} with \"care\",\n\tâ 👩‍🚀.")),
            ContentField::new("chat", ContentKind::Chat, chat(number)),
        ];
        let stepped = Response { step_ends: vec![3, 6], ..Response::new(Some("model-a".into()), "é1.b2.") };
        // of some the model is not known
        let model = number.is_multiple_of(2).then(|| "model-b".to_owned());
        let other = Response::new(model, format!("Number {number}."));
        let task = campaign.task_of(content, vec![stepped, other], Routing::default()).await;
        for annotator in 1..=3 {
            campaign.answer(task, annotator, answers(number), None).await;
        }
    }
    campaign
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn every_format_loads_where_it_is_meant_to(_: PgPoolOptions, options: PgConnectOptions) {
    let Ok(python) = env::var("STELE_TEST_CONSUMERS") else {
        assert!(env::var("CI").is_err(), "in CI there must be consumers: scripts/with-consumers installs them");
        eprintln!("skipped: there are no consumers; scripts/with-consumers installs them");
        return;
    };
    let campaign = campaign(&options).await;
    let scratch = tempfile::tempdir().expect("a folder");
    let mut folders = Vec::new();
    for (name, recipe) in RECIPES {
        let recipe: Recipe = Recipe::parse(name, recipe).expect("a recipe");
        let out = scratch.path().join(name);
        let manifest = export(&campaign.ledger, &request(recipe), &out, |_| {}).await.expect(name);
        assert!(manifest.rows >= 10, "{name}: {manifest:?}");
        if name == "dpo-split" {
            write_dvc_pointer(&out).expect("writes");
        }
        folders.push(out);
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/consumers/load.py");
    let loaded = Command::new(python).arg(script).args(&folders).output().expect("Python runs");
    let said = [loaded.stdout, loaded.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
    assert!(loaded.status.success(), "{said}");
    assert!(RECIPES.iter().all(|(name, _)| said.contains(&format!("{name}: "))), "{said}");
}
