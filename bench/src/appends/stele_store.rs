//! Stele's ledger, as the server uses it.

use anyhow::Context;
use stele_domain::{ParticipantId, StreamType};
use stele_ledger::{Append, Expected, Fingerprint, Ledger, Metadata, NewEvent, StreamKey};

use super::{closed_loop::Store, workload::Command};
use crate::scratch::Scratch;

/// The size of the ledger's pool. Its one writer uses one connection at a time.
const CONNECTIONS: u32 = 8;

/// A ledger of its own in the scratch database.
#[derive(Clone)]
pub(crate) struct SteleStore {
    ledger: Ledger,
}

impl SteleStore {
    /// Begins the ledger.
    pub(crate) async fn open(scratch: &Scratch) -> anyhow::Result<Self> {
        let ledger = scratch.ledger(CONNECTIONS).await?;
        Ok(Self { ledger })
    }

    /// The ledger.
    pub(crate) const fn ledger(&self) -> &Ledger {
        &self.ledger
    }
}

impl Store for SteleStore {
    async fn append(&self, command: Command) -> anyhow::Result<()> {
        let payload = serde_json::to_string(&command.answer)?;
        let metadata = Metadata {
            actor: Some(ParticipantId::from(command.actor)),
            ..Metadata::of(command.key.try_into()?, Fingerprint::of(payload.as_bytes()))
        };
        let event = NewEvent::new(self.ledger.mint().fresh(), "AnswerGiven", 1, payload, None);
        let stream = StreamKey { stream_type: StreamType::Task, id: command.stream };
        let append = Append::new(stream, Expected::Exactly(0), &metadata, vec![event])?;
        self.ledger.append(append).await.map(drop).context("the ledger did not take an append")
    }
}
