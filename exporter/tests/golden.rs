//! The same recipe at the same position gives the same bytes, on any machine and in any build: what is written here was written
//! once, and is not written again. Nothing in these rows is left to chance: all ids are given.

mod support;

use std::fmt::Write as _;

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use stele_domain::{
    TaskId,
    form::{
        AnswerValue, ChoiceOption, ChoiceQuestion, PreferenceOutcome, QuestionKind, RatingQuestion, StepLabel,
        StepsQuestion, Thumb, ThumbsQuestion,
    },
    task::{Response, Routing, TaskCommand},
};
use stele_exporter::{Recipe, export};
use support::{
    Campaign,
    answering::{answer, preference, prefers, text},
    request,
};
use uuid::Uuid;

/// A recipe, the SHA-256 over its rows, and that of its Parquet file.
const GOLDEN: &str = include_str!("golden.txt");

const RECIPES: [&str; 12] = [
    "{ question: better }",
    "{ question: better, style: conversational }",
    "{ format: reward, question: better, aggregation: { ties: split, chosen_probability: true } }",
    "{ format: reward, question: better, aggregation: { method: weighted, chosen_probability: true } }",
    "{ format: reward, question: better, aggregation: { method: dawid_skene, chosen_probability: true } }",
    "{ format: reward, question: better, aggregation: { method: bradley_terry, chosen_probability: true } }",
    "{ format: reward, question: quality }",
    "{ format: kto, question: thumbs }",
    "{ format: ranking, question: quality }",
    "{ format: steps }",
    "{ format: classification, question: topic }",
    "{ question: better, filters: { near_duplicates: 0.7 }, split: { test: 0.3, key: golden } }",
];

async fn campaign(options: &PgConnectOptions) -> Campaign {
    let option = |key: &str| ChoiceOption { key: key.into(), label: key.to_uppercase() };
    let questions = [
        ("better", preference(3)),
        ("quality", QuestionKind::Rating(RatingQuestion { min: 1, max: 5, each_response: true })),
        ("thumbs", QuestionKind::Thumbs(ThumbsQuestion {})),
        ("steps", QuestionKind::Steps(StepsQuestion { until_incorrect: false })),
        ("topic", QuestionKind::Choice(ChoiceQuestion { options: vec![option("art"), option("law")] })),
    ];
    let mut campaign = Campaign::asking(options, &questions).await;
    for number in 0..40_u8 {
        let task = TaskId::from(Uuid::from_u128(u128::from(number) + 1));
        let stepped = Response { step_ends: vec![3, 6], ..Response::new(Some("model-a".into()), "é1.b2.") };
        let other = Response::new(number.is_multiple_of(3).then(|| "model-b".into()), format!("Answer {number} 👍"));
        let create = TaskCommand::Create {
            project: campaign.project,
            external_key: None,
            content: vec![
                text("instruction", &format!("Prompt {}: how?", number / 2)),
                text("input", "\u{1}\u{2028}"),
            ],
            responses: vec![stepped, other],
            redundancy: 5.try_into().expect("in range"),
            starts_with: None,
            routing: Routing::default(),
        };
        campaign.execute(task, None, create).await;
        for annotator in 1..=3_u8 {
            let draw = (number % 11 * 7 + annotator * 5) % 11;
            let outcome = match draw {
                0..4 => PreferenceOutcome::Left,
                4..8 => PreferenceOutcome::Right,
                _ => PreferenceOutcome::Tie,
            };
            let strength = (outcome != PreferenceOutcome::Tie).then_some(1 + draw % 3);
            let thumb = |up: bool| if up { Thumb::Up } else { Thumb::Down };
            let step = |wrong: bool| if wrong { StepLabel::Incorrect } else { StepLabel::Correct };
            let answers = [
                prefers(outcome, strength),
                answer("quality", AnswerValue::Ratings(vec![1 + i32::from(draw % 5), 1 + i32::from(draw % 4)])),
                answer("thumbs", AnswerValue::Thumbs(vec![thumb(draw > 5), thumb(draw < 7)])),
                answer("steps", AnswerValue::Steps(vec![vec![step(draw > 6), step(draw > 2)], Vec::new()])),
                answer("topic", AnswerValue::Choice(if draw > 4 { "art" } else { "law" }.into())),
            ];
            campaign.answer(task, annotator.into(), answers.concat(), None).await;
        }
    }
    campaign
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn the_bytes_are_those_that_they_always_were(_: PgPoolOptions, options: PgConnectOptions) {
    let campaign = campaign(&options).await;
    let folder = tempfile::tempdir().expect("a folder");
    let mut found = String::new();
    for recipe in RECIPES {
        let out = folder.path().join("out");
        let asked = request(Recipe::parse("recipe", recipe).expect("a recipe"));
        let manifest = export(&campaign.ledger, &asked, &out, |_| {}).await.expect("exports");
        assert!(manifest.rows > 5, "{recipe}: {}", manifest.rows);
        let parquet = manifest.files.iter().find(|file| file.path.starts_with("data/train")).expect("a file");
        writeln!(found, "{recipe}\n{}\n{}", manifest.digest, parquet.sha256).expect("a text takes everything");
    }
    assert_eq!(found, GOLDEN);
}
