//! Every format: which rows a task gives, what the recipe leaves out, and that both files say the same.

mod support;

use std::{collections::BTreeSet, fs::File};

use parquet::file::{reader::FileReader as _, serialized_reader::SerializedFileReader};
use serde_json::{Value, json};
use sha2::Digest as _;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use stele_domain::{
    form::{
        AnswerValue, ChoiceOption, ChoiceQuestion, ChoicesQuestion, PreferenceOutcome, QuestionKind, RankingAnswer,
        RankingQuestion, RatingQuestion, StepLabel, StepsQuestion, Thumb, ThumbsQuestion,
    },
    project::Standards,
    task::{
        ChatMessage, ChatRole, ContentField, ContentKind, Response, ResponseIndex, Routing, TaskCommand, ToolCall,
        Verdict,
    },
};
use stele_exporter::{Reason, Recipe, ReleaseRequest, Request, export, release};
use support::{
    Campaign, annotation,
    answering::{answer, preference, prefers, responses, task, text},
    exported::{exported, fields},
    request,
};
use uuid::Uuid;

use PreferenceOutcome::{BothBad, Left, Right, Tie};
use StepLabel::{Correct, Incorrect, Neutral};
use Thumb::{Down, Up};

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn a_preference_gives_pairs_margins_labels_lists_and_the_best(_: PgPoolOptions, options: PgConnectOptions) {
    let mut campaign = Campaign::asking(&options, &[("better", preference(3))]).await;
    let clear = task(&mut campaign, "One?", &["good", "bad"]).await;
    for (annotator, outcome, strength) in
        [(1, Left, Some(3)), (2, Left, Some(2)), (3, Right, Some(2)), (4, Tie, None)]
    {
        campaign.answer(clear, annotator, prefers(outcome, strength), None).await;
    }
    // half of all is no majority, so there is a fifth
    campaign.answer(clear, 5, prefers(Left, Some(1)), None).await;
    let tied = task(&mut campaign, "Two?", &["a", "b"]).await;
    campaign.answer(tied, 1, prefers(Tie, None), None).await;
    // one prefers a response that two call bad
    let bad = task(&mut campaign, "Three?", &["a", "b"]).await;
    for (annotator, outcome, strength) in [(1, Left, Some(1)), (2, BothBad, None), (3, BothBad, None)] {
        campaign.answer(bad, annotator, prefers(outcome, strength), None).await;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("out");

    let (manifest, rows) = exported(&campaign, &out, "{'format': 'reward'}").await;
    assert_eq!((manifest.rows, manifest.left_out.count(Reason::MajorityTie)), (1, 1));
    let names = ["prompt", "chosen", "rejected", "chosen_model", "votes_chosen", "votes_total", "margin"];
    assert_eq!(fields(&rows[0], &names), json!(["One?", "good", "bad", "m-good", 3, 5, 0.8]));

    let (_, rows) = exported(&campaign, &out, "{'format': 'kto'}").await;
    let kto: Vec<Value> = rows.iter().map(|row| fields(row, &["prompt", "completion", "label", "model"])).collect();
    assert_eq!(kto, [json!(["One?", "good", true, "m-good"]), json!(["One?", "bad", false, "m-bad"])]);

    let (_, rows) = exported(&campaign, &out, "{'format': 'ranking'}").await;
    let ranked = fields(&rows[0], &["completions", "ranks", "models", "votes_total"]);
    assert_eq!(ranked, json!([["good", "bad"], [1, 2], ["m-good", "m-bad"], 5]));
    assert_eq!(rows.len(), 1, "neither a tie nor two bad responses are an order");

    let (manifest, rows) = exported(&campaign, &out, "{'format': 'sft'}").await;
    assert_eq!(fields(&rows[0], &["prompt", "completion"]), json!(["One?", "good"]));
    assert_eq!((rows.len(), manifest.left_out.count(Reason::MajorityBothBad)), (1, 1));
    let (manifest, rows) = exported(&campaign, &out, "{'format': 'prompts'}").await;
    let prompts: Vec<&Value> = rows.iter().map(|row| &row["prompt"]).collect();
    assert_eq!((manifest.judgments, prompts), (0, vec![&json!("One?"), &json!("Two?"), &json!("Three?")]));
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn a_ranking_gives_a_list_and_every_pair(_: PgPoolOptions, options: PgConnectOptions) {
    let ranking = QuestionKind::Ranking(RankingQuestion { ties: true });
    let mut campaign = Campaign::asking(&options, &[("order", ranking)]).await;
    let ranked = task(&mut campaign, "One?", &["a", "b", "c"]).await;
    for (annotator, groups) in [(1, vec![vec![2], vec![0], vec![1]]), (2, vec![vec![2], vec![0, 1]])] {
        let groups = groups.into_iter().map(|group| group.into_iter().map(ResponseIndex).collect()).collect();
        campaign.answer(ranked, annotator, answer("order", AnswerValue::Ranking(RankingAnswer(groups))), None).await;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("out");
    let (_, rows) = exported(&campaign, &out, "{'format': 'ranking'}").await;
    assert_eq!(fields(&rows[0], &["completions", "ranks"]), json!([["c", "a", "b"], [1, 2, 3]]));
    // of a and b one of two says a, the other that they are equal: no majority
    let (_, rows) = exported(&campaign, &out, "{'format': 'dpo'}").await;
    let pairs: Vec<Value> = rows.iter().map(|row| fields(row, &["chosen", "rejected", "votes_chosen"])).collect();
    assert_eq!(pairs, [json!(["c", "a", 2]), json!(["c", "b", 2])]);
    let (_, rows) = exported(&campaign, &out, "{'format': 'sft'}").await;
    assert_eq!(rows[0]["completion"], "c");
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn thumbs_steps_ratings_and_choices_give_their_rows(_: PgPoolOptions, options: PgConnectOptions) {
    let option = |key: &str| ChoiceOption { key: key.into(), label: key.to_uppercase() };
    let topics = vec![option("art"), option("law"), option("war")];
    let mut campaign = Campaign::asking(
        &options,
        &[
            ("thumbs", QuestionKind::Thumbs(ThumbsQuestion {})),
            ("steps", QuestionKind::Steps(StepsQuestion { until_incorrect: true })),
            ("quality", QuestionKind::Rating(RatingQuestion { min: 1, max: 5, each_response: true })),
            ("topic", QuestionKind::Choice(ChoiceQuestion { options: topics.clone() })),
            ("topics", QuestionKind::Choices(ChoicesQuestion { options: topics, min: 0, max: None })),
        ],
    )
    .await;
    let stepped = Response { step_ends: vec![3, 6, 8], ..Response::new(None, "é1.b2.c3") };
    let content = vec![text("instruction", "Why?")];
    let judged = campaign.task_of(content, vec![stepped, Response::new(None, "So.")], Routing::default()).await;
    for (annotator, thumbs, steps, ratings, topic, chosen) in [
        (1, [Up, Down], vec![Correct, Neutral, Incorrect], [4, 2], "law", vec!["art", "law"]),
        (2, [Up, Up], vec![Correct, Incorrect], [3, 2], "law", vec!["law"]),
        (3, [Down, Down], vec![Neutral, Correct, Correct], [5, 1], "war", vec!["art"]),
    ] {
        let chosen = chosen.into_iter().map(str::to_owned).collect();
        let answers = [
            answer("thumbs", AnswerValue::Thumbs(thumbs.to_vec())),
            answer("steps", AnswerValue::Steps(vec![steps, vec![]])),
            answer("quality", AnswerValue::Ratings(ratings.to_vec())),
            answer("topic", AnswerValue::Choice(topic.into())),
            answer("topics", AnswerValue::Choices(chosen)),
        ];
        campaign.answer(judged, annotator, answers.concat(), None).await;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("out");
    let (_, rows) = exported(&campaign, &out, "{'format': 'kto', 'question': 'thumbs'}").await;
    let kto: Vec<Value> = rows.iter().map(|row| fields(row, &["completion", "label"])).collect();
    assert_eq!(kto, [json!(["é1.b2.c3", true]), json!(["So.", false])]);
    let (_, rows) = exported(&campaign, &out, "{'format': 'steps'}").await;
    // the third step has two judges, one of whom says that it is incorrect
    let expected = json!(["Why?", ["é1.", "b2.", "c3"], [true, true, false]]);
    assert_eq!((rows.len(), fields(&rows[0], &["prompt", "completions", "labels"])), (1, expected));
    let (_, rows) = exported(&campaign, &out, "{'format': 'sft'}").await;
    assert_eq!(rows[0]["completion"], "é1.b2.c3", "4 on average against 5/3");
    let (_, rows) = exported(&campaign, &out, "{'format': 'classification', 'question': 'topic'}").await;
    assert_eq!(fields(&rows[0], &["text", "label", "votes_total"]), json!(["Why?", "law", 3]));
    let (_, rows) = exported(&campaign, &out, "{'format': 'classification', 'question': 'topics'}").await;
    assert_eq!(fields(&rows[0], &["text", "labels", "label"]), json!(["Why?", ["art", "law"], null]));
}

fn judgments() -> Recipe {
    serde_json::from_value(json!({"format": "judgments"})).expect("a recipe")
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn every_judgment_is_a_row_under_a_name_of_its_dataset(_: PgPoolOptions, options: PgConnectOptions) {
    let mut campaign = Campaign::asking(&options, &[("better", preference(0))]).await;
    let (first, second) =
        (task(&mut campaign, "One?", &["a", "b"]).await, task(&mut campaign, "Two?", &["c", "d"]).await);
    let at = "2026-01-05T06:07:08Z".parse().expect("a valid time");
    let given = campaign.answer(first, 2, prefers(Right, None), Some(at)).await;
    campaign.answer(first, 1, prefers(Left, None), Some(at)).await;
    campaign.answer(second, 2, prefers(Tie, None), Some(at)).await;
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("out");
    let (manifest, rows) = exported(&campaign, &out, "{'format': 'judgments'}").await;
    assert_eq!((manifest.judgments, manifest.rows), (3, 3));
    let names = ["prompt", "responses", "models", "answer", "approved", "happened_at"];
    let expected = json!([
        "One?",
        ["a", "b"],
        ["m-a", "m-b"],
        r#"{"preference":{"outcome":"right"}}"#,
        false,
        "2026-01-05T06:07:08.000000Z"
    ]);
    assert_eq!(fields(&rows[0], &names), expected, "in the order in which they were given");
    // the task and the submission, which the label follows
    assert_eq!(rows[0]["events"], json!([2, given.get() - 1]));
    assert_eq!((&rows[0]["annotator"], rows[0]["annotator"] == rows[1]["annotator"]), (&rows[2]["annotator"], false));
    let pseudonym = rows[0]["annotator"].as_str().expect("text");
    let by_id = Request { project: campaign.project.uuid().to_string(), ..request(judgments()) };
    let again = export(&campaign.ledger, &by_id, &out, |_| {}).await.expect("exports");
    assert_eq!(again.digest, manifest.digest, "the same project by its id");
    let asked = ReleaseRequest { dataset: "votes".into(), rows: request(judgments()), actor: None };
    release(&campaign.ledger, asked, &out, |_| {}).await.expect("released");
    let elsewhere = support::rows(&out);
    assert!(elsewhere.iter().all(|row| row["annotator"] != pseudonym), "another dataset, another name");
    assert_eq!(pseudonym.len(), 16);
    assert!(!Uuid::from_u128(2).simple().to_string().contains(pseudonym));
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn chats_become_messages_with_their_tool_calls(_: PgPoolOptions, options: PgConnectOptions) {
    let mut campaign = Campaign::asking(&options, &[("better", preference(0))]).await;
    let call = ToolCall { id: "c1".into(), name: "weather".into(), arguments: r#"{"city":"Kiel"}"#.into() };
    let chat = vec![
        ChatMessage::new(ChatRole::System, "Be brief."),
        ChatMessage::new(ChatRole::User, "Warm?"),
        ChatMessage { tool_calls: vec![call], ..ChatMessage::new(ChatRole::Assistant, "") },
        ChatMessage { tool_call_id: Some("c1".into()), ..ChatMessage::new(ChatRole::Tool, "18 °C") },
    ];
    let content =
        vec![text("note", "First."), text("more", "Then."), ContentField::new("chat", ContentKind::Chat, chat)];
    let with_chat = campaign.task_of(content, responses(&["yes", "no"]), Routing::default()).await;
    campaign.answer(with_chat, 1, prefers(Left, None), None).await;
    let plain = task(&mut campaign, "of another field", &["a", "b"]).await;
    campaign.answer(plain, 1, prefers(Left, None), None).await;
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("out");
    let (manifest, rows) = exported(
        &campaign,
        &out,
        "{'style': 'conversational', 'separator': ' ', 'prompt': ['note', 'more', 'chat']}",
    )
    .await;
    assert_eq!((rows.len(), manifest.left_out.count(Reason::EmptyPrompt)), (1, 1));
    let prompt = json!([
        {"role": "user", "content": "First. Then."},
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Warm?"},
        {"role": "assistant", "content": "", "tool_calls": [
            {"id": "c1", "type": "function", "function": {"name": "weather", "arguments": r#"{"city":"Kiel"}"#}},
        ]},
        {"role": "tool", "content": "18 °C", "tool_call_id": "c1"},
    ]);
    let (chosen, rejected) =
        (json!([{"role": "assistant", "content": "yes"}]), json!([{"role": "assistant", "content": "no"}]));
    assert_eq!(fields(&rows[0], &["prompt", "chosen", "rejected"]), json!([prompt, chosen, rejected]));
    // what no message has is no column
    let parquet = File::open(out.join("data/train-00000-of-00001.parquet")).expect("readable");
    let reader = SerializedFileReader::new(parquet).expect("Parquet");
    let columns = reader.metadata().file_metadata().schema_descr().columns().to_vec();
    let paths: BTreeSet<String> = columns.iter().map(|column| column.path().string()).collect();
    assert!(paths.contains("prompt.list.element.tool_calls.list.element.function.arguments"), "{paths:?}");
    assert!(paths.contains("chosen.list.element.content"), "{paths:?}");
    assert!(!paths.iter().any(|path| path.starts_with("chosen") && path.contains("tool")), "{paths:?}");
    assert!(!paths.contains("prompt.list.element.name"), "{paths:?}");
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn sources_and_filters_leave_out_what_they_say(_: PgPoolOptions, options: PgConnectOptions) {
    let mut campaign = Campaign::asking(&options, &[("better", preference(0))]).await;
    let routing = Routing { tags: ["easy".parse().expect("a tag")].into(), ..Routing::default() };
    let tagged = campaign.task_of(vec![text("instruction", "One?")], responses(&["a", "b"]), routing).await;
    let plain = task(&mut campaign, "One?", &["a", "b"]).await;
    let long = task(&mut campaign, "Three, which is a longer one?", &["c", "ddddddddd"]).await;
    for (task, outcomes) in [(tagged, vec![Left, Left, Right]), (plain, vec![Left, Left]), (long, vec![Right])] {
        for (annotator, outcome) in (1..).zip(outcomes) {
            campaign.answer(task, annotator, prefers(outcome, None), None).await;
        }
    }
    let approve = TaskCommand::Review {
        annotation: annotation(plain, 2),
        reviewer: Uuid::from_u128(99).into(),
        verdict: Verdict::Approved,
        comment: None,
        correction: None,
        standards: Standards::default(),
    };
    campaign.execute(plain, None, approve).await;
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("out");
    for (recipe, kept, reason, left_out) in [
        ("{}", vec![tagged, plain, long], Reason::OtherSource, 0),
        ("{'sources': {'tags': ['easy', 'odd']}}", vec![tagged], Reason::OtherSource, 2),
        ("{'sources': {'models': ['m-a', 'm-b', 'm-c']}}", vec![tagged, plain], Reason::OtherSource, 1),
        ("{'filters': {'review': 'approved'}}", vec![plain], Reason::NotJudged, 2),
        ("{'filters': {'min_judgments': 2}}", vec![tagged, plain], Reason::FewJudgments, 1),
        ("{'filters': {'min_agreement': 0.7}}", vec![plain, long], Reason::LittleAgreement, 1),
        ("{'filters': {'max_prompt_characters': 10}}", vec![tagged, plain], Reason::LongPrompt, 1),
        ("{'filters': {'max_response_characters': 8}}", vec![tagged, plain], Reason::LongResponse, 1),
        ("{'filters': {'duplicates': 'drop'}}", vec![tagged, long], Reason::Duplicate, 1),
    ] {
        let (manifest, rows) = exported(&campaign, &out, recipe).await;
        let found: Vec<&str> = rows.iter().map(|row| row["task_id"].as_str().expect("text")).collect();
        let expected: Vec<String> = kept.iter().map(|task| task.uuid().to_string()).collect();
        assert_eq!(
            (found, manifest.left_out.count(reason)),
            (expected.iter().map(String::as_str).collect(), left_out),
            "{recipe}"
        );
    }
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn a_row_keeps_its_side_as_data_grow(_: PgPoolOptions, options: PgConnectOptions) {
    let mut campaign = Campaign::asking(&options, &[("better", preference(0))]).await;
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("out");
    let recipe = "{'split': {'test': 0.3, 'validation': 0.2, 'key': 'k'}}";
    let mut sides = Vec::new();
    for round in 0..2 {
        for number in 0..20 {
            // of one prompt the models are known, so that one side knows some
            let models = |text: String| Response::new((number == 2).then(|| "m".to_owned()), text);
            let responses = vec![models(format!("a{round}")), models("b".to_owned())];
            let content = vec![text("instruction", &format!("Prompt {number}?"))];
            let task = campaign.task_of(content, responses, Routing::default()).await;
            campaign.answer(task, 1, prefers(Left, None), None).await;
        }
        let (manifest, all) = exported(&campaign, &out, recipe).await;
        assert_eq!(manifest.splits.len(), 3);
        assert!(manifest.splits.values().all(|rows| *rows > 0), "{:?}", manifest.splits);
        let text = |side: &str| std::fs::read(out.join(format!("{side}.jsonl"))).expect("readable");
        let whole = ["train", "validation", "test"].map(text).concat();
        assert_eq!(manifest.digest, <[u8; 32]>::from(sha2::Sha256::digest(&whole)).into(), "over all sides in turn");
        assert_eq!(all.len() as u64, manifest.rows);
        let of = |side: &str| -> BTreeSet<String> {
            let rows = support::exported::rows(&out.join(format!("{side}.jsonl")));
            rows.iter().map(|row| row["prompt"].as_str().expect("text").to_owned()).collect()
        };
        sides.push(["train", "validation", "test"].map(of));
    }
    assert_eq!(sides[0], sides[1], "the same prompts on the same sides");
    assert!(sides[0][0].is_disjoint(&sides[0][2]) && sides[0][1].is_disjoint(&sides[0][2]));
}
