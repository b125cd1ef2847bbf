//! What has become of people's texts: they open, or read as erased if their owner's erasure was acknowledged.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::{
    client::{Answer, Client},
    database::{Database, Keys},
    load::Answered,
    support::Home,
};

/// Texts by what they are of; `None` where they read as erased.
type Texts = BTreeMap<String, Option<String>>;

/// All of them, read through the API by a manager of the project.
pub(crate) fn check_texts(manager: &Client, project: &Value, answered: &[Answered]) {
    let erased = erased(answered);
    let mut expected = Texts::new();
    let mut people = Vec::new();
    for Answered { command, answer, .. } in answered {
        let input = &command.input;
        let answer = match answer {
            Answer::Acknowledged(answer) => answer,
            Answer::Refused(code) if code == "ERASED" => {
                let person = string(&input["content"][1]["subjectId"]);
                assert!(erased.contains(&person), "{command:?} was refused, and {person} is not erased");
                continue;
            }
            Answer::Refused(_) => continue,
        };
        let unless_erased = |owner: &Value, text: &Value| (!erased.contains(&string(owner))).then(|| string(text));
        match command.mutation {
            "createTask" => {
                let story = &input["content"][1];
                expected.insert(string(&answer["taskId"]), unless_erased(&story["subjectId"], &story["value"]));
            }
            // the annotator stays
            "submitAnnotation" => {
                expected.insert(string(&answer["annotationId"]), Some(string(&input["answers"][1]["value"]["text"])));
            }
            "reviseAnnotation" => {
                expected.insert(string(&input["annotationId"]), Some(string(&input["answers"][1]["value"]["text"])));
            }
            "registerParticipant" => {
                let person = &answer["participantId"];
                expected.insert(string(person), unless_erased(person, &input["name"]));
                people.push(person.clone());
            }
            _ => {}
        }
    }
    let mut found = texts_of_tasks(manager, project);
    for person in people {
        let query = "query($id: UUID!) { participant(id: $id) { name { text erased } } }";
        let name = manager.insist(query, &json!({ "id": person }))["participant"]["name"].clone();
        found.insert(string(&person), readable(&name, "text"));
    }
    assert_eq!(found, expected);
}

/// The erased have no key and nothing to sign in with. Everybody else's key is wrapped by the one ledger key there is.
pub(crate) fn check_keys(home: &Home, database: &mut Database, answered: &[Answered]) {
    let erased = erased(answered);
    let keys = Keys::of(home.path(), database);
    assert_eq!(keys.in_file, [keys.current], "{keys:?}");
    assert_eq!(keys.undestroyed, [keys.current], "{keys:?}");
    assert!(keys.living.values().all(|version| *version == keys.current), "{keys:?}");
    assert!(erased.iter().all(|person| !keys.living.contains_key(person)), "{erased:?} in {keys:?}");
    let accounts = database.accounts();
    assert!(erased.is_disjoint(&accounts), "{erased:?} in {accounts:?}");
}

/// Whose erasure was acknowledged.
pub(crate) fn erased(answered: &[Answered]) -> BTreeSet<String> {
    let erasures = answered.iter().filter(|answered| answered.command.mutation == "eraseSubject");
    let acknowledged = erasures.filter(|erasure| matches!(erasure.answer, Answer::Acknowledged(_)));
    acknowledged.map(|erasure| string(&erasure.command.input["subjectId"])).collect()
}

/// The stories that the tasks tell, and the reasons that their annotations give.
fn texts_of_tasks(manager: &Client, project: &Value) -> Texts {
    let query = "query($project: UUID!, $after: String) { project(id: $project) { tasks(first: 50, after: $after) {
        nodes { id content { name value erased } annotations { id answers { question text { text erased } } } }
        pageInfo { endCursor hasNextPage } } } }";
    let mut texts = Texts::new();
    let mut after = Value::Null;
    loop {
        let variables = json!({ "project": project, "after": after });
        let tasks = manager.insist(query, &variables)["project"]["tasks"].clone();
        for task in list(&tasks["nodes"]) {
            texts.insert(string(&task["id"]), readable(&task["content"][1], "value"));
            for annotation in list(&task["annotations"]) {
                texts.insert(string(&annotation["id"]), readable(&annotation["answers"][1]["text"], "text"));
            }
        }
        if tasks["pageInfo"]["hasNextPage"] == false {
            return texts;
        }
        after = tasks["pageInfo"]["endCursor"].clone();
    }
}

/// What a personal field reads as.
fn readable(field: &Value, text: &str) -> Option<String> {
    assert_eq!(field["erased"], field[text].is_null(), "{field}");
    field[text].as_str().map(str::to_owned)
}

fn list(value: &Value) -> &[Value] {
    value.as_array().unwrap_or_else(|| panic!("no list: {value}"))
}

fn string(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}")).to_owned()
}
