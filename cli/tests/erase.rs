//! A person is erased from the command line, and the certificate of it holds.

mod support;

use std::{fs, io::Write, process::Stdio};

use support::{Home, text};

const WHY: [&str; 4] = ["--basis", "GDPR Art. 17(1)(b)", "--reference", "DSR-17"];

#[test]
fn a_person_is_erased_and_certified() {
    let home = Home::new();
    let (ada, grace) = (home.register("ada", &["annotator"]), home.register("grace", &["annotator"]));
    let erase = |flag: &'static [&'static str]| [&["erase", ada.as_str()], &WHY[..], flag].concat();

    let preview = home.succeed(&erase(&["--preview"]));
    assert!(preview.contains("a participant, whose sessions and credentials end"), "{preview}");
    assert!(preview.contains("1 events hold data of theirs, on 0 tasks"), "{preview}");
    let mut asked = home.command(&erase(&[]));
    let mut asked =
        asked.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("stele runs");
    asked.stdin.take().expect("a pipe").write_all(b"no\n").expect("it reads");
    assert_eq!(asked.wait_with_output().expect("it ends").status.code(), Some(1));
    let none = home.run(&["certificate", &ada]);
    assert_eq!(none.status.code(), Some(1));
    assert!(text(&none.stderr).contains("has not been erased"), "{}", text(&none.stderr));

    let erased = home.succeed(&erase(&["--yes"]));
    assert!(erased.contains("Erased, as position 5 records; the key is destroyed."), "{erased}");
    let preview = home.succeed(&erase(&["--preview"]));
    assert_eq!(preview, format!("Subject {ada} was erased at position 5.\n"), "a preview does nothing");
    let again = home.succeed(&erase(&["--yes"]));
    assert!(again.contains(&format!("Subject {ada} was erased at position 5.")), "{again}");

    let file = home.path().join("certificate.txt");
    let file = file.to_str().expect("text");
    home.succeed(&["certificate", &ada, "--out", file]);
    let key = home.verifier();
    let verified = home.succeed(&["verify", "--certificate", file, "--key", &key]);
    assert!(verified.starts_with(&format!("valid: ledger main records the erasure of subject {ada}")), "{verified}");
    assert!(verified.contains("could still revive it"), "{verified}");

    let rotated = home.succeed(&["keys", "rotate"]);
    assert!(rotated.starts_with("1 keys wrapped anew; the ledger's key is now version 2."), "{rotated}");
    home.succeed(&["certificate", &ada, "--out", file]);
    let verified = home.succeed(&["verify", "--certificate", file, "--key", &key]);
    assert!(verified.contains("none from before"), "{verified}");
    let forged = fs::read_to_string(file).expect("readable").replacen(&ada, &grace, 1);
    fs::write(file, forged).expect("writable");
    assert_eq!(home.run(&["verify", "--certificate", file, "--key", &key]).status.code(), Some(10));

    // the history holds what it held, and verifies
    home.succeed(&["verify", "--key", &key]);
    assert_eq!(home.run(&["erase", "nobody", "--basis", "b", "--reference", "r"]).status.code(), Some(2));
    let refused = home.run(&["erase", &grace, "--basis", " ", "--reference", "r", "--yes"]);
    assert!(text(&refused.stderr).contains("basis of an erasure has 1 to 500 characters"), "{refused:?}");
}
