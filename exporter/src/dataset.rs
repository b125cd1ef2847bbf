//! From a recipe and a position to a dataset: replay, draw rows, write them.

use std::{
    collections::{BTreeMap, HashSet},
    path::Path,
};

use stele_domain::{SubjectId, Timestamp, form::QuestionKind};
use stele_ledger::{AsOf, EventFilter, Ledger, Position};

use crate::{
    ExportError, History, LeftOut, PersonalText, Reason, Recipe,
    folder::{self, Files, KnownAt, Manifest, OutputError, Rows, sha256},
    recipe::{Duplicates, Review, SplitBy},
    replay::{self, JudgedTask, Progress, ProjectAt, Replay, Selection},
    rows::{self, Drawn, Prompt, Pseudonyms, Source},
    table::{Cell, Row},
};

/// The version of the manifest's format.
const MANIFEST: u32 = 2;

/// What to export.
#[derive(Clone, Debug)]
pub struct Request {
    /// The project, by id or by name.
    pub project: String,
    /// What the ledger knew.
    pub known_at: AsOf,
    /// Only judgments that are said to have happened by then.
    pub happened_by: Option<Timestamp>,
    /// How to make the rows.
    pub recipe: Recipe,
}

/// A dataset that has been made and not yet written.
pub(crate) struct Made {
    pub(crate) files: Files,
    pub(crate) manifest: Manifest,
    /// How many rows hold personal text of whom.
    pub(crate) subjects: BTreeMap<SubjectId, u64>,
}

/// Writes a dataset into the folder `out`: its rows as Parquet and as JSON lines, and `manifest.json`.
///
/// The files appear together or not at all. A folder that holds an earlier export is replaced; one that holds
/// anything else is refused. So is a recipe that includes personal text: that leaves in a release only.
pub async fn export<'a>(
    history: impl Into<History<'a>>,
    request: &Request,
    out: &Path,
    progress: impl FnMut(Progress),
) -> Result<Manifest, ExportError> {
    if request.recipe.personal_text == PersonalText::Include {
        return Err(ExportError::Unreleased);
    }
    let out = folder::target(out)?;
    let made = make(&history.into(), request, None, &out, progress).await?;
    folder::write(made.files, &out, &made.manifest)?;
    Ok(made.manifest)
}

/// Makes a dataset that will be written to the folder `out`. Annotators get names of their own in the one called `dataset`, or in
/// exports of the project.
pub(crate) async fn make(
    history: &History<'_>,
    request: &Request,
    dataset: Option<&str>,
    out: &Path,
    progress: impl FnMut(Progress),
) -> Result<Made, ExportError> {
    let ledger = history.ledger();
    let known_at = ledger.as_of(request.known_at).await?;
    let project = replay::find_project(ledger, &request.project, known_at).await?;
    let (recipe, asked) = request.recipe.clone().resolve(&project)?;
    let folder = folder::surroundings(out);
    let selection = Selection { project: project.id, asked, known_at, happened_by: request.happened_by };
    let mut replay = Replay::begin(history, &selection, progress).await?;
    let export = project.id.to_string();
    let pseudonyms = Pseudonyms { mint: ledger.mint(), dataset: dataset.unwrap_or(&export) };
    let mut maker = Maker::begin(ledger, &recipe, is_preference(&project, &recipe), pseudonyms, folder);
    while let Some(task) = replay.next().await? {
        maker.add(task).await?;
    }
    let Maker { rows, tasks, judgments, left_out, subjects, .. } = maker;
    let files = rows.finish().await?;
    let merkle_root = ledger.root_at(known_at).await?.into();
    let last = ledger.read(before(known_at), known_at, &EventFilter::all()).await?;
    let recorded_at = last.first().map(|event| event.recorded_at);
    let manifest = Manifest {
        stele_manifest: MANIFEST,
        format: recipe.format,
        release: None,
        ledger_id: ledger.id(),
        ledger_name: ledger.name().to_owned(),
        project_id: project.id,
        project_name: project.name,
        known_at: KnownAt { position: known_at, merkle_root, recorded_at },
        happened_by: request.happened_by,
        recipe_sha256: sha256(recipe.canonical().map_err(OutputError::from)?.as_bytes()).into(),
        recipe,
        tasks,
        judgments,
        rows: files.rows().values().sum(),
        splits: files.rows().clone(),
        left_out,
        digest: files.digest(),
        files: files.entries(),
    };
    Ok(Made { files, manifest, subjects })
}

fn before(position: Position) -> Position {
    Position::from(position.get().saturating_sub(1))
}

fn is_preference(project: &ProjectAt, recipe: &Recipe) -> bool {
    let mut questions = project.questions.iter();
    questions.any(|asked| {
        Some(&asked.key) == recipe.question.as_ref() && matches!(asked.kind, QuestionKind::Preference(_))
    })
}

/// Makes the rows of one task after another.
struct Maker<'a> {
    ledger: &'a Ledger,
    recipe: &'a Recipe,
    is_pair: bool,
    pseudonyms: Pseudonyms<'a>,
    rows: Rows,
    tasks: u64,
    judgments: u64,
    left_out: LeftOut,
    subjects: BTreeMap<SubjectId, u64>,
    /// Half a hash of what each row says, where rows that repeat one are left out.
    said: HashSet<[u8; 16]>,
}

impl<'a> Maker<'a> {
    fn begin(
        ledger: &'a Ledger,
        recipe: &'a Recipe,
        is_pair: bool,
        pseudonyms: Pseudonyms<'a>,
        folder: &Path,
    ) -> Self {
        let rows = Rows::begin(folder, &rows::columns(recipe), &recipe.split);
        let (left_out, subjects, said) = (LeftOut::default(), BTreeMap::new(), HashSet::new());
        Self { ledger, recipe, is_pair, pseudonyms, rows, tasks: 0, judgments: 0, left_out, subjects, said }
    }

    async fn add(&mut self, mut task: JudgedTask) -> Result<(), ExportError> {
        if self.recipe.filters.review == Review::Approved {
            task.judgments.retain(|judgment| judgment.is_approved);
        }
        self.tasks += 1;
        self.judgments += task.judgments.len() as u64;
        if let Err(reason) = self.add_rows(&task).await? {
            self.left_out.add(reason);
        }
        Ok(())
    }

    /// Adds the rows of a task, or says why there are none.
    async fn add_rows(&mut self, task: &JudgedTask) -> Result<Result<(), Reason>, ExportError> {
        if !self.recipe.sources.have(task) {
            return Ok(Err(Reason::OtherSource));
        }
        let source = Source { recipe: self.recipe, is_pair: self.is_pair, task };
        let drawn = match rows::draw(&source, &self.pseudonyms) {
            Ok(drawn) => drawn,
            Err(reason) => return Ok(Err(reason)),
        };
        let prompt = match rows::ask(self.ledger, task, self.recipe).await? {
            Ok(prompt) => prompt,
            Err(reason) => return Ok(Err(reason)),
        };
        for row in drawn {
            self.add_row(task, &prompt, row).await?;
        }
        Ok(Ok(()))
    }

    async fn add_row(&mut self, task: &JudgedTask, prompt: &Prompt, drawn: Drawn<'_>) -> Result<(), OutputError> {
        if self.recipe.filters.duplicates == Duplicates::Drop && !self.said.insert(saying(prompt, &drawn)) {
            self.left_out.add(Reason::Duplicate);
            return Ok(());
        }
        for subject in &prompt.whose {
            *self.subjects.entry(*subject).or_default() += 1;
        }
        let side = match self.recipe.split.by {
            SplitBy::Prompt => self.recipe.split.side(prompt.text.as_bytes()),
            SplitBy::Task => self.recipe.split.side(task.id.as_bytes()),
        };
        let mut row: Row = Vec::with_capacity(drawn.cells.len() + 3);
        row.push(prompt.cell());
        row.extend(drawn.cells);
        row.extend([Cell::Text(task.id.to_string()), drawn.events.into()]);
        self.rows.push(side, row).await
    }
}

/// Half a hash of what a row says: two that differ have the same one in 2¹²⁸ cases.
fn saying(prompt: &Prompt, drawn: &Drawn<'_>) -> [u8; 16] {
    let mut bytes = Vec::new();
    for text in std::iter::once(prompt.text.as_str()).chain(drawn.says.iter().map(AsRef::as_ref)) {
        bytes.extend_from_slice(&(text.len() as u64).to_be_bytes());
        bytes.extend_from_slice(text.as_bytes());
    }
    let mut half = [0; 16];
    half.copy_from_slice(&sha256(&bytes)[..16]);
    half
}
