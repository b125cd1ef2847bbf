//! The ledger itself.

use async_graphql::{Context, Object, Result, SimpleObject};
use stele_ledger::Head;
use stele_projections::{Lag, Runner};

use crate::{
    Api,
    graphql::{fault, position::PositionScalar},
};

/// The ledger, as it stood when it was asked.
pub(in crate::graphql) struct LedgerObject(Head);

impl LedgerObject {
    pub(in crate::graphql) async fn now(context: &Context<'_>) -> Result<Self> {
        let ledger = &context.data::<Api>()?.ledger;
        ledger.head().await.map(Self).map_err(|error| fault::internal(context, &error))
    }
}

/// How far a view has come.
#[derive(SimpleObject)]
struct ViewPosition {
    /// The view's name.
    view: &'static str,
    /// The last position that its rows include.
    position: PositionScalar,
}

/// The ledger: how many events it has, and the Merkle root over them.
#[Object(name = "Ledger")]
impl LedgerObject {
    /// Its name.
    async fn name<'a>(&self, context: &Context<'a>) -> Result<&'a str> {
        Ok(context.data::<Api>()?.ledger.name())
    }

    /// The position of the last event, which is also how many there are.
    async fn position(&self) -> PositionScalar {
        PositionScalar(self.0.position())
    }

    /// The Merkle root over all events (RFC 6962), in hexadecimal.
    async fn root(&self) -> String {
        hex::encode(self.0.root())
    }

    /// The newest checkpoint, as a signed note (C2SP tlog-checkpoint); null before the first.
    async fn checkpoint(&self, context: &Context<'_>) -> Result<Option<String>> {
        let checkpoint = context.data::<Api>()?.ledger.checkpoint().await;
        checkpoint.map_err(|error| fault::internal(context, &error))
    }

    /// The key that checkpoints are verified with, as `name+id+key` (C2SP signed-note).
    async fn verifier_key(&self, context: &Context<'_>) -> Result<String> {
        Ok(context.data::<Api>()?.log_key.verifier().to_string())
    }

    /// How far each view has come.
    async fn views(&self, context: &Context<'_>) -> Result<Vec<ViewPosition>> {
        let lags = Runner::lags(&context.data::<Api>()?.ledger).await;
        let lags = lags.map_err(|error| fault::internal(context, &error))?;
        let position = |lag: Lag| ViewPosition { view: lag.view.as_str(), position: PositionScalar(lag.position) };
        Ok(lags.into_iter().map(position).collect())
    }
}
