//! How one verdict comes of several judgments, by each method; and whose judgments count.

mod support;

use serde_json::{Value, json};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use stele_domain::{
    ParticipantId, Personal, TaskId,
    form::{AnswerValue, PreferenceOutcome, QuestionKind, RankingAnswer, RankingQuestion, RatingQuestion},
    participant::{Participant, ParticipantCommand, ParticipantKind},
    task::{ResponseIndex, Routing},
};
use stele_exporter::Reason;
use support::{
    Campaign,
    answering::{answer, preference, prefers, responses, task, text},
    exported::{exported, fields},
};
use uuid::Uuid;

use PreferenceOutcome::{Left, Right, Tie};

/// Two annotators who always agree, and three who say left and right by turns, each out of step with the others. Of the last task the
/// two say left and the three say right.
async fn careful_and_careless(options: &PgConnectOptions) -> (Campaign, TaskId) {
    let mut campaign = Campaign::asking(options, &[("better", preference(0))]).await;
    for number in 0..24_u32 {
        let truth = if number % 2 == 0 { Left } else { Right };
        let judged = task(&mut campaign, &format!("Prompt {number}?"), &["a", "b"]).await;
        for annotator in 1..=2 {
            campaign.answer(judged, annotator, prefers(truth, None), None).await;
        }
        for annotator in 3..=5_u32 {
            let outcome = if (number / annotator) % 2 == 0 { Left } else { Right };
            campaign.answer(judged, annotator.into(), prefers(outcome, None), None).await;
        }
    }
    let last = task(&mut campaign, "Last?", &["a", "b"]).await;
    for (annotator, outcome) in [(1, Left), (2, Left), (3, Right), (4, Right), (5, Right)] {
        campaign.answer(last, annotator, prefers(outcome, None), None).await;
    }
    (campaign, last)
}

/// What is chosen in a task's row, and how probable that is.
fn chosen(rows: &[Value], task: TaskId) -> (String, f64) {
    let row = rows.iter().find(|row| row["task_id"] == task.uuid().to_string()).expect("the task has a row");
    (row["chosen"].as_str().expect("text").to_owned(), row["chosen_probability"].as_f64().expect("a number"))
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn those_who_agree_with_others_weigh_more(_: PgPoolOptions, options: PgConnectOptions) {
    let (campaign, last) = careful_and_careless(&options).await;
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("out");
    let by = |method: &str| format!("{{ aggregation: {{ method: {method}, chosen_probability: true }} }}");
    let (_, rows) = exported(&campaign, &out, &by("majority")).await;
    assert_eq!(chosen(&rows, last), ("b".to_owned(), 0.6));
    let (_, rows) = exported(&campaign, &out, &by("weighted")).await;
    let (winner, probability) = chosen(&rows, last);
    assert_eq!(winner, "b", "three of little weight are still more than two of more");
    assert!(probability > 0.5 && probability < 0.6, "but less so: {probability}");
    let (_, rows) = exported(&campaign, &out, &by("dawid_skene")).await;
    let (winner, probability) = chosen(&rows, last);
    assert_eq!(winner, "a", "the model believes those two");
    assert!(probability > 0.9, "{probability}");
    // probabilities are rounded, so that they are the same on every machine
    let digits = |row: &Value| row["chosen_probability"].to_string().len();
    assert!(rows.iter().all(|row| digits(row) <= 11), "{rows:?}");
    let doubtful = "{ aggregation: { method: majority }, filters: { min_probability: 0.7 } }";
    let (manifest, rows) = exported(&campaign, &out, doubtful).await;
    assert!(rows.iter().all(|row| row["votes_chosen"].as_u64() >= Some(4)));
    assert_eq!(manifest.left_out.count(Reason::LittleProbability) + manifest.rows, 25);
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn ties_are_votes_or_halves(_: PgPoolOptions, options: PgConnectOptions) {
    let mut campaign = Campaign::asking(&options, &[("better", preference(0))]).await;
    for (prompt, outcomes) in [("One?", [Left, Tie, Tie]), ("Two?", [Tie, Tie, Tie]), ("Three?", [Left, Right, Tie])]
    {
        let judged = task(&mut campaign, prompt, &["a", "b"]).await;
        for (annotator, outcome) in (1..).zip(outcomes) {
            campaign.answer(judged, annotator, prefers(outcome, None), None).await;
        }
    }
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("out");
    let (manifest, _) = exported(&campaign, &out, "{}").await;
    assert_eq!((manifest.rows, manifest.left_out.count(Reason::MajorityTie)), (0, 2));
    let split = "{ aggregation: { ties: split, chosen_probability: true } }";
    let (manifest, rows) = exported(&campaign, &out, split).await;
    let names = ["prompt", "chosen", "votes_chosen", "votes_rejected", "votes_total", "chosen_probability"];
    assert_eq!(fields(&rows[0], &names), json!(["One?", "a", 1, 0, 3, 0.666_666_667]));
    assert_eq!((manifest.rows, manifest.left_out.count(Reason::NoMajority)), (1, 2));
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn responses_have_strengths(_: PgPoolOptions, options: PgConnectOptions) {
    let ranking = QuestionKind::Ranking(RankingQuestion { ties: true });
    let mut campaign = Campaign::asking(&options, &[("better", preference(0)), ("order", ranking)]).await;
    let pair = task(&mut campaign, "One?", &["a", "b"]).await;
    for (annotator, outcome) in [(1, Left), (2, Left), (3, Right)] {
        campaign.answer(pair, annotator, prefers(outcome, None), None).await;
    }
    let listed = task(&mut campaign, "Two?", &["a", "b", "c"]).await;
    for (annotator, groups) in [(1, vec![vec![2], vec![0], vec![1]]), (2, vec![vec![2], vec![0, 1]])] {
        let groups = groups.into_iter().map(|group| group.into_iter().map(ResponseIndex).collect()).collect();
        campaign.answer(listed, annotator, answer("order", AnswerValue::Ranking(RankingAnswer(groups))), None).await;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("out");
    let by = "aggregation: { method: bradley_terry, chosen_probability: true }";
    let (_, rows) = exported(&campaign, &out, &format!("{{ question: better, {by} }}")).await;
    // with p the strength of a and 1/p that of b: 2 wins and half a tie with strength 1 are 3 p²/(p² + 1) + p/(p + 1)
    let solved = |p: f64| 3.0 * p * p / (p * p + 1.0) + p / (p + 1.0) - 2.5;
    let (mut low, mut high) = (1.0_f64, 10.0_f64);
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        if solved(middle) < 0.0 { low = middle } else { high = middle }
    }
    let expected = low * low / (low * low + 1.0);
    let found = rows[0]["chosen_probability"].as_f64().expect("a number");
    assert!((found - expected).abs() < 2e-9, "{found} is not {expected}");
    let (_, rows) = exported(&campaign, &out, &format!("{{ question: order, {by} }}")).await;
    let pairs: Vec<Value> = rows.iter().map(|row| fields(row, &["chosen", "rejected"])).collect();
    assert_eq!(pairs, [json!(["a", "b"]), json!(["c", "a"]), json!(["c", "b"])], "a won once and tied once");
    let (_, rows) =
        exported(&campaign, &out, "{ format: ranking, question: order, aggregation: { method: bradley_terry } }")
            .await;
    assert_eq!(fields(&rows[0], &["completions", "ranks"]), json!([["c", "a", "b"], [1, 2, 3]]));
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn numbers_give_pairs_by_their_means(_: PgPoolOptions, options: PgConnectOptions) {
    let ratings = QuestionKind::Rating(RatingQuestion { min: 1, max: 5, each_response: true });
    let mut campaign = Campaign::asking(&options, &[("quality", ratings)]).await;
    let rated = task(&mut campaign, "One?", &["a", "b", "c"]).await;
    for (annotator, given) in [(1, vec![4, 2, 4]), (2, vec![5, 4, 2])] {
        campaign.answer(rated, annotator, answer("quality", AnswerValue::Ratings(given)), None).await;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("out");
    let (_, rows) = exported(&campaign, &out, "{ format: reward }").await;
    let names = ["chosen", "rejected", "margin", "votes_chosen", "votes_rejected", "votes_total"];
    let pairs: Vec<Value> = rows.iter().map(|row| fields(row, &names)).collect();
    // b and c both have a mean of 3
    assert_eq!(pairs, [json!(["a", "b", 1.5, 2, 0, 2]), json!(["a", "c", 1.5, 1, 0, 2])]);
    let (_, rows) = exported(&campaign, &out, "{ format: ranking }").await;
    assert_eq!(fields(&rows[0], &["completions", "ranks"]), json!([["a", "b", "c"], [1, 2, 2]]));
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn categories_are_found_by_a_model_too(_: PgPoolOptions, options: PgConnectOptions) {
    let rating = QuestionKind::Rating(RatingQuestion { min: 1, max: 2, each_response: false });
    let mut campaign = Campaign::asking(&options, &[("grade", rating)]).await;
    let mut last = None;
    for number in 0..20 {
        let judged = task(&mut campaign, &format!("Text {number}."), &[]).await;
        let truth = 1 + i32::from(number % 2 == 0);
        // the third is always wrong, and the fourth and fifth say the same whatever it is
        for (annotator, grade) in [(1, truth), (2, truth), (3, 3 - truth), (4, 1), (5, 1)] {
            campaign.answer(judged, annotator, answer("grade", AnswerValue::Rating(grade)), None).await;
        }
        last = Some((judged, truth));
    }
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("out");
    let model = "{ format: classification, aggregation: { method: dawid_skene } }";
    let (manifest, rows) = exported(&campaign, &out, model).await;
    assert_eq!(manifest.rows, 20);
    for (number, row) in rows.iter().enumerate() {
        assert_eq!(row["label"], if number % 2 == 0 { "2" } else { "1" }, "as the two say who are right");
    }
    let (_, rows) = exported(&campaign, &out, "{ format: classification }").await;
    assert!(rows.iter().all(|row| row["label"] == "1"), "three of five say 1 of those that are 2");
    assert!(last.is_some());
}

async fn register(campaign: &mut Campaign, annotator: u128, kind: ParticipantKind) {
    let id = ParticipantId::from(Uuid::from_u128(annotator));
    let register = ParticipantCommand::Register {
        kind,
        name: Personal::clear(id, "Somebody".into()),
        email: None,
        roles: Vec::new(),
    };
    let context = campaign.context(None);
    campaign.ledger.execute::<Participant>(id.uuid(), &context, &register).await.expect("registered");
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn judgments_count_by_who_gave_them_and_when(_: PgPoolOptions, options: PgConnectOptions) {
    let mut campaign = Campaign::asking(&options, &[("better", preference(0))]).await;
    for (annotator, kind) in [(1, ParticipantKind::Human), (2, ParticipantKind::Human), (3, ParticipantKind::Machine)]
    {
        register(&mut campaign, annotator, kind).await;
    }
    let skills = ["lang:de".parse().expect("a skill")].into();
    let german = Routing { skills, ..Routing::default() };
    let first = campaign.task_of(vec![text("instruction", "Eins?")], responses(&["a", "b"]), german).await;
    let second = task(&mut campaign, "Two?", &["a", "b"]).await;
    let at = |day: u32| Some(format!("2026-01-{day:02}T00:00:00Z").parse().expect("a time"));
    for task in [first, second] {
        campaign.answer(task, 1, prefers(Left, None), at(1)).await;
        campaign.answer(task, 2, prefers(Left, None), at(2)).await;
        campaign.answer(task, 3, prefers(Right, None), at(3)).await;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("out");
    for (recipe, judgments, winners) in [
        ("{}", 6, vec!["a", "a"]),
        ("{ sources: { annotators: human } }", 4, vec!["a", "a"]),
        ("{ sources: { annotators: machine } }", 2, vec!["b", "b"]),
        ("{ sources: { languages: [de, fr] } }", 6, vec!["a"]),
        ("{ sources: { form_versions: [1] } }", 6, vec!["a", "a"]),
        ("{ sources: { form_versions: [2] } }", 0, vec![]),
        ("{ filters: { judged_from: 2026-01-03T00:00:00Z } }", 2, vec!["b", "b"]),
        ("{ filters: { judged_before: 2026-01-02T00:00:00Z } }", 2, vec!["a", "a"]),
    ] {
        let (manifest, rows) = exported(&campaign, &out, recipe).await;
        let chosen: Vec<&str> = rows.iter().filter_map(|row| row["chosen"].as_str()).collect();
        assert_eq!((manifest.judgments, chosen), (judgments, winners), "{recipe}");
    }
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn flagged_annotators_are_left_out_where_the_recipe_says_so(_: PgPoolOptions, options: PgConnectOptions) {
    let mut campaign = Campaign::asking(&options, &[("better", preference(0))]).await;
    for number in 0..40 {
        let truth = if number % 2 == 0 { Left } else { Right };
        let judged = task(&mut campaign, &format!("Prompt {number}?"), &["a", "b"]).await;
        for annotator in 1..=4 {
            campaign.answer(judged, annotator, prefers(truth, None), None).await;
        }
        // one who always says left
        campaign.answer(judged, 5, prefers(Left, None), None).await;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("out");
    for (recipe, judgments) in [
        ("{}", 200),
        ("{ filters: { flagged: [straight_lining] } }", 160),
        ("{ filters: { flagged: [low_agreement] } }", 160),
    ] {
        let (manifest, _) = exported(&campaign, &out, recipe).await;
        assert_eq!(manifest.judgments, judgments, "{recipe}");
    }
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn rows_that_say_nearly_the_same_are_left_out(_: PgPoolOptions, options: PgConnectOptions) {
    let mut campaign = Campaign::asking(&options, &[("better", preference(0))]).await;
    let long =
        "Explain in a few sentences why a ledger that nobody can change is worth more than a table that anybody can.";
    for prompt in [long.to_owned(), format!("{long} Please."), "Something else?".to_owned()] {
        let judged = task(&mut campaign, &prompt, &["One answer to all of it.", "Another answer to it."]).await;
        campaign.answer(judged, 1, prefers(Left, None), None).await;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("out");
    let (manifest, rows) = exported(&campaign, &out, "{ filters: { near_duplicates: 0.8 } }").await;
    let prompts: Vec<&Value> = rows.iter().map(|row| &row["prompt"]).collect();
    assert_eq!(prompts, [long, "Something else?"]);
    assert_eq!(manifest.left_out.count(Reason::NearDuplicate), 1);
}
