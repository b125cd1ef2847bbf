//! `stele rebuild`: fold a view anew from the ledger.

use clap::Args;
use stele_projections::{Runner, ViewName, views};

use crate::{installation, settings::Settings};

/// Fold a view anew from the ledger; readers see the old rows until the new ones are complete
#[derive(Debug, Args)]
pub(crate) struct Rebuild {
    /// The view: activity, directory, lineage, notification, quality, settling, `task_detail` or `task_queue`; all of them if none is named
    #[arg(value_name = "VIEW")]
    views: Vec<ViewName>,
}

impl Rebuild {
    pub(crate) async fn run(self, settings: Settings) -> anyhow::Result<()> {
        installation::with(&settings, async |ledger| {
            let runner = Runner::new(ledger.clone());
            for view in views() {
                if self.views.is_empty() || self.views.contains(&view.name()) {
                    let position = runner.rebuild(view.as_ref()).await?;
                    println!("{} is rebuilt, up to position {position}.", view.name());
                }
            }
            Ok(())
        })
        .await
    }
}
