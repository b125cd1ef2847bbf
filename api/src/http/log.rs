//! The transparency log, as C2SP tlog-tiles lays it out: <https://c2sp.org/tlog-tiles>.
//!
//! Anyone may read it: the entries have ids, names and times, and hashes where the content would be.

use axum::{
    extract::{Path, State},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use stele_ledger::{Ledger, ReadError, TreeError};
use stele_tlog::{EntryBundle, Tile, TileError};

use crate::Api;

/// What has been published doesn't change any more.
const FOR_EVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");

/// Why there is no such file.
#[derive(Debug, thiserror::Error)]
pub(super) enum LogError {
    /// Not a path of the log.
    #[error("{0}")]
    Path(#[from] TileError),
    /// Nothing has been signed yet.
    #[error("no checkpoint has been signed yet")]
    Unsigned,
    /// Not in the tree, or the tree can't be read.
    #[error("{0}")]
    Tree(#[from] TreeError),
}

impl From<ReadError> for LogError {
    fn from(error: ReadError) -> Self {
        Self::Tree(error.into())
    }
}

impl IntoResponse for LogError {
    fn into_response(self) -> Response {
        match self {
            Self::Path(_) => (StatusCode::BAD_REQUEST, format!("{self}\n")).into_response(),
            Self::Unsigned | Self::Tree(TreeError::Unpublished { .. }) => {
                (StatusCode::NOT_FOUND, format!("{self}\n")).into_response()
            }
            Self::Tree(error) => {
                tracing::error!(%error, "the log can't be served");
                (StatusCode::INTERNAL_SERVER_ERROR, "the log can't be read\n").into_response()
            }
        }
    }
}

/// The newest checkpoint.
pub(super) async fn checkpoint(State(api): State<Api>) -> Result<Response, LogError> {
    let note = api.ledger.checkpoint().await?.ok_or(LogError::Unsigned)?;
    Ok(([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], note).into_response())
}

/// A tile, or a bundle of entries.
pub(super) async fn tile(State(api): State<Api>, Path(path): Path<String>) -> Result<Response, LogError> {
    let bytes = read(&api.ledger, &format!("tile/{path}")).await?;
    Ok(([(header::CONTENT_TYPE, "application/octet-stream")], [(header::CACHE_CONTROL, FOR_EVER)], bytes)
        .into_response())
}

async fn read(ledger: &Ledger, path: &str) -> Result<Vec<u8>, LogError> {
    if path.starts_with("tile/entries/") {
        Ok(ledger.entries(path.parse::<EntryBundle>()?).await?)
    } else {
        Ok(ledger.tile(path.parse::<Tile>()?).await?.concat())
    }
}
