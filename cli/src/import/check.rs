//! The first pass: is every row one that the domain will take?

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    hash::{DefaultHasher, Hash, Hasher},
    path::Path,
};

use anyhow::Context;
use indicatif::ProgressBar;
use stele_domain::{
    Aggregate, Personal, ProjectId, SubjectId,
    project::Redundancy,
    task::{ContentField, ContentValue, Routing, Task, TaskCommand},
};
use uuid::Uuid;

use super::{
    Mapping, show,
    vote::{BadRow, FieldSource, TaskSource, Vote, Votes},
};

/// What the first pass found.
#[derive(Debug)]
pub(super) struct Checked {
    /// Rows read, good and bad.
    pub(super) rows: usize,
    /// Votes in the good rows.
    pub(super) votes: usize,
    /// Tasks that they are about.
    pub(super) tasks: usize,
    /// Who gave them.
    pub(super) annotators: BTreeSet<String>,
    /// How many annotators the project's tasks need room for.
    pub(super) redundancy: Redundancy,
    /// The rows that can't be imported.
    pub(super) bad: Vec<BadRow>,
}

impl Checked {
    /// The lines of rows that can't be imported.
    pub(super) fn bad_lines(&self) -> HashSet<u64> {
        self.bad.iter().map(|bad| bad.line).collect()
    }
}

/// Reads every row and writes nothing.
pub(super) fn check(mapping: &Mapping, data: &Path, bar: &ProgressBar) -> anyhow::Result<Checked> {
    let mut votes = Votes::open(mapping, data)?;
    let (progress, file) = (votes.progress(), votes.file().to_owned());
    let (mut contents, mut raters) = (HashMap::new(), HashSet::new());
    let mut raters_of: HashMap<u64, u16> = HashMap::new();
    let (mut annotators, mut bad, mut good) = (BTreeSet::new(), Vec::new(), HashSet::new());
    let mut count = 0;
    for vote in &mut votes {
        match vote.and_then(|vote| acceptable(&file, vote, &mut contents)) {
            Ok(vote) => {
                count += 1;
                good.insert(vote.line);
                let task = digest(&vote.task.key);
                if raters.insert(digest(&(task, &vote.annotator))) {
                    *raters_of.entry(task).or_default() += 1;
                }
                annotators.insert(vote.annotator);
            }
            Err(row) => bad.push(row),
        }
        show(bar, &progress);
    }
    let most = raters_of.values().copied().max().unwrap_or(1);
    let redundancy = match mapping.project.redundancy {
        Some(redundancy) => redundancy,
        None => Redundancy::try_from(most).context("a task has more annotators than the domain allows")?,
    };
    let lines: HashSet<u64> = bad.iter().map(|row| row.line).collect();
    Ok(Checked {
        rows: good.union(&lines).count(),
        votes: count,
        tasks: raters_of.len(),
        annotators,
        redundancy,
        bad,
    })
}

/// Whether the domain would take the task, and whether it is the same as in earlier rows of its key.
fn acceptable(file: &str, vote: Vote, contents: &mut HashMap<u64, u64>) -> Result<Vote, BadRow> {
    let bad = |reason: String| BadRow { file: file.to_owned(), line: vote.line, reason };
    let content = digest_content(&vote.task);
    match contents.insert(digest(&vote.task.key), content) {
        Some(earlier) if earlier != content => {
            return Err(bad(format!(
                "task `{}` has other content, or another right answer, here than in an earlier row; if its responses were shown in either order, \
                set `order: by_model` under `task`",
                vote.task.key
            )));
        }
        Some(_) => return Ok(vote),
        None => {}
    }
    let create = create_command(Uuid::nil().into(), &vote.task, Redundancy::default(), |_| Uuid::nil().into());
    match Task::default().decide(&create) {
        Ok(_) if vote.annotator.chars().count() > 200 => {
            Err(bad("the annotator's name has more than 200 characters".to_owned()))
        }
        Ok(_) => Ok(vote),
        Err(refusal) => Err(bad(refusal.to_string())),
    }
}

/// The command that creates a vote's task, given the ids of those whose texts it shows.
pub(super) fn create_command(
    project: ProjectId,
    task: &TaskSource,
    redundancy: Redundancy,
    id: impl Fn(&str) -> SubjectId,
) -> TaskCommand {
    let field = |field: &FieldSource| {
        let text = field.text.clone();
        let value = match &field.subject {
            None => text.into(),
            Some(subject) => ContentValue::Personal(Personal::clear(id(subject), text.into())),
        };
        ContentField::new(&field.name, field.kind, value)
    };
    TaskCommand::Create {
        project,
        external_key: Some(task.key.clone()),
        content: task.content.iter().map(field).collect(),
        responses: task.responses.clone(),
        redundancy,
        starts_with: None,
        routing: Routing::default(),
    }
}

/// A number that two different contents share with a probability of one in 2^64.
pub(super) fn digest_content(task: &TaskSource) -> u64 {
    let responses: Vec<_> = task.responses.iter().map(|response| (&response.model, &response.text)).collect();
    let gold: Vec<_> = task.gold.iter().map(|answer| format!("{answer:?}")).collect();
    digest(&(&task.content, responses, gold))
}

pub(super) fn digest(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}
