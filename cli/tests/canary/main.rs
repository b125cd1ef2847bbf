//! Canaries: random texts in every personal field, and in what goes wrong, are found nowhere that Stele or PostgreSQL
//! write to; and once everyone is erased, in no answer.

mod client;
mod cluster;
mod controls;
mod issuer;
mod planted;
mod scan;
mod staff;
#[path = "../support/mod.rs"]
mod support;
mod wrong;

use std::{collections::BTreeSet, fs};

use serde_json::{Value, json};

use crate::{
    client::Client,
    cluster::Cluster,
    controls::Controls,
    issuer::FakeIssuer,
    planted::{PEOPLE, Planted},
    scan::{Canaries, Scanner},
    staff::Staff,
    support::{Home, repository},
};

#[test]
fn personal_data_is_nowhere_in_the_clear_and_in_no_answer_once_erased() {
    let home = Home::logged();
    let scratch = tempfile::tempdir().expect("a folder");
    let issuer = FakeIssuer::start();
    let server = home.serve(&[&["serve"], &issuer.options().each_ref().map(String::as_str)[..]].concat());
    let cluster = Cluster::of(&home);
    cluster.keep_all_readable();
    let nobody = Client::of(&server.url);
    let mut canaries = Canaries::seeded(20_260_214);
    let controls = Controls::plant(&mut canaries, &cluster, &nobody);
    let on_purpose = canaries.given.len();
    let staff = Staff::hire(&home, &nobody);
    let planted = Planted::plant(&staff, &issuer, &mut canaries);
    assert_eq!(recorded_fields(&cluster), sample_fields(), "the fields that were sealed, and those of the samples");
    let stored = canaries.given.len();
    planted.go_wrong(&staff, &mut canaries);
    let count = canaries.given.len() - on_purpose;
    assert!(count >= 200, "{count} canaries");

    let mut scanner = Scanner::of(&canaries.given);
    let before = planted.read(&staff);
    let told = before.iter().flat_map(|(asked, answer)| scanner.scan(asked, answer.to_string().as_bytes()));
    let told: BTreeSet<String> = told.map(|found| found.canary).collect();
    for canary in &canaries.given[on_purpose..stored] {
        assert!(
            told.contains(canary) != planted.replaced.contains(canary),
            "{canary} is told, unless it was replaced or is told to nobody"
        );
    }
    check_history(&planted, &staff, &mut scanner);

    cluster.back_up(scratch.path());
    let metrics = nobody.get("/metrics");
    let printed = server.process.interrupt();
    scanner.scanned = 0;
    let mut found = scanner.scan_folder("home", home.path());
    found.extend(scanner.scan_folder("backup", scratch.path()));
    found.extend(scanner.scan("/metrics", metrics.as_bytes()));
    found.extend(scanner.scan("what the server printed", printed.as_bytes()));
    let complaints = nobody.complaints();
    found.extend(complaints.iter().flat_map(|it| scanner.scan(&format!("an answer: {it}"), it.as_bytes())));
    println!("{count} canaries, {} bytes scanned, {} complaints", scanner.scanned, complaints.len());
    controls.check(&found);
    controls.take_from(&mut found);
    assert!(found.is_empty(), "{found:#?}");

    // what is released is there to be read
    let released = planted::release(&home, &scratch.path().join("released"));
    assert_eq!((&released["rows"], &released["left_out"]["erased"]), (&json!(PEOPLE), &json!(0)));
    let rows = fs::read(scratch.path().join("released/train.jsonl")).expect("rows");
    let released: BTreeSet<String> = scanner.scan("", &rows).into_iter().map(|found| found.canary).collect();
    assert!(planted.prompts.is_subset(&released), "{released:?}");

    let server = home.serve(&["serve"]);
    let staff = staff.at(&server.url);
    planted.erase(&staff);
    for ((asked, before), (_, after)) in before.into_iter().zip(planted.read(&staff)) {
        let found = scanner.scan(&asked, after.to_string().as_bytes());
        assert!(found.is_empty(), "{found:#?}");
        assert_eq!(erased(before, &mut scanner), after, "{asked}");
    }
    check_history(&planted, &staff, &mut scanner);
    planted.claim_about_the_erased(&staff);
    server.process.interrupt();

    let left = planted::release(&home, &scratch.path().join("left"));
    assert_eq!((&left["rows"], &left["left_out"]["erased"]), (&json!(0), &json!(PEOPLE)));
    let mut found = scanner.scan_folder("left", &scratch.path().join("left"));
    found.extend(scanner.scan_folder("home", home.path()));
    controls.take_from(&mut found);
    assert!(found.is_empty(), "{found:#?}");
}

/// The history holds personal data sealed, whoever reads it.
fn check_history(planted: &Planted, staff: &Staff, scanner: &mut Scanner) {
    for (asked, answer) in planted.read_history(staff) {
        let found = scanner.scan(&asked, answer.to_string().as_bytes());
        assert!(found.is_empty(), "{found:#?}");
    }
}

/// What an answer has to be once everybody whose canary it has is erased.
fn erased(mut answer: Value, scanner: &mut Scanner) -> Value {
    let is_personal = answer["erased"] == false && !scanner.scan("", answer.to_string().as_bytes()).is_empty();
    match &mut answer {
        Value::Object(members) => {
            for (name, member) in members.iter_mut() {
                *member = match name.as_str() {
                    "text" | "value" | "chat" if is_personal => Value::Null,
                    "erased" => is_personal.into(),
                    _ => erased(member.take(), scanner),
                };
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| *item = erased(item.take(), scanner)),
        _ => {}
    }
    answer
}

/// The personal fields of all events, as `NAME MEMBER.MEMBER`.
fn recorded_fields(cluster: &Cluster) -> BTreeSet<String> {
    let mut fields = BTreeSet::new();
    for event in cluster.texts("stele", "select name || ' ' || payload::text from event") {
        let (name, payload) = event.split_once(' ').expect("two parts");
        add_fields(name.to_owned() + " ", &serde_json::from_str(payload).expect("JSON"), &mut fields);
    }
    fields
}

/// The personal fields that there are, of which there is an example in every schema's sample.
fn sample_fields() -> BTreeSet<String> {
    let mut fields = BTreeSet::new();
    for file in fs::read_dir(repository("schemas/events")).expect("a folder") {
        let path = file.expect("listed").path();
        let name = path.file_name().and_then(|name| name.to_str()).expect("text");
        if let Some(versioned) = name.strip_suffix(".sample.json") {
            let (name, _) = versioned.split_once('.').expect("a version");
            let sample = serde_json::from_str(&fs::read_to_string(&path).expect("readable")).expect("JSON");
            add_fields(name.to_owned() + " ", &sample, &mut fields);
        }
    }
    fields
}

fn add_fields(path: String, value: &Value, fields: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) if members.contains_key("alg") => {
            fields.insert(path);
        }
        Value::Object(members) => {
            members.iter().for_each(|(name, member)| add_fields(format!("{path}.{name}"), member, fields));
        }
        Value::Array(items) => items.iter().for_each(|item| add_fields(path.clone(), item, fields)),
        _ => {}
    }
}
