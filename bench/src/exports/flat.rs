//! The comparisons as JSON lines, an event each, as programs without a ledger have them.

use std::{
    fs::File,
    io::{self, BufWriter, Write as _},
    path::Path,
};

use serde_json::json;
use stele_domain::form::PreferenceOutcome;

use super::corpus::Corpus;

/// How many tasks lie between a task and the judgments of it.
const APART: usize = 100;

/// Writes so many tasks and the judgments of them.
pub(super) fn write(path: &Path, corpus: &Corpus, tasks: usize) -> io::Result<()> {
    let mut file = BufWriter::with_capacity(1 << 20, File::create(path)?);
    for number in 0..tasks + APART {
        if number < tasks {
            let task = corpus.comparison(number);
            let task = json!({
                "event": "task", "at": at(number), "task": name(number), "prompt": task.prompt,
                "left": task.responses[0], "right": task.responses[1],
            });
            writeln!(file, "{task}")?;
        }
        let Some(judged) = number.checked_sub(APART) else { continue };
        for (annotator, outcome) in corpus.comparison(judged).votes {
            let outcome = match outcome {
                PreferenceOutcome::Left => "left",
                PreferenceOutcome::Right => "right",
                PreferenceOutcome::Tie | PreferenceOutcome::BothBad => "tie",
            };
            let annotator = format!("annotator-{annotator:03}");
            let judgment = json!({
                "event": "preference", "at": at(number), "task": name(judged), "annotator": annotator,
                "question": "better", "outcome": outcome,
            });
            writeln!(file, "{judgment}")?;
        }
    }
    file.flush()
}

fn name(number: usize) -> String {
    format!("task-{number:07}")
}

/// Some time of a week.
fn at(number: usize) -> String {
    let seconds = number % 604_800;
    let (day, hour, minute) = (1 + seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60);
    format!("2026-11-{day:02}T{hour:02}:{minute:02}:{:02}Z", seconds % 60)
}
