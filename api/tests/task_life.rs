//! The whole life of a task, through the API: created, claimed, answered, revised, reviewed, agreed upon.

mod support;

use serde_json::{Value, json};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use stele_domain::participant::Role;
use support::Server;

const RECEIPT: &str = "receipt { first last replayed }";

async fn project(server: &Server, manager: &str, redundancy: u16) -> String {
    let questions = json!([
        { "key": "better", "title": "Which is better?", "kind": { "preference": { "tie": true, "strengths": 2 } } },
        { "key": "why", "title": "Why?", "required": false, "kind": { "text": { "maxLength": 20 } } },
    ]);
    let input = json!({ "name": "Helpfulness", "questions": questions, "redundancy": redundancy });
    let fields = format!("... on ProjectCreated {{ projectId {RECEIPT} }}");
    let created = server.mutate(manager, "createProject", input, "project", &fields).await;
    created["projectId"].as_str().unwrap_or_else(|| panic!("{created}")).to_owned()
}

async fn task(server: &Server, manager: &str, project: &str, key: &str) -> Value {
    let input = json!({
        "projectId": project,
        "content": [{ "name": "prompt", "value": "Say hello." }],
        "responses": [{ "text": "Hello!", "model": "a" }, { "text": "No.", "model": "b" }],
    });
    let fields = format!("... on TaskCreated {{ taskId {RECEIPT} }}");
    server.mutate(manager, "createTask", input, key, &fields).await
}

async fn claim(server: &Server, token: &str, project: &str, key: &str) -> Value {
    let fields = format!(
        "... on TaskClaimed {{ assignmentId formVersion expiresAt {RECEIPT}
            task {{ id content {{ name value }} responses {{ index text }} }} }}"
    );
    server.mutate(token, "claimTask", json!({ "projectId": project }), key, &fields).await
}

fn prefers(outcome: &str) -> Value {
    let strength = if outcome == "TIE" { Value::Null } else { json!(1) };
    json!([{ "question": "better", "value": { "preference": { "outcome": outcome, "strength": strength } } }])
}

async fn submit(server: &Server, token: &str, claimed: &Value, answers: Value, key: &str) -> Value {
    let input = json!({
        "taskId": claimed["task"]["id"],
        "assignmentId": claimed["assignmentId"],
        "answers": answers,
    });
    let fields = format!("... on AnnotationSubmitted {{ annotationId {RECEIPT} }}");
    server.mutate(token, "submitAnnotation", input, key, &fields).await
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn from_creation_to_agreement(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(&options).await;
    let manager = server.sign_in("manager", &[Role::Manager]).await;
    let reviewer = server.sign_in("reviewer", &[Role::Reviewer]).await;
    let annotators = [
        server.sign_in("ann", &[Role::Annotator]).await,
        server.sign_in("bob", &[Role::Annotator]).await,
        server.sign_in("cy", &[Role::Annotator]).await,
    ];
    let project = project(&server, &manager, 2).await;
    for key in ["t1", "t2"] {
        let created = task(&server, &manager, &project, key).await;
        assert_eq!(created["receipt"]["replayed"], false);
    }
    // as the views follow, `atLeast` waits for them
    let last = server.ledger.head().await.expect("a head").position().get();
    let query =
        "query($id: UUID!, $at: Position) { project(id: $id, atLeast: $at) { name taskCount openTaskCount } }";
    let seen = server.ask(Some(&manager), query, json!({ "id": project, "at": last })).await;
    assert_eq!(seen["data"]["project"], json!({ "name": "Helpfulness", "taskCount": 2, "openTaskCount": 2 }));

    let claimed = claim(&server, &annotators[0], &project, "c1").await;
    assert_eq!(claimed["task"]["responses"][0], json!({ "index": 0, "text": "Hello!" }));
    let again = claim(&server, &annotators[0], &project, "c1").await;
    assert_eq!(again["assignmentId"], claimed["assignmentId"], "a retried claim is the same claim");
    assert_eq!(again["receipt"]["replayed"], true);

    let refused = submit(&server, &annotators[0], &claimed, json!([]), "s0").await;
    assert_eq!(refused["code"], "BAD_ANSWER");
    assert_eq!(refused["message"], "question `better`: an answer is required");
    let mut answers = prefers("LEFT");
    answers.as_array_mut().expect("a list").push(json!({ "question": "why", "value": { "text": "It is polite." } }));
    let submitted = submit(&server, &annotators[0], &claimed, answers.clone(), "s1").await;
    assert_eq!(submitted["__typename"], "AnnotationSubmitted", "{submitted}");
    let replayed = submit(&server, &annotators[0], &claimed, answers, "s1").await;
    assert_eq!(replayed["annotationId"], submitted["annotationId"]);
    assert_eq!(replayed["receipt"]["replayed"], true);
    let reused = submit(&server, &annotators[0], &claimed, prefers("RIGHT"), "s1").await;
    assert_eq!(reused["code"], "IDEMPOTENCY_KEY_REUSED");
    let stolen = submit(&server, &annotators[1], &claimed, prefers("RIGHT"), "s1b").await;
    assert_eq!(stolen["code"], "ASSIGNMENT_NOT_FOUND");

    let task_id = claimed["task"]["id"].clone();
    let input = json!({ "projectId": project, "taskId": task_id });
    let fields = "... on TaskClaimed { assignmentId task { id } }";
    let second = server.mutate(&annotators[1], "claimTask", input.clone(), "c2", fields).await;
    submit(&server, &annotators[1], &second, prefers("TIE"), "s2").await;
    let full = server.mutate(&annotators[2], "claimTask", input, "c3", fields).await;
    assert_eq!(full["code"], "TASK_FULL");

    let annotation = submitted["annotationId"].clone();
    let revise = json!({ "taskId": task_id, "annotationId": annotation, "answers": prefers("TIE") });
    let revised = server
        .mutate(
            &annotators[0],
            "reviseAnnotation",
            revise,
            "r1",
            &format!("... on AnnotationRevised {{ {RECEIPT} }}"),
        )
        .await;
    assert_eq!(revised["__typename"], "AnnotationRevised", "{revised}");
    let review =
        json!({ "taskId": task_id, "annotationId": annotation, "verdict": "APPROVED", "comment": "Agreed." });
    let reviewed = server
        .mutate(&reviewer, "reviewAnnotation", review, "v1", &format!("... on AnnotationReviewed {{ {RECEIPT} }}"))
        .await;
    let at = reviewed["receipt"]["last"].clone();
    let withdraw = json!({ "taskId": task_id, "annotationId": annotation });
    let settled = server.mutate(&annotators[0], "withdrawAnnotation", withdraw, "w1", "").await;
    assert_eq!(settled["code"], "ANNOTATION_SETTLED");

    let query = "query($id: UUID!, $task: UUID!, $at: Position) {
        task(id: $task, atLeast: $at) { annotations { id status revision answers { question preference strength } reviewComment { text } } }
        project(id: $id, atLeast: $at) { annotationCount quality(question: \"better\") {
            agreement { labels units pairableUnits percentAgreement { value } alpha { value undefinedBecause } }
            pairs { both same percentAgreement { value } kappa { undefinedBecause } } } } }";
    let seen = server.ask(Some(&reviewer), query, json!({ "id": project, "task": task_id, "at": at })).await;
    assert!(seen["errors"].is_null(), "{seen}");
    let annotations = seen["data"]["task"]["annotations"].as_array().expect("annotations");
    assert_eq!(annotations.len(), 2);
    assert_eq!(
        annotations.iter().find(|seen| seen["id"] == annotation),
        Some(&json!({
            "id": annotation,
            "status": "approved",
            "revision": 1,
            "answers": [{ "question": "better", "preference": "TIE", "strength": null }],
            "reviewComment": { "text": "Agreed." },
        }))
    );
    let quality = &seen["data"]["project"]["quality"];
    assert_eq!(
        quality["pairs"][0],
        json!({
            "both": 1,
            "same": 1,
            "percentAgreement": { "value": 1.0 },
            "kappa": { "undefinedBecause": "they have 1 units in common, and it takes 20" },
        })
    );
    let agreement = &quality["agreement"];
    assert_eq!(agreement["percentAgreement"]["value"], 1.0);
    assert_eq!(agreement["alpha"]["value"], Value::Null);
    assert!(agreement["alpha"]["undefinedBecause"].is_string(), "one category: alpha is undefined, and says so");
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn a_released_or_lapsed_claim_returns_to_the_queue(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(&options).await;
    let manager = server.sign_in("manager", &[Role::Manager]).await;
    let (ann, bob) =
        (server.sign_in("ann", &[Role::Annotator]).await, server.sign_in("bob", &[Role::Annotator]).await);
    let project = project(&server, &manager, 1).await;
    let created = task(&server, &manager, &project, "t1").await;
    let claimed = claim_after(&server, &ann, &project, "c1", &created).await;
    let nothing = claim_after(&server, &bob, &project, "c2", &claimed).await;
    assert_eq!(nothing["code"], "NOTHING_TO_CLAIM");
    let release = json!({ "taskId": claimed["task"]["id"], "assignmentId": claimed["assignmentId"] });
    let fields = format!("... on TaskReleased {{ {RECEIPT} }}");
    let released = server.mutate(&ann, "releaseTask", release, "x1", &fields).await;
    let claimed = claim_after(&server, &bob, &project, "c3", &released).await;
    assert_eq!(claimed["__typename"], "TaskClaimed", "{claimed}");
    server.clock.advance(30 * 60);
    let (ann, bob) = (
        server.login("ann@example.org", support::PASSWORD).await,
        server.login("bob@example.org", support::PASSWORD).await,
    );
    let late = submit(&server, bob["token"].as_str().expect("a token"), &claimed, prefers("TIE"), "s1").await;
    assert_eq!(late["code"], "ASSIGNMENT_EXPIRED");
    let taken = claim(&server, ann["token"].as_str().expect("a token"), &project, "c4").await;
    assert_eq!(taken["__typename"], "TaskClaimed", "{taken}");
}

/// Claims once the queue includes what an earlier mutation wrote.
async fn claim_after(server: &Server, token: &str, project: &str, key: &str, earlier: &Value) -> Value {
    let at = earlier["receipt"]["last"].clone();
    let query = "query($id: UUID!, $at: Position) { project(id: $id, atLeast: $at) { id } }";
    server.ask(Some(token), query, json!({ "id": project, "at": at })).await;
    claim(server, token, project, key).await
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn a_form_that_was_shown_is_the_one_that_counts(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(&options).await;
    let manager = server.sign_in("manager", &[Role::Manager]).await;
    let ann = server.sign_in("ann", &[Role::Annotator]).await;
    let project = project(&server, &manager, 1).await;
    let created = task(&server, &manager, &project, "t1").await;
    let claimed = claim_after(&server, &ann, &project, "c1", &created).await;
    let questions = json!([{ "key": "safe", "title": "Is it safe?", "kind": { "choice": { "options": [
        { "key": "yes", "label": "Yes" }, { "key": "no", "label": "No" } ] } } }]);
    let input = json!({ "projectId": project, "questions": questions });
    let revised = server.mutate(&manager, "reviseForm", input, "f2", "... on FormRevised { formVersion }").await;
    assert_eq!(revised["formVersion"], 2);
    let submitted = submit(&server, &ann, &claimed, prefers("TIE"), "s1").await;
    assert_eq!(submitted["__typename"], "AnnotationSubmitted", "{submitted}");
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn lists_come_in_pages(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(&options).await;
    let manager = server.sign_in("manager", &[Role::Manager]).await;
    let project = project(&server, &manager, 1).await;
    let mut last = Value::Null;
    for number in 0..5 {
        last = task(&server, &manager, &project, &format!("t{number}")).await["receipt"]["last"].clone();
    }
    let query = "query($id: UUID!, $after: String, $first: Int, $at: Position) { project(id: $id, atLeast: $at) {
        tasks(first: $first, after: $after) { nodes { id } pageInfo { hasNextPage endCursor } } } }";
    let (mut seen, mut after) = (std::collections::HashSet::new(), Value::Null);
    loop {
        let variables = json!({ "id": project, "first": 2, "after": after, "at": last });
        let answer = server.ask(Some(&manager), query, variables).await;
        let page = &answer["data"]["project"]["tasks"];
        for node in page["nodes"].as_array().unwrap_or_else(|| panic!("{answer}")) {
            assert!(seen.insert(node["id"].to_string()), "no task twice");
        }
        after = page["pageInfo"]["endCursor"].clone();
        if page["pageInfo"]["hasNextPage"] == false {
            break;
        }
    }
    assert_eq!(seen.len(), 5);
    let answer = server.ask(Some(&manager), query, json!({ "id": project, "first": 101 })).await;
    assert_eq!(answer["errors"][0]["extensions"]["code"], "BAD_INPUT", "{answer}");
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn work_knows_the_guidelines_that_it_was_done_under(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(&options).await;
    let manager = server.sign_in("manager", &[Role::Manager]).await;
    let annotator = server.sign_in("ann", &[Role::Annotator]).await;
    let project = project(&server, &manager, 1).await;
    let created = task(&server, &manager, &project, "t").await;
    let revise = async |text: &str, key: &str| {
        let input = json!({ "projectId": project, "text": text });
        server
            .mutate(&manager, "reviseGuidelines", input, key, "... on GuidelinesRevised { guidelinesVersion }")
            .await
    };
    assert_eq!(revise("Be fair.", "g1").await["guidelinesVersion"], 1);
    assert_eq!(revise("Be fair.", "g2").await["code"], "UNCHANGED");
    assert_eq!(revise(" ", "g3").await["code"], "BAD_GUIDELINES");
    let head = server.ledger.head().await.expect("a head").position();
    let query =
        "query($id: UUID!, $at: Position) { project(id: $id, atLeast: $at) { guidelines guidelinesVersion } }";
    let seen = server.ask(Some(&manager), query, json!({ "id": project, "at": head })).await;
    assert_eq!(seen["data"]["project"], json!({ "guidelines": "Be fair.", "guidelinesVersion": 1 }));
    let input = json!({ "projectId": project, "taskId": created["taskId"] });
    let fields = "... on TaskClaimed { assignmentId guidelinesVersion task { id } }";
    let claimed = server.mutate(&annotator, "claimTask", input, "c", fields).await;
    assert_eq!(claimed["guidelinesVersion"], 1);

    assert_eq!(revise("Be kind.", "g4").await["guidelinesVersion"], 2);
    let submitted = submit(&server, &annotator, &claimed, prefers("LEFT"), "s").await;
    let version = async |at: &Value| {
        let query =
            "query($id: UUID!, $at: Position) { task(id: $id, atLeast: $at) { annotations { guidelinesVersion } } }";
        let seen = server.ask(Some(&manager), query, json!({ "id": created["taskId"], "at": at })).await;
        seen["data"]["task"]["annotations"][0]["guidelinesVersion"].clone()
    };
    assert_eq!(version(&submitted["receipt"]["last"]).await, 1, "those that were in force when the lease began");
    let input =
        json!({ "taskId": created["taskId"], "annotationId": submitted["annotationId"], "answers": prefers("TIE") });
    let fields = "... on AnnotationRevised { receipt { last } }";
    let revised = server.mutate(&annotator, "reviseAnnotation", input, "r", fields).await;
    assert_eq!(version(&revised["receipt"]["last"]).await, 2, "those in force when it was thought over");
}
