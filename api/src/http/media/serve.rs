//! `GET /media/ID?expires=TIME&signature=MAC`: gives a file, or a part of it, to whoever has a signed address.

use std::ops::Range;

use axum::{
    body::Body,
    extract::{Path, Query, State, rejection::QueryRejection},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use futures::TryStreamExt;
use serde::Deserialize;
use stele_media::{FileKey, MediaId};

use super::{MediaState, range::Wanted, refused::Refused};
use crate::{
    Api, MediaFile,
    media::{self, Stored},
};

/// What makes an address work.
#[derive(Deserialize)]
pub(super) struct Signed {
    expires: i64,
    signature: String,
}

/// Gives a file. Whoever has the address may read it, so it is only given to those who may see the task.
pub(super) async fn serve(
    State(state): State<MediaState>,
    method: Method,
    Path(id): Path<String>,
    signed: Result<Query<Signed>, QueryRejection>,
    headers: HeaderMap,
) -> Result<Response, Refused> {
    // before anything else is done with it
    let id: MediaId = id.parse().map_err(|_| Refused::not_found())?;
    let seconds = seconds_left(&state.api, id, signed)?;
    let (file, key) = open(&state.api, id).await?;
    let etag = format!("\"{id}\"");
    let mut answer = described(&file, &etag, seconds, &state.resource_policy)?;
    if is_known(&headers, &etag) {
        *answer.status_mut() = StatusCode::NOT_MODIFIED;
        answer.headers_mut().remove(header::CONTENT_TYPE);
        return Ok(answer);
    }
    // ranges are for GET alone (RFC 9110 §14.2)
    let wanted = if method == Method::GET { Wanted::of(&headers, file.bytes, &etag) } else { Wanted::Whole };
    let range = match wanted {
        Wanted::Whole => 0..file.bytes,
        Wanted::Part(range) => {
            *answer.status_mut() = StatusCode::PARTIAL_CONTENT;
            let place = format!("bytes {}-{}/{}", range.start, range.end - 1, file.bytes);
            answer.headers_mut().insert(header::CONTENT_RANGE, value(&place)?);
            range
        }
        Wanted::Outside => return Err(Refused::not_in_file(file.bytes)),
    };
    answer.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(range.end - range.start));
    *answer.body_mut() = body(&state.api, &file, key.as_ref(), range).await?;
    Ok(answer)
}

/// For how long the address still works.
fn seconds_left(api: &Api, id: MediaId, signed: Result<Query<Signed>, QueryRejection>) -> Result<i64, Refused> {
    let forbidden = |code, reason: media::UrlError| Refused::new(StatusCode::FORBIDDEN, code, &reason);
    let wrong = |_| forbidden("WRONG_SIGNATURE", media::UrlError::Wrong);
    let Query(Signed { expires, signature }) = signed.map_err(wrong)?;
    api.media.urls.check(id, expires, &signature, api.ledger.clock().now()).map_err(|error| match error {
        media::UrlError::Wrong => forbidden("WRONG_SIGNATURE", error),
        media::UrlError::Expired => forbidden("EXPIRED", error),
    })
}

/// What is known of the file, and its key if it has one.
async fn open(api: &Api, id: MediaId) -> Result<(MediaFile, Option<FileKey>), Refused> {
    let stored = media::find_stored(&api.ledger, id).await.map_err(|error| Refused::fault(&error))?;
    let Stored { file, sealed_key, is_removed } = stored.ok_or_else(Refused::not_found)?;
    if is_removed {
        return Err(Refused::erased());
    }
    let Some((subject, sealed)) = file.subject.zip(sealed_key) else { return Ok((file, None)) };
    let key = media::open_key(&api.ledger, id, subject, &sealed).await;
    let key = key.map_err(|error| Refused::fault(&error))?.ok_or_else(Refused::erased)?;
    Ok((file, Some(key)))
}

/// An answer with all that is said of the file, and without its bytes.
fn described(file: &MediaFile, etag: &str, seconds: i64, policy: &HeaderValue) -> Result<Response, Refused> {
    // an erasure does not reach what a browser keeps
    let caching = match file.subject {
        Some(_) => HeaderValue::from_static("private, no-store"),
        None => value(&format!("private, max-age={seconds}"))?,
    };
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(file.media_type.as_str())),
        (header::CONTENT_DISPOSITION, HeaderValue::from_static("inline")),
        (header::CACHE_CONTROL, caching),
        (header::ACCEPT_RANGES, HeaderValue::from_static("bytes")),
        (header::ETAG, value(etag)?),
        // should a browser take it for a page after all, nothing in it runs
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("sandbox")),
        (HeaderName::from_static("cross-origin-resource-policy"), policy.clone()),
    ];
    Ok((headers, Body::empty()).into_response())
}

fn value(text: &str) -> Result<HeaderValue, Refused> {
    HeaderValue::from_str(text).map_err(|error| Refused::fault(&error))
}

/// Whether the caller has the file already (RFC 9110 §13.1.2).
fn is_known(headers: &HeaderMap, etag: &str) -> bool {
    let lines = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|line| line.to_str().ok());
    lines
        .flat_map(|line| line.split(','))
        .map(str::trim)
        .any(|tag| tag == "*" || tag.trim_start_matches("W/") == etag)
}

/// The bytes themselves. What goes wrong on the way ends the connection: the caller has been told how many there are.
async fn body(api: &Api, file: &MediaFile, key: Option<&FileKey>, range: Range<u64>) -> Result<Body, Refused> {
    let pieces = api.media.store.read(file.id, key, file.bytes, range).await;
    let pieces = pieces.map_err(|error| Refused::fault(&error))?;
    Ok(Body::from_stream(pieces.inspect_err(|error| tracing::error!(%error, "a file could not be read to its end"))))
}
