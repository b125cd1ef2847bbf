//! Chats and media through the API: shown, asked about, answered, held against what is shown, and read back exactly.

mod support;

use serde_json::{Value, json};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use stele_domain::{
    SubjectId,
    participant::Role,
    project::Redundancy,
    task::{ContentField, ContentKind, MediaRef, Routing, Task, TaskCommand},
};
use stele_ledger::{CommandContext, Fingerprint};
use support::Server;
use uuid::Uuid;

const CONTENT: &str = "content { name kind value chat { role text toolCalls { id name arguments } toolCallId name }
    media { digest mediaType bytes width height durationMs } erased }";

const KINDS: &str = "kind { __typename
    ... on BoxesKind { content labels { key } } ... on PolygonsKind { content labels { key } }
    ... on KeypointsKind { content points { key } } ... on SegmentsKind { content labels { key } overlapping }
    ... on TracksKind { content labels { key } } }";

const ANSWERS: &str = "answers { question boxes { x y width height label } polygons { points { x y } label }
    keypoints { point visibility at { x y } } segments { startMs endMs label }
    tracks { label boxes { timeMs x y width height } } }";

fn whose() -> SubjectId {
    Uuid::from_u128(77).into()
}

async fn project(server: &Server, manager: &str, questions: Value) -> Value {
    let input = json!({ "name": "Media", "questions": questions });
    let fields = "... on ProjectCreated { projectId }";
    server.mutate(manager, "createProject", input, "p", fields).await["projectId"].clone()
}

async fn task(server: &Server, token: &str, id: &Value, fields: &str) -> Value {
    let at = server.ledger.head().await.expect("a head").position();
    let query = format!("query($id: UUID!, $at: Position) {{ task(id: $id, atLeast: $at) {{ {fields} }} }}");
    let answer = server.ask(Some(token), &query, json!({ "id": id, "at": at })).await;
    assert!(answer["errors"].is_null(), "{answer}");
    answer["data"]["task"].clone()
}

async fn erase(server: &Server, subject: SubjectId) {
    let officer = server.sign_in("carl", &[Role::Compliance]).await;
    let query = "query($id: UUID!) { erasurePreview(subjectId: $id) { events tasks } }";
    let preview = server.ask(Some(&officer), query, json!({ "id": subject.uuid() })).await;
    assert_eq!(preview["data"]["erasurePreview"], json!({ "events": 1, "tasks": 1 }), "{preview}");
    let input = json!({ "subjectId": subject.uuid(), "basis": "consent", "reference": "DSR-1" });
    let erased = server.mutate(&officer, "eraseSubject", input, "erase", "... on Erasure { subjectId }").await;
    assert_eq!(erased["__typename"], "Erasure", "{erased}");
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn a_chat_is_shown_as_it_was_given_until_its_owner_is_erased(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(&options).await;
    let manager = server.sign_in("mary", &[Role::Manager]).await;
    let questions = json!([{ "key": "good", "title": "?", "kind": { "thumbs": {} } }]);
    let project = project(&server, &manager, questions).await;
    let call = json!({ "id": "a", "name": "weather", "arguments": "{\"city\": \"Kiel\"}" });
    let chat = json!([
        { "role": "USER", "text": "Is it warm in Kiel? 👩‍👩‍👧" },
        { "role": "ASSISTANT", "toolCalls": [call] },
        { "role": "TOOL", "text": "18 °C", "toolCallId": "a", "name": "weather" },
    ]);
    let content = json!([{ "name": "talk", "chat": chat, "subjectId": whose().uuid() }]);
    let input = json!({ "projectId": project, "content": content });
    let created = server.mutate(&manager, "createTask", input, "t", "... on TaskCreated { taskId }").await;
    assert_eq!(created["__typename"], "TaskCreated", "{created}");
    let full = |role: &str, text: &str, calls: Value, answers: Value, name: Value| json!({ "role": role, "text": text, "toolCalls": calls, "toolCallId": answers, "name": name });
    let shown = json!([
        full("USER", "Is it warm in Kiel? 👩‍👩‍👧", json!([]), Value::Null, Value::Null),
        full("ASSISTANT", "", json!([call]), Value::Null, Value::Null),
        full("TOOL", "18 °C", json!([]), json!("a"), json!("weather")),
    ]);
    let field = |chat: Value, erased: bool| json!([{ "name": "talk", "kind": "CHAT", "value": null, "chat": chat, "media": null, "erased": erased }]);
    let seen = task(&server, &manager, &created["taskId"], CONTENT).await;
    assert_eq!(seen["content"], field(shown, false));
    erase(&server, whose()).await;
    let seen = task(&server, &manager, &created["taskId"], CONTENT).await;
    assert_eq!(seen["content"], field(Value::Null, true));

    let digest = "ab".repeat(32);
    let user = json!([{ "role": "USER", "text": "Hi" }]);
    for (number, (field, code, reason)) in [
        (json!({ "chat": [] }), "BAD_CONTENT", "content field `f`: a chat has 1 to 1000 messages, not 0"),
        (json!({ "chat": [{ "role": "TOOL", "text": "?" }] }), "BAD_CONTENT", "says which call it answers"),
        (json!({ "chat": user, "kind": "TEXT" }), "BAD_CONTENT", "it is said to be a text, and is none"),
        (json!({ "chat": user, "value": "?" }), "BAD_CONTENT", "exactly one of `value`, `chat` and `media`"),
        (json!({}), "BAD_CONTENT", "content field `f` takes exactly one of"),
        (json!({ "chat": user, "subjectId": whose().uuid() }), "ERASED", "has been erased"),
        (json!({ "media": digest, "subjectId": whose().uuid() }), "UNKNOWN_MEDIA", "no media file abab"),
        (json!({ "media": digest }), "UNKNOWN_MEDIA", "no media file abab"),
        (json!({ "media": digest.to_uppercase() }), "UNKNOWN_MEDIA", "64 of 0-9 and a-f"),
        (json!({ "media": "../../etc/passwd" }), "UNKNOWN_MEDIA", "64 of 0-9 and a-f"),
    ]
    .into_iter()
    .enumerate()
    {
        let mut field = field;
        field["name"] = json!("f");
        let input = json!({ "projectId": project, "content": [field] });
        let refused = server.mutate(&manager, "createTask", input, &format!("t{number}"), "").await;
        assert_eq!(refused["code"], code, "{refused}");
        assert!(refused["message"].as_str().is_some_and(|message| message.contains(reason)), "{refused}");
    }
}

fn questions() -> Value {
    let labels = json!([{ "key": "cat", "label": "Cat" }, { "key": "dog", "label": "Dog" }]);
    let ask = |key: &str, kind: Value| json!({ "key": key, "title": key, "required": false, "kind": kind });
    json!([
        ask("where", json!({ "boxes": { "content": "photo", "labels": labels } })),
        ask("areas", json!({ "boxes": { "content": "photo" } })),
        ask("outlines", json!({ "polygons": { "content": "photo", "labels": labels } })),
        ask("face", json!({ "keypoints": { "content": "photo", "points": labels } })),
        ask("heard", json!({ "segments": { "content": "sound", "labels": labels } })),
        ask("moves", json!({ "tracks": { "content": "clip", "labels": labels } })),
    ])
}

/// A photo that belongs to somebody, a sound and a clip.
fn content() -> Vec<ContentField> {
    let photo = MediaRef {
        digest: [1; 32].into(),
        media_type: "image/png".into(),
        bytes: 5_000_000_000,
        width: Some(640),
        height: Some(480),
        duration_ms: None,
        subject: Some(whose()),
    };
    let sound = MediaRef {
        digest: [2; 32].into(),
        media_type: "audio/mpeg".into(),
        width: None,
        height: None,
        duration_ms: Some(3_000),
        subject: None,
        ..photo.clone()
    };
    let clip = MediaRef {
        digest: [3; 32].into(),
        media_type: "video/mp4".into(),
        width: Some(64),
        height: Some(64),
        duration_ms: None,
        ..sound.clone()
    };
    vec![
        ContentField::new("photo", ContentKind::Image, photo),
        ContentField::new("sound", ContentKind::Audio, sound),
        ContentField::new("clip", ContentKind::Video, clip),
    ]
}

/// A project that asks about media, and a task that an annotator holds.
struct Campaign {
    server: Server,
    manager: String,
    annotator: String,
    task: Value,
    assignment: Value,
}

impl Campaign {
    async fn begin(options: &PgConnectOptions) -> Self {
        let server = Server::start(options).await;
        let manager = server.sign_in("mary", &[Role::Manager]).await;
        let annotator = server.sign_in("ada", &[Role::Annotator]).await;
        let project = project(&server, &manager, questions()).await;
        let task: Uuid = server.ledger.mint().fresh();
        let command = TaskCommand::Create {
            project: project.as_str().and_then(|id| id.parse::<Uuid>().ok()).expect("an id").into(),
            external_key: None,
            content: content(),
            responses: Vec::new(),
            redundancy: Redundancy::default(),
            starts_with: None,
            routing: Routing::default(),
        };
        let context = CommandContext {
            actor: None,
            key: "t".to_owned().try_into().expect("a key"),
            fingerprint: Fingerprint::of(b"t"),
            occurred_at: None,
            correlation_id: None,
        };
        server.ledger.execute::<Task>(task, &context, &command).await.expect("created");
        server.views_caught_up().await;
        let input = json!({ "projectId": project, "taskId": task });
        let fields = "... on TaskClaimed { assignmentId }";
        let claimed = server.mutate(&annotator, "claimTask", input, "c", fields).await;
        Self { server, manager, annotator, task: json!(task), assignment: claimed["assignmentId"].clone() }
    }

    async fn submit(&self, answers: Value, key: &str) -> Value {
        let input = json!({ "taskId": self.task, "assignmentId": self.assignment, "answers": answers });
        self.server.mutate(&self.annotator, "submitAnnotation", input, key, "").await
    }
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn media_are_asked_about_answered_and_read_back(_: PgPoolOptions, options: PgConnectOptions) {
    let campaign = Campaign::begin(&options).await;
    let Campaign { server, manager, task: id, .. } = &campaign;
    let query = format!("{{ projects {{ nodes {{ form {{ questions {{ key {KINDS} }} }} }} }} }}");
    let form = server.ask(Some(manager), &query, json!({})).await;
    let form = &form["data"]["projects"]["nodes"][0]["form"]["questions"];
    let labels = json!([{ "key": "cat" }, { "key": "dog" }]);
    let kinds = json!([
        { "__typename": "BoxesKind", "content": "photo", "labels": labels },
        { "__typename": "BoxesKind", "content": "photo", "labels": [] },
        { "__typename": "PolygonsKind", "content": "photo", "labels": labels },
        { "__typename": "KeypointsKind", "content": "photo", "points": labels },
        { "__typename": "SegmentsKind", "content": "sound", "labels": labels, "overlapping": false },
        { "__typename": "TracksKind", "content": "clip", "labels": labels },
    ]);
    let asked: Value = form.as_array().expect("a list").iter().map(|question| question["kind"].clone()).collect();
    assert_eq!(asked, kinds);

    let upper = json!({ "x": 0.0, "y": 0.1, "width": 640.0, "height": 1e-3, "label": "dog" });
    let lower = json!({ "x": 0.5, "y": 20.0, "width": 3.0, "height": 4.0, "label": "cat" });
    let area = json!({ "x": 1.0, "y": 2.0, "width": 3.0, "height": 4.0, "label": null });
    let corner = |x: f64, y: f64| json!({ "x": x, "y": y });
    let outline = json!([corner(10.0, 0.0), corner(20.25, 10.0), corner(0.0, 10.0)]);
    let otherwise = json!([corner(20.25, 10.0), corner(10.0, 0.0), corner(0.0, 10.0)]);
    let cat = json!({ "point": "cat", "visibility": "OCCLUDED", "at": corner(640.0, 480.0) });
    let dog = json!({ "point": "dog", "visibility": "ABSENT", "at": null });
    let (early, late) = (
        json!({ "startMs": 0, "endMs": 1_500, "label": "dog" }),
        json!({ "startMs": 1_500, "endMs": 3_000, "label": "cat" }),
    );
    let at = |time: u64| json!({ "timeMs": time, "x": 0.0, "y": 0.0, "width": 64.0, "height": 0.5 });
    let track = json!({ "label": "cat", "boxes": [at(0), at(3_000_000_000)] });
    let answer = |question: &str, kind: &str, value: Value| json!({ "question": question, "value": { kind: value } });
    let answers = json!([
        answer("moves", "tracks", json!([track])),
        answer("heard", "segments", json!([late, early])),
        answer("face", "keypoints", json!([dog, cat])),
        answer("outlines", "polygons", json!([{ "points": otherwise, "label": "cat" }])),
        answer("areas", "boxes", json!([area])),
        answer("where", "boxes", json!([lower, upper])),
    ]);
    let submitted = campaign.submit(answers, "s").await;
    assert_eq!(submitted["__typename"], "AnnotationSubmitted", "{submitted}");
    let given = task(server, manager, id, &format!("annotations {{ {ANSWERS} }}")).await;
    let given = &given["annotations"][0]["answers"];
    assert_eq!(given[0]["boxes"], json!([upper, lower]), "from the top to the bottom");
    assert_eq!(given[1]["boxes"], json!([area]));
    assert_eq!(given[2]["polygons"], json!([{ "points": outline, "label": "cat" }]), "clockwise from the top");
    assert_eq!(given[3]["keypoints"], json!([cat, dog]));
    assert_eq!(given[4]["segments"], json!([early, late]));
    assert_eq!(given[5]["tracks"], json!([track]));
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn what_is_not_in_the_picture_is_refused_by_question_and_reason(_: PgPoolOptions, options: PgConnectOptions) {
    let campaign = Campaign::begin(&options).await;
    let area = |width: f64| json!([{ "x": 1, "y": 2, "width": width, "height": 4 }]);
    let corners = |corners: &[(u32, u32)]| {
        let points: Value = corners.iter().map(|(x, y)| json!({ "x": x, "y": y })).collect();
        json!([{ "points": points, "label": "cat" }])
    };
    let point = |visibility: &str| json!([{ "point": "cat", "visibility": visibility }]);
    let segment = |start: u64, end: u64| json!({ "startMs": start, "endMs": end, "label": "cat" });
    let track = |times: &[u64], x: f64| {
        let at = |time: &u64| json!({ "timeMs": time, "x": x, "y": 0, "width": 1, "height": 1 });
        json!([{ "label": "cat", "boxes": times.iter().map(at).collect::<Vec<_>>() }])
    };
    for (number, (question, kind, value, reason)) in [
        ("areas", "boxes", area(640.0), "the box of 640 x 4 at (1, 2) is not in the picture of 640 x 480 pixels"),
        ("areas", "boxes", area(0.0), "the box of 0 x 4 at (1, 2) has no area"),
        ("where", "boxes", area(1.0), "a box needs one of its labels"),
        ("outlines", "polygons", corners(&[(0, 0), (1, 1)]), "a polygon has 3 to 1000 points, not 2"),
        ("outlines", "polygons", corners(&[(0, 0), (9, 9), (9, 0), (0, 9)]), "and from (9, 0) to (0, 9) meet"),
        ("face", "keypoints", point("VISIBLE"), "`cat` needs a place, or is absent"),
        ("heard", "segments", json!([segment(0, 3_001)]), "the segment from 0 ms to 3001 ms ends after 3000 ms"),
        (
            "heard",
            "segments",
            json!([segment(0, 2), segment(1, 3)]),
            "from 0 ms to 2 ms and from 1 ms to 3 ms overlap",
        ),
        ("moves", "tracks", track(&[5, 5], 0.0), "a track goes on from 5 ms to 5 ms; times grow"),
        ("moves", "tracks", track(&[5], 63.5), "is not in the picture of 64 x 64 pixels"),
        ("moves", "boxes", area(1.0), "it takes tracks"),
    ]
    .into_iter()
    .enumerate()
    {
        let answers = json!([{ "question": question, "value": { kind: value } }]);
        let refused = campaign.submit(answers, &format!("s{number}")).await;
        assert_eq!(refused["code"], "BAD_ANSWER", "{refused}");
        let message = refused["message"].as_str().expect("a message");
        assert!(message.starts_with(&format!("question `{question}`: ")) && message.contains(reason), "{message}");
    }
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn a_file_is_told_of_until_its_owner_is_erased(_: PgPoolOptions, options: PgConnectOptions) {
    let campaign = Campaign::begin(&options).await;
    let Campaign { server, manager, task: id, .. } = &campaign;
    let seen = task(server, manager, id, CONTENT).await;
    let photo = json!({
        "digest": "01".repeat(32), "mediaType": "image/png", "bytes": 5_000_000_000_u64, "width": 640, "height": 480,
        "durationMs": null,
    });
    let field = |media: Value, erased: bool| json!({ "name": "photo", "kind": "IMAGE", "value": null, "chat": null, "media": media, "erased": erased });
    assert_eq!(seen["content"][0], field(photo, false));
    assert_eq!(seen["content"][1]["media"]["durationMs"], 3_000);
    erase(server, whose()).await;
    let after = task(server, manager, id, CONTENT).await;
    assert_eq!(after["content"][0], field(Value::Null, true));
    assert_eq!((&after["content"][1], &after["content"][2]), (&seen["content"][1], &seen["content"][2]));
}
