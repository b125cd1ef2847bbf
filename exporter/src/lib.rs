//! Replays the ledger into training datasets.
//!
//! A dataset is a function of a recipe, a position and the keys still alive: the same three give the same bytes, on
//! every run and every machine. Nothing here reads a clock, a view or a setting of the machine.

mod dataset;
mod duplicates;
mod folder;
mod history;
mod release;
mod replay;
mod rows;
mod schema;
mod table;
mod verdict;
mod worker;

pub use dataset::{Request, export};
pub use folder::{KnownAt, Manifest, OutputError, ReleaseName, write_dvc_pointer};
pub use history::History;
pub use release::{
    Difference, OnRecord, Purged, ReleaseQuery, ReleaseRequest, Released, TaskDifference, Verification, diff,
    find_release, purge, release, releases_of, verify_folder,
};
pub use replay::{Progress, ProjectAt, find_project};
pub use rows::{LeftOut, Reason};
pub use schema::{SchemaError, Visibility, dataset_schemas};
pub use stele_recipe::{Recipe, RecipeError};
pub use table::TableError;
pub use verdict::VerdictError;
pub use worker::{ReleaseWorker, WorkerError};

use stele_domain::{DecodeError, SubjectId, dataset::DatasetRefusal};
use stele_ledger::{EraseError, ExecuteError, KeyError, LoadError, OpenError, ReadError, TreeError};
use uuid::Uuid;

/// Why a dataset could not be made.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The ledger could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The Merkle tree could not be read.
    #[error(transparent)]
    Tree(#[from] TreeError),
    /// An event can't be read by this build.
    #[error("position {position}: {source}")]
    Decode {
        /// Where the event stands.
        position: u64,
        /// What is wrong with it.
        source: DecodeError,
    },
    /// The recipe does not fit the project.
    #[error(transparent)]
    Recipe(#[from] RecipeError),
    /// There is no such project at that position.
    #[error("no project `{asked}` exists at position {position}; the projects there are {known}")]
    NoSuchProject {
        /// What was asked for.
        asked: String,
        /// The position.
        position: u64,
        /// The names that exist.
        known: String,
    },
    /// Several projects have the name; an id tells them apart.
    #[error("{count} projects are called `{asked}`; name one by its id: {ids}")]
    AmbiguousProject {
        /// What was asked for.
        asked: String,
        /// How many there are.
        count: usize,
        /// Their ids.
        ids: String,
    },
    /// There is no such release on record.
    #[error("no release `{asked}` is on record; those of that dataset are {known}")]
    NoSuchRelease {
        /// What was asked for.
        asked: String,
        /// The versions that there are.
        known: String,
    },
    /// A label speaks of a task or response that the ledger does not have.
    #[error("position {position}: {reason}")]
    Inconsistent {
        /// Where.
        position: u64,
        /// What does not fit.
        reason: String,
    },
    /// A prompt is to be made of something that does not fit in. What its fields are is for the recipe to say.
    #[error(
        "task {task}: the content field `{field}` holds {found}, not a text; let `prompt` name the fields to use, \
         or `style: conversational` take chats"
    )]
    NotAText {
        /// The task.
        task: Uuid,
        /// The field.
        field: String,
        /// What it holds.
        found: &'static str,
    },
    /// The judgments could not be put together.
    #[error(transparent)]
    Verdict(#[from] VerdictError),
    /// It could not be told whether a key has been destroyed.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// A personal field could not be opened. Nothing is left out for that.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The recipe includes personal text, and that leaves the ledger in a release only.
    #[error(
        "`personal_text: include` is for releases: the history must tell whose text leaves (`stele dataset release`)"
    )]
    Unreleased,
    /// Whose text is to leave releases is a decision that comes first.
    #[error("{0} is not erased: `stele erase` comes first")]
    NotErased(SubjectId),
    /// A subject's state could not be read.
    #[error(transparent)]
    Load(LoadError),
    /// The release could not be recorded. Nothing has been written.
    #[error(transparent)]
    Record(Box<ExecuteError<DatasetRefusal>>),
    /// An erasure that came while the release was made could not be completed. Nothing has been written.
    #[error(transparent)]
    Erase(#[from] EraseError),
    /// The files could not be written.
    #[error(transparent)]
    Output(#[from] OutputError),
}
