//! Files: images, sound and films, kept by the hash of what is stored.
//!
//! - [`Store::begin`] takes a file as it comes, and never holds it whole; [`Upload::finish`] tells its id.
//! - [`Store::read`] gives back any part of it.
//! - [`MediaType`] says which files are taken, [`Facts`] what is read from their first bytes.
//!
//! A file that belongs to somebody is sealed with a key of its own, in chunks ([`CHUNK`]) that open one by one. The key is
//! up to the caller.

mod cipher;
mod error;
mod facts;
mod media_id;
mod media_type;
mod read;
#[cfg(feature = "s3")]
mod s3;
mod store;
mod upload;

pub use cipher::{CHUNK, FileKey};
pub use error::MediaError;
pub use facts::{Facts, Unmeasurable};
pub use media_id::{MediaId, NotAnId};
pub use media_type::{MediaType, Mismatch};
pub use read::Pieces;
pub use store::Store;
pub use upload::{Staged, Upload};
