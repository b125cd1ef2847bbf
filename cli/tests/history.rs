//! Datasets as of ten moments of real histories, beside what a simple program makes of the raw files alone.
//!
//! The files are imported in eleven parts, and the ledger's position after each is a moment. At the end, a dataset as of such a
//! position must be what the raw file up to there gives.

mod support;

use std::{collections::HashMap, fs, path::Path};

use serde_json::Value;
use support::{Home, real_data, repository};

/// What a row says: prompt, chosen, rejected, the votes for the chosen one, and all votes.
type Said = (String, String, String, u64, u64);

/// Some numbers below `end` in ascending order, the same each time.
fn moments(end: usize) -> Vec<usize> {
    let mut state: u64 = 6;
    let mut draw = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).expect("31 bits") % end
    };
    let mut moments: Vec<usize> = (0..10).map(|_| 1 + draw()).collect();
    moments.sort_unstable();
    moments
}

/// The rows of a dataset that `more` arguments ask for.
fn exported(home: &Home, project: &str, more: &[&str]) -> Vec<Said> {
    let out = home.path().join("out");
    home.succeed(&[&["export", "dpo", "--project", project, "--out", out.to_str().expect("text")], more].concat());
    let lines = fs::read_to_string(out.join("train.jsonl")).expect("rows");
    let row = |line: &str| {
        let row: Value = serde_json::from_str(line).expect("JSON");
        let text = |name: &str| row[name].as_str().expect("text").to_owned();
        let count = |name: &str| row[name].as_u64().expect("a count");
        (text("prompt"), text("chosen"), text("rejected"), count("votes_chosen"), count("votes_total"))
    };
    sorted(lines.lines().map(row).collect())
}

/// In an order of their own: an import creates many tasks at a time.
fn sorted(mut rows: Vec<Said>) -> Vec<Said> {
    rows.sort_unstable();
    rows
}

/// The position of the last event.
fn head(home: &Home) -> String {
    let status = home.succeed(&["status"]);
    let events = status.split_once(": ").and_then(|(_, rest)| rest.split_whitespace().next());
    events.expect("how many events there are").replace(',', "")
}

/// A row, where more than half of the votes (1 for the one response, 2 for the other, 0 for neither) are for one of two
/// responses that differ and are not empty.
fn row_of(prompt: &str, one: &str, other: &str, votes: &[u64]) -> Option<Said> {
    let count = |of: u64| votes.iter().filter(|vote| **vote == of).count();
    let (chosen, rejected, most) = if count(1) > count(2) { (one, other, count(1)) } else { (other, one, count(2)) };
    let is_row = most * 2 > votes.len() && one != other && [one, other].iter().all(|text| !text.trim().is_empty());
    is_row.then(|| (prompt.to_owned(), chosen.to_owned(), rejected.to_owned(), most as u64, votes.len() as u64))
}

/// What the first items of `PandaLM`'s file give. A response that is no text is taken as its JSON.
fn of_pandalm(items: &[Value]) -> Vec<Said> {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let row = |item: &Value| {
        let parts = ["instruction", "input"].map(|name| text(&item[name]));
        let parts: Vec<&str> = parts.iter().map(String::as_str).filter(|part| !part.trim().is_empty()).collect();
        let votes = ["annotator1", "annotator2", "annotator3"].map(|name| item[name].as_u64().expect("a vote"));
        row_of(&parts.join("\n\n"), &text(&item["response1"]), &text(&item["response2"]), &votes)
    };
    sorted(items.iter().filter_map(row).collect())
}

#[test]
fn a_dataset_as_of_a_position_is_what_the_raw_file_up_to_there_gives() {
    let Some(data) = real_data("pandalm") else { return };
    let raw = fs::read_to_string(data.join("testset-v1.json")).expect("readable");
    let items: Vec<Value> = serde_json::from_str(&raw).expect("a list");
    let home = Home::new();
    let mapping = fs::read_to_string(repository("examples/pandalm.yaml")).expect("readable");
    let map = home.path().join("map.yaml");
    fs::write(&map, mapping.replace("coerce: false", "coerce: true")).expect("writable");
    let moments: Vec<(usize, String)> = moments(items.len())
        .into_iter()
        .map(|count| {
            let part = home.path().join(format!("part-{count}"));
            fs::create_dir_all(&part).expect("a folder");
            fs::write(part.join("testset-v1.json"), serde_json::to_string(&items[..count]).expect("JSON"))
                .expect("writable");
            import(&home, &map, &part);
            (count, head(&home))
        })
        .collect();
    import(&home, &map, &data);
    for (count, position) in moments {
        let found = exported(&home, "PandaLM testset v1", &["--known-at", &position]);
        assert_eq!(found, of_pandalm(&items[..count]), "{count} items, position {position}");
    }
}

fn import(home: &Home, map: &Path, data: &Path) {
    home.succeed(&["import", "votes", "--map", map.to_str().expect("text"), data.to_str().expect("text")]);
}

/// A line of the evaluation of Tulu 1.
#[derive(Clone)]
struct Evaluation {
    line: String,
    timestamp: String,
    evaluator: String,
    instance: usize,
    /// Whom it prefers: a model, or nobody.
    preferred: Option<String>,
}

fn evaluations(data: &Path) -> Vec<Evaluation> {
    let text = fs::read_to_string(data.join("annotations.csv")).expect("readable");
    let evaluation = |line: &str| {
        let fields: Vec<&str> = line.split(',').collect();
        let preferred = match fields[9].as_bytes()[0] {
            b'a' => Some(fields[5].to_owned()),
            b'b' => Some(fields[6].to_owned()),
            _ => None,
        };
        Evaluation {
            line: line.to_owned(),
            timestamp: fields[1].to_owned(),
            evaluator: fields[2].to_owned(),
            instance: fields[3].parse().expect("a number"),
            preferred,
        }
    };
    text.lines().skip(1).map(evaluation).collect()
}

/// What evaluations give.
fn of_tulu(instances: &[Value], counted: &[Evaluation]) -> Vec<Said> {
    // the last of an evaluator holds
    let mut held: HashMap<usize, HashMap<&str, Option<&str>>> = HashMap::new();
    for one in counted {
        held.entry(one.instance).or_default().insert(&one.evaluator, one.preferred.as_deref());
    }
    let row = |(instance, held): (usize, HashMap<&str, Option<&str>>)| {
        let of = &instances[instance];
        let completions = of["completions"].as_array().expect("two");
        let [one, other] = [&completions[0], &completions[1]];
        let vote = |preferred: Option<&str>| match preferred {
            Some(model) if one["model"] == *model => 1,
            Some(_) => 2,
            None => 0,
        };
        let votes: Vec<u64> = held.into_values().map(vote).collect();
        let text = |value: &Value| value.as_str().expect("text").to_owned();
        row_of(&text(&of["prompt"]), &text(&one["completion"]), &text(&other["completion"]), &votes)
    };
    sorted(held.into_iter().filter_map(row).collect())
}

#[test]
fn a_dataset_by_a_time_is_what_the_raw_lines_by_then_give() {
    let Some(data) = real_data("tulu1-human-eval") else { return };
    let all = evaluations(&data);
    let instances = fs::read_to_string(data.join("eval_instances_tulu_1.jsonl")).expect("readable");
    let home = Home::new();
    // an import sees how many annotators a task has by then, and later parts have more
    let mapping = fs::read_to_string(repository("examples/tulu.yaml")).expect("readable");
    let map = home.path().join("map.yaml");
    let named = "name: Tulu 1 human evaluation\n";
    fs::write(&map, mapping.replacen(named, &format!("{named}  redundancy: 16\n"), 1)).expect("writable");
    let project = "Tulu 1 human evaluation";
    let moments: Vec<(usize, String)> = moments(all.len())
        .into_iter()
        .map(|count| {
            let part = home.path().join(format!("part-{count}"));
            fs::create_dir_all(&part).expect("a folder");
            fs::write(part.join("eval_instances_tulu_1.jsonl"), &instances).expect("writable");
            let raw = fs::read_to_string(data.join("annotations.csv")).expect("readable");
            let lines: Vec<&str> =
                raw.lines().take(1).chain(all[..count].iter().map(|one| one.line.as_str())).collect();
            fs::write(part.join("annotations.csv"), lines.join("\n") + "\n").expect("writable");
            import(&home, &map, &part);
            (count, head(&home))
        })
        .collect();
    import(&home, &map, &data);
    let instances: Vec<Value> = instances.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    for (count, position) in &moments {
        let found = exported(&home, project, &["--known-at", position]);
        assert_eq!(found, of_tulu(&instances, &all[..*count]), "{count} lines, position {position}");
    }
    for (count, _) in &moments {
        let time = &all[count - 1].timestamp;
        let by: Vec<Evaluation> = all.iter().filter(|one| one.timestamp <= *time).cloned().collect();
        let found = exported(&home, project, &["--happened-by", &format!("{}Z", time.replace(' ', "T"))]);
        assert_eq!(found, of_tulu(&instances, &by), "by {time}");
    }
}
