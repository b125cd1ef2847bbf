//! `stele status`: how far the ledger has come, and what its projects amount to.

use clap::Args;
use stele_domain::form::QuestionKind;
use stele_ledger::Ledger;
use stele_projections::{
    Runner, agreement,
    directory::{self, PageRequest, ProjectRow, Within},
    task_detail,
};

use crate::{installation, settings::Settings};

/// Show how far the ledger has come, and how far the annotators of each project agree
#[derive(Debug, Args)]
pub(crate) struct Status {}

impl Status {
    pub(crate) async fn run(self, settings: Settings) -> anyhow::Result<()> {
        installation::with(&settings, async |ledger| {
            Runner::new(ledger.clone()).catch_up().await?;
            let head = ledger.head().await?;
            println!(
                "Ledger `{}`: {} events, Merkle root {}",
                ledger.name(),
                head.position(),
                hex::encode(head.root())
            );
            for project in directory::projects(ledger, &Within::Workspace, PageRequest::ALL).await? {
                println!();
                print_project(ledger, &project).await?;
            }
            Ok(())
        })
        .await
    }
}

/// With up to this many annotators, every pair of them is listed.
const FEW: u64 = 5;

/// Prints a project's counts, and its agreement question by question.
pub(crate) async fn print_project(ledger: &Ledger, project: &ProjectRow) -> anyhow::Result<()> {
    let counts = task_detail::counts(ledger, project.id).await?;
    println!("Project `{}` ({})", project.name, project.id);
    println!(
        "  {} tasks, {} annotations that count, by {} annotators",
        counts.tasks, counts.annotations, counts.annotators
    );
    for question in &project.form.questions {
        // only answers that put a task into a category are compared
        let is_compared = match &question.kind {
            QuestionKind::Preference(_) | QuestionKind::Choice(_) => true,
            QuestionKind::Rating(rating) => !rating.each_response,
            _ => false,
        };
        if !is_compared {
            continue;
        }
        let figures = agreement::figures(ledger, project.id, &question.key).await?;
        let shown = |figure: Result<f64, _>| match figure {
            Ok(value) => value.to_string(),
            Err(reason) => format!("undefined, because {reason}"),
        };
        println!("  Question `{}`, on {} tasks with two or more labels:", question.key, figures.pairable_units);
        println!("    Krippendorff's alpha (nominal)  {}", shown(figures.nominal_alpha));
        println!("    percent agreement               {}", shown(figures.percent_agreement));
        if counts.annotators <= FEW {
            for pair in agreement::pairs(ledger, project.id, &question.key, PageRequest::ALL.limit).await? {
                let (a, b, both) = (pair.annotator_a, pair.annotator_b, pair.count.both);
                println!("    {a} and {b}, on {both} tasks  {}", shown(pair.count.agreement()));
            }
        }
    }
    Ok(())
}
