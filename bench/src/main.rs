//! What the ledger and its views can do, measured on a database of its own on a server that is there already.
#![expect(clippy::print_stdout, reason = "the tables are what this program is for")]

mod appends;
mod machine;
mod scratch;
mod views;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use scratch::Scratch;

/// Measures what the ledger and its views can do.
#[derive(Debug, Parser)]
#[command(version)]
struct Options {
    /// The server to measure on, as a login that may create databases
    #[arg(long, env, hide_env_values = true, global = true, default_value = "postgres:///postgres")]
    database_url: String,
    /// Exit with code 1 if the bar is missed
    #[arg(long, global = true)]
    check: bool,
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Durable appends a second, beside `postgres-es`
    Appends(appends::Options),
    /// What one more label costs the view of quality, as a ledger grows
    Views(views::Options),
}

#[tokio::main]
async fn main() -> anyhow::Result<ExitCode> {
    let options = Options::parse();
    let scratch = Scratch::create(&options.database_url).await?;
    let outcome = run(&options.what, &scratch).await;
    scratch.drop().await?;
    let met = outcome?;
    Ok(if options.check && !met { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// Measures and prints; whether the bar was met.
async fn run(what: &What, scratch: &Scratch) -> anyhow::Result<bool> {
    println!("{}", machine::describe(scratch).await?);
    match what {
        What::Appends(options) => appends::run(options, scratch).await,
        What::Views(options) => views::run(options, scratch).await,
    }
}
