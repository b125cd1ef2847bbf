//! What makes the history verifiable from outside: signed checkpoints, and the tiles and proofs below them.
//!
//! The hashes of leaves are stored with their events. The nodes above them are stored when a checkpoint is published, so
//! tiles and proofs are offered for trees up to the newest checkpoint, and cost a few rows each.

mod anchor;
mod certificate;
mod edge;
mod proof;
mod publish;
mod recover;
mod signer;
mod tree;

pub use anchor::{Anchor, AnchorError};
pub use certificate::CertificateError;
pub use proof::{ConsistencyProof, InclusionProof};
pub use recover::{Assessment, RecoverError, Recovered, Standing};
pub use signer::{LogSigner, SignError};
pub use tree::TreeError;
