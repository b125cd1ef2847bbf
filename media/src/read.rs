//! Giving a file back, or a part of it.

use std::{io::SeekFrom, ops::Range};

use bytes::{Bytes, BytesMut};
use futures::{StreamExt, TryStreamExt, stream, stream::BoxStream};
use object_store::{GetOptions, GetResult, GetResultPayload};
use tokio::{
    fs::File,
    io::{AsyncReadExt, AsyncSeekExt},
};
use tokio_util::io::ReaderStream;

use crate::{
    FileKey, MediaError, MediaId, Store,
    cipher::{Cipher, Layout},
    store,
};

/// How much of a file on disk is read at a time.
const READ: usize = 128 << 10;

/// The bytes of a file, piece by piece.
pub type Pieces = BoxStream<'static, Result<Bytes, MediaError>>;

impl Store {
    /// A range of a file that is `bytes` long in the clear, opened with its key if it is sealed.
    ///
    /// Of a sealed file, no more is read than the chunks that the range touches. If one does not open, the stream ends with an
    /// error, and nothing of the chunk has been given.
    pub async fn read(
        &self,
        id: MediaId,
        key: Option<&FileKey>,
        bytes: u64,
        range: Range<u64>,
    ) -> Result<Pieces, MediaError> {
        let layout = Layout { bytes };
        let Some(key) = key else { return self.stored(id, bytes, range).await };
        let chunks = layout.touched(&range);
        let stored = self.stored(id, layout.stored(), layout.stored_range(&chunks)).await?;
        let opening =
            Opening { id, cipher: Cipher::new(key), layout, range, chunks, stored, buffer: BytesMut::new() };
        Ok(stream::try_unfold(opening, Opening::next).boxed())
    }

    /// A range of what is stored, which must be `length` bytes long.
    async fn stored(&self, id: MediaId, length: u64, range: Range<u64>) -> Result<Pieces, MediaError> {
        let options = GetOptions { range: Some(range.into()), ..GetOptions::default() };
        let found = self.objects.get_opts(&store::path(id), options).await.map_err(|error| match error {
            object_store::Error::NotFound { .. } => MediaError::Missing(id),
            error => MediaError::Store(error),
        })?;
        if found.meta.size != length {
            return Err(MediaError::Damaged { id, reason: "it has another length than when it was stored" });
        }
        pieces(found).await
    }
}

/// What was found, piece by piece. The store's own stream reads files in pieces too small to be quick.
async fn pieces(found: GetResult) -> Result<Pieces, MediaError> {
    match found.payload {
        GetResultPayload::File(file, _) => {
            let mut file = File::from_std(file);
            file.seek(SeekFrom::Start(found.range.start)).await?;
            let file = file.take(found.range.end - found.range.start);
            Ok(ReaderStream::with_capacity(file, READ).map_err(MediaError::Disk).boxed())
        }
        GetResultPayload::Stream(pieces) => Ok(pieces.map_err(MediaError::Store).boxed()),
    }
}

/// Chunks of a sealed file, as they are opened.
struct Opening {
    id: MediaId,
    cipher: Cipher,
    layout: Layout,
    /// What is asked for, of the clear file.
    range: Range<u64>,
    /// The chunks that are still to come.
    chunks: Range<u64>,
    stored: Pieces,
    buffer: BytesMut,
}

impl Opening {
    async fn next(mut self) -> Result<Option<(Bytes, Self)>, MediaError> {
        let Some(number) = self.chunks.next() else { return Ok(None) };
        let damaged = |reason| MediaError::Damaged { id: self.id, reason };
        let place = self.layout.stored_range(&(number..number + 1));
        let length = usize::try_from(place.end - place.start).map_err(|_| MediaError::TooLong)?;
        while self.buffer.len() < length {
            let piece = self.stored.next().await.ok_or_else(|| damaged("it ends too early"))??;
            self.buffer.extend_from_slice(&piece);
        }
        let mut chunk = Vec::from(self.buffer.split_to(length));
        let is_last = number + 1 == self.layout.chunks();
        let index = u32::try_from(number).map_err(|_| MediaError::TooLong)?;
        self.cipher.open(index, is_last, &mut chunk).map_err(|_| damaged("a chunk does not open"))?;
        let clear = self.layout.clear_range(number);
        let within = |place: u64| usize::try_from(place.clamp(clear.start, clear.end) - clear.start).unwrap_or(0);
        let wanted = within(self.range.start)..within(self.range.end);
        Ok(Some((Bytes::from(chunk).slice(wanted), self)))
    }
}
