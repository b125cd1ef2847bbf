//! The mapping of a votes file: which of its columns says what. `docs/import.md` describes it for users.
//!
//! A mapping that loads is sound in itself: its questions make a form, and everything it refers to exists in it.
//! Whether the data has the columns that it names is found out when the votes are opened.

mod outline;
mod question;
mod shape;
mod task;
#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs, io,
    path::Path,
};

use serde::Deserialize;
use stele_domain::{
    form::{Form, FormError, FormVersion, Question, Thumb},
    project::{MAX_NAME_LENGTH, Redundancy},
};

use self::{outline::outline, task::TaskMapping};
pub(super) use self::{
    question::{AnswerMapping, QuestionMapping},
    shape::{Pairs, Shape},
    task::ResponseOrder,
};
use super::{
    lookup::{LookupKey, LookupMapping},
    source::{Column, Source},
    table::Format,
    time::TimeMapping,
};

/// How the columns of a votes file make a project, its tasks and their annotations.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Mapping {
    /// The project to import into.
    pub(crate) project: ProjectMapping,
    /// The votes file, inside the folder that is imported.
    pub(super) votes: Option<String>,
    /// The votes file's format, if its name does not tell.
    pub(super) format: Option<Format>,
    /// Whether numbers and booleans may stand where text is expected.
    #[serde(default)]
    pub(super) coerce: bool,
    /// Secondary tables, by name.
    #[serde(default)]
    pub(super) lookups: BTreeMap<String, LookupMapping>,
    /// What a task is made of.
    pub(super) task: TaskMapping,
    /// Who voted.
    pub(super) annotators: Annotators,
    /// What was asked, and where the answers stand.
    pub(super) questions: Vec<QuestionMapping>,
    /// When it was answered.
    pub(super) time: Option<TimeMapping>,
}

/// The project that the votes belong to.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProjectMapping {
    /// Its name.
    pub(crate) name: String,
    /// What its annotators were told.
    pub(crate) guidelines: Option<String>,
    /// How many annotators each task gets; if absent, the data tells.
    pub(crate) redundancy: Option<Redundancy>,
}

/// Who voted.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "RawAnnotators")]
pub(super) enum Annotators {
    /// Long layout: one row a judgment, which names its annotator.
    Named(Source),
    /// Wide layout: one column an annotator, named after it, with the answer in the cell.
    Columns(Vec<Column>),
}

/// Why a mapping can't be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum MappingError {
    /// The file can't be opened.
    #[error("{file}: can't be read: {source}")]
    Unreadable {
        /// The file, as the user named it.
        file: String,
        /// What the system says.
        source: io::Error,
    },
    /// Something in it is wrong.
    #[error("{file}:{line}: {field}: {reason}")]
    Wrong {
        /// The file, as the user named it.
        file: String,
        /// The line, from 1.
        line: u64,
        /// The field, such as `questions[0].key`.
        field: String,
        /// What is wrong with it.
        reason: String,
    },
}

impl Mapping {
    /// Reads and checks a mapping.
    pub(crate) fn load(path: &Path) -> Result<Self, MappingError> {
        let file = path.display().to_string();
        let bytes = match fs::read(path) {
            Ok(bytes) => bytes,
            Err(source) => return Err(MappingError::Unreadable { file, source }),
        };
        Self::parse(&bytes).map_err(|(line, Flaw { field, reason })| {
            let field = if field.is_empty() { "the mapping".into() } else { field };
            MappingError::Wrong { file, line, field, reason }
        })
    }

    fn parse(bytes: &[u8]) -> Result<Self, (u64, Flaw)> {
        let yaml = std::str::from_utf8(bytes).map_err(|error| {
            let before = bytes.iter().take(error.valid_up_to());
            (1 + before.filter(|byte| **byte == b'\n').count() as u64, Flaw::new("", "it is not valid UTF-8"))
        })?;
        // As in YAML 1.2, only true and false are booleans: columns may be called y, n, on or off.
        let options = serde_saphyr::options! { strict_booleans: true };
        let mapping: Self =
            serde_saphyr::from_str_with_options(yaml, options).map_err(|error| outline(yaml).explain(&error))?;
        mapping.check().map_err(|flaw| (outline(yaml).line_of(&flaw.field), flaw))?;
        Ok(mapping)
    }

    /// The form that the votes answer.
    pub(crate) fn form_questions(&self) -> Vec<Question> {
        let question = |mapped: &QuestionMapping| Question {
            key: mapped.key.clone(),
            title: mapped.title.clone(),
            required: mapped.required,
            when: None,
            kind: mapped.answer.kind(),
        };
        self.questions.iter().map(question).collect()
    }

    /// Every source of the mapping, with the field it stands in.
    pub(super) fn sources(&self) -> Vec<(String, &Source)> {
        let mut sources = vec![("task.key".to_owned(), &self.task.key)];
        for (index, field) in self.task.content.iter().enumerate() {
            sources.push((format!("task.content[{index}].from"), &field.from));
            let subject = |source| (format!("task.content[{index}].subject"), source);
            sources.extend(field.subject.iter().map(subject));
        }
        for (index, response) in self.task.responses.iter().enumerate() {
            sources.push((format!("task.responses[{index}].text"), &response.text));
            sources.extend(response.model.iter().map(|model| (format!("task.responses[{index}].model"), model)));
        }
        if let Annotators::Named(source) = &self.annotators {
            sources.push(("annotators.column".to_owned(), source));
        }
        for (index, question) in self.questions.iter().enumerate() {
            let field = |source| (format!("questions[{index}].{}.from", question.answer.name()), source);
            sources.extend(question.from.iter().map(field));
            if let AnswerMapping::Thumbs { from, .. } = &question.answer {
                sources.extend(from.iter().map(field));
            }
            sources.extend(question.gold.iter().map(|source| (format!("questions[{index}].gold"), source)));
        }
        sources.extend(self.time.iter().map(|time| ("time.from".to_owned(), &time.from)));
        sources
    }

    fn check(&self) -> Result<(), Flaw> {
        let name = self.project.name.trim();
        if name.is_empty() || name.chars().count() > MAX_NAME_LENGTH {
            return Err(Flaw::new("project.name", format!("a project's name has 1 to {MAX_NAME_LENGTH} characters")));
        }
        self.task.check()?;
        for (field, source) in self.sources() {
            self.check_lookups(source).map_err(|reason| Flaw { field, reason })?;
        }
        for (index, question) in self.questions.iter().enumerate() {
            let field = format!("questions[{index}].{}", question.answer.name());
            self.check_question(question).map_err(|reason| Flaw { field, reason })?;
        }
        if let (Annotators::Columns(_), 2..) = (&self.annotators, self.questions.len()) {
            let reason = "in the wide layout (annotators.columns) there is one question, which the cells answer";
            return Err(Flaw::new("questions", reason));
        }
        self.check_form()
    }

    fn check_form(&self) -> Result<(), Flaw> {
        Form::new(FormVersion::FIRST, self.form_questions()).map(drop).map_err(|error| {
            let key = match &error {
                FormError::QuestionCount { .. } | FormError::Rankings => None,
                FormError::DuplicateKey { question } | FormError::Question { question, .. } => Some(question),
            };
            // The last one is the one too many, if the key stands twice.
            let index = self.questions.iter().rposition(|question| Some(&question.key) == key);
            let field = index.map_or_else(|| "questions".to_owned(), |index| format!("questions[{index}]"));
            Flaw { field, reason: error.to_string() }
        })
    }

    fn check_question(&self, question: &QuestionMapping) -> Result<(), String> {
        if let AnswerMapping::Thumbs { from, labels } = &question.answer {
            return self.check_thumbs(from.len(), labels);
        }
        match (&self.annotators, &question.from) {
            (Annotators::Columns(_), Some(_)) => {
                return Err("`from` must be absent: annotators.columns says that the answers stand there".into());
            }
            (Annotators::Named(_), None) => return Err("`from` is missing: it says where the answer stands".into()),
            _ => {}
        }
        let AnswerMapping::Preference(labels) = &question.answer else { return Ok(()) };
        if self.task.responses.len() != 2 {
            let responses = self.task.responses.len();
            return Err(format!("a preference compares two responses, and task.responses has {responses}"));
        }
        if labels.is_empty() {
            return Err("`labels` is empty: it says what each label in the data means".into());
        }
        let graded = labels.iter().any(|(_, answer)| answer.strength.is_some());
        match labels.iter().find(|(_, answer)| answer.outcome.is_decisive() && answer.strength.is_none()) {
            Some((label, _)) if graded => {
                Err(format!("the label {label} has no strength, though others have; write {{prefer, strength}}"))
            }
            _ => Ok(()),
        }
    }

    fn check_thumbs(&self, places: usize, labels: &[(String, Thumb)]) -> Result<(), String> {
        let responses = self.task.responses.len();
        if let Annotators::Columns(_) = &self.annotators {
            return Err("thumbs stand in several places, and annotators.columns has one for each annotator".into());
        }
        if places != responses || responses == 0 {
            return Err(format!("`from` names {places} places, one a response, and task.responses has {responses}"));
        }
        if self.task.order == ResponseOrder::ByModel && responses > 2 {
            return Err("`order: by_model` is for two responses where they have thumbs".into());
        }
        if labels.is_empty() {
            return Err("`labels` is empty: it says which labels in the data are up and which are down".into());
        }
        Ok(())
    }

    /// Checks that the lookups a source refers to exist, and are asked for by as many values as they are found by.
    fn check_lookups(&self, source: &Source) -> Result<(), String> {
        let Source::Lookup { lookup, key, .. } = source else { return Ok(()) };
        let Some(table) = self.lookups.get(lookup) else {
            let known: Vec<_> = self.lookups.keys().map(String::as_str).collect();
            return Err(format!("there is no lookup {lookup}; `lookups` has: {}", known.join(", ")));
        };
        let expected = match &table.by {
            LookupKey::RowNumber => 1,
            LookupKey::Columns(columns) => columns.len(),
        };
        if key.len() != expected {
            let given = key.len();
            return Err(format!("its key has {given} values, and the lookup {lookup} is found by {expected}"));
        }
        source.needed().try_for_each(|source| self.check_lookups(source))
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawAnnotators {
    column: Option<Source>,
    columns: Option<Vec<Column>>,
}

impl TryFrom<RawAnnotators> for Annotators {
    type Error = &'static str;

    fn try_from(raw: RawAnnotators) -> Result<Self, Self::Error> {
        match (raw.column, raw.columns) {
            (Some(column), None) => Ok(Self::Named(column)),
            (None, Some(columns)) if columns.is_empty() => Err("`columns` is empty: it names a column an annotator"),
            (None, Some(columns)) => {
                let distinct: BTreeSet<_> = columns.iter().map(|column| &column.text).collect();
                if distinct.len() == columns.len() {
                    Ok(Self::Columns(columns))
                } else {
                    Err("`columns` names a column twice")
                }
            }
            _ => Err("it needs either `column` (one row a judgment) or `columns` (one column an annotator)"),
        }
    }
}

/// A field that is wrong, and why.
#[derive(Debug)]
struct Flaw {
    field: String,
    reason: String,
}

impl Flaw {
    fn new(field: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { field: field.into(), reason: reason.into() }
    }
}
