//! Reading the history of a ledger, and keeping what was read in files, so that it need not be read again.
//!
//! What is kept is as it was recorded: what the ledger seals is sealed there. No dataset depends on it: a file that is missing,
//! damaged or of another history is made anew.

mod segment;

use std::{
    fs,
    num::NonZeroU64,
    path::{Path, PathBuf},
    sync::Arc,
};

use sha2::{Digest as _, Sha256};
use stele_ledger::{EventFilter, Ledger, Position, ReadError, Scanned};
use tokio::{
    sync::mpsc,
    task::{JoinHandle, spawn_blocking},
};

use self::segment::Segment;
use crate::{ExportError, folder::OutputError};

/// How many positions a segment covers, unless another number is asked for.
const SEGMENT: NonZeroU64 = NonZeroU64::new(1 << 17).expect("not 0");
/// How many batches wait at each station at most.
const WAITING: usize = 2;

/// A ledger's history, and where what was read of it is kept.
#[derive(Clone)]
pub struct History<'a> {
    ledger: &'a Ledger,
    kept_in: Option<PathBuf>,
    segment: NonZeroU64,
}

impl<'a> History<'a> {
    /// The history of a ledger. What is read of it is kept in the folder, if there is one: it is made if need be, and may be that of
    /// several ledgers. Its files hold in the open what the ledger does.
    #[must_use]
    pub const fn of(ledger: &'a Ledger, kept_in: Option<PathBuf>) -> Self {
        Self { ledger, kept_in, segment: SEGMENT }
    }

    /// Keeps files of so many positions each, 131,072 unless this is said. What is left over at the end of the history is not kept.
    #[must_use]
    pub fn in_segments_of(self, positions: NonZeroU64) -> Self {
        Self { segment: positions, ..self }
    }

    /// The ledger.
    #[must_use]
    pub const fn ledger(&self) -> &'a Ledger {
        self.ledger
    }

    /// What `decode` makes of the events of these names up to and including `through`, in order; nothing of those that it passes over.
    /// It runs on other threads than the caller.
    pub(crate) fn scan<T: Send + 'static>(
        &self,
        through: Position,
        names: &[&'static str],
        decode: impl Fn(&Scanned) -> Result<Option<T>, ExportError> + Send + Sync + 'static,
    ) -> Events<T> {
        let (batches, events) = mpsc::channel(WAITING);
        let decode: Decode<T> = Arc::new(decode);
        let reader = Reader { ledger: self.ledger.clone(), names: names.to_vec(), decode, batches: batches.clone() };
        let folder = self.kept_in.as_deref().map(|folder| folder_of(folder, self.ledger, names));
        let segment = self.segment.get();
        let reading = tokio::spawn(async move {
            if let Err(error) = reader.read(through, folder.as_deref(), segment).await {
                // nobody is left to tell if the caller has gone
                drop(batches.send(Err(error)).await);
            }
        });
        Events { batches: events, reading: Some(reading) }
    }
}

impl<'a> From<&'a Ledger> for History<'a> {
    fn from(ledger: &'a Ledger) -> Self {
        Self::of(ledger, None)
    }
}

/// Where what was read of certain names is kept: by ledger, and by a hash of the names.
fn folder_of(folder: &Path, ledger: &Ledger, names: &[&str]) -> PathBuf {
    let names = Sha256::digest(names.join("\n"));
    folder.join(ledger.id().to_string()).join(hex::encode(&names[..8]))
}

type Decode<T> = Arc<dyn Fn(&Scanned) -> Result<Option<T>, ExportError> + Send + Sync>;

/// What was made of some events that follow each other.
pub(crate) struct Batch<T> {
    pub(crate) events: Vec<T>,
    /// The position of the last of them.
    pub(crate) reached: Position,
}

/// What is made of events, in order. Reading ends with it.
pub(crate) struct Events<T> {
    batches: mpsc::Receiver<Result<Batch<T>, ExportError>>,
    /// Gone once it has ended.
    reading: Option<JoinHandle<()>>,
}

impl<T> Events<T> {
    /// The next events; none after the last.
    pub(crate) async fn next(&mut self) -> Result<Option<Batch<T>>, ExportError> {
        let batch = self.batches.recv().await.transpose()?;
        if batch.is_none()
            && let Some(reading) = self.reading.take()
        {
            // what stopped before its end must not look like the end
            reading.await.map_err(ReadError::from)?;
        }
        Ok(batch)
    }
}

impl<T> Drop for Events<T> {
    fn drop(&mut self) {
        self.reading.iter().for_each(JoinHandle::abort);
    }
}

/// Reads the events of certain names, from files where there are any.
struct Reader<T> {
    ledger: Ledger,
    names: Vec<&'static str>,
    decode: Decode<T>,
    batches: mpsc::Sender<Result<Batch<T>, ExportError>>,
}

impl<T: Send + 'static> Reader<T> {
    async fn read(&self, through: Position, folder: Option<&Path>, length: u64) -> Result<(), ExportError> {
        let mut reached = Position::START;
        if let Some(folder) = folder {
            fs::create_dir_all(folder).map_err(|source| OutputError::Io { path: folder.to_owned(), source })?;
            while reached.get() + length <= through.get() {
                let end = Position::from(reached.get() + length);
                let segment = Arc::new(self.segment(folder, reached, end).await?);
                match self.read_file(Arc::clone(&segment), reached).await? {
                    Some(reached) => self.read_ledger(reached, end, None).await?,
                    None => self.read_ledger(reached, end, Some(segment)).await?,
                }
                reached = end;
            }
        }
        self.read_ledger(reached, through, None).await
    }

    /// The segment between two positions, which the hash of the last event tells from one of another history.
    async fn segment(&self, folder: &Path, after: Position, end: Position) -> Result<Segment, ExportError> {
        let before = Position::from(end.get().saturating_sub(1));
        let last = self.ledger.read(before, end, &EventFilter::all()).await?;
        let last = last.first().ok_or(ReadError::Missing(end))?;
        Ok(Segment::new(folder, after, end, &last.leaf_hash))
    }

    /// Reads a segment from its file if that is whole, and says how far that went: to its end, unless this build can't read all of
    /// it.
    async fn read_file(&self, segment: Arc<Segment>, begin: Position) -> Result<Option<Position>, ExportError> {
        let (names, decode, batches) = (self.names.clone(), Arc::clone(&self.decode), self.batches.clone());
        let reading = spawn_blocking(move || {
            if !segment.is_whole()? {
                return Ok::<_, OutputError>(None);
            }
            let mut reached = begin;
            let read = segment.read(&names, |events| {
                let batch = decoded(&events, &decode);
                reached = events.last().map_or(reached, |last| last.position);
                let is_last = batch.is_err();
                batches.blocking_send(batch).is_ok() && !is_last
            });
            if let Err(error) = read {
                tracing::warn!(%error, file = %segment.path().display(), "the rest is read from the ledger");
                return Ok(Some(reached));
            }
            Ok(Some(segment.end()))
        });
        Ok(reading.await.map_err(OutputError::from)??)
    }

    /// Reads from the ledger, and keeps what was read in the file of a segment.
    async fn read_ledger(
        &self,
        after: Position,
        through: Position,
        keep: Option<Arc<Segment>>,
    ) -> Result<(), ExportError> {
        if after >= through {
            return Ok(());
        }
        let (to_keep, kept) = mpsc::channel(WAITING);
        let keeping = keep.map(|segment| spawn_blocking(move || segment.write(kept)));
        let mut events = self.ledger.scan(after, through, &self.names);
        while let Some(events) = events.next().await? {
            if self.batches.send(Ok(decoded(&events, &self.decode)?)).await.is_err() {
                return Ok(());
            }
            if keeping.is_some() {
                // a writer that takes no more has failed, and says so below
                drop(to_keep.send(events).await);
            }
        }
        drop(to_keep);
        if let Some(keeping) = keeping {
            keeping.await.map_err(OutputError::from)??.keep()?;
        }
        Ok(())
    }
}

fn decoded<T>(events: &[Scanned], decode: &Decode<T>) -> Result<Batch<T>, ExportError> {
    let reached = events.last().map_or(Position::START, |last| last.position);
    let events = events.iter().filter_map(|event| decode(event).transpose()).collect::<Result<_, _>>()?;
    Ok(Batch { events, reached })
}
