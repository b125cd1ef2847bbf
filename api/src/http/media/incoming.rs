//! The body of an upload: so much and no more, and no long pauses.

use axum::{
    body::{Body, BodyDataStream, Bytes},
    http::StatusCode,
};
use futures::StreamExt;
use stele_media::Upload;

use super::{MediaSettings, refused::Refused};

/// A file as it comes in.
pub(super) struct Incoming {
    pieces: BodyDataStream,
    settings: MediaSettings,
    bytes: u64,
}

impl Incoming {
    pub(super) fn new(body: Body, settings: MediaSettings) -> Self {
        Self { pieces: body.into_data_stream(), settings, bytes: 0 }
    }

    /// The first bytes, `enough` of them unless the file is shorter; it may be a few more.
    pub(super) async fn head(&mut self, enough: usize) -> Result<Vec<u8>, Refused> {
        let mut head = Vec::new();
        while head.len() < enough
            && let Some(piece) = self.next().await?
        {
            head.extend_from_slice(&piece);
        }
        Ok(head)
    }

    /// Hands what is still to come to the upload.
    pub(super) async fn pour(mut self, upload: &mut Upload) -> Result<(), Refused> {
        while let Some(piece) = self.next().await? {
            upload.write(&piece).await.map_err(|error| Refused::fault(&error))?;
        }
        Ok(())
    }

    async fn next(&mut self) -> Result<Option<Bytes>, Refused> {
        let MediaSettings { limit, idle } = self.settings;
        let Ok(piece) = tokio::time::timeout(idle, self.pieces.next()).await else {
            let reason = format!("nothing has come for {} seconds", idle.as_secs_f32());
            return Err(Refused::new(StatusCode::REQUEST_TIMEOUT, "TIMED_OUT", &reason));
        };
        let Some(piece) = piece else { return Ok(None) };
        let broken = |_| Refused::new(StatusCode::BAD_REQUEST, "BROKEN_OFF", &"the file did not come to its end");
        let piece = piece.map_err(broken)?;
        self.bytes += piece.len() as u64;
        if self.bytes > limit { Err(too_large(limit)) } else { Ok(Some(piece)) }
    }
}

/// The file is larger than is allowed.
pub(super) fn too_large(limit: u64) -> Refused {
    let reason = format!("a file has at most {limit} bytes");
    Refused::new(StatusCode::PAYLOAD_TOO_LARGE, "TOO_LARGE", &reason)
}
