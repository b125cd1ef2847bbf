//! Preference datasets: which judgments count, as of when, and the bytes that come of them.

mod support;

use parquet::file::{reader::FileReader, serialized_reader::SerializedFileReader};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use stele_domain::{
    Personal, Timestamp,
    form::PreferenceOutcome,
    project::Standards,
    task::{ChatMessage, ChatRole, ContentField, ContentKind, EarlierAnnotations, MediaRef, TaskCommand, Verdict},
};
use stele_exporter::{ExportError, LeftOut, OutputError, Reason, Recipe, Request, export};
use stele_ledger::AsOf;
use support::{Campaign, annotation, request, rows};
use uuid::Uuid;

use PreferenceOutcome::{BothBad, Left, Right, Tie};

fn at(day: u32) -> Timestamp {
    format!("2026-01-{day:02}T00:00:00Z").parse().expect("a valid time")
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn every_task_gives_a_row_or_a_reason(_: PgPoolOptions, options: PgConnectOptions) {
    let mut campaign = Campaign::begin(&options).await;
    for (left, right, votes) in [
        ("good", "bad", vec![Left, Left, Right]),
        ("bad", "good", vec![Right, Right, Tie]),
        ("a", "b", vec![Tie, Tie, Left]),
        ("a", "b", vec![BothBad, BothBad]),
        ("a", "b", vec![Left, Right]),
        ("same", "same", vec![Left]),
        ("a", " \n", vec![Left]),
        ("a", "b", vec![]),
    ] {
        let task = campaign.task(left, right).await;
        for (annotator, outcome) in (1..).zip(votes) {
            campaign.vote(task, annotator, outcome).await;
        }
    }
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("dpo");
    let manifest = campaign.export(&out, AsOf::Now, None).await;
    let left_out = [
        Reason::NotJudged,
        Reason::MajorityTie,
        Reason::MajorityBothBad,
        Reason::NoMajority,
        Reason::IdenticalResponses,
        Reason::EmptyResponse,
    ];
    let left_out = left_out.map(|reason| (reason, 1)).into_iter().collect();
    assert_eq!((manifest.tasks, manifest.judgments, manifest.rows, manifest.left_out), (8, 15, 2, left_out));
    let rows = rows(&out);
    for row in &rows {
        assert_eq!(
            (&row["prompt"], &row["chosen"], &row["rejected"]),
            (&"Say it.\n\nKindly.".into(), &"good".into(), &"bad".into())
        );
        assert_eq!(row["chosen_model"], "model of good");
    }
    assert_eq!(
        (&rows[1]["votes_chosen"], &rows[1]["votes_rejected"], &rows[1]["votes_total"]),
        (&2.into(), &0.into(), &3.into())
    );

    let parquet = std::fs::File::open(out.join("data/train-00000-of-00001.parquet")).expect("readable");
    let reader = SerializedFileReader::new(parquet).expect("Parquet");
    let names: Vec<String> =
        reader.metadata().file_metadata().schema().get_fields().iter().map(|field| field.name().to_owned()).collect();
    let expected = [
        "prompt",
        "chosen",
        "rejected",
        "chosen_model",
        "rejected_model",
        "votes_chosen",
        "votes_rejected",
        "votes_total",
        "task_id",
        "events",
    ];
    assert_eq!(names, expected);
    let same: Vec<_> = reader.into_iter().map(|row| row.expect("a row").to_json_value()).collect();
    assert_eq!(same, rows, "both forms say the same");
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn a_dataset_is_what_the_ledger_knew(_: PgPoolOptions, options: PgConnectOptions) {
    let mut campaign = Campaign::begin(&options).await;
    let task = campaign.task("left", "right").await;
    let first = campaign.vote(task, 1, Left).await;
    let revised = campaign.vote(task, 1, Right).await;
    let unanswered = campaign.answer(task, 1, Vec::new(), None).await;
    let again = campaign.vote(task, 1, Left).await;
    let reviewer = Uuid::from_u128(99).into();
    let review = |verdict| TaskCommand::Review {
        annotation: annotation(task, 1),
        reviewer,
        verdict,
        comment: None,
        correction: None,
        standards: Standards::default(),
    };
    let rejected = campaign.execute(task, None, review(Verdict::Rejected)).await;
    let other = campaign.vote(task, 2, Right).await;
    let annotator = Uuid::from_u128(2).into();
    let withdraw =
        TaskCommand::Withdraw { annotation: annotation(task, 2), annotator, standards: Standards::default() };
    let withdrawn = campaign.execute(task, None, withdraw).await;

    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("dpo");
    for (position, chosen) in [
        (first, Some("left")),
        (revised, Some("right")),
        (unanswered, None),
        (again, Some("left")),
        (rejected, None),
        (other, Some("right")),
        (withdrawn, None),
    ] {
        let manifest = campaign.export(&out, AsOf::Position(position), None).await;
        let root = campaign.ledger.root_at(position).await.expect("a root").into();
        assert_eq!((manifest.known_at.position, manifest.known_at.merkle_root), (position, root));
        let found: Vec<_> = rows(&out).iter().map(|row| row["chosen"].clone()).collect();
        assert_eq!(found, Vec::from_iter(chosen), "at {position}");
    }
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn happened_by_goes_by_when_it_happened(_: PgPoolOptions, options: PgConnectOptions) {
    let mut campaign = Campaign::begin(&options).await;
    let task = campaign.task("left", "right").await;
    campaign.vote_at(task, 1, Left, Some(at(1))).await;
    campaign.vote_at(task, 1, Right, Some(at(3))).await;
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("dpo");
    let mut digests = Vec::new();
    for (by, chosen) in [
        (None, Some("right")),
        (Some(at(2)), Some("left")),
        (Some(at(1)), Some("left")),
        (Some("2025-01-01T00:00:00Z".parse().expect("a time")), None),
    ] {
        digests.push(campaign.export(&out, AsOf::Now, by).await.digest);
        let found: Vec<_> = rows(&out).iter().map(|row| row["chosen"].clone()).collect();
        assert_eq!(found, Vec::from_iter(chosen), "by {by:?}");
    }
    assert_eq!(digests[1], digests[2], "the same rows, the same digest");
    assert_ne!(digests[0], digests[1]);
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn a_revision_decides_over_earlier_judgments_from_where_it_stands(_: PgPoolOptions, options: PgConnectOptions) {
    let mut campaign = Campaign::begin(&options).await;
    let task = campaign.task("left", "right").await;
    let voted = campaign.vote_at(task, 1, Left, Some(at(1))).await;
    let kept = campaign.revise(task, 1, EarlierAnnotations::Kept, "Say it well.", at(3)).await;
    let superseded = campaign.revise(task, 2, EarlierAnnotations::Superseded, "Say it ill.", at(5)).await;
    let again = campaign.vote_at(task, 2, Right, Some(at(6))).await;

    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("dpo");
    for (known_at, happened_by, expected) in [
        (voted, None, Some(("Say it.\n\nKindly.", "left"))),
        (kept, None, Some(("Say it well.", "left"))),
        // the judgment of the version before, and none of this one
        (superseded, None, None),
        (again, None, Some(("Say it ill.", "right"))),
        (again, Some(at(2)), Some(("Say it.\n\nKindly.", "left"))),
        (again, Some(at(4)), Some(("Say it well.", "left"))),
        (again, Some(at(5)), None),
    ] {
        campaign.export(&out, AsOf::Position(known_at), happened_by).await;
        let found: Vec<_> = rows(&out).iter().map(|row| (row["prompt"].clone(), row["chosen"].clone())).collect();
        let expected = expected.map(|(prompt, chosen)| (prompt.into(), chosen.into()));
        assert_eq!(found, Vec::from_iter(expected), "at {known_at} by {happened_by:?}");
    }
    campaign.export(&out, AsOf::Position(kept), None).await;
    // the task, the label behind its annotation, and the revision
    assert_eq!(rows(&out)[0]["events"], serde_json::json!([2, voted.get(), kept.get()]));
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn an_adjudication_decides_until_it_is_reversed(_: PgPoolOptions, options: PgConnectOptions) {
    let mut campaign = Campaign::begin(&options).await;
    let task = campaign.task("left", "right").await;
    let first = campaign.vote_at(task, 1, Left, Some(at(1))).await;
    let second = campaign.vote_at(task, 2, Left, Some(at(1))).await;
    let adjudicated = campaign.adjudicate(task, Some(Right), at(3)).await;
    let silent = campaign.adjudicate(task, None, at(4)).await;
    let again = campaign.adjudicate(task, Some(Tie), at(5)).await;
    let reversed = campaign.reverse_adjudication(task, at(7)).await;
    let unjudged = campaign.task("left", "right").await;
    let alone = campaign.adjudicate(unjudged, Some(Left), at(8)).await;

    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("dpo");
    for (known_at, happened_by, expected) in [
        (second, None, vec!["left"]),
        (adjudicated, None, vec!["right"]),
        (adjudicated, Some(at(2)), vec!["left"]),
        // it leaves the question to the annotators
        (silent, None, vec!["left"]),
        (again, None, vec![]),
        (again, Some(at(3)), vec!["right"]),
        (reversed, None, vec!["left"]),
        (reversed, Some(at(6)), vec![]),
        (alone, None, vec!["left", "left"]),
    ] {
        campaign.export(&out, AsOf::Position(known_at), happened_by).await;
        let found: Vec<_> = rows(&out).iter().map(|row| row["chosen"].clone()).collect();
        assert_eq!(found, expected, "at {known_at} by {happened_by:?}");
    }
    let manifest = campaign.export(&out, AsOf::Position(again), None).await;
    assert_eq!((manifest.rows, manifest.left_out.count(Reason::MajorityTie)), (0, 1));
    campaign.export(&out, AsOf::Position(adjudicated), None).await;
    let rows = rows(&out);
    // the task, the labels, which it goes against, and the adjudication
    assert_eq!(rows[0]["events"], serde_json::json!([2, first.get(), second.get(), adjudicated.get()]));
    assert_eq!((&rows[0]["votes_chosen"], &rows[0]["votes_rejected"]), (&0.into(), &2.into()));
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn what_is_no_text_makes_no_prompt(_: PgPoolOptions, options: PgConnectOptions) {
    let whose = Uuid::from_u128(71).into();
    let photo = MediaRef {
        digest: [7; 32].into(),
        media_type: "image/png".into(),
        bytes: 9,
        width: Some(2),
        height: Some(2),
        duration_ms: None,
        subject: Some(whose),
    };
    let chat = vec![ChatMessage::new(ChatRole::User, "Say it.")];
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("dpo");
    let mut campaign = Campaign::begin(&options).await;
    for (field, found) in [
        (ContentField::new("chat", ContentKind::Chat, chat.clone()), "`chat` holds a chat, not a text"),
        (
            ContentField::new("talk", ContentKind::Chat, Personal::clear(whose, chat.into())),
            "`talk` holds a chat, not a text",
        ),
        (ContentField::new("photo", ContentKind::Image, photo), "`photo` holds an image, not a text"),
    ] {
        let name = field.name.clone();
        let task = campaign.task_with("left", "right", field).await;
        campaign.vote(task, 1, Left).await;
        let about = |name: &str| Recipe { prompt: Some(vec![name.into()]), ..Recipe::default() };
        let refused = export(&campaign.ledger, &request(about(&name)), &out, |_| {}).await;
        let error = refused.expect_err(found).to_string();
        assert!(error.starts_with(&format!("task {task}: the content field {found}")), "{error}");
    }
    let texts = Recipe { prompt: Some(vec!["instruction".into()]), ..Recipe::default() };
    let manifest = export(&campaign.ledger, &request(texts), &out, |_| {}).await.expect("exports");
    assert_eq!((manifest.rows, manifest.left_out), (3, LeftOut::default()), "none looks erased");
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn what_is_not_a_dataset_is_not_replaced(_: PgPoolOptions, options: PgConnectOptions) {
    let mut campaign = Campaign::begin(&options).await;
    let task = campaign.task("left", "right").await;
    campaign.vote(task, 1, Left).await;
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("dpo");
    let first = campaign.export(&out, AsOf::Now, None).await;
    assert_eq!(
        campaign.export(&out, AsOf::Now, None).await,
        first,
        "an earlier export is replaced by the same bytes"
    );
    std::fs::write(out.join("thesis.txt"), "years of work").expect("writable");
    let request = request(Recipe::default());
    let refused = export(&campaign.ledger, &request, &out, |_| {}).await;
    assert!(matches!(refused, Err(ExportError::Output(OutputError::Occupied(_)))));
    assert!(out.join("thesis.txt").exists());
    let nobody = Request { project: "Nobody".into(), ..request };
    let nobody = export(&campaign.ledger, &nobody, folder.path(), |_| {}).await;
    let error = nobody.expect_err("no such project, and a folder in use").to_string();
    assert!(error.contains("is not empty"), "{error}");
}
