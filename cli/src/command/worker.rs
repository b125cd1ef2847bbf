//! `stele worker`: the runner that keeps the views current, what sends messages to webhooks, and what makes releases, in a process of
//! its own.

use clap::{Args, Subcommand};
use stele_ledger::Ledger;
use stele_projections::Runner;
use tokio::{sync::watch, task::JoinSet};

use super::{exports::Exports, serve::Webhooks};
use crate::{installation, settings::Settings, stopping::told_to_stop};

/// Keep the views current, send messages to webhooks, make the releases that are asked for, and serve nothing; any number of workers
/// and servers share the work
///
/// Beside servers that run with `--no-views` or `--no-exports`, one worker is needed and a second one takes over should it die.
#[derive(Debug, Args)]
pub(crate) struct Worker {
    #[command(flatten)]
    webhooks: Webhooks,

    #[command(flatten)]
    exports: Exports,

    #[command(subcommand)]
    part: Option<Part>,
}

/// A part of the work.
#[derive(Clone, Copy, Debug, Subcommand)]
enum Part {
    /// Make the releases that are asked for, and nothing else
    Export,
}

impl Worker {
    pub(crate) async fn run(self, settings: Settings) -> anyhow::Result<()> {
        installation::with(&settings, async |ledger| {
            // before anybody knows that it runs, and may tell it to stop
            let told = told_to_stop()?;
            let (stop, stopped) = watch::channel(false);
            let mut work = JoinSet::new();
            let exports = self.exports.worker(ledger, &settings);
            let exports_until = stopped.clone();
            work.spawn(async move { exports.run(exports_until).await });
            match self.part {
                None => {
                    self.begin_all(ledger, &mut work, &stopped)?;
                    println!("Stele keeps the views of the ledger `{}` current.", ledger.name());
                }
                Some(Part::Export) => println!("Stele makes releases of the ledger `{}`.", ledger.name()),
            }
            told.await;
            stop.send_replace(true);
            while let Some(ended) = work.join_next().await {
                ended?;
            }
            Ok(())
        })
        .await
    }

    /// Begins what else there is to do.
    fn begin_all(
        &self,
        ledger: &Ledger,
        work: &mut JoinSet<()>,
        stopped: &watch::Receiver<bool>,
    ) -> anyhow::Result<()> {
        let (runner, deliverer) = (Runner::new(ledger.clone()), self.webhooks.deliverer(ledger)?);
        let (views_until, sending_until) = (stopped.clone(), stopped.clone());
        work.spawn(async move { runner.run(views_until).await });
        work.spawn(async move { deliverer.run(sending_until).await });
        Ok(())
    }
}
