//! What tasks show, put aside until their rows are made.

use std::{
    fs::File,
    io::{self, BufWriter, Write as _},
    os::unix::fs::FileExt as _,
    path::Path,
};

use stele_domain::{
    Event as _,
    task::{ContentField, Response, TaskEvent},
};
use stele_ledger::Recorded;

use super::JudgedTask;
use crate::ExportError;

/// The events that say what tasks show, one after another in a file without a name, which is gone with the process.
///
/// So a dataset's texts don't have to fit into memory. Personal fields stay sealed here.
#[derive(Debug)]
pub(crate) struct Contents {
    file: BufWriter<File>,
    end: u64,
}

/// Where an event lies in it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    start: u64,
    length: usize,
    schema_version: u16,
    is_revision: bool,
}

/// What a task shows.
#[derive(Debug)]
pub(crate) struct Shown {
    pub(crate) content: Vec<ContentField>,
    pub(crate) responses: Vec<Response>,
}

impl Contents {
    pub(super) fn new_in(folder: &Path) -> io::Result<Self> {
        Ok(Self { file: BufWriter::with_capacity(1 << 16, tempfile::tempfile_in(folder)?), end: 0 })
    }

    pub(super) fn add(&mut self, recorded: &Recorded) -> io::Result<Place> {
        let bytes = recorded.payload.as_bytes();
        self.file.write_all(bytes)?;
        let place = Place {
            start: self.end,
            length: bytes.len(),
            schema_version: recorded.schema_version,
            is_revision: recorded.name == "TaskRevised",
        };
        self.end += bytes.len() as u64;
        Ok(place)
    }

    /// What a task shows.
    pub(crate) fn of(&mut self, task: &JudgedTask) -> Result<Shown, ExportError> {
        self.file.flush()?;
        let place = task.place();
        let mut payload = vec![0; place.length];
        self.file.get_ref().read_exact_at(&mut payload, place.start)?;
        let position = task.shown_since().get();
        let lost = || ExportError::Inconsistent { position, reason: "what was put aside of it is lost".to_owned() };
        let payload = String::from_utf8(payload).map_err(|_| lost())?;
        let name = if place.is_revision { "TaskRevised" } else { "TaskCreated" };
        match TaskEvent::decode(name, place.schema_version, &payload) {
            Ok(TaskEvent::TaskCreated(created)) => {
                Ok(Shown { content: created.content, responses: created.responses })
            }
            Ok(TaskEvent::TaskRevised(revised)) => {
                Ok(Shown { content: revised.content, responses: revised.responses })
            }
            Ok(_) => Err(lost()),
            Err(source) => Err(ExportError::Decode { position, source }),
        }
    }
}
