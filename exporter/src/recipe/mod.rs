//! Recipes: what a dataset is to be made of, and how.

mod card;
mod filters;
mod sources;
mod split;

use std::{fmt, path::Path};

use serde::{Deserialize, Serialize};
use stele_domain::{
    dataset::DatasetFormat,
    form::{QuestionKey, QuestionKind},
};

pub(crate) use self::split::Side;
pub use self::{
    card::Card,
    filters::{Duplicates, Filters, Review},
    sources::Sources,
    split::{Split, SplitBy},
};
use crate::replay::{Asked, ProjectAt};

/// How a dataset is made. Everything has a default.
///
/// What was added after the first recipes is left out of the canonical form where it has its default, so that an old recipe
/// keeps its hash.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Recipe {
    /// Which rows there are.
    #[serde(skip_serializing_if = "is_default")]
    pub format: DatasetFormat,
    /// The question to use; may be left out where the project asks only one that the format can use.
    pub question: Option<QuestionKey>,
    /// The content fields that make up the prompt, in order; all of them by default.
    pub prompt: Option<Vec<String>>,
    /// What stands between the prompt's fields.
    pub separator: String,
    /// Whether prompts and responses are texts or messages.
    #[serde(skip_serializing_if = "is_default")]
    pub style: Style,
    /// Which tasks are used.
    #[serde(skip_serializing_if = "is_default")]
    pub sources: Sources,
    /// Which judgments, tasks and rows are left out.
    #[serde(skip_serializing_if = "is_default")]
    pub filters: Filters,
    /// What to do with a task where a response is empty.
    pub empty_responses: EmptyResponses,
    /// What to do with a task whose prompt holds personal text.
    pub personal_text: PersonalText,
    /// How rows are divided into those to train with and those to test with.
    #[serde(skip_serializing_if = "is_default")]
    pub split: Split,
    /// What the dataset card says that the ledger can't know.
    #[serde(skip_serializing_if = "is_default")]
    pub card: Card,
}

/// Whether prompts and responses are texts or messages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Style {
    /// Texts.
    #[default]
    Standard,
    /// Lists of messages, each with its role and its content.
    Conversational,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// What to do with a task where a response is empty or white space only.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EmptyResponses {
    /// Leave it out, and count it in the manifest.
    #[default]
    Drop,
    /// Keep it like any other.
    Keep,
}

/// What to do with a task whose prompt holds text that belongs to a data subject.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PersonalText {
    /// Leave it out, and count it in the manifest.
    #[default]
    Withhold,
    /// Keep it. Only a release may: the history then tells whose text has left.
    Include,
}

impl Default for Recipe {
    fn default() -> Self {
        Self {
            format: DatasetFormat::default(),
            question: None,
            prompt: None,
            separator: "\n\n".to_owned(),
            style: Style::default(),
            sources: Sources::default(),
            filters: Filters::default(),
            empty_responses: EmptyResponses::default(),
            personal_text: PersonalText::default(),
            split: Split::default(),
            card: Card::default(),
        }
    }
}

/// Why a recipe can't be followed.
#[derive(Debug, thiserror::Error)]
pub enum RecipeError {
    /// The file can't be read.
    #[error("{file}: {source}")]
    Unreadable {
        /// The file.
        file: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file is not a recipe.
    #[error("{file}: {reason}")]
    Malformed {
        /// The file.
        file: String,
        /// Where, and what is wrong.
        reason: String,
    },
    /// Something in it is out of range, or does not go with the rest.
    #[error("`{field}`: {reason}")]
    Field {
        /// Which field.
        field: &'static str,
        /// What is wrong.
        reason: String,
    },
    /// The project asks no question of that name, or none that the format can use, or several.
    #[error("`question`: {reason}; {} datasets can be made of {}", format.as_str(), Listed(known))]
    Question {
        /// What the dataset's rows are for.
        format: DatasetFormat,
        /// What is wrong.
        reason: String,
        /// The keys to choose from.
        known: Vec<QuestionKey>,
    },
}

struct Listed<'a>(&'a [QuestionKey]);

impl fmt::Display for Listed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let keys: Vec<&str> = self.0.iter().map(QuestionKey::as_str).collect();
        f.write_str(if keys.is_empty() { "none" } else { "" })?;
        f.write_str(&keys.join(", "))
    }
}

impl Recipe {
    /// Reads a recipe from a YAML file, and checks what can be told without a project.
    pub fn load(path: &Path) -> Result<Self, RecipeError> {
        let file = path.display().to_string();
        let text =
            std::fs::read_to_string(path).map_err(|source| RecipeError::Unreadable { file: file.clone(), source })?;
        serde_saphyr::from_str(&text).map_err(|error| RecipeError::Malformed { file, reason: error.to_string() })
    }

    /// Checks what can be told without a project.
    pub(crate) fn check(&self) -> Result<(), RecipeError> {
        if self.style == Style::Conversational
            && matches!(self.format, DatasetFormat::Steps | DatasetFormat::Classification | DatasetFormat::Judgments)
        {
            let reason = format!("{} datasets have texts only", self.format.as_str());
            return Err(RecipeError::Field { field: "style", reason });
        }
        let has_winner = matches!(
            self.format,
            DatasetFormat::Dpo | DatasetFormat::Reward | DatasetFormat::Kto | DatasetFormat::Classification
        );
        if self.filters.min_agreement.is_some() && !has_winner {
            let reason = format!("{} datasets have no outcome that a majority decides", self.format.as_str());
            return Err(RecipeError::Field { field: "filters.min_agreement", reason });
        }
        self.filters.check()?;
        self.split.check()
    }

    /// The recipe with its question named, and what is to be replayed for it.
    pub(crate) fn resolve(mut self, project: &ProjectAt) -> Result<(Self, Asked), RecipeError> {
        self.check()?;
        if self.format == DatasetFormat::Prompts {
            return Ok((self, Asked::Tasks));
        }
        let usable = project.questions.iter().filter(|question| can_use(self.format, &question.kind));
        let known: Vec<QuestionKey> = usable.clone().map(|question| question.key.clone()).collect();
        let format = self.format;
        let wrong = |reason: String| RecipeError::Question { format, reason, known: known.clone() };
        let question = match (&self.question, known.as_slice()) {
            (Some(asked), _) if known.contains(asked) => asked.clone(),
            (Some(asked), _) if project.questions.iter().any(|question| question.key == *asked) => {
                return Err(wrong(format!("`{asked}` is of another kind")));
            }
            (Some(asked), _) => return Err(wrong(format!("the project does not ask `{asked}`"))),
            (None, [only]) => only.clone(),
            (None, []) => return Err(wrong("the project asks none that could be used".to_owned())),
            (None, _) => return Err(wrong("the project asks several that could be used, so name one".to_owned())),
        };
        let compares = |kind: &QuestionKind| matches!(kind, QuestionKind::Preference(_) | QuestionKind::Ranking(_));
        let is_comparison = usable.clone().any(|asked| asked.key == question && compares(&asked.kind));
        let asked = if is_comparison && self.format != DatasetFormat::Judgments {
            Asked::Comparisons(question.clone())
        } else {
            Asked::Answers(question.clone())
        };
        self.question = Some(question);
        Ok((self, asked))
    }

    /// The recipe as canonical JSON (RFC 8785), which its hash is made of.
    pub(crate) fn canonical(&self) -> Result<String, serde_json::Error> {
        serde_json_canonicalizer::to_string(self)
    }
}

/// Whether a format can be made of the answers to questions of a kind.
const fn can_use(format: DatasetFormat, kind: &QuestionKind) -> bool {
    use QuestionKind::{Choice, Choices, Preference, Ranking, Rating, Scalar, Steps, Text, Thumbs};
    match format {
        DatasetFormat::Dpo | DatasetFormat::Reward | DatasetFormat::Ranking => {
            matches!(kind, Preference(_) | Ranking(_))
        }
        DatasetFormat::Kto => matches!(kind, Preference(_) | Thumbs(_)),
        DatasetFormat::Sft => match kind {
            Rating(rating) => rating.each_response,
            Scalar(scalar) => scalar.each_response,
            kind => matches!(kind, Preference(_) | Ranking(_)),
        },
        DatasetFormat::Steps => matches!(kind, Steps(_)),
        // free text belongs to whoever wrote it
        DatasetFormat::Judgments => !matches!(kind, Text(_)),
        DatasetFormat::Classification => match kind {
            Rating(rating) => !rating.each_response,
            kind => matches!(kind, Choice(_) | Choices(_)),
        },
        DatasetFormat::Prompts => false,
    }
}

#[cfg(test)]
mod tests {
    use stele_domain::{
        ProjectId,
        form::{PreferenceQuestion, Question, RatingQuestion, ThumbsQuestion},
    };
    use uuid::Uuid;

    use super::*;

    fn load(text: &str) -> Result<Recipe, String> {
        let recipe: Recipe = serde_saphyr::from_str(text).map_err(|error| error.to_string())?;
        recipe.check().map(|()| recipe).map_err(|error| error.to_string())
    }

    fn key(text: &str) -> QuestionKey {
        QuestionKey::try_from(text).expect("valid key")
    }

    fn project(questions: &[(&str, QuestionKind)]) -> ProjectAt {
        let question = |(name, kind): &(&str, QuestionKind)| Question {
            key: key(name),
            title: (*name).to_owned(),
            required: true,
            when: None,
            kind: kind.clone(),
        };
        let questions = questions.iter().map(question).collect();
        ProjectAt { id: ProjectId::from(Uuid::nil()), name: "Campaign".into(), questions }
    }

    const PREFERENCE: QuestionKind =
        QuestionKind::Preference(PreferenceQuestion { strengths: 0, tie: true, both_bad: false });

    #[test]
    fn a_mistake_is_named_with_its_line_or_its_field() {
        for (text, said) in [
            ("separator: ' '\nempty_response: keep\n", ["empty_response", "line 2"]),
            ("format: dpo\nsplit:\n  tests: 0.5\n", ["tests", "line 3"]),
            ("format: pairs\n", ["pairs", "line 1"]),
            ("split: { test: 1.5 }\n", ["`split.test`", "between 0 and 1"]),
            ("split: { test: 0.6, validation: 0.5 }\n", ["`split.validation`", "nothing to train with"]),
            ("filters: { min_agreement: 0.5, max_prompt_characters: 0 }\n", ["`filters.max_prompt_characters`", "0"]),
            ("filters: { min_agreement: 80 }\n", ["`filters.min_agreement`", "between 0 and 1"]),
            ("format: steps\nstyle: conversational\n", ["`style`", "steps datasets have texts only"]),
            (
                "format: sft\nfilters: { min_agreement: 0.8 }\n",
                ["`filters.min_agreement`", "sft datasets have no outcome"],
            ),
        ] {
            let error = load(text).expect_err(text);
            assert!(said.iter().all(|part| error.contains(part)), "{text}: {error}");
        }
    }

    #[test]
    fn what_was_added_later_does_not_change_the_hash_of_a_recipe_without_it() {
        let canonical = Recipe::default().canonical().expect("JSON");
        let first = r#"{"empty_responses":"drop","personal_text":"withhold","prompt":null,"question":null,"separator":"\n\n"}"#;
        assert_eq!(canonical, first);
        let all = "format: kto\nstyle: conversational\nsources: { tags: [a], models: [m] }\n\
            filters: { review: approved, min_judgments: 2, duplicates: drop }\nsplit: { test: 0.1, key: k }\n";
        let recipe = load(all).expect("a recipe");
        let again: Recipe = serde_json::from_str(&recipe.canonical().expect("JSON")).expect("the same shape");
        assert_eq!(again, recipe);
    }

    #[test]
    fn the_question_is_chosen_only_where_there_is_one() {
        let asks = |questions: &[&str]| project(&questions.iter().map(|key| (*key, PREFERENCE)).collect::<Vec<_>>());
        let (resolved, asked) = Recipe::default().resolve(&asks(&["better"])).expect("one question");
        assert_eq!((resolved.question, asked), (Some(key("better")), Asked::Comparisons(key("better"))));
        for known in [&[][..], &["better", "safer"]] {
            assert!(Recipe::default().resolve(&asks(known)).is_err());
        }
        let other = Recipe { question: Some(key("other")), ..Recipe::default() };
        let error = other.resolve(&asks(&["better"])).expect_err("not asked").to_string();
        assert_eq!(error, "`question`: the project does not ask `other`; dpo datasets can be made of better");
    }

    #[test]
    fn a_format_uses_the_questions_that_it_can() {
        let rating = QuestionKind::Rating(RatingQuestion { min: 1, max: 5, each_response: true });
        let project = project(&[
            ("better", PREFERENCE),
            ("good", QuestionKind::Thumbs(ThumbsQuestion {})),
            ("quality", rating),
        ]);
        let resolve = |format, question: Option<&str>| {
            Recipe { format, question: question.map(key), ..Recipe::default() }.resolve(&project)
        };
        assert_eq!(resolve(DatasetFormat::Dpo, None).expect("one").1, Asked::Comparisons(key("better")));
        assert_eq!(resolve(DatasetFormat::Kto, Some("good")).expect("one").1, Asked::Answers(key("good")));
        assert_eq!(resolve(DatasetFormat::Sft, Some("quality")).expect("one").1, Asked::Answers(key("quality")));
        assert_eq!(resolve(DatasetFormat::Prompts, None).expect("none needed").1, Asked::Tasks);
        let judged = resolve(DatasetFormat::Judgments, Some("better")).expect("any");
        assert_eq!(judged.1, Asked::Answers(key("better")), "answers, not comparisons");
        let error = resolve(DatasetFormat::Dpo, Some("quality")).expect_err("no comparison").to_string();
        assert_eq!(error, "`question`: `quality` is of another kind; dpo datasets can be made of better");
        let error = resolve(DatasetFormat::Classification, None).expect_err("no choice").to_string();
        assert!(error.ends_with("can be made of none"), "{error}");
    }
}
