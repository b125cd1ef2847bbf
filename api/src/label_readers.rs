//! A few places for those who look at every label of a question.

use std::sync::Arc;

use tokio::sync::{AcquireError, OwnedSemaphorePermit, Semaphore};

/// How many there are at once; the others wait.
const AT_ONCE: usize = 2;

/// Requests that hold all of a question's labels in memory.
#[derive(Debug)]
pub struct LabelReaders(Arc<Semaphore>);

impl Default for LabelReaders {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(AT_ONCE)))
    }
}

impl LabelReaders {
    /// A place, kept for as long as the labels are.
    pub(crate) async fn place(&self) -> Result<OwnedSemaphorePermit, AcquireError> {
        Arc::clone(&self.0).acquire_owned().await
    }
}
