//! `stele worker`: the runner that keeps the views current, in a process of its own.

use clap::Args;
use stele_projections::Runner;
use tokio::sync::watch;

use crate::{installation, settings::Settings, stopping::told_to_stop};

/// Keep the views current and serve nothing; any number of workers and servers share the work
///
/// Beside servers that run with `--no-views`, one worker is needed and a second one takes over should it die.
#[derive(Debug, Args)]
pub(crate) struct Worker {}

impl Worker {
    pub(crate) async fn run(self, settings: Settings) -> anyhow::Result<()> {
        installation::with(&settings, async |ledger| {
            // before anybody knows that it runs, and may tell it to stop
            let told = told_to_stop()?;
            let (stop, stopped) = watch::channel(false);
            let runner = Runner::new(ledger.clone());
            let views = tokio::spawn(async move { runner.run(stopped).await });
            println!("Stele keeps the views of the ledger `{}` current.", ledger.name());
            told.await;
            stop.send_replace(true);
            views.await?;
            Ok(())
        })
        .await
    }
}
