//! A restored backup is not signed until an operator has said that it is to be taken up.

mod support;

use std::{fs, io::Write, path::Path, process::Command, process::Stdio, thread};

use support::{Home, text};

/// Serves until a checkpoint of so many events is kept.
fn sign(home: &Home, size: u64) {
    let server = home.serve(&["serve"]);
    let kept = home.path().join("main.checkpoint");
    let is_kept = || fs::read_to_string(&kept).is_ok_and(|note| note.lines().nth(1) == Some(&size.to_string()));
    while !is_kept() {
        thread::yield_now();
    }
    server.process.interrupt();
}

fn copy(from: &Path, to: &Path) {
    let copied = Command::new("cp").arg("-a").args([from, to]).status().expect("cp runs");
    assert!(copied.success());
}

#[test]
fn a_restored_backup_is_taken_up_by_a_command() {
    let home = Home::new();
    let (cluster, backup) = (home.path().join("postgres"), home.path().join("backup"));
    home.register("ada", &["admin"]);
    copy(&cluster, &backup);
    home.register("grace", &["admin"]);
    sign(&home, 4);
    fs::remove_dir_all(&cluster).expect("removed");
    copy(&backup, &cluster);

    let mut asked = home.command(&["recover", "--reason", "the disk died"]);
    let mut asked =
        asked.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("stele runs");
    asked.stdin.take().expect("a pipe").write_all(b"no\n").expect("it reads");
    let answered = asked.wait_with_output().expect("it ends");
    let (out, err) = (text(&answered.stdout), text(&answered.stderr));
    assert_eq!(answered.status.code(), Some(1), "{out}\n{err}");
    assert!(out.contains("signed last    4 events") && out.contains("found          2 events"), "{out}");
    assert!(err.contains("nothing was changed"), "{err}");

    let recover = ["recover", "--reason", "the disk died", "--yes"];
    let done = home.succeed(&recover);
    assert!(done.contains("Taken up at position 3; the last signed checkpoint is now of 3 events."), "{done}");
    let again = home.succeed(&recover);
    assert!(again.contains("there is nothing to recover"), "{again}");

    home.register("grace", &["admin"]);
    sign(&home, 5);
    let report = home.succeed(&["verify", "--key", &home.verifier()]);
    assert!(report.starts_with("valid: ledger main"), "{report}");
    assert!(report.contains("recovered    at 3"), "{report}");
}
