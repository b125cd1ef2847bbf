//! Bundles: a whole history in one file, which can be verified away from its database.
//!
//! A bundle is JSON Lines, perhaps compressed with gzip. Each line is an object with one member, which names what the
//! line is: first a `header`, then every `event` in order, each `checkpoint` after the last event that it covers, and
//! an `end` at which the head stands, so that a bundle that was cut off shows it. There is one way to write each line.

mod input;
mod line;
mod read;
mod write;

pub use read::verify_bundle;
pub use write::export_bundle;
