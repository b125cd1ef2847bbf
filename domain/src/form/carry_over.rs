//! Whether answers to what a task showed may stand for what it shows after a revision.

use super::{Form, QuestionKey, QuestionKind, Shown, SpanText, SpansQuestion};

/// Why answers can't be carried over.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CarryOverError {
    /// Answers and leases speak of responses by their index.
    #[error("annotations can't be kept: there were {before} responses, and there would be {after}")]
    Responses {
        /// How many responses there were.
        before: usize,
        /// How many there would be.
        after: usize,
    },
    /// Places that were answered may lie elsewhere, or nowhere.
    #[error(
        "annotations can't be kept: the question `{question}` asks for places in {place}, and its size would change"
    )]
    Places {
        /// The question.
        question: QuestionKey,
        /// What the places are in.
        place: String,
    },
}

impl Form {
    /// Checks that answers about `before` can be held against `after`: there are as many responses, and whatever a question
    /// asks for places in is as large as it was.
    pub(crate) fn check_carries_over(&self, before: &Shown, after: &Shown) -> Result<(), CarryOverError> {
        if before.responses.len() != after.responses.len() {
            let (before, after) = (before.responses.len(), after.responses.len());
            return Err(CarryOverError::Responses { before, after });
        }
        let moved = |question: &super::Question| Some((question.key.clone(), question.kind.moved(before, after)?));
        match self.questions.iter().find_map(moved) {
            Some((question, place)) => Err(CarryOverError::Places { question, place }),
            None => Ok(()),
        }
    }
}

impl QuestionKind {
    /// What the question asks for places in, if that is not as large after as it was before.
    fn moved(&self, before: &Shown, after: &Shown) -> Option<String> {
        let content = match self {
            Self::Spans(SpansQuestion { over: SpanText::Responses, .. }) => {
                let lengths = |shown: &Shown| shown.responses.iter().map(|it| it.length).collect::<Vec<_>>();
                return (lengths(before) != lengths(after)).then(|| "the responses".to_owned());
            }
            Self::Steps(_) => {
                let steps = |shown: &Shown| shown.responses.iter().map(|it| it.steps).collect::<Vec<_>>();
                return (steps(before) != steps(after)).then(|| "the responses' steps".to_owned());
            }
            Self::Spans(SpansQuestion { over: SpanText::Content(content), .. }) => content,
            Self::Boxes(question) => &question.content,
            Self::Polygons(question) => &question.content,
            Self::Keypoints(question) => &question.content,
            Self::Segments(question) => &question.content,
            Self::Tracks(question) => &question.content,
            Self::Preference(_)
            | Self::Ranking(_)
            | Self::Rating(_)
            | Self::Scalar(_)
            | Self::Thumbs(_)
            | Self::Choice(_)
            | Self::Choices(_)
            | Self::Text(_) => return None,
        };
        (before.extent(content) != after.extent(content)).then(|| format!("`{content}`"))
    }
}
