//! The mapping of a votes file: which of its columns says what. `docs/import.md` describes it for users.
//!
//! A mapping that loads is sound in itself: its questions make a form, and everything it refers to exists in it.
//! Whether the data has the columns that it names is found out when the votes are opened.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt, fs, io,
    marker::PhantomData,
    path::Path,
};

use serde::{
    Deserialize, Deserializer,
    de::{self, IntoDeserializer, MapAccess, SeqAccess, Visitor, value},
};
use serde_saphyr::Spanned;
use stele_domain::{
    form::{
        ChoiceOption, Form, FormError, FormVersion, PreferenceAnswer, PreferenceOutcome, PreferenceQuestion,
        Question, QuestionKey, QuestionKind,
    },
    project::{MAX_NAME_LENGTH, Redundancy},
    task::{ContentKind, MAX_FIELDS, MAX_RESPONSES},
};

use super::{
    lookup::{Column, LookupKey, LookupMapping, Source},
    table::Format,
    vote::TimeMapping,
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

/// What a task is made of.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TaskMapping {
    /// What rows about the same task have in common.
    pub(super) key: Source,
    /// What the task shows.
    pub(super) content: Vec<ContentMapping>,
    /// The responses to judge.
    #[serde(default)]
    pub(super) responses: Vec<ResponseMapping>,
    /// The order of the responses.
    #[serde(default)]
    pub(super) order: ResponseOrder,
}

/// One field of a task's content.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ContentMapping {
    /// The field's name.
    pub(super) name: String,
    /// How it is shown.
    #[serde(default = "plain_text")]
    pub(super) kind: ContentKind,
    /// What it says.
    pub(super) from: Source,
}

/// One response.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ResponseMapping {
    /// The model that gave it.
    pub(super) model: Option<Source>,
    /// What it says.
    pub(super) text: Source,
}

/// In which order a task's responses stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum ResponseOrder {
    /// As the mapping lists them.
    #[default]
    Listed,
    /// By the names of their models, preferences turned with them: for data that shows one task in both orders.
    ByModel,
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

/// A question, and where its answer stands.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "RawQuestion")]
pub(super) struct QuestionMapping {
    /// Its name within the form.
    pub(super) key: QuestionKey,
    /// What the annotator read.
    pub(super) title: String,
    /// Whether every vote answers it.
    pub(super) required: bool,
    /// Where the answer stands; absent in the wide layout.
    pub(super) from: Option<Source>,
    /// What the answer may be.
    pub(super) answer: AnswerMapping,
}

/// What an answer may be, and how it is written in the data.
#[derive(Clone, Debug)]
pub(super) enum AnswerMapping {
    /// A preference, by its label.
    Preference(Vec<(String, PreferenceAnswer)>),
    /// A whole number on a scale.
    Rating {
        /// The lowest.
        min: i32,
        /// The highest.
        max: i32,
    },
    /// The key of an option; each with what was shown for it.
    Choice(Vec<(String, String)>),
    /// Free text.
    Text {
        /// The longest, in Unicode scalar values.
        max_length: u32,
    },
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
            kind: mapped.answer.kind(),
        };
        self.questions.iter().map(question).collect()
    }

    /// Every source of the mapping, with the field it stands in.
    pub(super) fn sources(&self) -> Vec<(String, &Source)> {
        let mut sources = vec![("task.key".to_owned(), &self.task.key)];
        for (index, field) in self.task.content.iter().enumerate() {
            sources.push((format!("task.content[{index}].from"), &field.from));
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
                FormError::QuestionCount { .. } => None,
                FormError::DuplicateKey { question } | FormError::Question { question, .. } => Some(question),
            };
            // The last one is the one too many, if the key stands twice.
            let index = self.questions.iter().rposition(|question| Some(&question.key) == key);
            let field = index.map_or_else(|| "questions".to_owned(), |index| format!("questions[{index}]"));
            Flaw { field, reason: error.to_string() }
        })
    }

    fn check_question(&self, question: &QuestionMapping) -> Result<(), String> {
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

impl TaskMapping {
    fn check(&self) -> Result<(), Flaw> {
        if self.content.is_empty() || self.content.len() > MAX_FIELDS {
            return Err(Flaw::new("task.content", format!("a task has 1 to {MAX_FIELDS} content fields")));
        }
        if self.responses.len() > MAX_RESPONSES {
            return Err(Flaw::new("task.responses", format!("a task has at most {MAX_RESPONSES} responses")));
        }
        let mut names = BTreeSet::new();
        for (index, field) in self.content.iter().enumerate() {
            let reason = if field.name.trim().is_empty() || field.name.chars().count() > 64 {
                "a content field's name has 1 to 64 characters".to_owned()
            } else if !names.insert(&field.name) {
                format!("two content fields are called {}", field.name)
            } else {
                continue;
            };
            return Err(Flaw::new(format!("task.content[{index}].name"), reason));
        }
        if self.order == ResponseOrder::ByModel && self.responses.iter().any(|response| response.model.is_none()) {
            return Err(Flaw::new("task.order", "only responses that all name their model can be put in this order"));
        }
        Ok(())
    }
}

impl AnswerMapping {
    /// The field that holds it in the mapping.
    const fn name(&self) -> &'static str {
        match self {
            Self::Preference(_) => "preference",
            Self::Rating { .. } => "rating",
            Self::Choice(_) => "choice",
            Self::Text { .. } => "text",
        }
    }

    fn kind(&self) -> QuestionKind {
        match self {
            Self::Preference(labels) => {
                let has = |outcome| labels.iter().any(|(_, answer)| answer.outcome == outcome);
                QuestionKind::Preference(PreferenceQuestion {
                    strengths: labels.iter().filter_map(|(_, answer)| answer.strength).max().unwrap_or(0),
                    tie: has(PreferenceOutcome::Tie),
                    both_bad: has(PreferenceOutcome::BothBad),
                })
            }
            Self::Rating { min, max } => QuestionKind::Rating { min: *min, max: *max },
            Self::Choice(options) => {
                let option =
                    |(key, label): &(String, String)| ChoiceOption { key: key.clone(), label: label.clone() };
                QuestionKind::Choice { options: options.iter().map(option).collect() }
            }
            Self::Text { max_length } => QuestionKind::Text { max_length: *max_length },
        }
    }
}

const fn plain_text() -> ContentKind {
    ContentKind::Text
}

const fn yes() -> bool {
    true
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

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawQuestion {
    key: QuestionKey,
    title: String,
    #[serde(default = "yes")]
    required: bool,
    preference: Option<RawPreference>,
    rating: Option<RawRating>,
    choice: Option<RawChoice>,
    text: Option<RawText>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawPreference {
    from: Option<Source>,
    labels: Pairs<Label>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRating {
    from: Option<Source>,
    min: i32,
    max: i32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawChoice {
    from: Option<Source>,
    options: Pairs<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawText {
    from: Option<Source>,
    max_length: u32,
}

impl TryFrom<RawQuestion> for QuestionMapping {
    type Error = &'static str;

    fn try_from(raw: RawQuestion) -> Result<Self, Self::Error> {
        let (from, answer) = match (raw.preference, raw.rating, raw.choice, raw.text) {
            (Some(RawPreference { from, labels }), None, None, None) => {
                let labels = labels.0.into_iter().map(|(label, Label(answer))| (label, answer)).collect();
                (from, AnswerMapping::Preference(labels))
            }
            (None, Some(RawRating { from, min, max }), None, None) => (from, AnswerMapping::Rating { min, max }),
            (None, None, Some(RawChoice { from, options }), None) => (from, AnswerMapping::Choice(options.0)),
            (None, None, None, Some(RawText { from, max_length })) => (from, AnswerMapping::Text { max_length }),
            _ => return Err("a question needs exactly one of `preference`, `rating`, `choice` and `text`"),
        };
        Ok(Self { key: raw.key, title: raw.title, required: raw.required, from, answer })
    }
}

/// What a label of the data means.
#[derive(Deserialize)]
#[serde(try_from = "Shape<GradedLabel, de::IgnoredAny>")]
struct Label(PreferenceAnswer);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GradedLabel {
    prefer: PreferenceOutcome,
    strength: u8,
}

impl TryFrom<Shape<GradedLabel, de::IgnoredAny>> for Label {
    type Error = String;

    fn try_from(shape: Shape<GradedLabel, de::IgnoredAny>) -> Result<Self, Self::Error> {
        match shape {
            Shape::List(_) => Err("a label means left, right, tie, both_bad or {prefer, strength}".into()),
            Shape::Text(text) => {
                let outcome: Result<_, value::Error> = PreferenceOutcome::deserialize(text.into_deserializer());
                let outcome = outcome.map_err(|error| error.to_string())?;
                Ok(Self(PreferenceAnswer { outcome, strength: None }))
            }
            Shape::Mapping(GradedLabel { prefer, .. }) if !prefer.is_decisive() => {
                Err(format!("{} has no strength; only left and right have", prefer.as_str()))
            }
            Shape::Mapping(GradedLabel { strength: 0, .. }) => Err("strengths begin at 1, the slightest".into()),
            Shape::Mapping(GradedLabel { prefer, strength }) => {
                Ok(Self(PreferenceAnswer { outcome: prefer, strength: Some(strength) }))
            }
        }
    }
}

/// A text, a mapping or a list: several fields take a short form and a longer one.
pub(super) enum Shape<M, L> {
    /// A text.
    Text(String),
    /// A mapping.
    Mapping(M),
    /// A list.
    List(Vec<L>),
}

impl<'de, M: Deserialize<'de>, L: Deserialize<'de>> Deserialize<'de> for Shape<M, L> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any<M, L>(PhantomData<(M, L)>);

        impl<'de, M: Deserialize<'de>, L: Deserialize<'de>> Visitor<'de> for Any<M, L> {
            type Value = Shape<M, L>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text (in quotes if it looks like something else), a mapping or a list")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Shape::Text(text.to_owned()))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                M::deserialize(value::MapAccessDeserializer::new(map)).map(Shape::Mapping)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Self::Value, A::Error> {
                Vec::deserialize(value::SeqAccessDeserializer::new(seq)).map(Shape::List)
            }
        }

        deserializer.deserialize_any(Any(PhantomData))
    }
}

/// A mapping's keys and values, in the order written. A key that stands twice is refused by the YAML reader.
pub(super) struct Pairs<T>(pub(super) Vec<(String, T)>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Pairs<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for InOrder<T> {
            type Value = Pairs<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a mapping")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Ok(Pairs(pairs))
            }
        }

        deserializer.deserialize_map(InOrder(PhantomData))
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

/// Where each field of a mapping stands; made only to explain an error.
#[derive(Default)]
struct Outline(Vec<Field>);

struct Field {
    path: String,
    parent: String,
    /// Line and column of its key, or of itself in a list.
    key: (u64, u64),
    /// Line and column of its value.
    value: (u64, u64),
}

/// The outline of a YAML text; empty if it can't be read at all.
fn outline(yaml: &str) -> Outline {
    let mut outline = Outline::default();
    let options = serde_saphyr::options! { duplicate_keys: serde_saphyr::DuplicateKeyPolicy::LastWins };
    if let Ok(root) = serde_saphyr::from_str_with_options::<Spanned<Node>>(yaml, options) {
        outline.add("", "", None, &root);
    }
    outline
}

impl Outline {
    fn add(&mut self, path: &str, parent: &str, key: Option<(u64, u64)>, node: &Spanned<Node>) {
        let value = (node.referenced.line(), node.referenced.column());
        self.0.push(Field { path: path.to_owned(), parent: parent.to_owned(), key: key.unwrap_or(value), value });
        for (index, item) in node.value.items.iter().enumerate() {
            self.add(&format!("{path}[{index}]"), path, None, item);
        }
        for (key, item) in &node.value.fields {
            let place = (key.referenced.line(), key.referenced.column());
            let name = if path.is_empty() { key.value.clone() } else { format!("{path}.{}", key.value) };
            self.add(&name, path, Some(place), item);
        }
    }

    /// The line of a field, or else of the nearest one around it.
    fn line_of(&self, field: &str) -> u64 {
        let around = self.0.iter().filter(|known| field.starts_with(&known.path));
        around.max_by_key(|known| known.path.len()).map_or(1, |known| known.key.0)
    }

    /// The line, field and reason of a YAML error.
    fn explain(&self, error: &serde_saphyr::Error) -> (u64, Flaw) {
        let place = error.location().map_or((1, 1), |location| (location.line(), location.column()));
        let text = error.without_snippet().render_with_formatter(&serde_saphyr::UserMessageFormatter);
        let suffix = format!(" at line {}, column {}", place.0, place.1);
        let reason = text.strip_suffix(&suffix).unwrap_or(&text);
        let reason = match reason.strip_prefix("invalid ") {
            Some(number @ ("i32" | "u8" | "u16" | "u32" | "usize")) => {
                format!("it should be a whole number in range ({number})")
            }
            _ => reason.to_owned(),
        };
        let begins = |beginnings: &[&str]| beginnings.iter().any(|beginning| reason.starts_with(beginning));
        let value = self.0.iter().find(|known| known.value == place).map(|known| &known.path);
        let keyed = self.0.iter().find(|known| known.key == place);
        let field = if begins(&["unknown field", "missing field", "duplicate"]) {
            // It names the field itself, so what is told is where that stands.
            value.or(keyed.map(|known| &known.parent))
        } else if begins(&["invalid type"]) {
            // It is placed at the key of the value that is meant.
            keyed.map(|known| &known.path).or(value)
        } else {
            value.or(keyed.map(|known| &known.path))
        };
        (place.0, Flaw::new(field.cloned().unwrap_or_default(), reason))
    }
}

/// Any piece of YAML, reduced to what holds what.
#[derive(Default)]
struct Node {
    items: Vec<Spanned<Node>>,
    fields: Vec<(Spanned<String>, Spanned<Node>)>,
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Anything;

        impl<'de> Visitor<'de> for Anything {
            type Value = Node;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("anything")
            }

            fn visit_bool<E>(self, _: bool) -> Result<Node, E> {
                Ok(Node::default())
            }

            fn visit_i64<E>(self, _: i64) -> Result<Node, E> {
                Ok(Node::default())
            }

            fn visit_u64<E>(self, _: u64) -> Result<Node, E> {
                Ok(Node::default())
            }

            fn visit_f64<E>(self, _: f64) -> Result<Node, E> {
                Ok(Node::default())
            }

            fn visit_str<E>(self, _: &str) -> Result<Node, E> {
                Ok(Node::default())
            }

            fn visit_unit<E>(self) -> Result<Node, E> {
                Ok(Node::default())
            }

            fn visit_none<E>(self) -> Result<Node, E> {
                Ok(Node::default())
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Node, A::Error> {
                let mut node = Node::default();
                while let Some(item) = seq.next_element()? {
                    node.items.push(item);
                }
                Ok(node)
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Node, A::Error> {
                let mut node = Node::default();
                while let Some(field) = map.next_entry()? {
                    node.fields.push(field);
                }
                Ok(node)
            }
        }

        deserializer.deserialize_any(Anything)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use tempfile::NamedTempFile;

    use super::*;

    const LONG: &str = r#"project: { name: Test, redundancy: 3 }
lookups:
  pairs: { file: pairs.jsonl, by: [id, topic] }
task:
  key: id
  content:
    - { name: prompt, from: { lookup: pairs, key: [id, topic], take: text } }
  responses:
    - { model: left, text: /texts/0 }
    - { text: { column: texts, split: "|", part: 1 } }
annotators: { column: worker }
questions:
  - key: better
    title: Which is better?
    preference:
      from: winner
      labels: { 1: left, "2": right, tie: tie }
  - key: score
    title: How good?
    required: false
    rating: { from: score, min: 1, max: 5 }
time: { from: at, format: "%Y-%m-%d %H:%M", zone: Europe/Berlin }
"#;

    fn load(yaml: &[u8]) -> Result<Mapping, String> {
        let mut file = NamedTempFile::new().expect("file");
        file.write_all(yaml).expect("written");
        let name = file.path().display().to_string();
        Mapping::load(file.path()).map_err(|error| error.to_string().replace(&name, "map.yaml"))
    }

    /// The error of [`LONG`] with one change.
    fn refused(from: &str, to: &str) -> String {
        assert!(LONG.contains(from), "{from}");
        load(LONG.replacen(from, to, 1).as_bytes()).expect_err(to)
    }

    #[test]
    fn a_form_is_derived() {
        let questions = load(LONG.as_bytes()).expect("sound").form_questions();
        let kinds: Vec<_> = questions.iter().map(|question| (question.required, &question.kind)).collect();
        let preference = PreferenceQuestion { strengths: 0, tie: true, both_bad: false };
        assert_eq!(
            kinds,
            [(true, &QuestionKind::Preference(preference)), (false, &QuestionKind::Rating { min: 1, max: 5 })]
        );

        let graded = "{ a: { prefer: left, strength: 3 }, b: { prefer: right, strength: 1 }, no: both_bad }";
        let graded = LONG.replace("{ 1: left, \"2\": right, tie: tie }", graded);
        let preference = PreferenceQuestion { strengths: 3, tie: false, both_bad: true };
        let questions = load(graded.as_bytes()).expect("sound").form_questions();
        assert_eq!(questions[0].kind, QuestionKind::Preference(preference));
    }

    #[test]
    fn options_keep_their_order() {
        let choice = "choice: { from: score, options: { z: Bad, a: Good, m: Great } }";
        let mapping =
            load(LONG.replace("rating: { from: score, min: 1, max: 5 }", choice).as_bytes()).expect("sound");
        let QuestionKind::Choice { options } = &mapping.form_questions()[1].kind else { panic!("a choice") };
        let keys: Vec<_> = options.iter().map(|option| option.key.as_str()).collect();
        assert_eq!(keys, ["z", "a", "m"]);
    }

    #[test]
    fn a_fault_in_the_yaml_is_placed() {
        for (from, to, error) in [
            ("key: better", "kee: better", "map.yaml:13: questions[0]: unknown field `kee`"),
            ("    title: How good?\n", "", "map.yaml:20: questions[1]: missing field `title`"),
            (
                "max: 5",
                "max: five",
                "map.yaml:21: questions[1].rating.max: it should be a whole number in range (i32)",
            ),
            (
                "by: [id, topic]",
                "by: [id, $row]",
                "map.yaml:3: lookups.pairs.by: a lookup is found by $row, by a column",
            ),
            ("redundancy: 3", "redundancy: 0", "map.yaml:1: project.redundancy: a redundancy is 1 to 1000, not 0"),
            ("/texts/0", "/te~xts", "map.yaml:9: task.responses[0].text: /te~xts is not a JSON pointer"),
            ("part: 1", "parts: 1", "map.yaml:10: task.responses[1].text: unknown field `parts`"),
            (", part: 1", "", "map.yaml:10: task.responses[1].text: a source is the name of a column"),
            ("key: id\n", "key: 7.5\n", "map.yaml:5: task.key: invalid type: floating point `7.5`, expected a text"),
            ("key: better", "key: Better", "map.yaml:13: questions[0].key: `Better` can't name a question"),
            ("rating: {", "text: {", "map.yaml:21: questions[1].text: unknown field `min`"),
            ("tie: tie", "tie: draw", "map.yaml:17: questions[0].preference.labels.tie: unknown variant `draw`"),
            ("tie: tie", "1: tie", "map.yaml:17: questions[0].preference.labels: duplicate mapping key: 1"),
            ("column: worker", "column: worker, columns: [a]", "map.yaml:11: annotators: it needs either `column`"),
            ("column: worker", "columns: []", "map.yaml:11: annotators: `columns` is empty"),
            ("column: worker", "columns: [a, a]", "map.yaml:11: annotators: `columns` names a column twice"),
            (", zone: Europe/Berlin", "", "map.yaml:22: time: `zone` is missing"),
            ("Europe/Berlin", "Berlin", "map.yaml:22: time: `zone` is Berlin, which is not a name"),
            ("%H:%M\"", "%H:%M %z\"", "map.yaml:22: time: `zone` must be absent"),
            (" %H:%M\"", "\"", "map.yaml:22: time: `format` does not tell both date and time"),
            ("%H:%M\"", "%Q\"", "map.yaml:22: time: `format` has a specifier that does not exist"),
            ("project: {", "project: [", "map.yaml:1: the mapping: "),
        ] {
            let refused = refused(from, to);
            assert!(refused.starts_with(error), "{to}: {refused}");
        }
        assert_eq!(load(b"votes: a\n# \xff").expect_err("bytes"), "map.yaml:2: the mapping: it is not valid UTF-8");
        let missing = Mapping::load(Path::new("no/such.yaml")).expect_err("missing").to_string();
        assert!(missing.starts_with("no/such.yaml: can't be read: "), "{missing}");
    }

    #[test]
    fn what_does_not_fit_together_is_placed() {
        for (from, to, error) in [
            ("name: Test", "name: \"  \"", "map.yaml:1: project.name: a project's name has 1 to 200 characters"),
            (
                "lookup: pairs",
                "lookup: pair",
                "map.yaml:7: task.content[0].from: there is no lookup pair; `lookups` has: pairs",
            ),
            (
                "key: [id, topic]",
                "key: id",
                "map.yaml:7: task.content[0].from: its key has 1 values, and the lookup pairs is found by 2",
            ),
            (
                "name: prompt",
                "name: \"\"",
                "map.yaml:7: task.content[0].name: a content field's name has 1 to 64 characters",
            ),
            (
                "    - { model: left, text: /texts/0 }\n",
                "",
                "map.yaml:14: questions[0].preference: a preference compares two responses",
            ),
            (
                "  responses:",
                "  order: by_model\n  responses:",
                "map.yaml:8: task.order: only responses that all name their model",
            ),
            ("column: worker", "columns: [a, b]", "map.yaml:15: questions[0].preference: `from` must be absent"),
            ("      from: winner\n", "", "map.yaml:15: questions[0].preference: `from` is missing"),
            ("{ 1: left, \"2\": right, tie: tie }", "{}", "map.yaml:15: questions[0].preference: `labels` is empty"),
            (
                "1: left",
                "1: { prefer: left, strength: 2 }",
                "map.yaml:15: questions[0].preference: the label 2 has no strength",
            ),
            (
                "1: left",
                "1: { prefer: tie, strength: 2 }",
                "map.yaml:17: questions[0].preference.labels.1: tie has no strength",
            ),
            (
                "1: left",
                "1: { prefer: left, strength: 0 }",
                "map.yaml:17: questions[0].preference.labels.1: strengths begin at 1",
            ),
            ("key: score", "key: better", "map.yaml:18: questions[1]: two questions have the key `better`"),
            ("min: 1", "min: 5", "map.yaml:18: questions[1]: question `score`: its scale runs from 5 to 5"),
        ] {
            let refused = refused(from, to);
            assert!(refused.starts_with(error), "{to}: {refused}");
        }
        let wide = LONG.replace("column: worker", "columns: [a, b]").replace("      from: winner\n", "");
        let wide = wide.replace("from: score, ", "");
        assert_eq!(
            load(wide.as_bytes()).expect_err("two questions"),
            "map.yaml:12: questions: \
             in the wide layout (annotators.columns) there is one question, which the cells answer"
        );
    }

    #[test]
    fn the_examples_load() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples");
        for name in ["pandalm", "llmfao", "tulu", "ukpconvarg"] {
            let loaded = Mapping::load(&folder.join(name).with_extension("yaml"));
            assert!(loaded.is_ok(), "{:?}", loaded.map(drop));
        }
    }
}
