//! A stream is told event by event, as of any position, and nobody's personal fields are told with it.

mod support;

use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::Value;
use support::{Home, text};

fn replay(home: &Home, arguments: &[&str]) -> Vec<Value> {
    let arguments = [&["replay", "--ledger", "demo", "--json"], arguments].concat();
    let printed = home.succeed(&arguments);
    printed.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

#[test]
fn a_stream_is_replayed_with_its_states() {
    let home = Home::new();
    home.serve(&["demo"]).process.interrupt();
    let register = ["register", "--ledger", "demo", "--email", "grace@example.org", "--name", "Grace Hopper"];
    let register = [&register[..], &["--role", "annotator", "--role", "auditor"]].concat();
    let registered =
        home.command(&register).env("STELE_PASSWORD", "a long enough password").output().expect("it runs");
    let registered = text(&registered.stdout);
    let person = registered.strip_prefix("Registered as ").and_then(|rest| rest.split(' ').next()).expect("an id");
    let stream = format!("participant/{person}");

    let steps = replay(&home, &[&stream]);
    let names: Vec<_> = steps.iter().map(|step| step["name"].as_str().expect("a name")).collect();
    assert_eq!(names, ["ParticipantRegistered", "RoleGranted", "RoleGranted"]);
    let states: Vec<_> = steps.iter().map(|step| step["state"]["roles"].as_array().expect("roles").len()).collect();
    assert_eq!(states, [0, 1, 2]);
    assert_eq!(steps[0]["payload"]["name"]["subject"], person);
    assert_eq!(steps[0]["payload"]["name"]["data"], "sealed");
    assert_eq!((&steps[0]["version"], &steps[0]["actor"]), (&1.into(), &Value::Null));
    assert_eq!(steps[0]["recorded_at"], steps[0]["occurred_at"]);

    let position = steps[1]["position"].to_string();
    assert_eq!(replay(&home, &[&stream, "--known-at", &position]), steps[..2]);
    let time = steps[2]["recorded_at"].as_str().expect("a time");
    assert_eq!(replay(&home, &[&stream, "--known-at", time]), steps);

    let told = home.succeed(&["replay", "--ledger", "demo", &stream]);
    assert!(told.starts_with("ParticipantRegistered at position "), "{told}");
    for clear in ["Grace Hopper", "grace@example.org"] {
        let encoded = BASE64_STANDARD.encode(format!("\"{clear}\""));
        assert!(!told.contains(clear) && !told.contains(&encoded), "{clear} is in\n{told}");
    }

    // a task of the demonstration: its three annotators hold it, and then have answered it
    let rows = std::fs::read_to_string(home.path().join("datasets/demo-dpo/train.jsonl")).expect("exported");
    let row: Value = serde_json::from_str(rows.lines().next().expect("a row")).expect("JSON");
    let steps = replay(&home, &[&format!("task/{}", row["task_id"].as_str().expect("an id"))]);
    let last = &steps.last().expect("events")["state"];
    let count = |member: &str| last[member].as_object().expect("an object").len();
    assert_eq!((count("assignments"), count("annotations")), (0, 3), "{last}");

    let nobody = format!("participant/{}", uuid::Uuid::nil());
    let before = (steps[0]["position"].as_u64().expect("a position") - 1).to_string();
    let task = format!("task/{}", row["task_id"].as_str().expect("an id"));
    for (arguments, code, error) in [
        (vec![nobody.as_str()], 1, "the ledger `demo` has no stream participant/"),
        (vec![task.as_str(), "--known-at", &before], 1, "begins at position"),
        (vec![task.as_str(), "--known-at", "1000000"], 1, "is beyond the ledger's head"),
        (vec!["task"], 2, "a stream is TYPE/UUID"),
        (vec!["chore/00000000-0000-0000-0000-000000000000"], 2, "`chore` is not a stream type"),
        (vec!["task/7"], 2, "`7` is not a UUID"),
    ] {
        let refused = home.run(&[&["replay", "--ledger", "demo"], &arguments[..]].concat());
        let told = text(&refused.stderr);
        assert_eq!(refused.status.code(), Some(code), "{arguments:?}: {told}");
        assert!(told.contains(error), "{arguments:?}: {told}");
        assert!(refused.stdout.is_empty());
    }
}
