//! `stele status`: how far the ledger has come, and what its projects amount to.

use clap::Args;
use stele_agreement::{PairCount, alpha, percent};
use stele_ledger::Ledger;
use stele_projections::{
    Runner,
    directory::{self, PageRequest, ProjectRow, Within},
    quality::{Pairs, Scope, Tally},
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
        let scope = Scope::all(project.id, question.key.clone());
        let tally = Tally::of(ledger, &scope).await?;
        let ratings = tally.ratings();
        let units = ratings.totals()?;
        // what is said in words or marked is not put into categories
        if units.ratings == 0 {
            continue;
        }
        let shown = |figure: Result<f64, _>| match figure {
            Ok(value) => value.to_string(),
            Err(reason) => format!("undefined, because {reason}"),
        };
        println!("  Question `{}`, on {} units with two or more labels:", question.key, units.pairable_units);
        println!("    Krippendorff's alpha (nominal)  {}", shown(alpha::nominal(&ratings)));
        println!("    percent agreement               {}", shown(percent::of_values(&ratings)));
        if counts.annotators <= FEW {
            for ([a, b], table) in Pairs::of(ledger, &scope).await?.tables() {
                let pair = PairCount::from(&table);
                println!("    {a} and {b}, on {} units  {}", pair.both, shown(pair.agreement()));
            }
        }
    }
    Ok(())
}
