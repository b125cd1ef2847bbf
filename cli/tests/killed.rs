//! A release that is killed leaves a whole dataset behind, or none.

mod support;

use std::{fmt::Write as _, fs, process::Stdio, thread, time::Duration};

use support::{Home, text};

const MAPPING: &str = "
project: { name: Answers }
task:
  key: id
  content: [{ name: question, from: question }]
  responses: [{ text: a }, { text: b }]
annotators: { column: worker }
questions: [{ key: better, title: Which answer is better?, preference: { from: vote, labels: { a: left, b: right } } }]
";

const TASKS: u32 = 2_000;
const KILLS: u64 = 12;

#[test]
fn a_killed_release_leaves_a_whole_dataset_or_none() {
    let home = Home::new();
    let mut votes = "id,question,a,b,worker,vote\n".to_owned();
    for task in 0..TASKS {
        let filler = format!("{task} ").repeat(60);
        writeln!(votes, "{task},Question {filler}?,Answer {filler}.,Other {filler}.,w1,a").expect("writable");
    }
    let file = |name: &str, content: &str| {
        let path = home.path().join(name);
        fs::write(&path, content).expect("writable");
        path.to_str().expect("text").to_owned()
    };
    let (map, votes) = (file("map.yaml", MAPPING), file("votes.csv", &votes));
    home.succeed(&["import", "votes", "--map", &map, &votes]);
    let folder = home.path().join("datasets");
    let out = folder.join("answers");
    let recipes = [file("one.yaml", "{}"), file("other.yaml", "separator: ' '\n")];
    let verify = ["dataset", "verify", out.to_str().expect("text")];
    let mut whole = 0;
    for kill in 0..KILLS {
        // another recipe each time, so that every attempt is a release of its own
        let recipe = &recipes[usize::try_from(kill % 2).expect("0 or 1")];
        let release =
            ["dataset", "release", "answers", "--project", "Answers", "--recipe", recipe, "--out", verify[2]];
        let mut command = home.command(&release);
        let mut process = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it starts");
        thread::sleep(Duration::from_millis(200 + 150 * kill));
        process.kill().expect("it is killed");
        process.wait().expect("it has ended");
        if out.exists() {
            let verified = home.run(&verify);
            assert!(verified.status.success(), "{}{}", text(&verified.stdout), text(&verified.stderr));
            whole += 1;
        }
        // what is left beside it can't be taken for a dataset
        let names = fs::read_dir(&folder).into_iter().flatten().map(|entry| entry.expect("readable").file_name());
        let visible: Vec<_> = names.filter(|name| !name.to_string_lossy().starts_with('.')).collect();
        assert!(visible.iter().all(|name| name == "answers"), "{visible:?}");
    }
    eprintln!("after {whole} of {KILLS} kills there was a dataset");
    let release = ["dataset", "release", "answers", "--project", "Answers", "--out", verify[2]];
    home.succeed(&release);
    assert!(home.succeed(&verify).ends_with("valid\n"));
    let left = fs::read_dir(&folder).expect("readable").count();
    assert_eq!(left, 1, "what was left over is gone");
}
