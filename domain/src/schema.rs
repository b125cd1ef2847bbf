//! What every event looks like: its JSON Schema, and a golden sample with fixed ids.
//!
//! Both are committed under `schemas/` and compared on every check. A sample, once shipped, never changes: a
//! payload that needs another shape gets another schema version.

mod sample;

use std::collections::BTreeMap;

use schemars::Schema;

use crate::{Aggregate, AggregateVisitor, DecodeError, Event, StreamType, personal::PersonalField};

/// The files that describe the events, by their path below `schemas/`.
pub fn event_files() -> Result<BTreeMap<String, String>, serde_json::Error> {
    struct Schemas;

    impl AggregateVisitor for Schemas {
        type Output = Vec<(&'static str, u16, Schema)>;

        fn visit<A: Aggregate>(self) -> Self::Output {
            A::Event::schemas()
        }
    }

    let mut files = BTreeMap::new();
    for (name, version, schema) in StreamType::ALL.into_iter().flat_map(|stream| stream.visit(Schemas)) {
        let json = serde_json::to_string_pretty(&schema)? + "\n";
        files.insert(format!("events/{name}.v{version}.schema.json"), json);
    }
    for sample in samples()? {
        let Sample { name, version, payload } = sample;
        files.insert(format!("events/{name}.v{version}.sample.json"), payload + "\n");
    }
    Ok(files)
}

/// An event as it is stored.
struct Sample {
    name: &'static str,
    version: u16,
    payload: String,
}

fn samples() -> Result<Vec<Sample>, serde_json::Error> {
    let samples = [
        of(sample::project()),
        of(sample::task()),
        of(sample::revision()),
        of(sample::settling()),
        of(sample::participant()),
        of(sample::subject()),
        of(sample::dataset()),
        of(sample::requests()),
        of(sample::history()),
    ];
    samples.into_iter().flatten().collect()
}

fn of<E: Event>(events: Vec<E>) -> Vec<Result<Sample, serde_json::Error>> {
    let sample = |mut event: E| {
        let payload = stored(&mut event)?;
        Ok(Sample { name: event.name(), version: event.schema_version(), payload })
    };
    events.into_iter().map(sample).collect()
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
    use crate::event::names;

    #[test]
    fn every_event_has_a_sample() {
        let sampled: Vec<_> = samples().expect("samples").into_iter().map(|sample| sample.name).collect();
        for name in StreamType::ALL.into_iter().flat_map(names) {
            assert!(sampled.contains(name), "{name} has no sample");
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
            let stream = StreamType::ALL.into_iter().find(|stream| names(*stream).contains(&name));
            let stream = stream.unwrap_or_else(|| panic!("no aggregate has an event `{name}`"));
            let payload = std::fs::read_to_string(&path).expect("readable");
            let version = version.parse().expect("a schema version");
            let again = rewrite(stream, name, version, payload.trim_end()).expect("known and well formed");
            assert_eq!(again, payload.trim_end(), "{file}");
            seen += 1;
        }
        assert!(seen >= 15, "only {seen} samples are committed");
    }
}
