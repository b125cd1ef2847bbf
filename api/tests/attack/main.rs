//! What somebody may try who means harm, one file a subject.

mod sessions;
#[path = "../support/mod.rs"]
mod support;
