//! Which judgments count.

use std::collections::HashMap;

use stele_domain::{
    ParticipantId,
    participant::{Participant, ParticipantEvent, ParticipantKind},
};
use stele_ledger::{Ledger, Position};
use stele_recipe::{Recipe, Review};

use super::Judgment;
use crate::ExportError;

/// Which judgments count: what a recipe says of each by itself.
pub(crate) struct Counted<'a> {
    recipe: &'a Recipe,
    /// What each participant is, if the recipe asks.
    kinds: HashMap<ParticipantId, ParticipantKind>,
}

impl<'a> Counted<'a> {
    pub(crate) async fn by(recipe: &'a Recipe, ledger: &Ledger, known_at: Position) -> Result<Self, ExportError> {
        let kinds = match recipe.sources.annotators {
            Some(_) => kinds(ledger, known_at).await?,
            None => HashMap::new(),
        };
        Ok(Self { recipe, kinds })
    }

    pub(crate) fn has(&self, judgment: &Judgment) -> bool {
        let (filters, sources) = (&self.recipe.filters, &self.recipe.sources);
        let is_of = |kind: ParticipantKind| self.kinds.get(&judgment.annotator) == Some(&kind);
        (filters.review == Review::Unrejected || judgment.is_approved)
            && filters.judged_from.is_none_or(|from| judgment.happened_at >= from)
            && filters.judged_before.is_none_or(|before| judgment.happened_at < before)
            && sources.annotators.is_none_or(is_of)
            && sources
                .form_versions
                .as_ref()
                .is_none_or(|wanted| judgment.form_version.is_some_and(|version| wanted.contains(&version)))
    }
}

async fn kinds(ledger: &Ledger, known_at: Position) -> Result<HashMap<ParticipantId, ParticipantKind>, ExportError> {
    let mut kinds = HashMap::new();
    for event in ledger.read_all::<Participant>(known_at).await? {
        let decoded = event.decode::<ParticipantEvent>();
        let decoded = decoded.map_err(|source| ExportError::Decode { position: event.position.get(), source })?;
        if let ParticipantEvent::ParticipantRegistered(registered) = decoded {
            kinds.insert(event.stream.id.into(), registered.kind);
        }
    }
    Ok(kinds)
}
