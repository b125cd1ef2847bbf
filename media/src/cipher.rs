//! Sealing a file in chunks, each of which opens on its own.
//!
//! The construction is STREAM (Hoang, Reyhanitabar, Rogaway and Vizár, *Online Authenticated-Encryption and its Nonce-Reuse
//! Misuse-Resistance*, 2015), as age and libsodium's `secretstream` have it too: a chunk's nonce is its number and whether
//! it is the last one. So a chunk opens in its own place only, and a file that was cut short has no last chunk.

use std::{fmt, ops::Range};

use aead_stream::{NewStream, StreamBE32, StreamPrimitive};
use chacha20poly1305::ChaCha20Poly1305;
use zeroize::Zeroizing;

use crate::MediaError;

/// How many bytes of a file are sealed together.
pub const CHUNK: usize = 64 << 10;

/// How much longer a chunk is once it is sealed: its Poly1305 tag.
pub(crate) const TAG: usize = 16;

/// The key of one file, which seals nothing else: that is what makes the counting nonces safe.
#[derive(Clone)]
pub struct FileKey(Zeroizing<[u8; 32]>);

impl FileKey {
    /// A key from its 32 secret bytes.
    #[must_use]
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// The secret bytes, to be sealed.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for FileKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FileKey(<secret>)")
    }
}

/// A chunk that does not open.
#[derive(Debug)]
pub(crate) struct NotAuthentic;

/// Seals and opens the chunks of one file.
pub(crate) struct Cipher(StreamBE32<ChaCha20Poly1305>);

impl Cipher {
    pub(crate) fn new(key: &FileKey) -> Self {
        // a key is used for one file, so what is left of the nonce can stay zero
        Self(StreamBE32::new(key.as_bytes().into(), &[0; 7].into()))
    }

    /// Opens a chunk in place.
    pub(crate) fn open(&self, number: u32, is_last: bool, chunk: &mut Vec<u8>) -> Result<(), NotAuthentic> {
        self.0.decrypt_in_place(number, is_last, b"", chunk).map_err(|_| NotAuthentic)
    }
}

/// Seals a file as it comes, in pieces of whatever size.
pub(crate) struct Sealer {
    cipher: Cipher,
    number: u32,
    /// What has come since the last chunk that was sealed. A full chunk waits here until it is known whether it is the last.
    pending: Vec<u8>,
}

impl Sealer {
    pub(crate) fn new(key: &FileKey) -> Self {
        Self { cipher: Cipher::new(key), number: 0, pending: Vec::with_capacity(CHUNK + TAG) }
    }

    /// Takes more of the file, and puts the chunks that are complete after `sealed`.
    pub(crate) fn push(&mut self, mut clear: &[u8], sealed: &mut Vec<u8>) -> Result<(), MediaError> {
        while !clear.is_empty() {
            if self.pending.len() == CHUNK {
                self.seal(false, sealed)?;
                self.number = self.number.checked_add(1).ok_or(MediaError::TooLong)?;
            }
            let (now, later) = clear.split_at(clear.len().min(CHUNK - self.pending.len()));
            self.pending.extend_from_slice(now);
            clear = later;
        }
        Ok(())
    }

    /// Seals the last chunk.
    pub(crate) fn finish(mut self, sealed: &mut Vec<u8>) -> Result<(), MediaError> {
        self.seal(true, sealed)
    }

    fn seal(&mut self, is_last: bool, sealed: &mut Vec<u8>) -> Result<(), MediaError> {
        let Self { cipher, number, pending } = self;
        cipher.0.encrypt_in_place(*number, is_last, b"", pending).map_err(|_| MediaError::TooLong)?;
        sealed.extend_from_slice(pending);
        pending.clear();
        Ok(())
    }
}

/// Where the chunks of a sealed file stand.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Layout {
    /// The length of the file in the clear.
    pub(crate) bytes: u64,
}

impl Layout {
    const CLEAR: u64 = CHUNK as u64;
    const SEALED: u64 = (CHUNK + TAG) as u64;

    /// How many chunks there are. An empty file has one, too.
    pub(crate) fn chunks(self) -> u64 {
        self.bytes.div_ceil(Self::CLEAR).max(1)
    }

    /// The length of the file as it is stored.
    pub(crate) fn stored(self) -> u64 {
        self.bytes + self.chunks() * TAG as u64
    }

    /// The numbers of the chunks that a range of the clear file touches.
    pub(crate) fn touched(self, range: &Range<u64>) -> Range<u64> {
        let first = range.start / Self::CLEAR;
        first..range.end.div_ceil(Self::CLEAR).clamp(first + 1, self.chunks().max(first + 1))
    }

    /// Where these chunks are stored.
    pub(crate) fn stored_range(self, chunks: &Range<u64>) -> Range<u64> {
        chunks.start * Self::SEALED..(chunks.end * Self::SEALED).min(self.stored())
    }

    /// The clear bytes that a chunk holds.
    pub(crate) fn clear_range(self, chunk: u64) -> Range<u64> {
        chunk * Self::CLEAR..((chunk + 1) * Self::CLEAR).min(self.bytes)
    }
}
