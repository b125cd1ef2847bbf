//! `stele recover`: take a history up again that was set back.

use clap::Args;
use stele_domain::history::TreeHead;
use stele_ledger::{Assessment, LogSigner, Standing};

use super::serve::Signing;
use crate::{confirm::confirm, installation::Installation, settings::Settings};

/// Take a history up again that does not continue what was signed, as after a restore from an older backup; needs the
/// login that `stele migrate` uses
#[derive(Debug, Args)]
pub(crate) struct Recover {
    /// Why the history was set back; it becomes part of the history, so it should name nobody
    #[arg(long, value_name = "TEXT")]
    reason: String,

    /// Do not ask
    #[arg(long)]
    yes: bool,

    #[command(flatten)]
    signing: Signing,
}

impl Recover {
    pub(crate) async fn run(self, settings: Settings) -> anyhow::Result<()> {
        let installation = Installation::open(&settings).await?;
        let recovered = self.recover(&installation, &settings).await;
        installation.close().await?;
        recovered
    }

    async fn recover(&self, installation: &Installation, settings: &Settings) -> anyhow::Result<()> {
        let ledger = &installation.ledger;
        let (key, anchor) = self.signing.of(ledger, settings)?;
        println!("Ledger `{}`; what was signed last is kept in {}", ledger.name(), anchor.path().display());
        let mut signer = LogSigner::new(ledger.clone(), key, anchor);
        let assessment = signer.assess().await?;
        print_assessment(&assessment);
        match assessment.standing {
            Standing::Continues => {
                println!("The history goes on from the last signed checkpoint: there is nothing to recover.");
                return Ok(());
            }
            Standing::TakenUp(position) => {
                println!("Position {position} records that it was taken up; what is left to do is to sign it.");
            }
            Standing::Departs => self.confirm(&assessment)?,
        }
        let done = signer.recover(&installation.login, &self.reason).await?;
        println!(
            "Taken up at position {}; the last signed checkpoint is now of {} events.",
            done.position,
            done.checkpoint.size()
        );
        Ok(())
    }

    fn confirm(&self, assessment: &Assessment) -> anyhow::Result<()> {
        match assessment.last_signed {
            Some(_) => println!("What was signed beyond the common beginning is given up for good."),
            None => println!("No checkpoint is kept, so nothing tells whether the history was set back."),
        }
        if self.yes { Ok(()) } else { confirm("take the history up as it is") }
    }
}

fn print_assessment(assessment: &Assessment) {
    let shown = |tree: TreeHead| format!("{} events, root {}", tree.size, tree.root);
    println!("  signed last    {}", assessment.last_signed.map_or_else(|| "unknown".to_owned(), shown));
    if let Some(tree) = assessment.in_its_place.filter(|tree| Some(*tree) != assessment.last_signed) {
        println!("  in its place   {}", shown(tree));
    }
    println!("  found          {}", shown(assessment.found));
}
