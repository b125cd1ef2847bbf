//! The committed schemas are what this build describes.

mod support;

use support::{Home, repository};

#[test]
fn the_committed_schemas_are_current() {
    let folder = repository("schemas");
    Home::new().succeed(&["schema", "--check", "--out", folder.to_str().expect("text")]);
}
