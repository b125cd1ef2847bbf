//! `inclusionProof` and `consistencyProof`.

use async_graphql::{Context, Error, Object, Result};
use stele_ledger::TreeError;

use crate::{
    Api,
    graphql::{
        access::{Allow, OVERSIGHT},
        fault,
        object::{ConsistencyProofObject, InclusionProofObject},
        position::PositionScalar,
    },
};

#[derive(Default)]
pub(super) struct ProofsQuery;

#[Object]
impl ProofsQuery {
    /// Proves that the event at a position is in the tree of a size, at most that of the newest checkpoint.
    #[graphql(guard = "Allow(OVERSIGHT)")]
    async fn inclusion_proof(
        &self,
        context: &Context<'_>,
        position: PositionScalar,
        #[graphql(desc = "The size of the tree; that of the newest checkpoint without it")] size: Option<
            PositionScalar,
        >,
    ) -> Result<InclusionProofObject> {
        let size = tree_size(context, size).await?;
        let proof = context.data::<Api>()?.ledger.inclusion_proof(position.0, size).await;
        proof.map(Into::into).map_err(|error| refused(context, &error))
    }

    /// Proves that the tree of one size is the beginning of the tree of another, at most that of the newest checkpoint.
    #[graphql(guard = "Allow(OVERSIGHT)")]
    async fn consistency_proof(
        &self,
        context: &Context<'_>,
        old_size: PositionScalar,
        #[graphql(desc = "The larger size; that of the newest checkpoint without it")] new_size: Option<
            PositionScalar,
        >,
    ) -> Result<ConsistencyProofObject> {
        let new_size = tree_size(context, new_size).await?;
        let proof = context.data::<Api>()?.ledger.consistency_proof(old_size.0.get(), new_size).await;
        proof.map(Into::into).map_err(|error| refused(context, &error))
    }
}

async fn tree_size(context: &Context<'_>, asked: Option<PositionScalar>) -> Result<u64> {
    match asked {
        Some(size) => Ok(size.0.get()),
        None => context.data::<Api>()?.ledger.published().await.map_err(|error| fault::internal(context, &error)),
    }
}

fn refused(context: &Context<'_>, error: &TreeError) -> Error {
    match error {
        TreeError::Unpublished { .. } | TreeError::Proof(_) => fault::bad_input(context, &error.to_string()),
        error => fault::internal(context, error),
    }
}
