//! A history is verified where it is, and away from there.

mod support;

use std::fs;

use support::{Home, text};

#[test]
fn a_history_is_verified_in_its_database_and_as_a_bundle() {
    let home = Home::new();
    let register = ["register", "--email", "a@example.org", "--name", "A", "--role", "admin"];
    let registered =
        home.command(&register).env("STELE_PASSWORD", "a long enough password").output().expect("it runs");
    assert!(registered.status.success(), "{}", text(&registered.stderr));

    let report = home.succeed(&["verify"]);
    assert!(report.starts_with("valid: ledger main"), "{report}");
    assert!(report.contains("NOT checked, as no key was given"), "{report}");

    for name in ["bundle.jsonl", "bundle.jsonl.gz"] {
        let bundle = home.path().join(name);
        let bundle = bundle.to_str().expect("text");
        home.succeed(&["audit", "export", "--out", bundle]);
        let of_bundle = home.succeed(&["verify", "--json", "--bundle", bundle]);
        assert!(of_bundle.contains(r#""verdict": "valid""#), "{of_bundle}");
        assert!(!of_bundle.contains(r#""events": 0"#), "{of_bundle}");
    }

    let bundle = home.path().join("bundle.jsonl");
    let whole = fs::read_to_string(&bundle).expect("readable");
    let verdict = |changed: &str| {
        fs::write(&bundle, changed).expect("written");
        home.run(&["verify", "--bundle", bundle.to_str().expect("text")]).status.code()
    };
    assert_eq!(verdict(&whole), Some(0));
    assert_eq!(verdict(&whole.replacen("Registered", "Regretted", 1)), Some(10));
    assert_eq!(verdict(&whole[..whole.len() / 2]), Some(12));
    fs::remove_file(&bundle).expect("removed");
    assert_eq!(home.run(&["verify", "--bundle", bundle.to_str().expect("text")]).status.code(), Some(1));
    assert_eq!(home.run(&["verify", "--ledger", "none"]).status.code(), Some(1));
    assert_eq!(home.run(&["verify", "--key", "no key"]).status.code(), Some(2));
}
