//! Statistics from a CSV file, the whole job as one process: what the peers in Python are measured beside.
//!
//! Names are any text. Ratings have the columns task, worker and label; comparisons worker, left, right and label, which is
//! the name of the preferred item. Results go to standard output as CSV, with the figures that sum them up on top.
#![expect(clippy::print_stdout, reason = "results are what this program is for")]

mod comparisons;
mod generate;
mod names;
mod parts;
mod ratings;

use std::{
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
};

use anyhow::Context;
use clap::{Parser, Subcommand};
use stele_agreement::{
    alpha,
    consensus::{DawidSkene, Posterior},
    preference::{NoisyBradleyTerry, NoisyBradleyTerryEstimate},
};

/// Statistics of agreement and preference from a CSV file.
#[derive(Debug, Parser)]
#[command(version)]
struct Options {
    #[command(subcommand)]
    job: Job,
}

#[derive(Debug, Subcommand)]
enum Job {
    /// Krippendorff's alpha of ordinal ratings
    Alpha { file: PathBuf },
    /// The consensus of ratings by the model of Dawid and Skene
    DawidSkene {
        file: PathBuf,
        /// The most steps
        #[arg(long, default_value_t = 20)]
        iterations: u32,
        /// Print each task's probabilities
        #[arg(long)]
        posterior: bool,
    },
    /// Strengths by the model of Bradley and Terry with workers who judge with more or less skill, or take a side
    NoisyBradleyTerry {
        file: PathBuf,
        /// Print strengths, skills and sides
        #[arg(long)]
        parameters: bool,
    },
    /// Writes ratings or comparisons that the models could have made
    Generate(generate::Options),
}

fn main() -> anyhow::Result<()> {
    match Options::parse().job {
        Job::Alpha { file } => print_alpha(&file),
        Job::DawidSkene { file, iterations, posterior } => print_consensus(&file, iterations, posterior),
        Job::NoisyBradleyTerry { file, parameters } => print_strengths(&file, parameters),
        Job::Generate(options) => generate::write(&options),
    }
}

fn print_alpha(file: &Path) -> anyhow::Result<()> {
    let data = ratings::read_scores(file)?.count()?;
    println!("alpha,{}", alpha::ordinal(&data)?);
    Ok(())
}

fn print_consensus(file: &Path, iterations: u32, posterior: bool) -> anyhow::Result<()> {
    let ratings = ratings::read_labels(file)?;
    let estimate = DawidSkene { iterations, tolerance: 0.0, ..DawidSkene::default() }.fit(&ratings.labels)?;
    println!("steps,{}\nlog-likelihood,{}", estimate.objective().len(), estimate.log_likelihood());
    if posterior {
        print_posterior(&ratings, estimate.posterior())?;
    }
    Ok(())
}

fn print_posterior(ratings: &ratings::Ratings, posterior: &Posterior) -> anyhow::Result<()> {
    let mut output = BufWriter::new(io::stdout().lock());
    write!(output, "task")?;
    for category in ratings.categories.iter() {
        write!(output, ",{}", str::from_utf8(category)?)?;
    }
    for (task, row) in ratings.tasks.iter().zip(posterior.iter()) {
        write!(output, "\n{}", str::from_utf8(task)?)?;
        for probability in row {
            write!(output, ",{probability}")?;
        }
    }
    writeln!(output)?;
    Ok(output.flush()?)
}

/// The peer's own model: its ratio of regularisation, of 10⁻⁵, is so many ties, and annotators have no prior.
const LIKE_THE_PEER: NoisyBradleyTerry = NoisyBradleyTerry {
    noise: stele_agreement::preference::Noise::Side,
    iterations: 10_000,
    tolerance: 1e-9,
    prior_ties: 2e-5,
    annotator_prior: 0.0,
};

fn print_strengths(file: &Path, parameters: bool) -> anyhow::Result<()> {
    let comparisons = comparisons::read(file)?;
    let estimate = LIKE_THE_PEER.fit(&comparisons.judgments)?;
    println!("steps,{}\nlog-likelihood,{}", estimate.objective().len() - 1, estimate.log_likelihood());
    anyhow::ensure!(estimate.converged(), "the fit has not converged");
    if parameters {
        print_parameters(&comparisons, &estimate)?;
    }
    Ok(())
}

fn print_parameters(
    comparisons: &comparisons::Comparisons,
    estimate: &NoisyBradleyTerryEstimate,
) -> anyhow::Result<()> {
    for (item, strength) in comparisons.items.iter().zip(estimate.strengths()) {
        println!("strength,{},{}", str::from_utf8(item)?, strength.ln());
    }
    for (worker, known) in comparisons.workers.iter().zip(estimate.annotators()) {
        println!("worker,{},{},{}", str::from_utf8(worker)?, known.skill, known.left);
    }
    Ok(())
}

/// The places of columns in a header.
fn columns<const N: usize>(reader: &mut csv::Reader<std::fs::File>, names: [&str; N]) -> anyhow::Result<[usize; N]> {
    let header = reader.byte_headers()?.clone();
    let mut places = [0; N];
    for (place, name) in places.iter_mut().zip(names) {
        let found = header.iter().position(|column| column == name.as_bytes());
        *place = found.with_context(|| format!("there is no column {name}"))?;
    }
    Ok(places)
}

/// A reader with a buffer large enough that reading is not what takes the time.
fn open(file: &Path) -> anyhow::Result<csv::Reader<std::fs::File>> {
    let mut builder = csv::ReaderBuilder::new();
    builder.buffer_capacity(1 << 18).from_path(file).with_context(|| file.display().to_string())
}
