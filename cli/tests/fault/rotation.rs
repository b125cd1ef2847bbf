//! `stele keys rotate` under the load: killed half-way, and run again until it is done.

use std::{
    fs, thread,
    time::{Duration, Instant},
};

use crate::support::{Home, Running, text};

/// How often it is looked whether a rotation has begun.
const LOOK_EVERY: Duration = Duration::from_millis(1);

/// How long a rotation is tried; far longer than any restart takes.
const PATIENCE: Duration = Duration::from_secs(90);

/// Starts a rotation, and waits until it has changed the ledger keys, so that a blow does not fall on a process that
/// only starts up.
pub(crate) fn begin(home: &Home, ledger: &str) -> Running {
    let keys = || fs::read(home.path().join("ledger.keys")).expect("ledger keys");
    let before = keys();
    let mut rotation = home.spawn(&["keys", "rotate", "--ledger", ledger]);
    loop {
        // asked first, or it could change the keys and end in between
        let has_ended = rotation.has_ended();
        if keys() != before {
            return rotation;
        }
        assert!(!has_ended, "the rotation changed nothing");
        thread::sleep(LOOK_EVERY);
    }
}

/// Rotates to the end, whatever was left of a rotation before. Only PostgreSQL's death is a reason to fail.
#[allow(clippy::print_stdout, reason = "a run tells how it went")]
pub(crate) fn complete(home: &Home, ledger: &str, postgres_died: bool) {
    let began = Instant::now();
    loop {
        let rotation = home.run(&["keys", "rotate", "--ledger", ledger]);
        if rotation.status.success() {
            let was_interrupted = text(&rotation.stdout).contains("had been interrupted");
            println!("  the killed rotation {}", if was_interrupted { "is finished" } else { "had ended" });
            return;
        }
        let may_fail = postgres_died && began.elapsed() < PATIENCE;
        assert!(may_fail, "{}\n{}", text(&rotation.stdout), text(&rotation.stderr));
    }
}
