//! What is known of each file, and the keys of those that belong to somebody.

use serde::{Serialize, Serializer};
use stele_domain::{ParticipantId, SubjectId};
use stele_ledger::{KeyError, Ledger, SecretError};
use stele_media::{FileKey, MediaId, MediaType, Store};

/// Why what is known of a file could not be stored or read.
#[derive(Debug, thiserror::Error)]
pub enum MediaRecordError {
    /// The database failed.
    #[error("what is known of the file can't be stored or read: {0}")]
    Sql(#[from] sqlx::Error),
    /// Its key can't be sealed or opened.
    #[error(transparent)]
    Key(#[from] SecretError),
    /// Whether its owner has been erased can't be found out.
    #[error("whether the owner of the file has been erased can't be told: {0}")]
    Owner(#[from] KeyError),
    /// What is stored makes no sense.
    #[error("what is known of the file {id} is damaged: {what}")]
    Damaged {
        /// Which file.
        id: MediaId,
        /// What is wrong.
        what: &'static str,
    },
}

/// A file, as tasks refer to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MediaFile {
    /// What it is called: the SHA-256 of what is stored.
    #[serde(rename = "digest", serialize_with = "as_text")]
    pub id: MediaId,
    /// What it is.
    #[serde(serialize_with = "as_text")]
    pub media_type: MediaType,
    /// How long it is in the clear, in bytes.
    pub bytes: u64,
    /// An image's width, in pixels.
    pub width: Option<u32>,
    /// An image's height, in pixels.
    pub height: Option<u32>,
    /// How long a sound or film lasts, in milliseconds, if that is known.
    pub duration_ms: Option<u64>,
    /// Whose it is, if it belongs to a person: it is sealed then.
    pub subject: Option<SubjectId>,
}

fn as_text<S: Serializer>(value: &impl ToString, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&value.to_string())
}

/// A file, and how it is stored.
#[derive(Debug)]
pub(crate) struct Stored {
    pub(crate) file: MediaFile,
    /// The file's key, sealed under its owner's.
    pub(crate) sealed_key: Option<Vec<u8>>,
    /// Whether its bytes have been deleted.
    pub(crate) is_removed: bool,
}

/// Records a file that is in its place. Of one that was recorded before, what was recorded stays, and is returned.
pub(crate) async fn insert(
    ledger: &Ledger,
    file: &MediaFile,
    sealed_key: Option<&[u8]>,
    uploaded_by: ParticipantId,
) -> Result<MediaFile, MediaRecordError> {
    let damaged = |what| MediaRecordError::Damaged { id: file.id, what };
    let number = |number: u64| i64::try_from(number).map_err(|_| damaged("a number that is too large"));
    sqlx::query!(
        "insert into media (ledger_id, media_id, media_type, bytes, width, height, duration_ms, subject_id, sealed_key,
            uploaded_by, uploaded_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) on conflict (ledger_id, media_id) do nothing",
        ledger.id(),
        file.id.as_bytes(),
        file.media_type.as_str(),
        number(file.bytes)?,
        file.width.map(i64::from),
        file.height.map(i64::from),
        file.duration_ms.map(number).transpose()?,
        file.subject.map(SubjectId::uuid),
        sealed_key,
        uploaded_by.uuid(),
        ledger.clock().now().to_utc()
    )
    .execute(ledger.database().pool())
    .await?;
    let stored = find_stored(ledger, file.id).await?;
    Ok(stored.ok_or_else(|| damaged("it is not there after it was recorded"))?.file)
}

/// What is known of a file of this ledger.
pub(crate) async fn find_stored(ledger: &Ledger, id: MediaId) -> Result<Option<Stored>, MediaRecordError> {
    let row = sqlx::query!(
        r#"select media_type, bytes, width, height, duration_ms, subject_id, sealed_key,
            removed_at is not null as "is_removed!"
        from media where ledger_id = $1 and media_id = $2"#,
        ledger.id(),
        id.as_bytes()
    )
    .fetch_optional(ledger.database().pool())
    .await?;
    let Some(row) = row else { return Ok(None) };
    let damaged = |what| MediaRecordError::Damaged { id, what };
    let number = |number: i64| u64::try_from(number).map_err(|_| damaged("a negative number"));
    let pixels = |number: i64| u32::try_from(number).map_err(|_| damaged("an impossible width or height"));
    let file = MediaFile {
        id,
        media_type: row.media_type.parse().map_err(|_| damaged("a type that is not taken"))?,
        bytes: number(row.bytes)?,
        width: row.width.map(pixels).transpose()?,
        height: row.height.map(pixels).transpose()?,
        duration_ms: row.duration_ms.map(number).transpose()?,
        subject: row.subject_id.map(SubjectId::from),
    };
    Ok(Some(Stored { file, sealed_key: row.sealed_key, is_removed: row.is_removed }))
}

/// Seals a file's key under its owner's, for this file alone; `None` once the owner has been erased.
pub(crate) async fn seal_key(
    ledger: &Ledger,
    id: MediaId,
    subject: SubjectId,
    key: &FileKey,
) -> Result<Option<Vec<u8>>, SecretError> {
    unless_erased(ledger.seal_secret(subject.uuid(), &purpose(id), key.as_bytes()).await)
}

/// Opens the key of a file that belongs to somebody; `None` once they have been erased.
pub(crate) async fn open_key(
    ledger: &Ledger,
    id: MediaId,
    subject: SubjectId,
    sealed: &[u8],
) -> Result<Option<FileKey>, MediaRecordError> {
    let opened = unless_erased(ledger.open_secret(subject.uuid(), &purpose(id), sealed).await)?;
    let Some(opened) = opened else { return Ok(None) };
    let bytes = <[u8; 32]>::try_from(opened.as_slice());
    let bytes = bytes.map_err(|_| MediaRecordError::Damaged { id, what: "a key of another length" })?;
    Ok(Some(FileKey::new(bytes)))
}

/// What a file's key is sealed for: it opens as that of this file alone.
fn purpose(id: MediaId) -> String {
    format!("media {id}")
}

fn unless_erased<T>(done: Result<T, SecretError>) -> Result<Option<T>, SecretError> {
    match done {
        Ok(done) => Ok(Some(done)),
        Err(SecretError::Destroyed(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Whether somebody has been erased.
pub(crate) async fn is_erased(ledger: &Ledger, subject: SubjectId) -> Result<bool, MediaRecordError> {
    let key = ledger.key_record(subject).await?;
    Ok(key.is_some_and(|key| key.destroyed_at.is_some()))
}

/// Deletes the bytes of the files of someone who has been erased. They can't be read any more with or without them, so what
/// fails is logged, and tried again when a server starts.
pub(crate) async fn remove_of(ledger: &Ledger, store: &Store, subject: SubjectId) {
    if let Err(error) = try_remove_of(ledger, store, subject).await {
        tracing::error!(%error, %subject, "the files of someone who was erased could not all be deleted");
    }
}

async fn try_remove_of(
    ledger: &Ledger,
    store: &Store,
    subject: SubjectId,
) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let ids = sqlx::query_scalar!(
        "select media_id from media where ledger_id = $1 and subject_id = $2 and removed_at is null",
        ledger.id(),
        subject.uuid()
    );
    for id in ids.fetch_all(ledger.database().pool()).await? {
        let hash = <[u8; 32]>::try_from(id.as_slice())?;
        store.delete(hash.into()).await?;
        let removed = sqlx::query!(
            "update media set removed_at = $3 where ledger_id = $1 and media_id = $2",
            ledger.id(),
            id,
            ledger.clock().now().to_utc()
        );
        removed.execute(ledger.database().pool()).await?;
    }
    Ok(())
}
