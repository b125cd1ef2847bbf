//! What an auditor or a compliance officer is shown of people's personal data, recorded in the ledger.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, PoisonError},
};

use async_graphql::Context;
use stele_domain::{ParticipantId, SubjectId, subject::DisclosedField};
use stele_ledger::{EraseError, Ledger};
use uuid::Uuid;

use crate::account::Viewer;

/// What one request has shown so far.
#[derive(Clone)]
pub(crate) struct Disclosures {
    to: ParticipantId,
    shown: Arc<Mutex<BTreeMap<SubjectId, BTreeSet<DisclosedField>>>>,
}

impl Disclosures {
    pub(crate) fn to(viewer: &Viewer) -> Self {
        Self { to: viewer.participant, shown: Arc::default() }
    }

    /// Takes note that a request has shown a field, if what it shows is to be recorded.
    pub(super) fn note(context: &Context<'_>, subject: SubjectId, event: Uuid, path: &str) {
        if let Some(disclosures) = context.data_opt::<Self>() {
            disclosures.add(subject, event, path);
        }
    }

    /// Takes note that a field has been opened. One's own is nobody else's business.
    fn add(&self, subject: SubjectId, event: Uuid, path: &str) {
        if subject != self.to.into() {
            let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
            shown.entry(subject).or_default().insert(DisclosedField { event, path: path.to_owned() });
        }
    }

    /// Records what was shown: one event for each person whose data it was.
    pub(crate) async fn record(&self, ledger: &Ledger) -> Result<(), EraseError> {
        let shown = std::mem::take(&mut *self.shown.lock().unwrap_or_else(PoisonError::into_inner));
        let recorded = shown
            .into_iter()
            .map(|(subject, fields)| ledger.disclose(subject, self.to, fields.into_iter().collect()));
        futures::future::try_join_all(recorded).await?;
        Ok(())
    }
}
