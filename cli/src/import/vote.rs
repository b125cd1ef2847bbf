//! The votes of a file, read one at a time: what was judged, by whom, when, and what they said.

use std::{borrow::Cow, collections::BTreeSet, fmt, path::Path, sync::Arc};

use serde::Serialize;
use stele_domain::{
    Timestamp,
    form::{PreferenceAnswer, PreferenceOutcome, QuestionKey, Thumb},
    task::{ContentKind, MAX_EXTERNAL_KEY, Response},
};

pub(crate) use super::table::{BadRow, OpenError, Progress};
use super::{
    lookup::Lookups,
    mapping::{Annotators, AnswerMapping, Mapping, QuestionMapping, ResponseOrder},
    reading::{Found, NotFound, Reading, excerpt},
    source::Source,
    table::{Row, Table},
    time::TimeMapping,
};

/// One person's judgment of one task.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Vote {
    /// The line of the votes file on which its row begins, from 1.
    pub(crate) line: u64,
    /// What was judged; the votes of one row share it.
    pub(crate) task: Arc<TaskSource>,
    /// Who judged, under the name that the data has for them.
    pub(crate) annotator: String,
    /// The answers, in the form's order; at least one.
    pub(crate) answers: Vec<GivenAnswer>,
    /// When they were given, if the mapping says where that stands.
    pub(crate) occurred_at: Option<Timestamp>,
}

/// A task as a row describes it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct TaskSource {
    /// What the rows about this task have in common; 1 to [`MAX_EXTERNAL_KEY`] bytes.
    pub(crate) key: String,
    /// What it shows.
    pub(crate) content: Vec<FieldSource>,
    /// The responses to judge.
    pub(crate) responses: Vec<Response>,
    /// The right answers that are known, in the form's order.
    pub(crate) gold: Vec<GivenAnswer>,
}

/// A field of a task's content as a row describes it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub(crate) struct FieldSource {
    /// Its name.
    pub(crate) name: String,
    /// How it is shown.
    pub(crate) kind: ContentKind,
    /// What it says.
    pub(crate) text: String,
    /// The name of the data subject whom it belongs to, if it is somebody's.
    pub(crate) subject: Option<String>,
}

/// One answer to one question.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct GivenAnswer {
    /// The question answered.
    pub(crate) question: QuestionKey,
    /// The answer given; one that the question allows.
    pub(crate) value: GivenValue,
}

/// What was answered. A text is clear here: whose it is, is known only once the annotator has an id.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum GivenValue {
    /// To a preference question.
    Preference(PreferenceAnswer),
    /// To a rating question.
    Rating(i32),
    /// To a choice question: the option's key.
    Choice(String),
    /// To a question for a thumb for each response.
    Thumbs(Vec<Thumb>),
    /// To a text question.
    Text(String),
}

/// The votes of a file. To read them again, open them again.
pub(crate) struct Votes {
    mapping: Mapping,
    table: Table,
    lookups: Lookups,
    /// The votes of the last row read that have not been handed out.
    ready: std::vec::IntoIter<Vote>,
}

impl Votes {
    /// Opens `data`, which is the votes file or the folder that holds it, and reads the lookups beside it.
    pub(crate) fn open(mapping: &Mapping, data: &Path) -> Result<Self, OpenError> {
        let path = match &mapping.votes {
            _ if !data.is_dir() => data.to_owned(),
            Some(votes) => data.join(votes),
            None => return Err(OpenError::NoVotesFile { file: data.display().to_string() }),
        };
        let table = Table::open(&path, mapping.format)?;
        let sources: Vec<&Source> = mapping.sources().into_iter().map(|(_, source)| source).collect();
        let mut columns = BTreeSet::new();
        for source in &sources {
            source.add_columns(&mut columns);
        }
        if let Annotators::Columns(annotators) = &mapping.annotators {
            columns.extend(annotators.iter().map(|column| column.name.as_str()));
        }
        table.check_columns(&columns)?;
        let folder = path.parent().unwrap_or_else(|| Path::new(""));
        let lookups = Lookups::load(&mapping.lookups, &sources, folder)?;
        Ok(Self { lookups, table, mapping: mapping.clone(), ready: Vec::new().into_iter() })
    }

    /// The votes file, as the user named it.
    pub(crate) fn file(&self) -> &str {
        self.table.file()
    }

    /// How much of the votes file has been read.
    pub(crate) fn progress(&self) -> Progress {
        self.table.progress().clone()
    }

    /// The votes of a row, or everything that is wrong with it.
    fn votes(&self, row: &Row) -> Result<Vec<Vote>, Vec<String>> {
        let mut reasons = Vec::new();
        let reader = RowReader {
            mapping: &self.mapping,
            reading: Reading { row, lookups: &self.lookups, coerce: self.mapping.coerce },
        };
        let task = reader.task(&mut reasons);
        let occurred_at = self.mapping.time.as_ref().and_then(|time| keep(reader.time(time), &mut reasons));
        let judgments = reader.judgments(&mut reasons);
        match (task, reasons.is_empty()) {
            (Some(Ordered { mut task, swapped }), true) => {
                if swapped {
                    task.gold.iter_mut().for_each(GivenAnswer::swap);
                }
                let task = Arc::new(task);
                let vote = |(annotator, mut answers): (String, Vec<GivenAnswer>)| {
                    if swapped {
                        answers.iter_mut().for_each(GivenAnswer::swap);
                    }
                    Vote { line: row.line, task: Arc::clone(&task), annotator, answers, occurred_at }
                };
                Ok(judgments.into_iter().map(vote).collect())
            }
            _ => Err(reasons),
        }
    }
}

impl Iterator for Votes {
    type Item = Result<Vote, BadRow>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(vote) = self.ready.next() {
                return Some(Ok(vote));
            }
            let row = match self.table.next()? {
                Ok(row) => row,
                Err(bad) => return Some(Err(bad)),
            };
            match self.votes(&row) {
                Ok(votes) => self.ready = votes.into_iter(),
                Err(reasons) => {
                    let (file, reason) = (self.table.file().to_owned(), reasons.join("; "));
                    return Some(Err(BadRow { file, line: row.line, reason }));
                }
            }
        }
    }
}

impl GivenAnswer {
    /// Turns an answer round, after the two responses have changed places.
    fn swap(&mut self) {
        match &mut self.value {
            GivenValue::Preference(preference) => {
                preference.outcome = match preference.outcome {
                    PreferenceOutcome::Left => PreferenceOutcome::Right,
                    PreferenceOutcome::Right => PreferenceOutcome::Left,
                    same @ (PreferenceOutcome::Tie | PreferenceOutcome::BothBad) => same,
                };
            }
            GivenValue::Thumbs(thumbs) => thumbs.reverse(),
            GivenValue::Rating(_) | GivenValue::Choice(_) | GivenValue::Text(_) => {}
        }
    }
}

/// A task, and whether its first two responses have changed places.
struct Ordered {
    task: TaskSource,
    swapped: bool,
}

/// What the mapping makes of one row.
struct RowReader<'a> {
    mapping: &'a Mapping,
    reading: Reading<'a>,
}

/// The value, or else one more reason against the row, unless it is known already.
fn keep<T>(result: Result<T, String>, reasons: &mut Vec<String>) -> Option<T> {
    let add = |reason| {
        if !reasons.contains(&reason) {
            reasons.push(reason);
        }
    };
    result.map_err(add).ok()
}

impl RowReader<'_> {
    fn task(&self, reasons: &mut Vec<String>) -> Option<Ordered> {
        let mapping = &self.mapping.task;
        let key = keep(self.key(&mapping.key), reasons);
        let mut content = Vec::with_capacity(mapping.content.len());
        for field in &mapping.content {
            let subject = field.subject.as_ref().map(|subject| keep(self.subject(subject), reasons));
            if let Some(text) = keep(self.reading.text(&field.from), reasons) {
                let (name, subject) = (field.name.clone(), subject.flatten());
                content.push(FieldSource { name, kind: field.kind, text, subject });
            }
        }
        let mut responses = Vec::with_capacity(mapping.responses.len());
        for response in &mapping.responses {
            let model = response.model.as_ref().map(|model| self.reading.text(model));
            let model = model.and_then(|model| keep(model, reasons)).filter(|model| !model.trim().is_empty());
            if let Some(text) = keep(self.reading.text(&response.text), reasons) {
                responses.push(Response::new(model, text));
            }
        }
        let swapped = mapping.order == ResponseOrder::ByModel
            && reasons.is_empty()
            && keep(order_by_model(&mut responses), reasons)?;
        let gold = self.mapping.questions.iter().filter_map(|question| keep(self.gold(question), reasons)?).collect();
        Some(Ordered { task: TaskSource { key: key?, content, responses, gold }, swapped })
    }

    /// The right answer to a question, if it is known.
    fn gold(&self, question: &QuestionMapping) -> Result<Option<GivenAnswer>, String> {
        let Some(source) = &question.gold else { return Ok(None) };
        match self.reading.find(source) {
            Ok(found) => question.read(found, source, self.mapping.coerce),
            Err(NotFound::NoRow(_)) => Ok(None),
            Err(error) => Err(error.reason()),
        }
    }

    fn key(&self, source: &Source) -> Result<String, String> {
        let key = self.reading.name(source)?;
        match key.len() {
            0 => Err(format!("{source} is empty, and the task's key stands there")),
            1..=MAX_EXTERNAL_KEY => Ok(key.into_owned()),
            bytes => Err(format!("{source} has {bytes} bytes; a task's key has at most {MAX_EXTERNAL_KEY}")),
        }
    }

    /// Whose a text is. It has to be said: a text that is somebody's must not be kept as if it were nobody's.
    fn subject(&self, source: &Source) -> Result<String, String> {
        let subject = self.reading.name(source)?;
        if subject.trim().is_empty() {
            return Err(format!("{source} is empty, and whose text it is stands there"));
        }
        Ok(subject.into_owned())
    }

    fn time(&self, time: &TimeMapping) -> Result<Timestamp, String> {
        let text = self.reading.name(&time.from)?;
        let wrong =
            |reason| format!("{} is {}, which is not a time {}: {reason}", time.from, excerpt(&text), time.notation);
        time.notation.read(&text).map_err(wrong)
    }

    /// Each annotator of the row, with their answers; those without an answer are left out.
    fn judgments(&self, reasons: &mut Vec<String>) -> Vec<(String, Vec<GivenAnswer>)> {
        match &self.mapping.annotators {
            Annotators::Named(source) => {
                let annotator = self.reading.text(source).and_then(|annotator| {
                    let named = !annotator.trim().is_empty();
                    named
                        .then_some(annotator)
                        .ok_or_else(|| format!("{source} is empty, and the annotator's name stands there"))
                });
                let annotator = keep(annotator, reasons);
                let asked = self.mapping.questions.iter();
                let answers: Vec<_> = asked.filter_map(|question| keep(self.named(question), reasons)?).collect();
                annotator.filter(|_| !answers.is_empty()).map(|annotator| (annotator, answers)).into_iter().collect()
            }
            Annotators::Columns(columns) => {
                // The mapping was checked: there is exactly one question.
                let Some(question) = self.mapping.questions.first() else { return Vec::new() };
                let judgment = |column| {
                    let found = self.reading.column(column).map(Found::Json).map_err(NotFound::reason);
                    let answer = found.and_then(|found| question.read(found, column, self.mapping.coerce));
                    Some((column.text.clone(), vec![keep(answer, reasons)??]))
                };
                columns.iter().filter_map(judgment).collect()
            }
        }
    }

    /// The answer to a question that says where its answer stands.
    fn named(&self, question: &QuestionMapping) -> Result<Option<GivenAnswer>, String> {
        if let AnswerMapping::Thumbs { from, labels } = &question.answer {
            return self.thumbs(question, from, labels);
        }
        let Some(source) = &question.from else { return Ok(None) };
        let answer = match self.reading.find(source) {
            Ok(found) => question.read(found, source, self.mapping.coerce)?,
            Err(NotFound::NoRow(_)) if !question.required => None,
            Err(error) => return Err(error.reason()),
        };
        if answer.is_none() && question.required {
            return Err(format!("{source} is empty, and the question {} must be answered", question.key));
        }
        Ok(answer)
    }
}

impl RowReader<'_> {
    /// The thumbs of all responses, or of none.
    fn thumbs(
        &self,
        question: &QuestionMapping,
        from: &[Source],
        labels: &[(String, Thumb)],
    ) -> Result<Option<GivenAnswer>, String> {
        let (mut thumbs, mut blank) = (Vec::with_capacity(from.len()), None);
        for source in from {
            let found = self.reading.find(source).map_err(NotFound::reason)?;
            if found.is_blank() {
                blank = Some(source);
            } else {
                thumbs.push(*choose(labels, &found.name(source)?, source, "labels")?.1);
            }
        }
        match blank {
            Some(source) if question.required || !thumbs.is_empty() => Err(format!(
                "{source} is empty, and the question {} must be answered for each response",
                question.key
            )),
            Some(_) => Ok(None),
            None => Ok(Some(GivenAnswer { question: question.key.clone(), value: GivenValue::Thumbs(thumbs) })),
        }
    }
}

/// Puts responses into the order of their models' names; whether the first two changed places.
fn order_by_model(responses: &mut [Response]) -> Result<bool, String> {
    let mut models = BTreeSet::new();
    for response in responses.iter() {
        match &response.model {
            Some(model) if !models.insert(model.as_str()) => {
                return Err(format!(
                    "two responses are of the model {model}, so the order of models does not tell them apart"
                ));
            }
            Some(_) => {}
            None => {
                return Err(
                    "a response does not name its model, so the order of models does not tell its place".into()
                );
            }
        }
    }
    let swapped = matches!(responses, [first, second, ..] if first.model > second.model);
    responses.sort_by(|one, other| one.model.cmp(&other.model));
    Ok(swapped)
}

impl QuestionMapping {
    /// The answer that stands at `place`, if anything stands there.
    fn read(&self, found: Found<'_>, place: impl fmt::Display, coerce: bool) -> Result<Option<GivenAnswer>, String> {
        if found.is_blank() {
            return Ok(None);
        }
        let value = match &self.answer {
            AnswerMapping::Preference(labels) => {
                GivenValue::Preference(*choose(labels, &found.name(&place)?, place, "labels")?.1)
            }
            AnswerMapping::Choice(options) => {
                GivenValue::Choice(choose(options, &found.name(&place)?, place, "options")?.0.to_owned())
            }
            AnswerMapping::Rating { min, max } => {
                GivenValue::Rating(rating(&found.name(&place)?, *min, *max, place)?)
            }
            // they stand in places of their own
            AnswerMapping::Thumbs { .. } => return Ok(None),
            AnswerMapping::Text { max_length } => {
                GivenValue::Text(answer_text(found.text(&place, coerce)?, *max_length, place)?)
            }
        };
        Ok(Some(GivenAnswer { question: self.key.clone(), value }))
    }
}

/// The one of `known` that has this name.
fn choose<'a, T>(
    known: &'a [(String, T)],
    name: &str,
    place: impl fmt::Display,
    kind: &str,
) -> Result<(&'a str, &'a T), String> {
    known.iter().find(|(label, _)| label == name).map(|(label, value)| (label.as_str(), value)).ok_or_else(|| {
        let known: Vec<_> = known.iter().map(|(label, _)| label.as_str()).collect();
        format!("{place} is {}, which is not one of its {kind}: {}", excerpt(name), known.join(", "))
    })
}

fn rating(text: &str, min: i32, max: i32, place: impl fmt::Display) -> Result<i32, String> {
    let rating = text.trim().parse().ok().filter(|rating| (min..=max).contains(rating));
    rating.ok_or_else(|| format!("{place} is {}, which is not a whole number from {min} to {max}", excerpt(text)))
}

fn answer_text(text: Cow<'_, str>, max_length: u32, place: impl fmt::Display) -> Result<String, String> {
    let length = text.chars().count();
    if length > max_length as usize {
        return Err(format!("{place} has {length} characters; at most {max_length} are allowed"));
    }
    Ok(text.into_owned())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use tempfile::TempDir;

    use super::*;

    /// Reads these files (the first is the votes file) with a mapping; each vote in short, each error as its text.
    fn read(mapping: &str, files: &[(&str, &str)]) -> Vec<String> {
        let folder = TempDir::new().expect("folder");
        for (name, content) in files {
            fs::write(folder.path().join(name), content).expect("written");
        }
        let path = folder.path().join("map.yaml");
        fs::write(&path, mapping).expect("written");
        let place = format!("{}/", folder.path().display());
        let mapping = Mapping::load(&path).expect("a mapping");
        let votes = match Votes::open(&mapping, &folder.path().join(files[0].0)) {
            Ok(votes) => votes,
            Err(error) => return vec![error.to_string().replace(&place, "")],
        };
        let told = votes.map(|vote| vote.map_or_else(|bad| bad.to_string(), |vote| tell(&vote)));
        told.map(|told| told.replace(&place, "")).collect()
    }

    fn tell(vote: &Vote) -> String {
        let answer = |answer: &GivenAnswer| match &answer.value {
            GivenValue::Preference(PreferenceAnswer { outcome, strength }) => {
                format!("{}{}", outcome.as_str(), strength.map_or_else(String::new, |strength| strength.to_string()))
            }
            GivenValue::Rating(rating) => rating.to_string(),
            GivenValue::Choice(text) | GivenValue::Text(text) => text.clone(),
            GivenValue::Thumbs(thumbs) => thumbs.iter().map(|thumb| thumb.as_str()).collect::<Vec<_>>().join("/"),
        };
        let answers: Vec<_> = vote.answers.iter().map(answer).collect();
        let responses: Vec<_> = vote.task.responses.iter().map(|response| response.text.as_str()).collect();
        let at = vote.occurred_at.map_or_else(String::new, |at| format!(" at {at}"));
        format!(
            "{} {} [{}] {} {}{at}",
            vote.line,
            vote.task.key,
            responses.join("|"),
            vote.annotator,
            answers.join(",")
        )
    }

    const WIDE: &str = "
project: { name: Wide }
task:
  key: id
  content: [{ name: prompt, from: p }]
  responses: [{ text: r1 }, { text: r2 }]
annotators: { columns: [ann, bob] }
questions:
  - { key: better, title: Which?, preference: { labels: { 1: left, 2: right, false: tie } } }
";

    const LONG: &str = "
project: { name: Long }
task:
  key: id
  content: [{ name: prompt, from: p }]
  responses: [{ model: m1, text: r1 }, { model: m2, text: r2 }]
annotators: { column: who }
questions:
  - key: better
    title: Which?
    preference: { from: v, labels: { a: { prefer: left, strength: 2 }, b: { prefer: right, strength: 1 }, t: tie } }
  - { key: score, title: Score?, required: false, rating: { from: s, min: 1, max: 5 } }
  - { key: kind, title: Kind?, required: false, choice: { from: k, options: { x: X, y: Y } } }
  - { key: why, title: Why?, required: false, text: { from: w, max_length: 5 } }
";

    #[test]
    fn thumbs_stand_in_a_place_for_each_response_and_move_with_them() {
        let mapping = "
project: { name: Thumbs }
task:
  key: id
  content: [{ name: prompt, from: p }]
  responses: [{ model: m1, text: r1 }, { model: m2, text: r2 }]
  order: by_model
annotators: { column: who }
questions:
  - { key: fine, title: Fine?, required: false, thumbs: { from: [t1, t2], labels: { \"yes\": up, \"no\": down } } }
";
        let rows = [
            "id,p,m1,r1,m2,r2,who,t1,t2",
            "1,q,a,A,b,B,ann,yes,no",
            "2,q,b,B,a,A,ann,yes,no",
            "3,q,a,A,b,B,ann,,",
            "4,q,a,A,b,B,ann,yes,",
            "5,q,a,A,b,B,ann,yes,maybe\n",
        ];
        assert_eq!(
            read(mapping, &[("votes.csv", &rows.join("\n"))]),
            [
                "2 1 [A|B] ann up/down",
                "3 2 [A|B] ann down/up",
                "votes.csv:5: t2 is empty, and the question fine must be answered for each response",
                "votes.csv:6: t2 is \"maybe\", which is not one of its labels: yes, no",
            ]
        );
    }

    /// Reads one row under [`LONG`], which is good but for what these columns say.
    fn long(changes: &[(&str, &str)]) -> String {
        let mut row = vec![
            ("id", "7"),
            ("p", "q"),
            ("m1", "A"),
            ("m2", "B"),
            ("r1", "x"),
            ("r2", ""),
            ("who", "ann"),
            ("v", "a"),
            ("s", ""),
            ("k", " "),
            ("w", ""),
        ];
        for (name, value) in changes {
            row.iter_mut().filter(|(column, _)| column == name).for_each(|cell| cell.1 = value);
        }
        let names: Vec<_> = row.iter().map(|cell| cell.0).collect();
        let values: Vec<_> = row.iter().map(|cell| cell.1).collect();
        read(LONG, &[("v.csv", &format!("{}\n{}\n", names.join(","), values.join(",")))]).join("\n")
    }

    #[test]
    fn a_wide_row_has_a_vote_for_every_cell_that_is_filled() {
        let votes = r#"[
{"id": 1, "p": "", "r1": "x", "r2": "", "ann": 1, "bob": "2"},
{"id": 2, "p": "", "r1": "x", "r2": "y", "ann": null, "bob": false},
{"id": 3, "p": "", "r1": "x", "r2": "y", "ann": null, "bob": ""}]"#;
        let told = read(WIDE, &[("v.json", votes)]);
        assert_eq!(told, ["2 1 [x|] ann left", "2 1 [x|] bob right", "3 2 [x|y] bob tie"]);
    }

    #[test]
    fn a_bad_row_is_one_error_with_all_its_reasons_and_no_vote() {
        let votes = r#"[
{"id": 1, "p": "", "r1": true, "r2": 1.5, "ann": 1, "bob": 3},
{"id": null, "p": "", "r1": "", "r2": "", "bob": 1}]"#;
        assert_eq!(
            read(WIDE, &[("v.json", votes)]),
            [
                "v.json:2: \
                 r1 is true (a boolean) where text is expected; set coerce: true to take it as the text \"true\"; \
                 r2 is 1.5 (a number) where text is expected; set coerce: true to take it as the text \"1.5\"; \
                 bob is \"3\", which is not one of its labels: 1, 2, false",
                "v.json:3: id is null, and a key or label is a text, a whole number or a boolean; \
                 there is no column ann",
            ]
        );
        let coerced = read(&format!("coerce: true{WIDE}"), &[("v.json", &votes.replace('3', "2"))]);
        assert_eq!(coerced[..2], ["2 1 [true|1.5] ann left", "2 1 [true|1.5] bob right"]);
    }

    #[test]
    fn a_long_row_is_one_vote_with_the_answers_that_are_given() {
        assert_eq!(long(&[]), "2 7 [x|] ann left2");
        assert_eq!(long(&[("v", "b"), ("s", " 5"), ("k", "y"), ("w", "since")]), "2 7 [x|] ann right1,5,y,since");
        for (column, value, reason) in [
            ("v", "c", "v is \"c\", which is not one of its labels: a, b, t"),
            ("v", "", "v is empty, and the question better must be answered"),
            ("s", "6", "s is \"6\", which is not a whole number from 1 to 5"),
            ("s", "4.0", "s is \"4.0\", which is not a whole number from 1 to 5"),
            ("k", "z", "k is \"z\", which is not one of its options: x, y"),
            ("w", "because", "w has 7 characters; at most 5 are allowed"),
            ("who", " ", "who is empty, and the annotator's name stands there"),
            ("id", "", "id is empty, and the task's key stands there"),
        ] {
            assert_eq!(long(&[(column, value)]), format!("v.csv:2: {reason}"));
        }
    }

    #[test]
    fn columns_that_a_csv_file_lacks_are_found_before_any_row() {
        let told = read(WIDE, &[("v.csv", "id,p,r1,r2,ann\n1,q,x,y,1\n")]);
        assert_eq!(told, ["v.csv:1: there is no column bob; the header names id, p, r1, r2, ann"]);
    }

    #[test]
    fn responses_in_the_order_of_their_models_turn_preferences_round() {
        let mapping = LONG.replace("  key: id", "  key: id\n  order: by_model");
        let header = "id,p,m1,m2,r1,r2,who,v,s,k,w\n";
        let shown = ["A,B,x,y,ann,a", "B,A,y,x,bob,a", "B,A,y,x,eve,t", "A,A,x,y,ann,a", ",A,x,y,ann,a"];
        let rows = shown.map(|cells| format!("7,q,{cells},,,\n")).concat();
        assert_eq!(
            read(&mapping, &[("v.csv", &format!("{header}{rows}"))]),
            [
                "2 7 [x|y] ann left2",
                "3 7 [x|y] bob right2",
                "4 7 [x|y] eve tie",
                "v.csv:5: two responses are of the model A, so the order of models does not tell them apart",
                "v.csv:6: a response does not name its model, so the order of models does not tell its place",
            ]
        );
    }

    #[test]
    fn an_optional_answer_may_lack_its_row_in_a_lookup() {
        let mapping = format!("lookups: {{ r: {{ file: r.jsonl, by: id }} }}{LONG}");
        let mapping = mapping.replace("from: w,", "from: { lookup: r, key: id, take: w },");
        let votes = "id,p,m1,m2,r1,r2,who,v,s,k\n1,q,A,B,x,y,ann,a,,\n2,q,A,B,x,y,ann,b,,\n";
        let told = |mapping: &str| read(mapping, &[("v.csv", votes), ("r.jsonl", "{\"id\":1,\"w\":\"so\"}\n")]);
        assert_eq!(told(&mapping), ["2 1 [x|y] ann left2,so", "3 2 [x|y] ann right1"]);
        let required = told(&mapping.replace("Why?, required: false", "Why?"));
        assert_eq!(required[1], "v.csv:3: the lookup r has no row whose id is \"2\"");
    }

    #[test]
    fn right_answers_are_read_like_others_and_turn_round_with_them() {
        let mapping = LONG.replace("    title: Which?\n", "    title: Which?\n    gold: g\n");
        let gold = |mapping: &str, cells: &str| {
            let folder = TempDir::new().expect("folder");
            let (map, votes) = (folder.path().join("map.yaml"), folder.path().join("v.csv"));
            fs::write(&map, mapping).expect("written");
            fs::write(&votes, format!("id,p,m1,m2,r1,r2,who,v,s,k,w,g\n7,q,{cells}\n")).expect("written");
            let mut votes = Votes::open(&Mapping::load(&map).expect("a mapping"), &votes).expect("opens");
            let vote = votes.next().expect("a row").map_err(|bad| bad.reason)?;
            let told = vote.task.gold.iter().map(|answer| format!("{:?}", answer.value));
            Ok::<_, String>(told.collect::<Vec<_>>().join(","))
        };
        let is =
            |outcome: &str, given: &Result<String, String>| given.as_ref().is_ok_and(|given| given.contains(outcome));
        assert!(is("Right", &gold(&mapping, "A,B,x,y,ann,a,,,,b")));
        assert_eq!(gold(&mapping, "A,B,x,y,ann,a,,,, "), Ok(String::new()));
        assert!(gold(&mapping, "A,B,x,y,ann,a,,,,z").expect_err("no label").contains("g is \"z\""));
        let by_model = mapping.replace("  key: id", "  key: id\n  order: by_model");
        assert!(is("Left", &gold(&by_model, "B,A,x,y,ann,a,,,,b")));
        let text = LONG.replace("    title: Which?\n", "    title: Which?\n    gold: g\n");
        let text = text.replace("title: Why?, required: false,", "title: Why?, gold: g, required: false,");
        let folder = TempDir::new().expect("folder");
        let map = folder.path().join("map.yaml");
        fs::write(&map, text).expect("written");
        let refused = Mapping::load(&map).expect_err("a text is never right").to_string();
        assert!(refused.contains("a text has no right answer"), "{refused}");
    }

    #[test]
    fn times_are_read_in_their_zone() {
        let at = |time: &str, text: &str| {
            let mapping = format!("{LONG}time: {{ from: w{time} }}\n").replace("max_length: 5", "max_length: 99");
            let header = "id,p,m1,m2,r1,r2,who,v,s,k,w\n";
            read(&mapping, &[("v.csv", &format!("{header}7,q,A,B,x,y,ann,t,,,{text}\n"))])[0].clone()
        };
        let berlin = ", format: \"%Y-%m-%d %H:%M\", zone: Europe/Berlin";
        for (time, text, instant) in [
            ("", "2023-05-25T02:00:00+02:00", "2023-05-25T00:00:00.000000Z"),
            (berlin, "2023-05-25 02:00", "2023-05-25T00:00:00.000000Z"),
            (", format: \"%s\"", "1684972800", "2023-05-25T00:00:00.000000Z"),
            (", format: \"%d/%m/%y %H:%M:%S%.f %z\"", "25/05/23 01:00:00.25 +0100", "2023-05-25T00:00:00.250000Z"),
        ] {
            assert!(at(time, text).ends_with(&format!(" at {instant}")), "{}", at(time, text));
        }
        for (time, text, reason) in [
            ("", "yesterday", "w is \"yesterday\", which is not a time as RFC 3339 has it: "),
            (berlin, "", "w is \"\", which is not a time in the format %Y-%m-%d %H:%M: "),
            (
                berlin,
                "2023-03-26 02:30",
                "w is \"2023-03-26 02:30\", which is not a time in the format %Y-%m-%d %H:%M: Europe/Berlin \
                 skipped it",
            ),
            (
                berlin,
                "2023-10-29 02:30",
                "w is \"2023-10-29 02:30\", which is not a time in the format %Y-%m-%d %H:%M: Europe/Berlin passed \
                 through it twice, at 2023-10-29T00:30:00.000000Z and 2023-10-29T01:30:00.000000Z",
            ),
        ] {
            assert!(at(time, text).starts_with(&format!("v.csv:2: {reason}")), "{}", at(time, text));
        }
    }

    #[test]
    fn the_folder_of_the_votes_will_do_and_votes_can_be_read_twice() {
        let folder = TempDir::new().expect("folder");
        let (map, votes) = (folder.path().join("map.yaml"), folder.path().join("v.csv"));
        fs::write(&votes, "id,p,r1,r2,ann,bob\n1,q,x,y,1,2\n").expect("written");
        fs::write(&map, WIDE).expect("written");
        let refused = Votes::open(&Mapping::load(&map).expect("a mapping"), folder.path()).err().expect("no file");
        assert!(refused.to_string().contains("it is a folder, and the mapping does not say"), "{refused}");
        fs::write(&map, format!("votes: v.csv{WIDE}")).expect("written");
        let mapping = Mapping::load(&map).expect("a mapping");
        for data in [folder.path(), votes.as_path(), folder.path()] {
            assert_eq!(Votes::open(&mapping, data).expect("opens").flatten().count(), 2);
        }
    }
}
