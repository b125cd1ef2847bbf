//! Canaries that are written in the clear on purpose, so that it is seen where they would be found.

use std::collections::BTreeSet;

use base64::{Engine, prelude::BASE64_STANDARD};

use crate::{
    client::Client,
    cluster::{Cluster, DATABASES},
    scan::{Canaries, Found},
};

/// Far more than what PostgreSQL keeps in a row, which is 2 kB.
const LARGE: usize = 20_000;

/// A canary written on purpose, and where it has to be found.
struct Control {
    canary: String,
    form: &'static str,
    /// A part of each place's name.
    places: Vec<&'static str>,
}

/// All of them.
pub(crate) struct Controls(Vec<Control>);

impl Controls {
    /// Writes them into tables of both databases, into the cluster's log, and into the server's.
    pub(crate) fn plant(canaries: &mut Canaries, cluster: &Cluster, client: &Client) -> Self {
        let mut controls = Vec::new();
        for database in DATABASES {
            let table = "create table control (clear bytea, clear_text text);
                alter table control alter clear set storage external, alter clear_text set storage external";
            cluster.run(database, table);
        }
        let dumps = ["stele.sql", "stele_keys.sql"];
        let files = ["home/postgres/base/", "home/postgres/pg_wal/", "backup/base-backup/base/"];
        for (database, dump) in DATABASES.into_iter().zip(dumps) {
            for (form, write) in FORMS {
                for large in [false, true] {
                    let canary = canaries.fresh();
                    let mut bytes = b"what comes before it: ".to_vec();
                    bytes.extend(write(&canary));
                    // once more: a page of the log of changes may end in the middle of one, and not of both
                    bytes.extend([b'.'; 200]);
                    bytes.extend(write(&canary));
                    bytes.resize(if large { LARGE } else { bytes.len() + 1 }, b'.');
                    let (column, value) = match std::str::from_utf8(&bytes) {
                        // a NUL can't be text
                        Ok(text) if !text.contains('\0') => ("clear_text", format!("$control${text}$control$")),
                        _ => ("clear", format!(r"'\x{}'", hex::encode(&bytes))),
                    };
                    cluster.run(database, &format!("insert into control ({column}) values ({value})"));
                    // a dump has bytes in hexadecimal, and so what is UTF-16 in them in neither form
                    let dumped = (column == "clear_text").then_some(dump);
                    controls.push(Control { canary, form, places: files.into_iter().chain(dumped).collect() });
                }
            }
        }
        let canary = canaries.fresh();
        let fails = format!("select $control${canary}$control$::integer");
        cluster.try_run("stele", &fails).expect_err("not a number");
        controls.push(Control { canary, form: "UTF-8", places: vec!["home/postgres.log"] });

        // the one thing of a request that is both logged and sent back; a header is ASCII, and escaped in the answer
        let canary = loop {
            let canary = canaries.fresh();
            if canary.is_ascii() {
                break canary;
            }
        };
        client.post(r#"{ "query": "{ viewer { participantId } }" }"#, &[("x-request-id", &canary)]);
        controls.push(Control { canary, form: "UTF-8", places: vec!["home/stele.log", "an answer"] });
        Self(controls)
    }

    /// Each must have been found in all its places.
    pub(crate) fn check(&self, found: &BTreeSet<Found>) {
        for Control { canary, form, places } in &self.0 {
            for place in places {
                let is_it = |it: &Found| it.canary == *canary && it.form == *form && it.place.contains(place);
                assert!(found.iter().any(is_it), "{canary} ({form}) is in {place}, and not found there");
            }
        }
    }

    /// Takes them out of what was found.
    pub(crate) fn take_from(&self, found: &mut BTreeSet<Found>) {
        found.retain(|found| !self.0.iter().any(|control| control.canary == found.canary));
    }
}

/// Writes a text in one form.
type Write = fn(&str) -> Vec<u8>;

/// The ways to write a text, with what each is found as.
const FORMS: [(&str, Write); 9] = [
    ("UTF-8", |text| text.as_bytes().to_vec()),
    ("UTF-8", |text| serde_json::to_vec(text).expect("JSON")),
    ("UTF-16 LE", |text| text.encode_utf16().flat_map(u16::to_le_bytes).collect()),
    ("UTF-16 BE", |text| text.encode_utf16().flat_map(u16::to_be_bytes).collect()),
    ("hexadecimal", |text| hex::encode(text).into_bytes()),
    ("hexadecimal", |text| hex::encode_upper(text).into_bytes()),
    ("base64", |text| in_base64("", text)),
    ("base64, one byte in", |text| in_base64("1", text)),
    ("base64, two bytes in", |text| in_base64("\"{", text)),
];

fn in_base64(before: &str, text: &str) -> Vec<u8> {
    BASE64_STANDARD.encode(format!("{before}{text}, and what comes after it")).into_bytes()
}
