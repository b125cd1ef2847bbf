//! `stele schema`: the files that describe the API, the events and the rows of datasets.

use std::{collections::BTreeMap, fs, path::PathBuf};

use anyhow::{Context, bail};
use clap::Args;

/// Write the GraphQL schema, who may call its fields, the JSON Schema and a sample of every event, and the JSON Schema of every
/// kind of row
#[derive(Debug, Args)]
pub(crate) struct Schema {
    /// The folder to write them to
    #[arg(long, value_name = "FOLDER")]
    out: PathBuf,

    /// Write nothing; fail if the files there differ from what would be written
    #[arg(long)]
    check: bool,
}

impl Schema {
    pub(crate) fn run(self) -> anyhow::Result<()> {
        let mut files: BTreeMap<String, String> = stele_domain::schema::event_files()?;
        files.insert("schema.graphql".to_owned(), stele_api::sdl());
        files.insert("authorisation.md".to_owned(), stele_api::authorisation()?);
        let rows = stele_exporter::dataset_schemas()?.into_iter();
        files.extend(rows.map(|(name, schema)| (format!("datasets/{name}"), schema)));
        let mut stale = Vec::new();
        for (name, content) in &files {
            let path = self.out.join(name);
            let present = fs::read_to_string(&path).unwrap_or_default();
            if present == *content {
                continue;
            }
            if self.check {
                stale.push(name.as_str());
                continue;
            }
            if let Some(folder) = path.parent() {
                fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
            }
            fs::write(&path, content).with_context(|| path.display().to_string())?;
        }
        if !stale.is_empty() {
            bail!("these files are not what this build describes; run `make schemas`: {}", stale.join(", "));
        }
        println!("{} files describe the API, the events and the rows of datasets.", files.len());
        Ok(())
    }
}
