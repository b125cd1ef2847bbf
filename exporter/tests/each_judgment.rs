//! Formats that have each judgment by itself: numbers, marks in texts and images, and what people wrote.

mod support;

use serde_json::{Value, json};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use stele_domain::{
    Personal, SubjectId,
    form::{
        Answer, AnswerValue, BoundingBox, BoxesQuestion, ChoiceOption, QuestionKind, RatingQuestion, Span, SpanText,
        SpansQuestion, TextQuestion,
    },
    task::{ContentField, ContentKind, MediaRef, Response, ResponseIndex, Routing},
};
use stele_exporter::{ExportError, Reason, Recipe, ReleaseRequest, Released, export, release};
use support::{
    Campaign,
    answering::{answer, responses, task, text},
    exported::{exported, fields, rows},
    request,
};
use tempfile::TempDir;
use uuid::Uuid;

fn label(key: &str) -> ChoiceOption {
    ChoiceOption { key: key.into(), label: key.to_uppercase() }
}

fn all(rows: &[Value], names: &[&str]) -> Vec<Value> {
    rows.iter().map(|row| fields(row, names)).collect()
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn every_number_is_a_row(_: PgPoolOptions, options: PgConnectOptions) {
    let rating = |each_response| QuestionKind::Rating(RatingQuestion { min: 1, max: 5, each_response });
    let mut campaign = Campaign::asking(&options, &[("quality", rating(true)), ("effort", rating(false))]).await;
    let judged = task(&mut campaign, "Why?", &["a", "b"]).await;
    for (annotator, quality, effort) in [(1, vec![4, 2], 3), (2, vec![5, 1], 1)] {
        let answers =
            [answer("quality", AnswerValue::Ratings(quality)), answer("effort", AnswerValue::Rating(effort))];
        campaign.answer(judged, annotator, answers.concat(), None).await;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("out");
    let (_, rows) = exported(&campaign, &out, "{ format: scores, question: quality }").await;
    let found = all(&rows, &["prompt", "completion", "model", "score"]);
    let of = |completion: &str, model: &str, score| json!(["Why?", completion, model, score]);
    // JSON has 4 for 4.0
    assert_eq!(found, [of("a", "m-a", 4), of("b", "m-b", 2), of("a", "m-a", 5), of("b", "m-b", 1)]);
    assert_eq!(rows[0]["annotator"], rows[1]["annotator"]);
    assert_ne!(rows[0]["annotator"], rows[2]["annotator"]);
    let (_, rows) = exported(&campaign, &out, "{ format: scores, question: effort }").await;
    assert_eq!(all(&rows, &["completion", "score"]), [json!([null, 3]), json!([null, 1])], "of two responses");
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn spans_are_where_they_were_marked(_: PgPoolOptions, options: PgConnectOptions) {
    let spans = |over| QuestionKind::Spans(SpansQuestion { over, labels: vec![label("name")], overlapping: true });
    let questions =
        [("of_letter", spans(SpanText::Content("letter".into()))), ("of_answers", spans(SpanText::Responses))];
    let mut campaign = Campaign::asking(&options, &questions).await;
    let letter = "👩‍🚀 Ada wrote to Grace\r\nא";
    let content = vec![text("letter", letter), text("note", "Mind the names.")];
    let judged = campaign.task_of(content, responses(&["Ada", "nobody"]), Routing::default()).await;
    let span = |response: Option<u8>, start, end| Span {
        response: response.map(ResponseIndex),
        start,
        end,
        label: "name".into(),
    };
    let marks = [
        answer("of_letter", AnswerValue::Spans(vec![span(None, 4, 7), span(None, 17, 22)])),
        answer("of_answers", AnswerValue::Spans(vec![span(Some(0), 0, 3)])),
    ];
    campaign.answer(judged, 1, marks.concat(), None).await;
    campaign.answer(judged, 2, answer("of_letter", AnswerValue::Spans(Vec::new())), None).await;
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("out");
    let (_, rows) = exported(&campaign, &out, "{ format: spans, question: of_letter }").await;
    let at = |start, end| json!({"start": start, "end": end, "label": "name"});
    assert_eq!(
        all(&rows, &["text", "spans"]),
        [json!([letter, [at(4, 7), at(17, 22)]]), json!([letter, []])],
        "one who found nothing has said so"
    );
    let marked: Vec<char> = letter.chars().skip(4).take(3).collect();
    assert_eq!(String::from_iter(marked), "Ada");
    let (_, rows) = exported(&campaign, &out, "{ format: spans, question: of_answers, prompt: [note] }").await;
    assert_eq!(
        all(&rows, &["prompt", "completion", "model", "spans"]),
        [
            json!(["Mind the names.", "Ada", "m-Ada", [at(0, 3)]]),
            json!(["Mind the names.", "nobody", "m-nobody", []])
        ]
    );
}

fn image(digest: u8, subject: Option<SubjectId>) -> ContentField {
    let file = MediaRef {
        digest: [digest; 32].into(),
        media_type: "image/png".into(),
        bytes: 9,
        width: Some(640),
        height: Some(480),
        duration_ms: None,
        subject,
    };
    ContentField::new("photo", ContentKind::Image, file)
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn boxes_are_rows_and_a_file_for_coco(_: PgPoolOptions, options: PgConnectOptions) {
    let boxes = BoxesQuestion { content: "photo".into(), labels: vec![label("cat"), label("dog")] };
    let mut campaign = Campaign::asking(&options, &[("pets", QuestionKind::Boxes(boxes))]).await;
    let drawn =
        |x: f64, label: &str| BoundingBox { x, y: 20.5, width: 30.0, height: 40.0, label: Some(label.into()) };
    let first = campaign.task_of(vec![image(1, None)], Vec::new(), Routing::default()).await;
    campaign.answer(first, 1, answer("pets", AnswerValue::Boxes(vec![drawn(10.25, "dog")])), None).await;
    campaign.answer(first, 2, answer("pets", AnswerValue::Boxes(vec![drawn(11.0, "cat")])), None).await;
    let second = campaign.task_of(vec![image(2, None)], Vec::new(), Routing::default()).await;
    campaign.answer(second, 1, answer("pets", AnswerValue::Boxes(Vec::new())), None).await;
    let whose = campaign.ledger.mint().fresh();
    let somebodys = campaign.task_of(vec![image(3, Some(whose))], Vec::new(), Routing::default()).await;
    campaign.answer(somebodys, 1, answer("pets", AnswerValue::Boxes(vec![drawn(1.0, "cat")])), None).await;
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("out");
    let (manifest, rows) = exported(&campaign, &out, "{ format: boxes }").await;
    assert_eq!(manifest.left_out.count(Reason::Personal), 1, "an image is somebody's, too");
    let dog = json!({"bbox": [10.25, 20.5, 30, 40], "area": 1200, "category": "dog"});
    assert_eq!(fields(&rows[0], &["image", "width", "height", "objects"]), json!(["01".repeat(32), 640, 480, [dog]]));
    assert_eq!(fields(&rows[2], &["image", "objects"]), json!(["02".repeat(32), []]));
    let coco = std::fs::read_to_string(out.join("coco/train.json")).expect("readable");
    let coco: Value = serde_json::from_str(&coco).expect("JSON");
    assert_eq!(coco["categories"], json!([{"id": 1, "name": "cat"}, {"id": 2, "name": "dog"}]));
    let images: Vec<Value> =
        coco["images"].as_array().expect("a list").iter().map(|image| fields(image, &["id", "file_name"])).collect();
    assert_eq!(images, [json!([1, "01".repeat(32)]), json!([2, "02".repeat(32)])], "each image once");
    let annotations = coco["annotations"].as_array().expect("a list");
    let names = ["id", "image_id", "category_id", "bbox", "area", "iscrowd"];
    assert_eq!(
        all(annotations, &names),
        [
            json!([1, 1, 2, [10.25, 20.5, 30.0, 40.0], 1200.0, 0]),
            json!([2, 1, 1, [11.0, 20.5, 30.0, 40.0], 1200.0, 0])
        ]
    );
    assert_eq!(annotations[0]["annotator"], rows[0]["annotator"]);
    assert!(manifest.files.iter().any(|file| file.path == "coco/train.json"), "it is one of the files");
}

async fn released(campaign: &Campaign, out: &TempDir, recipe: &str) -> (Released, Vec<Value>) {
    let recipe = Recipe::parse("recipe", recipe).expect("a recipe");
    let asked = ReleaseRequest { dataset: "texts".into(), rows: request(recipe), actor: None };
    let folder = out.path().join("out");
    let released = release(&campaign.ledger, asked, &folder, |_| {}).await.expect("released");
    (released, rows(&folder.join("train.jsonl")))
}

fn written(by: u128, question: &str, text: &str) -> Vec<Answer> {
    answer(question, AnswerValue::Text(Personal::clear(Uuid::from_u128(by), text.into())))
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn what_people_wrote_leaves_in_releases_and_goes_with_them(_: PgPoolOptions, options: PgConnectOptions) {
    let rating = QuestionKind::Rating(RatingQuestion { min: 1, max: 5, each_response: false });
    let writing = || QuestionKind::Text(TextQuestion { max_length: 200 });
    let questions = [("quality", rating), ("why", writing()), ("better_answer", writing())];
    let mut campaign = Campaign::asking(&options, &questions).await;
    let content = vec![text("instruction", "Why?")];
    let judged = campaign.task_of(content, vec![Response::new(None, "So.")], Routing::default()).await;
    let answers = |by: u128, why: &str, better: &str| {
        let quality = answer("quality", AnswerValue::Rating(2));
        [quality, written(by, "why", why), written(by, "better_answer", better)].concat()
    };
    campaign.answer(judged, 1, answers(1, "Too short.", "Because of the tides."), None).await;
    campaign.answer(judged, 2, answers(2, "It says nothing.", "Because of the moon."), None).await;
    campaign.answer(judged, 3, answer("quality", AnswerValue::Rating(3)), None).await;

    let folder = tempfile::tempdir().expect("a folder");
    let with_reasons = "{ format: scores, question: quality, rationale: why, personal_text: include }";
    let recipe = Recipe::parse("recipe", with_reasons).expect("a recipe");
    let refused = export(&campaign.ledger, &request(recipe), &folder.path().join("x"), |_| {}).await;
    assert!(matches!(refused, Err(ExportError::Unreleased)));
    let (release, rows) = released(&campaign, &folder, with_reasons).await;
    assert_eq!(release.subjects, 2);
    let names = ["completion", "score", "rationale"];
    assert_eq!(
        all(&rows, &names),
        [json!(["So.", 2, "Too short."]), json!(["So.", 2, "It says nothing."]), json!(["So.", 3, null])]
    );
    let corrected = "{ format: sft, question: better_answer, personal_text: include }";
    let (_, rows) = released(&campaign, &folder, corrected).await;
    assert_eq!(
        all(&rows, &["prompt", "completion"]),
        [json!(["Why?", "Because of the tides."]), json!(["Why?", "Because of the moon."])]
    );
    let reasons = "{ format: judgments, question: why, personal_text: include }";
    let (_, rows) = released(&campaign, &folder, reasons).await;
    let answers: Vec<&Value> = rows.iter().map(|row| &row["answer"]).collect();
    assert_eq!(answers, [r#"{"text":"Too short."}"#, r#"{"text":"It says nothing."}"#]);

    let context = campaign.context(None);
    let whose = SubjectId::from(Uuid::from_u128(2));
    campaign.ledger.erase(whose, &context, "GDPR 17".into(), "ticket 1".into()).await.expect("erased");
    let (release, rows) = released(&campaign, &folder, with_reasons).await;
    assert_eq!(release.subjects, 1);
    assert_eq!(
        all(&rows, &names),
        [json!(["So.", 2, "Too short."]), json!(["So.", 2, null]), json!(["So.", 3, null])],
        "the number stays, the words are gone"
    );
    let (_, rows) = released(&campaign, &folder, corrected).await;
    assert_eq!(all(&rows, &["completion"]), [json!(["Because of the tides."])]);
}
