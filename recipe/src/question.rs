//! Which questions a format can use.

use stele_domain::{
    dataset::DatasetFormat,
    form::{Question, QuestionKind},
};

use crate::{Recipe, RecipeError, aggregation::Answered};

/// The question that a dataset is made of: the one that is named, or the only one that suits the format best.
pub(crate) fn find<'a>(recipe: &Recipe, questions: &'a [Question]) -> Result<&'a Question, RecipeError> {
    let format = recipe.format;
    let of = |wanted: Suits| questions.iter().filter(move |question| suits(format, &question.kind) == wanted);
    let usable: Vec<&Question> = of(Suits::Well).chain(of(Suits::AtNeed)).collect();
    let wrong = |reason: String| {
        let known = usable.iter().map(|question| question.key.clone()).collect();
        RecipeError::Question { format, reason, known }
    };
    if let Some(asked) = &recipe.question {
        let is_asked = |question: &&Question| question.key == *asked;
        return usable.iter().copied().find(is_asked).ok_or_else(|| {
            wrong(if questions.iter().any(|question| is_asked(&question)) {
                format!("`{asked}` is of another kind")
            } else {
                format!("the project does not ask `{asked}`")
            })
        });
    }
    let best = if of(Suits::Well).next().is_some() { Suits::Well } else { Suits::AtNeed };
    match of(best).collect::<Vec<_>>().as_slice() {
        [only] => Ok(only),
        [] => Err(wrong("the project asks none that could be used".to_owned())),
        _ => Err(wrong("the project asks several that could be used, so name one".to_owned())),
    }
}

/// Whether a format can be made of answers of a kind.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Suits {
    Well,
    /// It can, and is only where it is named or nothing else suits.
    AtNeed,
    Not,
}

const fn suits(format: DatasetFormat, kind: &QuestionKind) -> Suits {
    use QuestionKind::{Boxes, Choice, Choices, Preference, Ranking, Rating, Scalar, Spans, Steps, Text, Thumbs};
    use Suits::{AtNeed, Not, Well};
    match (format, kind) {
        (
            DatasetFormat::Dpo | DatasetFormat::Reward | DatasetFormat::Ranking | DatasetFormat::Sft,
            Preference(_) | Ranking(_),
        )
        | (DatasetFormat::Kto, Preference(_) | Thumbs(_))
        | (DatasetFormat::Steps, Steps(_))
        | (DatasetFormat::Classification, Choice(_) | Choices(_))
        | (DatasetFormat::Scores, Rating(_) | Scalar(_))
        | (DatasetFormat::Spans, Spans(_))
        | (DatasetFormat::Boxes, Boxes(_)) => Well,
        (DatasetFormat::Sft, kind) if gives_numbers_of_responses(kind) => Well,
        (DatasetFormat::Dpo | DatasetFormat::Reward | DatasetFormat::Ranking, kind)
            if gives_numbers_of_responses(kind) =>
        {
            AtNeed
        }
        (DatasetFormat::Classification, Rating(rating)) if !rating.each_response => Well,
        (DatasetFormat::Sft | DatasetFormat::Judgments, Text(_)) => AtNeed,
        (DatasetFormat::Judgments, _) => Well,
        _ => Not,
    }
}

const fn gives_numbers_of_responses(kind: &QuestionKind) -> bool {
    match kind {
        QuestionKind::Rating(rating) => rating.each_response,
        QuestionKind::Scalar(scalar) => scalar.each_response,
        _ => false,
    }
}

/// What answers to a question are, as far as they are put together.
pub(crate) const fn answered(kind: &QuestionKind) -> Answered {
    match kind {
        QuestionKind::Preference(_) => Answered::Comparisons,
        QuestionKind::Ranking(_) => Answered::Rankings,
        kind if gives_numbers_of_responses(kind) => Answered::Numbers,
        QuestionKind::Rating(_) | QuestionKind::Choice(_) | QuestionKind::Thumbs(_) => Answered::Categories,
        _ => Answered::Other,
    }
}
