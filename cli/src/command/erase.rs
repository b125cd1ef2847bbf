//! `stele erase`: destroy the key to a person's data.

use clap::Args;
use stele_api::account;
use stele_domain::{SubjectId, participant::Participant};
use stele_ledger::{CommandContext, Fingerprint, Ledger};
use stele_media::Store;
use stele_projections::{Runner, activity, lineage};
use uuid::Uuid;

use super::dataset::print_releases_of_theirs;
use crate::{confirm::confirm, installation, settings::Settings};

/// Erase a person: destroy the key to whatever is theirs, end their sessions, and record nothing more about them;
/// docs/compliance.md tells what that is and is not
#[derive(Debug, Args)]
pub(crate) struct Erase {
    /// Whose data: a participant's id, or the id of someone whom the content of tasks is about
    subject: SubjectId,

    /// On what legal basis, such as "GDPR Art. 17(1)(b)"; it stays in the history, so it must not say who the person is
    #[arg(long, value_name = "TEXT")]
    basis: String,

    /// The request's name where requests are kept; it stays in the history too
    #[arg(long, value_name = "TEXT")]
    reference: String,

    /// Show what would be affected, and change nothing
    #[arg(long, conflicts_with = "yes")]
    preview: bool,

    /// Do not ask
    #[arg(long)]
    yes: bool,
}

impl Erase {
    pub(crate) async fn run(self, settings: Settings) -> anyhow::Result<()> {
        installation::with(&settings, async |ledger| {
            let erased = ledger.erasure(self.subject).await?;
            match &erased {
                Some(erasure) => {
                    println!("Subject {} was erased at position {}.", self.subject, erasure.event.position);
                }
                None => preview(ledger, self.subject).await?,
            }
            if self.preview {
                return Ok(());
            }
            if erased.is_none() && !self.yes {
                confirm("erase this person for good")?;
            }
            self.erase(ledger, &settings.files()?).await
        })
        .await
    }

    async fn erase(self, ledger: &Ledger, files: &Store) -> anyhow::Result<()> {
        let context = CommandContext {
            actor: None,
            key: format!("erase {}", ledger.mint().fresh::<Uuid>()).try_into()?,
            fingerprint: Fingerprint::of(b"command line"),
            occurred_at: None,
            correlation_id: None,
        };
        let erasure = account::erase(ledger, files, self.subject, &context, self.basis, self.reference).await?;
        println!("Erased, as position {} records; the key is destroyed.", erasure.event.position);
        let record = ledger.key_record(self.subject).await?;
        if record.and_then(|record| record.beyond_backups_since).is_none() {
            println!("A backup of the key store from before could still revive it: `stele keys rotate` ends that.");
        }
        Runner::new(ledger.clone()).catch_up().await?;
        let releases = lineage::releases_of(ledger, self.subject).await?;
        if !releases.is_empty() {
            println!("Copies outside the ledger, which the erasure does not reach:");
            print_releases_of_theirs(&releases);
        }
        println!("`stele certificate {}` certifies it.", self.subject);
        Ok(())
    }
}

/// Shows what an erasure of someone would affect.
async fn preview(ledger: &Ledger, subject: SubjectId) -> anyhow::Result<()> {
    Runner::new(ledger.clone()).catch_up().await?;
    let (participant, _) = ledger.load::<Participant>(subject.uuid()).await?;
    let mentions = activity::mentions(ledger, subject).await?;
    println!("Subject {subject}");
    match (participant.is_registered(), ledger.key_record(subject).await?) {
        (true, _) => println!("  a participant, whose sessions and credentials end"),
        (false, Some(_)) => println!("  no participant"),
        (false, None) => println!("  nobody that this ledger knows; nothing could be recorded about them afterwards"),
    }
    println!("  {} events hold data of theirs, on {} tasks", mentions.events, mentions.tasks);
    print_releases_of_theirs(&lineage::releases_of(ledger, subject).await?);
    Ok(())
}
