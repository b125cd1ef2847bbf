//! Labelled stretches of a text: errors in a response, entities in a document.
//!
//! Offsets count Unicode scalar values, as a `char` is one in Rust and a code point in Python: neither bytes nor UTF-16 units,
//! so an emoji outside the basic plane counts one, a carriage return and its line feed two, a letter and its combining mark two.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{ChoiceOption, Reason, choice};
use crate::{form::Shown, task::ResponseIndex};

/// The most spans in one answer.
const MAX_SPANS: usize = 10_000;

/// Labelled stretches of a text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SpansQuestion {
    /// The text that they are in.
    pub over: SpanText,
    /// What a stretch may be labelled as, in the order shown: error types, for example.
    pub labels: Vec<ChoiceOption>,
    /// Whether stretches may overlap.
    pub overlapping: bool,
}

/// Which text spans are in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SpanText {
    /// The content field of this name.
    Content(String),
    /// Any of the responses; each span says which.
    Responses,
}

/// A labelled stretch of a text. It is ordered as it is recorded: by text, then by place.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Span {
    /// The response that it is in; absent if the question is about a content field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response: Option<ResponseIndex>,
    /// Where it begins, in Unicode scalar values from 0.
    pub start: u32,
    /// Where it ends: the first that is no longer in it.
    pub end: u32,
    /// What it is labelled as.
    pub label: String,
}

impl SpansQuestion {
    pub(in crate::form) fn check(&self) -> Result<(), Reason> {
        choice::check_labels(&self.labels, "label")
    }

    /// The spans in the order of their places.
    pub(in crate::form) fn accept(&self, given: &[Span], shown: &Shown) -> Result<Vec<Span>, Reason> {
        if given.len() > MAX_SPANS {
            return Err(format!("it takes at most {MAX_SPANS} spans, not {}", given.len()));
        }
        let mut spans = given.to_vec();
        spans.sort();
        for span in &spans {
            let (start, end) = (span.start, span.end);
            choice::place(&self.labels, &span.label)?;
            let length = self.length(span, shown)?;
            if start >= end || end > length {
                return Err(format!(
                    "the span from {start} to {end} is not in the text, which has {length} characters"
                ));
            }
        }
        for pair in spans.windows(2) {
            let [one, next] = pair else { continue };
            if one == next {
                return Err(format!("the span from {} to {} stands twice", one.start, one.end));
            }
            if !self.overlapping && one.response == next.response && next.start < one.end {
                let [a, b, c, d] = [one.start, one.end, next.start, next.end];
                return Err(format!("the spans from {a} to {b} and from {c} to {d} overlap"));
            }
        }
        Ok(spans)
    }

    /// How long the text is that a span is in.
    fn length(&self, span: &Span, shown: &Shown) -> Result<u32, Reason> {
        match (&self.over, span.response) {
            (SpanText::Content(_), Some(_)) => Err("a span of a content field is in no response".into()),
            (SpanText::Responses, None) => Err("a span says which response it is in".into()),
            (SpanText::Content(name), None) => shown.text(name),
            (SpanText::Responses, Some(response)) => {
                let found = shown.responses.get(usize::from(response.0));
                found.map(|response| response.length).ok_or_else(|| format!("there is no response {response}"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::form::{Extent, ShownField, ShownResponse};

    fn question(over: SpanText, overlapping: bool) -> SpansQuestion {
        let label = |key: &str| ChoiceOption { key: key.into(), label: key.into() };
        SpansQuestion { over, labels: vec![label("factual"), label("grammar")], overlapping }
    }

    /// A letter of 11 characters, and responses of 3 and 5.
    fn shown() -> Shown {
        let field = |name: &str, extent| ShownField { name: name.into(), extent };
        let response = |length| ShownResponse { length, steps: 0 };
        let letter = field("letter", Extent::Text(Some(11)));
        let (sealed, talk) = (field("sealed", Extent::Text(None)), field("talk", Extent::Chat));
        Shown { content: vec![letter, sealed, talk], responses: vec![response(3), response(5)] }
    }

    fn span(response: Option<u8>, start: u32, end: u32, label: &str) -> Span {
        Span { response: response.map(ResponseIndex), start, end, label: label.into() }
    }

    fn letter() -> SpanText {
        SpanText::Content("letter".into())
    }

    #[test]
    fn spans_are_recorded_in_the_order_of_their_places() {
        let (first, second) = (span(None, 0, 4, "grammar"), span(None, 4, 11, "factual"));
        let accepted = question(letter(), false).accept(&[second.clone(), first.clone()], &shown());
        assert_eq!(accepted, Ok(vec![first, second]));
        let (first, second) = (span(Some(0), 0, 3, "factual"), span(Some(1), 0, 5, "factual"));
        let accepted = question(SpanText::Responses, false).accept(&[second.clone(), first.clone()], &shown());
        assert_eq!(accepted, Ok(vec![first, second]), "in two texts, so they don't overlap");
    }

    #[test]
    fn spans_overlap_only_where_they_may() {
        let spans = [span(None, 0, 5, "grammar"), span(None, 4, 6, "factual")];
        let error = question(letter(), false).accept(&spans, &shown()).expect_err("overlap");
        assert_eq!(error, "the spans from 0 to 5 and from 4 to 6 overlap");
        assert_eq!(question(letter(), true).accept(&spans, &shown()), Ok(spans.to_vec()));
        let twice = [spans[0].clone(), spans[0].clone()];
        assert!(question(letter(), true).accept(&twice, &shown()).is_err(), "the same one is there once");
        let labelled_twice = [spans[0].clone(), span(None, 0, 5, "factual")];
        assert!(question(letter(), true).accept(&labelled_twice, &shown()).is_ok());
    }

    #[test]
    fn a_span_is_in_the_text_it_says() {
        for (over, span, reason) in [
            (letter(), span(None, 3, 3, "factual"), "not in the text"),
            (letter(), span(None, 3, 12, "factual"), "which has 11 characters"),
            (letter(), span(Some(0), 0, 1, "factual"), "is in no response"),
            (letter(), span(None, 0, 1, "style"), "`style` is not one of its options"),
            (SpanText::Responses, span(None, 0, 1, "factual"), "says which response"),
            (SpanText::Responses, span(Some(2), 0, 1, "factual"), "no response 2"),
            (SpanText::Responses, span(Some(0), 0, 4, "factual"), "which has 3 characters"),
            (SpanText::Content("other".into()), span(None, 0, 1, "factual"), "does not have"),
            (SpanText::Content("sealed".into()), span(None, 0, 1, "factual"), "not on record"),
            (
                SpanText::Content("talk".into()),
                span(None, 0, 1, "factual"),
                "it is about a text, and the content field `talk` is a chat",
            ),
        ] {
            let error = question(over, true).accept(&[span], &shown()).expect_err(reason);
            assert!(error.contains(reason), "{error}");
        }
    }
}
