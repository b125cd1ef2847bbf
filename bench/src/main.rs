//! What the ledger and its views can do, measured on a database of its own on a server that is there already.
#![expect(clippy::print_stdout, reason = "the tables are what this program is for")]

mod appends;
mod commands;
mod exports;
mod machine;
mod scratch;
mod views;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use scratch::Scratch;

/// The same as in `stele` (docs/adr/0028-jemalloc.md).
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

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
    /// A dataset from a ledger, beside the same one from a flat file by programs in Python
    Exports(exports::Options),
    /// Makes that dataset once, of the ledger in the database
    #[command(hide = true)]
    Export(exports::Once),
}

#[tokio::main]
async fn main() -> anyhow::Result<ExitCode> {
    let options = Options::parse();
    if let What::Export(once) = &options.what {
        exports::once(&options.database_url, once).await?;
        return Ok(ExitCode::SUCCESS);
    }
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
        What::Exports(options) => exports::run(options, scratch).await,
        What::Export(_) => Ok(true),
    }
}
