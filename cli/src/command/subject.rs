//! `stele subject`: the id of someone whom imports know by name.

use clap::Args;
use stele_domain::{SubjectId, participant::Participant};
use stele_ledger::Ledger;

use crate::{import, installation, settings::Settings};

/// Tell under which id an import has recorded someone, as an annotator or as the owner of tasks' content
///
/// Ids are derived from names with a secret of the ledger, so only the ledger can tell. An annotator and an owner of the
/// same name are two subjects.
#[derive(Debug, Args)]
pub(crate) struct Subject {
    /// The project that was imported, by the name that its mapping has
    #[arg(long)]
    project: String,

    /// Their name in the data
    name: String,
}

impl Subject {
    pub(crate) async fn run(self, settings: Settings) -> anyhow::Result<()> {
        installation::with(&settings, async |ledger| {
            let annotator = import::annotator(ledger, &self.project, &self.name);
            let (participant, _) = ledger.load::<Participant>(annotator.uuid()).await?;
            let known = if participant.is_registered() { "registered" } else { "not known" };
            println!("annotator  {annotator}  {}", standing(ledger, annotator.into(), known).await?);
            let owner = import::owner(ledger, &self.project, &self.name);
            let known = if ledger.key_record(owner).await?.is_some() { "has content" } else { "not known" };
            println!("owner      {owner}  {}", standing(ledger, owner, known).await?);
            Ok(())
        })
        .await
    }
}

/// What has become of someone who is as `known` as that if nothing has.
async fn standing(ledger: &Ledger, subject: SubjectId, known: &str) -> anyhow::Result<String> {
    let erasure = ledger.erasure(subject).await?;
    let erased = erasure.map(|erasure| format!("erased at position {}", erasure.event.position));
    Ok(erased.unwrap_or_else(|| known.to_owned()))
}
