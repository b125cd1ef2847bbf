//! From a recipe and a position to a dataset: replay, draw rows, write them.

use std::{collections::BTreeMap, path::Path};

use stele_domain::{
    SubjectId, Timestamp,
    form::{Question, QuestionKind},
};
use stele_ledger::{AsOf, EventFilter, Ledger, Position};
use stele_recipe::{PersonalText, Recipe, Side, SplitBy, has_each_judgment};

use crate::{
    ExportError, History, LeftOut, Reason,
    duplicates::Said,
    folder::{self, Files, KnownAt, Manifest, OutputError, Rows, sha256},
    replay::{self, Asked, Counted, JudgedTask, Progress, Replay, Selection},
    rows::{self, Asker, Drawn, Layouter, Place, Prompt, Pseudonyms, Source},
    table::{Cell, Row},
    verdict::{Verdicts, flagged},
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
    let (recipe, question) = request.recipe.clone().resolve(&project.questions)?;
    let kind = question.as_ref().map(|question| &question.kind);
    let asked = what_to_replay(&recipe, question.as_ref());
    let selection = Selection { project: project.id, asked, known_at, happened_by: request.happened_by };
    let mut replay = Replay::begin(history, &selection, progress).await?;
    let verdicts = judge(&mut replay, ledger, &recipe, kind).await?;
    let export = project.id.to_string();
    let pseudonyms = Pseudonyms { mint: ledger.mint(), dataset: dataset.unwrap_or(&export) };
    let layouter = Layouter::new(&recipe, &project.name);
    let columns = layouter.columns(rows::columns(&recipe, kind));
    let mut maker = Maker {
        ledger,
        recipe: &recipe,
        kind,
        verdicts,
        asker: Asker::new(ledger, &recipe, kind),
        pseudonyms,
        layouter,
        rows: Rows::begin(folder::surroundings(out), &columns, &recipe.split),
        said: Said::by(&recipe.filters),
        counts: Counts::default(),
    };
    while let Some(task) = replay.next().await? {
        maker.add(task).await?;
    }
    let Maker { rows, counts, .. } = maker;
    let Counts { tasks, judgments, left_out, subjects, .. } = counts;
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

/// Leaves out the judgments that don't count, and fits the recipe's method to the others.
async fn judge<P: FnMut(Progress)>(
    replay: &mut Replay<'_, P>,
    ledger: &Ledger,
    recipe: &Recipe,
    kind: Option<&QuestionKind>,
) -> Result<Verdicts, ExportError> {
    let counted = Counted::by(recipe, ledger, replay.known_at()).await?;
    replay.retain(|judgment| counted.has(judgment));
    if !recipe.filters.flagged.is_empty() {
        let flagged = flagged(replay.judgments(), &recipe.filters.flagged)?;
        replay.retain(|judgment| !flagged.contains(&judgment.annotator));
    }
    let Some(kind) = kind else { return Ok(Verdicts::Majority) };
    Ok(Verdicts::by(recipe.method(kind), replay.judgments())?)
}

fn before(position: Position) -> Position {
    Position::from(position.get().saturating_sub(1))
}

/// What to replay for a recipe: comparisons are events of their own, which don't say which version of the form they answer.
fn what_to_replay(recipe: &Recipe, question: Option<&Question>) -> Asked {
    let Some(Question { key, kind, .. }) = question else { return Asked::Tasks };
    let compares =
        matches!(kind, QuestionKind::Preference(_) | QuestionKind::Ranking(_)) && !has_each_judgment(recipe.format);
    if compares && recipe.sources.form_versions.is_none() {
        return Asked::Comparisons(key.clone());
    }
    Asked::Answers { question: key.clone(), rationale: recipe.rationale.clone(), compares }
}

/// Makes the rows of one task after another.
struct Maker<'a> {
    ledger: &'a Ledger,
    recipe: &'a Recipe,
    kind: Option<&'a QuestionKind>,
    verdicts: Verdicts,
    asker: Asker<'a>,
    pseudonyms: Pseudonyms<'a>,
    layouter: Layouter,
    rows: Rows,
    said: Said,
    counts: Counts,
}

/// What a dataset comes to.
#[derive(Default)]
struct Counts {
    tasks: u64,
    judgments: u64,
    rows: u64,
    left_out: LeftOut,
    subjects: BTreeMap<SubjectId, u64>,
}

impl Maker<'_> {
    async fn add(&mut self, mut task: JudgedTask) -> Result<(), ExportError> {
        self.counts.tasks += 1;
        self.counts.judgments += task.judgments.len() as u64;
        if self.recipe.personal_text == PersonalText::Include {
            rows::open(self.ledger, self.recipe, &mut task).await?;
        }
        if let Err(reason) = self.add_rows(&task).await? {
            self.counts.left_out.add(reason);
        }
        Ok(())
    }

    /// Adds the rows of a task, or says why there are none.
    async fn add_rows(&mut self, task: &JudgedTask) -> Result<Result<(), Reason>, ExportError> {
        if !self.recipe.sources.have(&task.routing, &task.responses) {
            return Ok(Err(Reason::OtherSource));
        }
        let scores = self.verdicts.scores(task)?;
        let source = Source { recipe: self.recipe, kind: self.kind, verdicts: &self.verdicts, task, scores };
        let drawn = match rows::draw(&source, &self.pseudonyms) {
            Ok(drawn) => drawn,
            Err(reason) => return Ok(Err(reason)),
        };
        let prompt = match self.asker.ask(task).await? {
            Ok(prompt) => prompt,
            Err(reason) => return Ok(Err(reason)),
        };
        for row in drawn {
            let texts = std::iter::once(prompt.text.as_str()).chain(row.says.iter().map(AsRef::as_ref));
            match self.said.add(texts) {
                Ok(()) => {
                    let (side, row) = laid_out(self.recipe, &self.layouter, &mut self.counts, (task, &prompt), row);
                    self.rows.push(side, row).await?;
                }
                Err(reason) => self.counts.left_out.add(reason),
            }
        }
        Ok(Ok(()))
    }
}

/// A row as it is written, and the side that it belongs to.
fn laid_out(
    recipe: &Recipe,
    layouter: &Layouter,
    counts: &mut Counts,
    (task, prompt): (&JudgedTask, &Prompt),
    drawn: Drawn<'_>,
) -> (Side, Row) {
    for subject in prompt.whose.union(&drawn.whose) {
        *counts.subjects.entry(*subject).or_default() += 1;
    }
    let side = match recipe.split.by {
        SplitBy::Prompt => recipe.split.side(prompt.text.as_bytes()),
        SplitBy::Task => recipe.split.side(task.id.as_bytes()),
    };
    let mut row: Row = Vec::with_capacity(prompt.cells.len() + drawn.cells.len() + 2);
    row.extend(prompt.cells.iter().cloned());
    row.extend(drawn.cells);
    row.extend([Cell::Text(task.id.to_string()), drawn.events.into()]);
    let place = Place { side, number: counts.rows };
    counts.rows += 1;
    (side, layouter.row(row, place))
}
