//! `stele worker`: the runner that keeps the views current, and what sends messages to webhooks, in a process of its own.

use clap::Args;
use stele_projections::Runner;
use tokio::sync::watch;

use super::serve::Webhooks;
use crate::{installation, settings::Settings, stopping::told_to_stop};

/// Keep the views current, send messages to webhooks, and serve nothing; any number of workers and servers share the work
///
/// Beside servers that run with `--no-views`, one worker is needed and a second one takes over should it die.
#[derive(Debug, Args)]
pub(crate) struct Worker {
    #[command(flatten)]
    webhooks: Webhooks,
}

impl Worker {
    pub(crate) async fn run(self, settings: Settings) -> anyhow::Result<()> {
        installation::with(&settings, async |ledger| {
            // before anybody knows that it runs, and may tell it to stop
            let told = told_to_stop()?;
            let (stop, stopped) = watch::channel(false);
            let runner = Runner::new(ledger.clone());
            let (deliverer, stopped_too) = (self.webhooks.deliverer(ledger)?, stopped.clone());
            let views = tokio::spawn(async move { runner.run(stopped).await });
            let sending = tokio::spawn(async move { deliverer.run(stopped_too).await });
            println!("Stele keeps the views of the ledger `{}` current.", ledger.name());
            told.await;
            stop.send_replace(true);
            views.await?;
            sending.await?;
            Ok(())
        })
        .await
    }
}
