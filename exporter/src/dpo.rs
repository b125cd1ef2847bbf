//! Preference datasets for direct preference optimisation (Rafailov et al. 2023): prompt, chosen, rejected.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use serde::Serialize;
use stele_domain::{
    StreamType, SubjectId, Timestamp,
    dataset::DatasetFormat,
    form::PreferenceOutcome,
    task::{ContentField, ContentValue, Response},
};
use stele_ledger::{AsOf, Ledger, Position, StreamKey};

use crate::{
    DpoRecipe, EmptyResponses, ExportError, LeftOut, Majority, Manifest, PersonalText,
    digest::sha256,
    judgments::{self, JudgedTask, Selection},
    manifest::KnownAt,
    output::{self, Files, OutputError},
    project,
};

/// What to export.
#[derive(Clone, Debug)]
pub struct DpoRequest {
    /// The project, by id or by name.
    pub project: String,
    /// What the ledger knew.
    pub known_at: AsOf,
    /// Only judgments that are said to have happened by then.
    pub happened_by: Option<Timestamp>,
    /// How to make the rows.
    pub recipe: DpoRecipe,
}

/// One row: what trainers read, and where it comes from.
///
/// `prompt`, `chosen` and `rejected` are the explicit standard format that TRL documents for preference data; the
/// other columns are for audit, and trainers drop them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DpoRow {
    /// What the models were asked.
    pub prompt: String,
    /// The response that the majority preferred, or an adjudicator.
    pub chosen: String,
    /// The other one.
    pub rejected: String,
    /// The model that gave the preferred one, if known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chosen_model: Option<String>,
    /// The model that gave the other one, if known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rejected_model: Option<String>,
    /// How many annotators preferred the chosen response.
    pub votes_chosen: u32,
    /// How many preferred the rejected one.
    pub votes_rejected: u32,
    /// How many annotators judged the task, whatever they said.
    pub votes_total: u32,
    /// The task.
    pub task_id: String,
    /// The positions of the events that the row comes from, in order.
    pub events: Vec<u64>,
}

/// A dataset that has been made and not yet written.
pub(crate) struct Made {
    pub(crate) files: Files,
    pub(crate) manifest: Manifest,
    /// How many rows hold personal text of whom.
    pub(crate) subjects: BTreeMap<SubjectId, u64>,
}

/// Writes a preference dataset into the folder `out`: `train.parquet`, `train.jsonl` and `manifest.json`.
///
/// The files appear together or not at all. A folder that holds an earlier export is replaced; one that holds
/// anything else is refused. So is a recipe that includes personal text: that leaves in a release only.
pub async fn export_dpo(
    ledger: &Ledger,
    request: &DpoRequest,
    out: &Path,
    progress: impl FnMut(Position),
) -> Result<Manifest, ExportError> {
    if request.recipe.personal_text == PersonalText::Include {
        return Err(ExportError::Unreleased);
    }
    let out = output::target(out)?;
    let made = make(ledger, request, progress).await?;
    made.files.write(&out, &made.manifest)?;
    Ok(made.manifest)
}

/// Makes the rows of a preference dataset, and the files that hold them.
pub(crate) async fn make(
    ledger: &Ledger,
    request: &DpoRequest,
    progress: impl FnMut(Position),
) -> Result<Made, ExportError> {
    let known_at = ledger.as_of(request.known_at).await?;
    let project = project::find_project(ledger, &request.project, known_at).await?;
    let (recipe, question) = request.recipe.clone().resolve(&project.preference_questions)?;
    let selection = Selection { project: project.id, question, known_at, happened_by: request.happened_by };
    let tasks = judgments::replay(ledger, &selection, progress).await?;
    let mut left_out = LeftOut::default();
    let judgments = tasks.iter().map(|task| u64::from(task.votes().total())).sum();
    let (mut rows, mut subjects) = (Vec::new(), BTreeMap::new());
    for task in &tasks {
        let Some(compared) = compare(task, &recipe, &mut left_out) else { continue };
        match prompt(ledger, task, &recipe).await? {
            Prompt::Of { text, whose } => {
                whose.into_iter().for_each(|subject| *subjects.entry(subject).or_default() += 1);
                rows.push(compared.into_row(task, text));
            }
            Prompt::Withheld => left_out.personal += 1,
            Prompt::Erased => left_out.erased += 1,
        }
    }
    let files = Files::of(&rows)?;
    let manifest = Manifest {
        stele_manifest: 1,
        format: DatasetFormat::Dpo,
        release: None,
        ledger_id: ledger.id(),
        ledger_name: ledger.name().to_owned(),
        project_id: project.id,
        project_name: project.name,
        known_at: KnownAt { position: known_at, merkle_root: ledger.root_at(known_at).await?.into() },
        happened_by: request.happened_by,
        recipe_sha256: sha256(recipe.canonical().map_err(OutputError::from)?.as_bytes()).into(),
        recipe,
        tasks: tasks.len() as u64,
        judgments,
        rows: rows.len() as u64,
        left_out,
        digest: files.rows_digest(),
        files: files.entries(),
    };
    Ok(Made { files, manifest, subjects })
}

/// What a majority decided of a task's two responses.
struct Compared<'a> {
    chosen: &'a Response,
    rejected: &'a Response,
    votes_chosen: u32,
    votes_rejected: u32,
}

impl Compared<'_> {
    fn into_row(self, task: &JudgedTask, prompt: String) -> DpoRow {
        DpoRow {
            prompt,
            chosen: self.chosen.text.clone(),
            rejected: self.rejected.text.clone(),
            chosen_model: self.chosen.model.clone(),
            rejected_model: self.rejected.model.clone(),
            votes_chosen: self.votes_chosen,
            votes_rejected: self.votes_rejected,
            votes_total: task.votes().total(),
            task_id: task.id.to_string(),
            events: task.sources(),
        }
    }
}

fn compare<'a>(task: &'a JudgedTask, recipe: &DpoRecipe, left_out: &mut LeftOut) -> Option<Compared<'a>> {
    let votes = task.votes();
    if !task.is_judged() {
        left_out.not_judged += 1;
        return None;
    }
    let Some((left, right)) = task.compared() else {
        left_out.not_a_pair += 1;
        return None;
    };
    let (chosen, rejected, votes_chosen, votes_rejected) = match task.outcome() {
        Majority::For(PreferenceOutcome::Left) => (left, right, votes.left, votes.right),
        Majority::For(PreferenceOutcome::Right) => (right, left, votes.right, votes.left),
        Majority::For(PreferenceOutcome::Tie) => {
            left_out.majority_tie += 1;
            return None;
        }
        Majority::For(PreferenceOutcome::BothBad) => {
            left_out.majority_both_bad += 1;
            return None;
        }
        Majority::None => {
            left_out.no_majority += 1;
            return None;
        }
    };
    if chosen.text == rejected.text {
        left_out.identical_responses += 1;
        return None;
    }
    let one_is_empty = chosen.text.trim().is_empty() || rejected.text.trim().is_empty();
    if one_is_empty && recipe.empty_responses == EmptyResponses::Drop {
        left_out.empty_response += 1;
        return None;
    }
    Some(Compared { chosen, rejected, votes_chosen, votes_rejected })
}

/// What a task asks of the models.
enum Prompt {
    /// A text, and whose personal text is in it.
    Of { text: String, whose: BTreeSet<SubjectId> },
    /// Personal text, which the recipe withholds.
    Withheld,
    /// The text of someone who has been erased.
    Erased,
}

/// The content fields that the recipe names, or all of them, without the empty ones.
async fn prompt(ledger: &Ledger, task: &JudgedTask, recipe: &DpoRecipe) -> Result<Prompt, ExportError> {
    let content = &task.version.content;
    let fields: Vec<&ContentField> = match &recipe.prompt {
        None => content.iter().collect(),
        Some(names) => names.iter().filter_map(|name| content.iter().find(|field| &field.name == name)).collect(),
    };
    let not_a_text = |field: &ContentField| ExportError::NotAText {
        task: task.id,
        field: field.name.clone(),
        found: field.kind.noun(),
    };
    // by its kind, which can be told of what is sealed or erased as well
    if let Some(field) = fields.iter().find(|field| !field.kind.is_text()) {
        return Err(not_a_text(field));
    }
    let is_personal = |field: &&ContentField| matches!(field.value, ContentValue::Personal(_));
    if recipe.personal_text == PersonalText::Withhold && fields.iter().any(is_personal) {
        return Ok(Prompt::Withheld);
    }
    let stream = StreamKey { stream_type: StreamType::Task, id: task.id };
    let (mut texts, mut whose) = (Vec::with_capacity(fields.len()), BTreeSet::new());
    for field in fields {
        let mut value = field.value.clone();
        if let ContentValue::Personal(text) = &mut value {
            ledger.open_personal(stream, task.version.event_id, &format!("content.{}", field.name), text).await?;
        }
        let Some(body) = value.as_clear() else { return Ok(Prompt::Erased) };
        let text = body.as_text().ok_or_else(|| not_a_text(field))?;
        if !text.trim().is_empty() {
            texts.push(text.to_owned());
            whose.extend(value.subject());
        }
    }
    Ok(Prompt::Of { text: texts.join(&recipe.separator), whose })
}
