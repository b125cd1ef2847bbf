//! `POST /media?project=ID`: takes a file that tasks of the project will show.

use axum::{
    Json,
    body::Body,
    extract::{Query, State, rejection::QueryRejection},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};
use stele_domain::{
    SubjectId, Timestamp,
    project::{Project, ProjectRefusal},
};
use stele_media::{Facts, FileKey, MediaType, Staged, Upload};
use uuid::Uuid;

use super::{
    MediaSettings, MediaState,
    incoming::{Incoming, too_large},
    refused::Refused,
};
use crate::{
    Api, MediaFile, SignedUrl,
    account::Viewer,
    graphql::may_create_tasks,
    http::bearer::{Unbelieved, bearer},
    media,
};

/// What is said of the file in the address.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Said {
    /// Whose tasks will show it.
    project: Uuid,
    /// Whom it belongs to, if to a person: it is sealed under their key, and goes with it.
    subject: Option<Uuid>,
    /// How long a sound or film lasts, in milliseconds, where it does not tell itself.
    duration_ms: Option<u32>,
}

/// A file that was taken, and where to look at it.
#[derive(Serialize)]
struct Taken {
    #[serde(flatten)]
    file: MediaFile,
    url: String,
    url_expires_at: Timestamp,
}

/// Takes a file: it is in its place and recorded once this is answered, or nothing of it is left.
pub(super) async fn upload(
    State(MediaState { api, settings, .. }): State<MediaState>,
    said: Result<Query<Said>, QueryRejection>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refused> {
    let viewer = sender(&api, &headers).await?;
    let Query(said) =
        said.map_err(|error| Refused::new(StatusCode::BAD_REQUEST, "BAD_REQUEST", &error.body_text()))?;
    may_send(&api, &viewer, &said).await?;
    let media_type = declared(&headers, &said, &settings)?;

    let mut incoming = Incoming::new(body, settings);
    let head = incoming.head(Facts::HEAD).await?;
    media_type.check(&head).map_err(|error| not_taken(&error))?;
    let unmeasurable = |error| Refused::new(StatusCode::UNPROCESSABLE_ENTITY, "UNREADABLE_IMAGE", &error);
    let mut facts = Facts::read(media_type, &head).map_err(unmeasurable)?;
    facts.duration_ms = facts.duration_ms.or(said.duration_ms.map(u64::from));

    let key = said.subject.map(|_| FileKey::new(api.ledger.mint().secret()));
    let begun = api.media.store.begin(api.ledger.mint().fresh(), key.as_ref()).await;
    let mut upload = begun.map_err(|error| Refused::fault(&error))?;
    if let Err(refused) = receive(&mut upload, &head, incoming).await {
        upload.discard().await;
        return Err(refused);
    }
    let owner = said.subject.map(SubjectId::from).zip(key);
    let arrived = Arrived { api: api.clone(), viewer, media_type, facts, owner };
    // it is all here: it is kept even if whoever sent it does not wait for the answer
    let kept = tokio::spawn(async move { arrived.keep(upload).await }).await;
    let file = kept.map_err(|error| Refused::fault(&error))??;
    let SignedUrl { url, expires_at } = api.media.signed_url(file.id);
    Ok((StatusCode::CREATED, Json(Taken { file, url, url_expires_at: expires_at })).into_response())
}

/// Who sends the file.
async fn sender(api: &Api, headers: &HeaderMap) -> Result<Viewer, Refused> {
    let unknown = |reason: &str| Refused::new(StatusCode::UNAUTHORIZED, "UNAUTHENTICATED", &reason);
    match bearer(api, headers).await {
        Ok(viewer) => viewer.ok_or_else(|| unknown("sign in, and send the access token as `Authorization: Bearer`")),
        Err(Unbelieved::Refused(reason)) => Err(unknown(&reason)),
        Err(Unbelieved::Failed(error)) => Err(Refused::fault(&error)),
    }
}

/// Whether they may send it for that project, and about that person.
async fn may_send(api: &Api, viewer: &Viewer, said: &Said) -> Result<(), Refused> {
    if !viewer.may_write() {
        let reason = "this access token is for reading: it sends no file";
        return Err(Refused::new(StatusCode::FORBIDDEN, "FORBIDDEN", &reason));
    }
    // who has a role in some projects alone is told the same of another one as of one that does not exist
    if !may_create_tasks(viewer, said.project.into()) {
        let reason = "this needs one of the roles manager, service in the workspace, or in the project";
        return Err(Refused::new(StatusCode::FORBIDDEN, "FORBIDDEN", &reason));
    }
    let loaded = api.ledger.load::<Project>(said.project).await;
    let (project, _) = loaded.map_err(|error| Refused::fault(&error))?;
    if project.form().is_none() {
        return Err(Refused::new(StatusCode::NOT_FOUND, "PROJECT_NOT_FOUND", &ProjectRefusal::NotFound));
    }
    let Some(subject) = said.subject else { return Ok(()) };
    match media::is_erased(&api.ledger, subject.into()).await {
        Ok(false) => Ok(()),
        Ok(true) => Err(Refused::erased()),
        Err(error) => Err(Refused::fault(&error)),
    }
}

/// What the file is said to be, if such a file is taken.
fn declared(headers: &HeaderMap, said: &Said, settings: &MediaSettings) -> Result<MediaType, Refused> {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|it| it.to_str().ok()).unwrap_or_default();
    let media_type: MediaType = content_type.parse().map_err(|error| not_taken(&error))?;
    if media_type.is_image() && said.duration_ms.is_some() {
        return Err(Refused::new(StatusCode::BAD_REQUEST, "BAD_REQUEST", &"an image has no `duration_ms`"));
    }
    let length = headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if length.is_some_and(|length| length > settings.limit) {
        return Err(too_large(settings.limit));
    }
    Ok(media_type)
}

fn not_taken(error: &stele_media::Mismatch) -> Refused {
    let code = match error {
        stele_media::Mismatch::NotTaken => "UNSUPPORTED_TYPE",
        _ => "TYPE_MISMATCH",
    };
    Refused::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, code, error)
}

async fn receive(upload: &mut Upload, head: &[u8], rest: Incoming) -> Result<(), Refused> {
    upload.write(head).await.map_err(|error| Refused::fault(&error))?;
    rest.pour(upload).await
}

/// A file of which all bytes have come.
struct Arrived {
    api: Api,
    viewer: Viewer,
    media_type: MediaType,
    facts: Facts,
    /// Whom it belongs to, and the key that it is sealed with.
    owner: Option<(SubjectId, FileKey)>,
}

impl Arrived {
    /// Puts the file in its place, and records it.
    async fn keep(self, upload: Upload) -> Result<MediaFile, Refused> {
        let Self { api, viewer, media_type, facts, owner } = self;
        let staged = upload.finish().await.map_err(|error| Refused::fault(&error))?;
        let sealed_key = match &owner {
            Some((subject, key)) => match media::seal_key(&api.ledger, staged.id(), *subject, key).await {
                Ok(Some(sealed)) => Some(sealed),
                Ok(None) => return give_up(staged, Refused::erased()).await,
                Err(error) => return give_up(staged, Refused::fault(&error)).await,
            },
            None => None,
        };
        let subject = owner.map(|(subject, _)| subject);
        let file = MediaFile {
            id: staged.id(),
            media_type,
            bytes: staged.bytes(),
            width: facts.width,
            height: facts.height,
            duration_ms: facts.duration_ms,
            subject,
        };
        staged.keep().await.map_err(|error| Refused::fault(&error))?;
        let recorded = media::insert(&api.ledger, &file, sealed_key.as_deref(), viewer.participant).await;
        let file = recorded.map_err(|error| Refused::fault(&error))?;
        if let Some(subject) = subject
            && media::is_erased(&api.ledger, subject).await.map_err(|error| Refused::fault(&error))?
        {
            // whoever erased them may have looked for their files before this one was recorded
            media::remove_of(&api.ledger, &api.media.store, subject).await;
            return Err(Refused::erased());
        }
        Ok(file)
    }
}

async fn give_up(staged: Staged, refused: Refused) -> Result<MediaFile, Refused> {
    staged.discard().await;
    Err(refused)
}
