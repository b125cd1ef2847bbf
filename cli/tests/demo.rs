//! `stele demo`: it says what happened, its login works, Ctrl-C ends all of it, and it finds its data again.

mod support;

use std::process::Command;

use support::{Home, Serving};

fn demo(home: &Home) -> (Serving, String) {
    let serving = home.serve(&["demo"]);
    let printed = serving.process.printed.clone();
    (serving, printed)
}

/// The line of a first run that the second must repeat.
fn digest(printed: &str) -> &str {
    printed.lines().find(|line| line.trim_start().starts_with("digest")).unwrap_or_else(|| panic!("{printed}"))
}

#[test]
fn the_demonstration_keeps_its_data() {
    let home = Home::new();
    let (serving, first) = demo(&home);
    for line in ["data was made", "24 tasks, 72 annotations that count, by 5 annotators", "Krippendorff's alpha"] {
        assert!(first.contains(line), "{line} is not in\n{first}");
    }
    assert!(home.path().join("datasets/demo-dpo/data/train-00000-of-00001.parquet").is_file());
    let printed = serving.process.interrupt();
    let curl = printed.lines().find(|line| line.trim_start().starts_with("curl ")).expect("a line to try").to_owned();
    assert!(!home.path().join("postgres/postmaster.pid").exists(), "PostgreSQL is stopped as well");

    let (serving, second) = demo(&home);
    assert!(second.contains("data was found again"), "{second}");
    assert_eq!(digest(&first), digest(&second), "the same data, the same dataset");
    let address = |url: &str| url.trim_start_matches("http://").trim_end_matches("/graphql").to_owned();
    let first_address = curl.split("http://").nth(1).and_then(|rest| rest.split('/').next()).expect("an address");
    let curl = curl.replace(first_address, &address(&serving.url));
    let answer = Command::new("sh").args(["-c", &curl]).output().expect("a shell");
    let answer = String::from_utf8_lossy(&answer.stdout).into_owned();
    assert!(answer.contains("\"token\":\""), "{curl}\n{answer}");
    serving.process.interrupt();
}
