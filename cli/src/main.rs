//! `stele`: an event-sourced ledger of human feedback.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command's results go to the terminal")]

mod cluster;
mod command;
mod confirm;
mod demo;
mod import;
mod installation;
mod secret;
mod settings;
mod stopping;

use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::settings::Settings;

/// Why it is not the C library's: docs/adr/0028-jemalloc.md.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// An event-sourced ledger of human feedback: every judgment is kept, provable, and replayed into datasets.
#[derive(Debug, Parser)]
#[command(name = "stele", version, propagate_version = true)]
struct Cli {
    #[command(flatten)]
    settings: Settings,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Demo(command::demo::Demo),
    Serve(command::serve::Serve),
    Worker(command::worker::Worker),
    Migrate(command::migrate::Migrate),
    Register(command::register::Register),
    #[command(subcommand)]
    Import(command::import::Import),
    Export(command::export::Export),
    #[command(subcommand)]
    Dataset(command::dataset::Dataset),
    Status(command::status::Status),
    Rebuild(command::rebuild::Rebuild),
    Replay(command::replay::Replay),
    Verify(command::verify::Verify),
    Recover(command::recover::Recover),
    Subject(command::subject::Subject),
    Erase(command::erase::Erase),
    Certificate(command::certificate::Certificate),
    #[command(subcommand)]
    Keys(command::keys::Keys),
    #[command(subcommand)]
    Audit(command::audit::Audit),
    Schema(command::schema::Schema),
}

fn main() -> ExitCode {
    let matches = Cli::command().get_matches();
    let cli = match Cli::from_arg_matches(&matches) {
        Ok(cli) => cli,
        Err(error) => error.exit(),
    };
    cli.settings.start_log();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("stele: the runtime could not be started: {error}");
            return ExitCode::FAILURE;
        }
    };
    let settings = cli.settings;
    let outcome = runtime.block_on(async move {
        match cli.command {
            Command::Demo(demo) => demo.run(settings).await,
            Command::Serve(serve) => serve.run(settings).await,
            Command::Worker(worker) => worker.run(settings).await,
            Command::Migrate(migrate) => migrate.run(settings).await,
            Command::Register(register) => register.run(settings).await,
            Command::Import(import) => import.run(settings).await,
            Command::Export(export) => export.run(settings).await,
            Command::Dataset(dataset) => return dataset.run(settings).await,
            Command::Status(status) => status.run(settings).await,
            Command::Replay(replay) => replay.run(settings).await,
            Command::Rebuild(rebuild) => rebuild.run(settings).await,
            Command::Recover(recover) => recover.run(settings).await,
            Command::Subject(subject) => subject.run(settings).await,
            Command::Erase(erase) => erase.run(settings).await,
            Command::Certificate(certificate) => certificate.run(settings).await,
            Command::Keys(keys) => keys.run(settings).await,
            Command::Verify(verify) => return verify.run(settings).await,
            Command::Audit(audit) => audit.run(settings).await,
            Command::Schema(schema) => schema.run(),
        }
        .map(|()| ExitCode::SUCCESS)
    });
    match outcome {
        Ok(code) => code,
        Err(error) => {
            eprintln!("stele: {}", told(&error));
            ExitCode::FAILURE
        }
    }
}

/// An error with its causes, but for those that it has told of itself.
fn told(error: &anyhow::Error) -> String {
    error.chain().map(ToString::to_string).fold(String::new(), |told, cause| match told.as_str() {
        "" => cause,
        _ if told.contains(&cause) => told,
        _ => format!("{told}: {cause}"),
    })
}
