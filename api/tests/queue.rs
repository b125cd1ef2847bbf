//! The queue through the API: what is offered to whom, in which order, and for how long.

mod support;

use std::collections::BTreeSet;

use futures::future::join_all;
use serde_json::{Value, json};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use stele_domain::participant::Role;
use support::{PASSWORD, Server};

/// A project with tasks of different routing, and two annotators.
struct Campaign {
    server: Server,
    manager: String,
    ada: String,
    bob: String,
    project: Value,
}

impl Campaign {
    async fn begin(options: &PgConnectOptions) -> Self {
        let server = Server::start(options).await;
        let manager = server.sign_in("mary", &[Role::Manager]).await;
        let ada = server.sign_in("ada", &[Role::Annotator]).await;
        let bob = server.sign_in("bob", &[Role::Annotator]).await;
        let questions = json!([{ "key": "better", "title": "?", "kind": { "preference": {} } }]);
        let input = json!({ "name": "Queue", "questions": questions });
        let created =
            server.mutate(&manager, "createProject", input, "p", "... on ProjectCreated { projectId }").await;
        Self { server, manager, ada, bob, project: created["projectId"].clone() }
    }

    /// A task with this name, once the views know it.
    async fn task(&self, name: &str, routing: Value) -> Value {
        let input = json!({
            "projectId": self.project,
            "externalKey": name,
            "content": [{ "name": "prompt", "value": name }],
            "responses": [{ "text": "0" }, { "text": "1" }],
            "routing": routing,
        });
        let fields = "... on TaskCreated { taskId receipt { last } }";
        let created = self.server.mutate(&self.manager, "createTask", input, name, fields).await;
        self.settle().await;
        created["taskId"].clone()
    }

    /// Returns once every view includes the whole ledger.
    async fn settle(&self) {
        let head = self.server.ledger.head().await.expect("a head").position();
        let query = "query($id: UUID!, $at: Position) { project(id: $id, atLeast: $at) { id }
            participants(atLeast: $at) { nodes { id } } }";
        let answer = self.server.ask(Some(&self.manager), query, json!({ "id": self.project, "at": head })).await;
        assert!(answer["errors"].is_null(), "{answer}");
    }

    async fn claim(&self, token: &str, key: &str, more: &Value) -> Value {
        let mut input = json!({ "projectId": self.project });
        for (name, value) in more.as_object().into_iter().flatten() {
            input[name] = value.clone();
        }
        let fields = "... on TaskClaimed { assignmentId expiresAt responseOrder task { id externalKey } }";
        let claimed = self.server.mutate(token, "claimTask", input, key, fields).await;
        self.settle().await;
        claimed
    }

    /// Makes room for the next claim, of another task.
    async fn skip(&self, token: &str, claimed: &Value) {
        let input = json!({
            "taskId": claimed["task"]["id"],
            "assignmentId": claimed["assignmentId"],
            "reason": "the next one, please",
        });
        let key = format!("skip {}", claimed["assignmentId"]);
        let skipped = self.server.mutate(token, "skipTask", input, &key, "").await;
        assert!(skipped["code"].is_null(), "{skipped}");
        self.settle().await;
    }

    /// The name of the task that is claimed.
    async fn claimed(&self, token: &str, key: &str) -> Value {
        let claimed = self.claim(token, key, &Value::Null).await;
        if claimed["code"].is_null() { claimed["task"]["externalKey"].clone() } else { claimed["code"].clone() }
    }
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn the_more_urgent_comes_first_and_then_the_older(_: PgPoolOptions, options: PgConnectOptions) {
    let campaign = Campaign::begin(&options).await;
    let plain = campaign.task("plain", Value::Null).await;
    campaign.task("late", json!({ "priority": -1 })).await;
    campaign.task("urgent", json!({ "priority": 10, "tags": ["batch:1"] })).await;
    campaign.task("tagged", json!({ "tags": ["batch:1", "code"] })).await;
    let tagged = campaign.claim(&campaign.bob, "b1", &json!({ "tags": ["code"] })).await;
    assert_eq!(tagged["task"]["externalKey"], "tagged");
    let none = campaign.claim(&campaign.bob, "b2", &json!({ "tags": ["code", "verse"] })).await;
    assert_eq!(none["code"], "NOTHING_TO_CLAIM");
    let bad = campaign.claim(&campaign.bob, "b3", &json!({ "tags": ["Code!"] })).await;
    assert_eq!(bad["code"], "BAD_WORD");
    let route = json!({ "taskId": plain, "routing": { "priority": 20 } });
    campaign
        .server
        .mutate(&campaign.manager, "routeTask", route, "r", "... on TaskRouted { receipt { last } }")
        .await;
    campaign.settle().await;
    for (key, name) in [("a1", "plain"), ("a2", "urgent"), ("a3", "late")] {
        let claimed = campaign.claim(&campaign.ada, key, &Value::Null).await;
        assert_eq!(claimed["task"]["externalKey"], name);
        campaign.skip(&campaign.ada, &claimed).await;
    }
    assert_eq!(campaign.claimed(&campaign.ada, "a4").await, "NOTHING_TO_CLAIM");
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn a_task_is_offered_to_those_who_are_able_to_do_it(_: PgPoolOptions, options: PgConnectOptions) {
    let campaign = Campaign::begin(&options).await;
    let dutch = campaign.task("dutch", json!({ "skills": ["lang:nl"] })).await;
    assert_eq!(campaign.claimed(&campaign.ada, "a1").await, "NOTHING_TO_CLAIM");
    let asked = campaign.claim(&campaign.ada, "a2", &json!({ "taskId": dutch })).await;
    assert_eq!(asked["code"], "LACKS_SKILL", "nor to whoever asks for it by name");
    let query = "{ viewer { participantId } }";
    let ada =
        campaign.server.ask(Some(&campaign.ada), query, json!({})).await["data"]["viewer"]["participantId"].clone();
    let skill = json!({ "participantId": ada, "skill": "lang:nl" });
    let done = "... on SkillGranted { receipt { last } }";
    campaign.server.mutate(&campaign.manager, "grantSkill", skill.clone(), "g", done).await;
    let again = campaign.server.mutate(&campaign.manager, "grantSkill", skill.clone(), "g2", "").await;
    assert_eq!(again["code"], "UNCHANGED");
    campaign.settle().await;
    let people =
        campaign.server.ask(Some(&campaign.manager), "{ participants { nodes { id skills } } }", json!({})).await;
    let people = people["data"]["participants"]["nodes"].as_array().expect("a list").clone();
    assert!(people.contains(&json!({ "id": ada, "skills": ["lang:nl"] })), "{people:?}");
    assert_eq!(campaign.claimed(&campaign.bob, "b1").await, "NOTHING_TO_CLAIM");
    assert_eq!(campaign.claimed(&campaign.ada, "a3").await, "dutch");
    let done = "... on SkillRevoked { receipt { last } }";
    campaign.server.mutate(&campaign.manager, "revokeSkill", skill, "v", done).await;
    campaign.task("more dutch", json!({ "skills": ["lang:nl"] })).await;
    assert_eq!(campaign.claimed(&campaign.ada, "a4").await, "NOTHING_TO_CLAIM");
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn a_skipped_task_goes_to_others(_: PgPoolOptions, options: PgConnectOptions) {
    let campaign = Campaign::begin(&options).await;
    let task = campaign.task("odd", Value::Null).await;
    let claimed = campaign.claim(&campaign.ada, "a1", &Value::Null).await;
    let skip = |reason: &str| json!({ "taskId": task, "assignmentId": claimed["assignmentId"], "reason": reason });
    let fields = "... on TaskSkipped { receipt { last replayed } }";
    let refused = campaign.server.mutate(&campaign.ada, "skipTask", skip(" "), "s0", fields).await;
    assert_eq!(refused["code"], "BAD_REASON");
    let skipped = campaign.server.mutate(&campaign.ada, "skipTask", skip("I know the author."), "s1", fields).await;
    assert_eq!(skipped["receipt"]["replayed"], false, "{skipped}");
    let again = campaign.server.mutate(&campaign.ada, "skipTask", skip("I know the author."), "s1", fields).await;
    assert_eq!(again["receipt"]["replayed"], true);
    campaign.settle().await;
    assert_eq!(campaign.claimed(&campaign.ada, "a2").await, "NOTHING_TO_CLAIM");
    let asked = campaign.claim(&campaign.ada, "a3", &json!({ "taskId": task })).await;
    assert_eq!(asked["code"], "SKIPPED");
    assert_eq!(campaign.claimed(&campaign.bob, "b1").await, "odd");
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn a_lease_lapses_unless_it_is_kept(_: PgPoolOptions, options: PgConnectOptions) {
    let campaign = Campaign::begin(&options).await;
    let task = campaign.task("long", Value::Null).await;
    let claimed = campaign.claim(&campaign.ada, "a1", &Value::Null).await;
    assert_eq!(claimed["expiresAt"], "2026-01-01T00:30:00+00:00");
    // an access token lasts for less time than a lease
    let token = async |name: &str| {
        let session = campaign.server.login(&format!("{name}@example.org"), PASSWORD).await;
        session["token"].as_str().expect("a token").to_owned()
    };
    let keep = async |key: &str| {
        let ada = token("ada").await;
        let input = json!({ "taskId": task, "assignmentId": claimed["assignmentId"] });
        let fields = "... on LeaseExtended { expiresAt }";
        campaign.server.mutate(&ada, "extendLease", input, key, fields).await
    };
    assert_eq!(keep("k1").await["code"], "UNCHANGED", "it has only just begun");
    campaign.server.clock.advance(20 * 60);
    assert_eq!(keep("k2").await["expiresAt"], "2026-01-01T00:50:00+00:00");
    campaign.server.clock.advance(20 * 60);
    let claim = json!({ "projectId": campaign.project, "taskId": task });
    let fields = "... on TaskClaimed { task { externalKey } }";
    let bob = token("bob").await;
    let held = campaign.server.mutate(&bob, "claimTask", claim.clone(), "b1", fields).await;
    assert_eq!(held["code"], "TASK_FULL", "it is still held");
    campaign.server.clock.advance(11 * 60);
    assert_eq!(keep("k3").await["code"], "ASSIGNMENT_EXPIRED");
    let free = campaign.server.mutate(&bob, "claimTask", claim, "b2", fields).await;
    assert_eq!(free["task"]["externalKey"], "long", "{free}");
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn responses_are_shown_in_either_order(_: PgPoolOptions, options: PgConnectOptions) {
    let campaign = Campaign::begin(&options).await;
    let mut orders = BTreeSet::new();
    for number in 0..40 {
        campaign.task(&format!("t{number}"), Value::Null).await;
        let claimed = campaign.claim(&campaign.ada, &format!("a{number}"), &Value::Null).await;
        orders.insert(claimed["responseOrder"].to_string());
        campaign.skip(&campaign.ada, &claimed).await;
    }
    // that all forty are the same happens once in 10^12 times
    assert_eq!(orders, ["[0,1]".to_owned(), "[1,0]".to_owned()].into());
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn the_impatient_get_what_is_theirs_and_no_more(_: PgPoolOptions, options: PgConnectOptions) {
    let campaign = Campaign::begin(&options).await;
    let more = json!({ "projectId": campaign.project, "redundancy": 3 });
    let fields = "... on RedundancyChanged { receipt { last } }";
    campaign.server.mutate(&campaign.manager, "changeRedundancy", more, "more", fields).await;
    for name in ["first", "second", "third", "fourth"] {
        campaign.task(name, Value::Null).await;
    }
    let mut crowd = Vec::new();
    for number in 0..11 {
        crowd.push(campaign.server.sign_in(&format!("person{number}"), &[Role::Annotator]).await);
    }
    let fields = "... on TaskClaimed { assignmentId task { id } }";
    let server = &campaign.server;
    // one person, eight times at once: one lease in the project, and not one of each task
    let keys = |what: &str, count: usize| (0..count).map(|number| format!("{what}{number}")).collect::<Vec<_>>();
    let names = keys("eight", 8);
    let any = json!({ "projectId": campaign.project });
    let eight = names.iter().map(|key| server.mutate(&crowd[0], "claimTask", any.clone(), key, fields));
    let eight = join_all(eight).await;
    let leases: Vec<&Value> =
        eight.iter().map(|claimed| &claimed["assignmentId"]).filter(|id| id.is_string()).collect();
    assert_eq!(leases.len(), 1, "{eight:?}");
    assert_eq!(eight.iter().filter(|claimed| claimed["code"] == "HOLDS_A_LEASE").count(), 7, "{eight:?}");
    campaign.settle().await;
    let ninth = server.mutate(&crowd[0], "claimTask", any, "ninth", fields).await;
    assert_eq!(ninth["code"], "HOLDS_A_LEASE");
    // ten people at once, for the two places that are left
    let task = eight.iter().find(|claimed| claimed["task"].is_object()).expect("a lease")["task"]["id"].clone();
    let claim = json!({ "projectId": campaign.project, "taskId": task });
    let names = keys("ten", 10);
    let ten = crowd[1..]
        .iter()
        .zip(&names)
        .map(|(token, key)| server.mutate(token, "claimTask", claim.clone(), key, fields));
    let ten = join_all(ten).await;
    let others: Vec<&Value> =
        ten.iter().map(|claimed| &claimed["assignmentId"]).filter(|id| id.is_string()).collect();
    assert_eq!(others.len(), 2, "{ten:?}");
    assert_eq!(ten.iter().filter(|claimed| claimed["code"] == "TASK_FULL").count(), 8);
    // one person answers five times at once
    let answers = json!([{ "question": "better", "value": { "preference": { "outcome": "LEFT" } } }]);
    let answer = json!({ "taskId": task, "assignmentId": leases[0], "answers": answers });
    let fields = "... on AnnotationSubmitted { annotationId }";
    let names = keys("five", 5);
    let five = names.iter().map(|key| server.mutate(&crowd[0], "submitAnnotation", answer.clone(), key, fields));
    let five = join_all(five).await;
    assert_eq!(five.iter().filter(|submitted| submitted["annotationId"].is_string()).count(), 1, "{five:?}");
    // and with another's lease
    let stolen = server
        .mutate(
            &crowd[0],
            "submitAnnotation",
            json!({ "taskId": task, "assignmentId": others[0], "answers": answers }),
            "z",
            fields,
        )
        .await;
    assert_eq!(stolen["code"], "NOT_YOURS");
}
