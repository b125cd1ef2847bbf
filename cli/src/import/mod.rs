//! Importing judgments: the mapping, the tables it reads, and the commands that its votes become.
//!
//! The file is read twice. The first pass checks every row and writes nothing; the second records each vote through
//! the domain, so that no rule is bypassed. Every command is named after what it records, so an import that was
//! interrupted goes on where it was, and one that is run again adds nothing.

mod check;
mod lookup;
mod mapping;
mod reading;
mod record;
mod source;
mod table;
mod time;
mod vote;

pub(crate) use mapping::Mapping;

use std::{path::Path, sync::atomic::Ordering};

use anyhow::bail;
use indicatif::{ProgressBar, ProgressStyle};
use stele_domain::{ParticipantId, SubjectId};
use stele_ledger::Ledger;
use stele_projections::{Runner, directory};

use crate::command::status::print_project;

/// The id of an annotator whom imports into a project know by this name.
pub(crate) fn annotator(ledger: &Ledger, project: &str, name: &str) -> ParticipantId {
    record::participant(ledger, record::project(ledger, project), name)
}

/// The id of someone whom content belongs to that was imported into a project.
pub(crate) fn owner(ledger: &Ledger, project: &str, name: &str) -> SubjectId {
    record::subject(ledger, record::project(ledger, project), name)
}

/// How many bad rows are listed one by one.
const LISTED: usize = 100;

/// Imports the votes in `data`, and says what came of it.
pub(crate) async fn import_votes(
    ledger: &Ledger,
    mapping: &Mapping,
    data: &Path,
    skip_bad: bool,
) -> anyhow::Result<()> {
    let bar = bar("checking")?;
    let checked = check::check(mapping, data, &bar)?;
    bar.finish_and_clear();
    for bad in checked.bad.iter().take(LISTED) {
        eprintln!("{bad}");
    }
    if checked.bad.len() > LISTED {
        eprintln!("... and {} more", checked.bad.len() - LISTED);
    }
    if !checked.bad.is_empty() && !skip_bad {
        bail!(
            "{} of {} rows can't be imported, so nothing was written; mend them, or skip them with --skip-bad",
            checked.bad.len(),
            checked.rows
        );
    }
    let bar = self::bar("recording")?;
    let report = record::record(ledger, mapping, data, &checked, &bar).await;
    bar.finish_and_clear();
    let report = report?;
    let tally = report.tally;
    println!("{} votes of {} annotators on {} tasks read", checked.votes, checked.annotators.len(), checked.tasks);
    println!(
        "  recorded now: {} tasks, {} participants, {} annotations, {} revisions",
        tally.tasks, tally.participants, tally.annotations, tally.revisions
    );
    if tally.gold > 0 {
        println!("  the right answers to {} tasks are known", tally.gold);
    }
    if tally.replayed > 0 {
        println!("  recorded before, and left as they are: {} commands", tally.replayed);
    }
    if !checked.bad.is_empty() {
        println!("  skipped: {} rows, listed above", checked.bad.len());
    }
    println!("  ledger position {}", ledger.head().await?.position());
    Runner::new(ledger.clone()).catch_up().await?;
    if let Some(project) = directory::project(ledger, report.project).await? {
        print_project(ledger, &project).await?;
    }
    Ok(())
}

fn bar(what: &'static str) -> anyhow::Result<ProgressBar> {
    let style = ProgressStyle::with_template("{msg:10} {bar:40} {bytes}/{total_bytes} {elapsed}")?;
    Ok(ProgressBar::new(0).with_style(style).with_message(what))
}

/// Shows how much of a file has been read.
fn show(bar: &ProgressBar, progress: &vote::Progress) {
    bar.set_length(progress.total);
    bar.set_position(progress.read.load(Ordering::Relaxed));
}
