//! From a recipe and a position to a dataset: replay, draw rows, write them.

use std::{
    collections::{BTreeMap, HashSet},
    path::Path,
};

use stele_domain::{SubjectId, Timestamp, form::QuestionKind};
use stele_ledger::{AsOf, EventFilter, Ledger, Position};

use crate::{
    ExportError, LeftOut, PersonalText, Reason, Recipe,
    folder::{self, Files, KnownAt, Manifest, OutputError, Rows, sha256},
    recipe::{Duplicates, Review, SplitBy},
    replay::{self, JudgedTask, ProjectAt, Replayed, Selection},
    rows::{self, Asking, Drawn, Prompt, Pseudonyms, Source},
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
pub async fn export(
    ledger: &Ledger,
    request: &Request,
    out: &Path,
    progress: impl FnMut(Position),
) -> Result<Manifest, ExportError> {
    if request.recipe.personal_text == PersonalText::Include {
        return Err(ExportError::Unreleased);
    }
    let out = folder::target(out)?;
    let made = make(ledger, request, None, &out, progress).await?;
    folder::write(made.files, &out, &made.manifest)?;
    Ok(made.manifest)
}

/// Makes a dataset that will be written to the folder `out`. Annotators get names of their own in the one called `dataset`, or in
/// exports of the project.
pub(crate) async fn make(
    ledger: &Ledger,
    request: &Request,
    dataset: Option<&str>,
    out: &Path,
    progress: impl FnMut(Position),
) -> Result<Made, ExportError> {
    let known_at = ledger.as_of(request.known_at).await?;
    let project = replay::find_project(ledger, &request.project, known_at).await?;
    let (recipe, asked) = request.recipe.clone().resolve(&project)?;
    let folder = folder::surroundings(out);
    let selection = Selection { project: project.id, asked, known_at, happened_by: request.happened_by };
    let mut replayed = replay::replay(ledger, &selection, folder, progress).await?;
    if recipe.filters.review == Review::Approved {
        replayed.tasks.iter_mut().for_each(|task| task.judgments.retain(|_, judgment| judgment.is_approved));
    }
    let tasks = replayed.tasks.len() as u64;
    let judgments = replayed.tasks.iter().map(|task| task.judgments.len() as u64).sum();
    let export = project.id.to_string();
    let pseudonyms = Pseudonyms { mint: ledger.mint(), dataset: dataset.unwrap_or(&export) };
    let is_pair = is_preference(&project, &recipe);
    let mut maker = Maker::begin(ledger, &recipe, is_pair, pseudonyms, folder)?;
    maker.add_all(&mut replayed).await?;
    let Maker { rows, left_out, subjects, .. } = maker;
    let files = rows.finish()?;
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
    ) -> Result<Self, OutputError> {
        let rows = Rows::begin(folder, &rows::columns(recipe), &recipe.split)?;
        let (left_out, subjects, said) = (LeftOut::default(), BTreeMap::new(), HashSet::new());
        Ok(Self { ledger, recipe, is_pair, pseudonyms, rows, left_out, subjects, said })
    }

    async fn add_all(&mut self, replayed: &mut Replayed) -> Result<(), ExportError> {
        let Replayed { tasks, contents } = replayed;
        for task in tasks {
            if !self.recipe.sources.have_tags(&task.tags) {
                self.left_out.add(Reason::OtherSource);
                continue;
            }
            let shown = contents.of(task)?;
            if !self.recipe.sources.have_models(&shown.responses) {
                self.left_out.add(Reason::OtherSource);
                continue;
            }
            let source = Source { recipe: self.recipe, is_pair: self.is_pair, task, shown: &shown };
            let drawn = match rows::draw(&source, &self.pseudonyms) {
                Ok(drawn) => drawn,
                Err(reason) => {
                    self.left_out.add(reason);
                    continue;
                }
            };
            match rows::ask(self.ledger, task, &shown, self.recipe).await? {
                Asking::Nothing(reason) => self.left_out.add(reason),
                Asking::Prompt(prompt) => {
                    for row in drawn {
                        self.add(task, &prompt, row)?;
                    }
                }
            }
        }
        Ok(())
    }

    fn add(&mut self, task: &JudgedTask, prompt: &Prompt, drawn: Drawn) -> Result<(), OutputError> {
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
        row.push(prompt.cell.clone());
        row.extend(drawn.cells);
        row.extend([Cell::Text(task.id.to_string()), drawn.events.into()]);
        self.rows.push(side, row)
    }
}

/// Half a hash of what a row says: two that differ have the same one in 2¹²⁸ cases.
fn saying(prompt: &Prompt, drawn: &Drawn) -> [u8; 16] {
    let mut bytes = Vec::new();
    for text in std::iter::once(&prompt.text).chain(&drawn.says) {
        bytes.extend_from_slice(&(text.len() as u64).to_be_bytes());
        bytes.extend_from_slice(text.as_bytes());
    }
    let mut half = [0; 16];
    half.copy_from_slice(&sha256(&bytes)[..16]);
    half
}
