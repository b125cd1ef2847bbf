//! `atLeast`: reading your own writes.

use async_graphql::{Context, Result};
use stele_projections::{Runner, ViewName};

use super::{fault, position::PositionScalar};
use crate::Api;

/// Returns once `views` include the position asked for, if one is.
pub(super) async fn caught_up(
    context: &Context<'_>,
    views: &[ViewName],
    at_least: Option<PositionScalar>,
) -> Result<()> {
    let Some(PositionScalar(position)) = at_least else { return Ok(()) };
    let api = context.data::<Api>()?;
    Runner::wait_for(&api.ledger, views, position, api.patience)
        .await
        .map_err(|error| fault::not_caught_up(context, error))
}
