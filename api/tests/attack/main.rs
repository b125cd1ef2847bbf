//! What somebody may try who means harm, one file a subject.

mod access_tokens;
mod external_login;
mod guesses;
mod invitations;
mod real_issuer;
mod second_factor;
mod sessions;
#[path = "../support/mod.rs"]
mod support;
mod tokens;
mod workspaces;
