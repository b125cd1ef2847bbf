//! What every event looks like: its JSON Schema, and a golden sample with fixed ids.
//!
//! Both are committed under `schemas/` and compared on every check. A sample, once shipped, never changes: a
//! payload that needs another shape gets another schema version.

mod sample;

use std::collections::BTreeMap;

use schemars::SchemaGenerator;

use crate::{
    Aggregate, AggregateVisitor, DecodeError, Event, StreamType, history::HistoryEvent,
    participant::ParticipantEvent, personal::PersonalField, project::ProjectEvent, subject::SubjectEvent,
    task::TaskEvent,
};

/// The files that describe the events, by their path below `schemas/`.
pub fn event_files() -> Result<BTreeMap<String, String>, serde_json::Error> {
    let mut generator = SchemaGenerator::default();
    let mut files = BTreeMap::new();
    let schemas = [
        ProjectEvent::schemas(&mut generator),
        TaskEvent::schemas(&mut generator),
        ParticipantEvent::schemas(&mut generator),
        SubjectEvent::schemas(&mut generator),
        HistoryEvent::schemas(&mut generator),
    ];
    for (name, version, schema) in schemas.into_iter().flatten() {
        let json = serde_json::to_string_pretty(&schema)? + "\n";
        files.insert(format!("events/{name}.v{version}.schema.json"), json);
    }
    for (name, version, payload) in samples()? {
        files.insert(format!("events/{name}.v{version}.sample.json"), payload + "\n");
    }
    Ok(files)
}

fn samples() -> Result<Vec<(&'static str, u16, String)>, serde_json::Error> {
    let mut samples = Vec::new();
    for mut event in sample::project() {
        samples.push((event.name(), event.schema_version(), stored(&mut event)?));
    }
    for mut event in sample::task() {
        samples.push((event.name(), event.schema_version(), stored(&mut event)?));
    }
    for mut event in sample::participant() {
        samples.push((event.name(), event.schema_version(), stored(&mut event)?));
    }
    for mut event in sample::subject() {
        samples.push((event.name(), event.schema_version(), stored(&mut event)?));
    }
    for mut event in sample::history() {
        samples.push((event.name(), event.schema_version(), stored(&mut event)?));
    }
    Ok(samples)
}

/// The payload as the ledger would store it, with every personal field sealed under a fixed text.
fn stored<E: Event>(event: &mut E) -> Result<String, serde_json::Error> {
    for (_, field) in event.personal_fields() {
        let field: &mut dyn PersonalField = field;
        field.set_sealed(sample::sealed(field.subject()));
    }
    event.payload()
}

/// Reads a stored payload as the event of `stream` that it claims to be, and writes it again.
///
/// The two are the same bytes for every payload that Stele wrote.
pub fn rewrite(stream: StreamType, name: &str, version: u16, payload: &str) -> Result<String, RewriteError> {
    struct Again<'a>(&'a str, u16, &'a str);

    impl AggregateVisitor for Again<'_> {
        type Output = Result<String, RewriteError>;

        fn visit<A: Aggregate>(self) -> Self::Output {
            Ok(A::Event::decode(self.0, self.1, self.2)?.payload()?)
        }
    }

    stream.visit(Again(name, version, payload))
}

/// Why a stored payload could not be read and written again.
#[derive(Debug, thiserror::Error)]
pub enum RewriteError {
    /// It could not be read.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// It could not be written.
    #[error(transparent)]
    Encode(#[from] serde_json::Error),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_event_has_a_sample() {
        let sampled: Vec<_> = samples().expect("samples").into_iter().map(|(name, ..)| name).collect();
        let names = [
            ProjectEvent::NAMES,
            TaskEvent::NAMES,
            ParticipantEvent::NAMES,
            SubjectEvent::NAMES,
            HistoryEvent::NAMES,
        ];
        for name in names.concat() {
            assert!(sampled.contains(&name), "{name} has no sample");
        }
    }

    #[test]
    fn the_committed_samples_are_read_and_written_again_byte_for_byte() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../schemas/events");
        let mut seen = 0;
        for entry in std::fs::read_dir(folder).expect("schemas/events is committed") {
            let path = entry.expect("readable").path();
            let file = path.file_name().and_then(|name| name.to_str()).expect("a text name");
            let Some(stem) = file.strip_suffix(".sample.json") else { continue };
            let (name, version) = stem.split_once(".v").expect("NAME.vN.sample.json");
            let stream = match name {
                name if ProjectEvent::NAMES.contains(&name) => StreamType::Project,
                name if TaskEvent::NAMES.contains(&name) => StreamType::Task,
                name if SubjectEvent::NAMES.contains(&name) => StreamType::Subject,
                name if HistoryEvent::NAMES.contains(&name) => StreamType::Ledger,
                _ => StreamType::Participant,
            };
            let payload = std::fs::read_to_string(&path).expect("readable");
            let version = version.parse().expect("a schema version");
            let again = rewrite(stream, name, version, payload.trim_end()).expect("known and well formed");
            assert_eq!(again, payload.trim_end(), "{file}");
            seen += 1;
        }
        assert!(seen >= 15, "only {seen} samples are committed");
    }
}
