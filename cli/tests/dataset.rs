//! Somebody's letters are imported, judged, released and erased: the history tells where copies of them are.

mod support;

use std::fs;

use serde_json::Value;
use support::{Home, text};

const MAPPING: &str = "
project: { name: Letters }
task:
  key: id
  content: [{ name: letter, from: letter, subject: customer }]
  responses: [{ text: a }, { text: b }]
annotators: { column: worker }
questions: [{ key: better, title: Which reply is better?, preference: { from: vote, labels: { a: left, b: right } } }]
";

const VOTES: &str = "id,customer,letter,a,b,worker,vote
1,grace,I am Grace and I complain.,Sorry.,So what?,w1,a
1,grace,I am Grace and I complain.,Sorry.,So what?,w2,a
2,hedy,It is Hedy again.,Hello.,No.,w1,b
";

fn rows(home: &Home) -> Vec<Value> {
    let text = fs::read_to_string(home.path().join("out/train.jsonl")).expect("a dataset");
    text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

#[test]
fn an_erased_persons_text_is_followed_to_the_releases_that_hold_it() {
    let home = Home::new();
    let file = |name: &str, content: &str| {
        let path = home.path().join(name);
        fs::write(&path, content).expect("writable");
        path.to_str().expect("text").to_owned()
    };
    let (map, votes) = (file("map.yaml", MAPPING), file("votes.csv", VOTES));
    let nameless = file("nameless.csv", &VOTES.replace("2,hedy", "2,"));
    let refused = home.run(&["import", "votes", "--map", &map, &nameless]);
    let said = text(&refused.stderr);
    assert!(said.contains("nameless.csv:4: customer is empty, and whose text it is stands there"), "{said}");
    let import = ["import", "votes", "--map", &map, &votes];
    let printed = home.succeed(&import);
    assert!(printed.contains("recorded now: 2 tasks, 2 participants, 3 annotations"), "{printed}");

    let out = home.path().join("out");
    let out = out.to_str().expect("text");
    let exported = home.succeed(&["export", "dpo", "--project", "Letters", "--out", out]);
    assert!(exported.contains("left out: 2 tasks that hold personal text, which the recipe withholds"), "{exported}");
    let recipe = file("recipe.yaml", "personal_text: include\n");
    let unreleased = home.run(&["export", "dpo", "--project", "Letters", "--out", out, "--recipe", &recipe]);
    assert!(text(&unreleased.stderr).contains("stele dataset release"), "{unreleased:?}");
    let release = ["dataset", "release", "letters", "--project", "Letters", "--out", out, "--recipe", &recipe];
    let released = home.succeed(&release);
    assert!(released.starts_with("letters 1.0.0 is released.\n2 rows"), "{released}");
    assert!(released.contains("personal text of 2 people"), "{released}");
    assert_eq!(rows(&home)[0]["prompt"], "I am Grace and I complain.");
    let again = home.succeed(&release);
    assert!(again.starts_with("letters 1.0.0 has these rows already"), "{again}");

    let shelf = home.path().join("shelf");
    fs::create_dir(&shelf).expect("a folder");
    let address = format!("file://{}", shelf.display());
    let publish = ["dataset", "publish", out, "--to", &address];
    let published = home.succeed(&publish);
    assert!(published.starts_with("letters@1.0.0 is at "), "{published}");
    assert!(shelf.join("letters/1.0.0/manifest.json").is_file(), "{published}");
    let again = home.succeed(&publish);
    assert!(again.contains("sent      0 files"), "{again}");
    let nowhere = home.run(&["dataset", "publish", out]);
    assert!(!nowhere.status.success() && text(&nowhere.stderr).contains("--to"), "{nowhere:?}");

    let found = home.succeed(&["subject", "--project", "Letters", "grace"]);
    assert!(found.lines().next().expect("a line").ends_with("not known"), "no annotator is called Grace: {found}");
    let owner = found.lines().nth(1).expect("a line");
    assert!(owner.ends_with("has content"), "{found}");
    let grace = owner.split_whitespace().nth(1).expect("an id").to_owned();
    let erase = ["erase", &grace, "--basis", "a request", "--reference", "DSR-17"];
    let holds = "letters 1.0.0 holds text of theirs in 1 of its 2 rows";
    let preview = home.succeed(&[&erase[..], &["--preview"]].concat());
    assert!(
        preview.contains("no participant") && preview.contains("1 events hold data of theirs, on 1 tasks"),
        "{preview}"
    );
    assert!(preview.contains(holds), "{preview}");
    let erased = home.succeed(&[&erase[..], &["--yes"]].concat());
    assert!(erased.contains("Copies outside the ledger") && erased.contains(holds), "{erased}");

    assert!(home.succeed(&["dataset", "impact", &grace]).contains(holds), "what an erasure names");
    let released = home.succeed(&release);
    assert!(released.starts_with("letters 1.1.0 is released.\n1 rows"), "{released}");
    let verified = home.succeed(&["dataset", "verify", out]);
    assert!(verified.contains("on record as letters 1.1.0 at position"), "{verified}");
    assert!(verified.ends_with("valid\n"), "{verified}");
    let diff = home.succeed(&["dataset", "diff", "letters@1.0.0", "letters"]);
    // what was Grace's can't be made again
    assert!(diff.ends_with("0 rows added, 0 removed, 0 changed, 1 the same\n"), "{diff}");
    assert!(released.contains("left out: 1 tasks that belong to someone who has been erased"), "{released}");
    assert_eq!(rows(&home).iter().map(|row| row["prompt"].clone()).collect::<Vec<_>>(), ["It is Hedy again."]);
    let listed = home.succeed(&["dataset", "list"]);
    assert_eq!(
        listed.lines().map(|line| line.split(" at").next()).collect::<Vec<_>>(),
        [Some("letters 1.0.0"), Some("letters 1.1.0")]
    );
    let purged = home.path().join("purged");
    let purge = ["dataset", "purge", &grace, "--out", purged.to_str().expect("text")];
    let done = home.succeed(&purge);
    assert_eq!(done, "letters 1.0.0 is withdrawn: delete its copies.\n", "1.1.0 was made without Grace");
    assert_eq!(home.succeed(&purge), "No release that stands holds text of theirs.\n");
    fs::write(home.path().join("out/train.jsonl"), "{}\n").expect("writable");
    let found = home.run(&["dataset", "verify", out]);
    let said = text(&found.stdout);
    assert_eq!(found.status.code(), Some(10), "{said}");
    assert!(said.contains("found: train.jsonl is not the file that the manifest lists"), "{said}");

    // what was recorded stands, so the same import is as done as it was; what is new of an erased person is refused
    let again = home.succeed(&import);
    assert!(again.contains("recorded now: 0 tasks, 0 participants, 0 annotations, 0 revisions"), "{again}");
    let more = file("more.csv", "id,customer,letter,a,b,worker,vote\n3,grace,Grace once more.,a,b,w1,a\n");
    let refused = home.run(&["import", "votes", "--map", &map, &more]);
    let said = text(&refused.stderr);
    assert!(said.contains("more.csv:2") && said.contains(&format!("subject {grace} has been erased")), "{said}");
    home.succeed(&["verify"]);
}
