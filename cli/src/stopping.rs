//! How a process that runs until it is told otherwise is told.

use std::io;

use tokio::signal::unix::{SignalKind, signal};

/// Takes SIGINT (Ctrl-C) and SIGTERM from now on, and waits for either.
pub(crate) fn told_to_stop() -> io::Result<impl Future<Output = ()>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("stopping");
    })
}
