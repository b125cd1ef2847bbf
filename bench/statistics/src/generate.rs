//! Data that the models could have made, from a seed.

use std::{
    fs::File,
    io::{BufWriter, Write},
    path::PathBuf,
};

use chacha20::{
    ChaCha20Rng,
    rand_core::{Rng, SeedableRng},
};
use clap::ValueEnum;

/// What is written.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Which data
    kind: Kind,
    /// Where they go
    file: PathBuf,
    /// How many ratings, each task with five, or how many comparisons
    #[arg(long)]
    rows: u32,
    /// How many workers
    #[arg(long, default_value_t = 500, value_parser = clap::value_parser!(u32).range(5..))]
    workers: u32,
    /// The same seed gives the same bytes
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Kind {
    /// Five ratings of each task, each by another worker, from 1 to 5, in any order
    Ratings,
    /// Comparisons of 50 items
    Comparisons,
}

const RATINGS_A_TASK: u32 = 5;
const CATEGORIES: u32 = 5;
const ITEMS: u32 = 50;

/// Writes the data.
pub(crate) fn write(options: &Options) -> anyhow::Result<()> {
    let draw = Draw(ChaCha20Rng::seed_from_u64(options.seed));
    let output = BufWriter::new(File::create(&options.file)?);
    match options.kind {
        Kind::Ratings => write_ratings(options, draw, output),
        Kind::Comparisons => write_comparisons(options, draw, output),
    }
}

struct Draw(ChaCha20Rng);

impl Draw {
    /// A uniform number from 0 to 1, which it isn't.
    fn share(&mut self) -> f64 {
        f64::from(self.0.next_u32()) / 2f64.powi(32)
    }

    /// A uniform number below `count`, but for less than `count` in 2³².
    fn below(&mut self, count: u32) -> u32 {
        let product = u64::from(self.0.next_u32()) * u64::from(count);
        u32::try_from(product >> 32).unwrap_or_default()
    }
}

/// A worker rates right with a probability of his own, .4 to .95; else one step off, and one time in four anywhere.
fn write_ratings(options: &Options, mut draw: Draw, mut output: impl Write) -> anyhow::Result<()> {
    let skills: Vec<f64> = (0..options.workers).map(|_| 0.4 + 0.55 * draw.share()).collect();
    let mut rows = Vec::with_capacity(options.rows as usize);
    for task in 0..options.rows / RATINGS_A_TASK {
        let truth = draw.below(CATEGORIES);
        // Workers a fixed way apart round the circle are different ones.
        let (first, apart) = (draw.below(options.workers), 1 + draw.below(options.workers / RATINGS_A_TASK));
        for place in 0..RATINGS_A_TASK {
            let worker = (first + place * apart) % options.workers;
            rows.push((task, worker, rate(&mut draw, truth, skills[worker as usize])));
        }
    }
    for end in (1..rows.len()).rev() {
        rows.swap(end, draw.below(u32::try_from(end + 1)?) as usize);
    }
    writeln!(output, "task,worker,label")?;
    for (task, worker, label) in rows {
        writeln!(output, "t{task:06},w{worker:03},{}", label + 1)?;
    }
    Ok(output.flush()?)
}

fn rate(draw: &mut Draw, truth: u32, skill: f64) -> u32 {
    if draw.share() < skill {
        truth
    } else if draw.share() < 0.25 {
        draw.below(CATEGORIES)
    } else if draw.share() < 0.5 {
        truth.saturating_sub(1)
    } else {
        (truth + 1).min(CATEGORIES - 1)
    }
}

/// A worker judges by strengths, whose logarithms are from −2 to 2, with a probability of .4 to 1; else he takes the left
/// item with a probability of .2 to .8.
fn write_comparisons(options: &Options, mut draw: Draw, mut output: impl Write) -> anyhow::Result<()> {
    let strengths: Vec<f64> = (0..ITEMS).map(|_| (4.0 * draw.share() - 2.0).exp()).collect();
    let workers: Vec<[f64; 2]> =
        (0..options.workers).map(|_| [0.4 + 0.6 * draw.share(), 0.2 + 0.6 * draw.share()]).collect();
    writeln!(output, "worker,left,right,label")?;
    for _ in 0..options.rows {
        let worker = draw.below(options.workers);
        let left = draw.below(ITEMS);
        let right = (left + 1 + draw.below(ITEMS - 1)) % ITEMS;
        let [skill, side] = workers[worker as usize];
        let [own, other] = [left, right].map(|item| strengths[item as usize]);
        let prefers_left = if draw.share() < skill { own / (own + other) } else { side };
        let label = if draw.share() < prefers_left { left } else { right };
        writeln!(output, "w{worker:03},m{left:02},m{right:02},m{label:02}")?;
    }
    Ok(output.flush()?)
}
