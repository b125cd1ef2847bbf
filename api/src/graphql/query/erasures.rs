//! `erasurePreview`.

use async_graphql::{Context, Object, Result, SimpleObject};
use stele_domain::participant::Participant;
use stele_projections::{ViewName, activity, lineage};
use uuid::Uuid;

use crate::{
    Api,
    graphql::{
        access::{Allow, COMPLIANCE},
        caught_up::caught_up,
        fault,
        object::{ErasureObject, PersonalReleaseObject},
        position::PositionScalar,
    },
};

/// What someone's erasure affects.
#[derive(SimpleObject)]
struct ErasurePreview {
    /// Whether they take part: if so, their sessions and credentials end.
    participant: bool,
    /// How many events hold data of theirs.
    events: u64,
    /// How many tasks have such events.
    tasks: u64,
    /// The releases of datasets that hold text of theirs: copies outside the ledger, which no erasure reaches.
    releases: Vec<PersonalReleaseObject>,
    /// Their erasure, if they have been erased already.
    erasure: Option<ErasureObject>,
}

#[derive(Default)]
pub(super) struct ErasuresQuery;

#[Object]
impl ErasuresQuery {
    /// What erasing a person would affect; nothing is changed.
    #[graphql(guard = "Allow(COMPLIANCE)")]
    async fn erasure_preview(
        &self,
        context: &Context<'_>,
        subject_id: Uuid,
        at_least: Option<PositionScalar>,
    ) -> Result<ErasurePreview> {
        caught_up(context, &[ViewName::Activity, ViewName::Lineage], at_least).await?;
        let ledger = &context.data::<Api>()?.ledger;
        let mentions = activity::mentions(ledger, subject_id.into()).await;
        let mentions = mentions.map_err(|error| fault::internal(context, &error))?;
        let releases = lineage::releases_of(ledger, subject_id.into()).await;
        let releases = releases.map_err(|error| fault::internal(context, &error))?;
        let participant = ledger.load::<Participant>(subject_id).await;
        let (participant, _) = participant.map_err(|error| fault::internal(context, &error))?;
        let erasure = ledger.erasure(subject_id.into()).await.map_err(|error| fault::internal(context, &error))?;
        Ok(ErasurePreview {
            participant: participant.is_registered(),
            events: mentions.events,
            tasks: mentions.tasks,
            releases: releases.into_iter().map(Into::into).collect(),
            erasure: erasure.map(Into::into),
        })
    }
}
