//! Answers on the wire.

use async_graphql::{Context, InputObject, OneofObject, Result, SimpleObject};
use stele_domain::{
    ParticipantId, Personal, TaskId,
    form::{Answer, AnswerValue, PreferenceAnswer, RankingAnswer, Span, StepLabel},
    personal::PersonalField,
    task::ResponseIndex,
};
use stele_ledger::StreamKey;
use uuid::Uuid;

use super::{
    disclosure::Disclosures,
    fault,
    form::{Outcome, StepLabelEnum, ThumbEnum, converted},
    refusal::Refusal,
    shape::{BoundingBoxObject, KeypointObject, PolygonObject, SegmentObject, TrackObject},
};
use crate::Api;

/// An answer to one question.
#[derive(InputObject)]
pub(super) struct AnswerInput {
    /// The question's key.
    question: String,
    /// The answer, of the question's kind.
    value: AnswerValueInput,
}

/// Exactly one kind of answer.
#[derive(OneofObject)]
pub(super) enum AnswerValueInput {
    /// To a preference question.
    Preference(PreferenceAnswerInput),
    /// To a ranking question: groups of responses by their index, the best first; those of one group are equally good.
    Ranking(Vec<Vec<u8>>),
    /// To a rating question about the task.
    Rating(i32),
    /// To a rating question about each response: one rating a response, in order.
    Ratings(Vec<i32>),
    /// To a scalar question about the task.
    Scalar(f64),
    /// To a scalar question about each response: one number a response, in order.
    Scalars(Vec<f64>),
    /// To a thumbs question: one a response, in order.
    Thumbs(Vec<ThumbEnum>),
    /// To a choice question: the option's key.
    Choice(String),
    /// To a choices question: the options' keys.
    Choices(Vec<String>),
    /// To a text question.
    Text(String),
    /// To a spans question.
    Spans(Vec<SpanObject>),
    /// To a steps question: for each response, in order, the labels of its steps.
    Steps(Vec<Vec<StepLabelEnum>>),
    /// To a boxes question.
    Boxes(Vec<BoundingBoxObject>),
    /// To a polygons question.
    Polygons(Vec<PolygonObject>),
    /// To a keypoints question: each point at most once.
    Keypoints(Vec<KeypointObject>),
    /// To a segments question.
    Segments(Vec<SegmentObject>),
    /// To a tracks question.
    Tracks(Vec<TrackObject>),
}

/// A labelled stretch of a text.
#[derive(InputObject, SimpleObject)]
#[graphql(name = "Span", input_name = "SpanInput")]
pub(super) struct SpanObject {
    /// The index of the response that it is in; null if the question is about a content field.
    response: Option<u8>,
    /// Where it begins, in Unicode scalar values (code points) from 0.
    start: u32,
    /// Where it ends: the first that is no longer in it.
    end: u32,
    /// The key of its label.
    label: String,
}

/// Which response is preferred, and how strongly.
#[derive(InputObject)]
pub(super) struct PreferenceAnswerInput {
    /// Which, if any.
    outcome: Outcome,
    /// How strongly, from 1 (slightest), where the question asks.
    strength: Option<u8>,
}

/// The answers of an annotator; free text belongs to whoever wrote it.
pub(super) fn answers(inputs: Vec<AnswerInput>, annotator: ParticipantId) -> Result<Vec<Answer>, Refusal> {
    let answer = |input: AnswerInput| {
        let question = input.question.try_into().map_err(|error| Refusal::new("BAD_ANSWER", &error))?;
        let value = match input.value {
            AnswerValueInput::Preference(PreferenceAnswerInput { outcome, strength }) => {
                AnswerValue::Preference(PreferenceAnswer { outcome: outcome.into(), strength })
            }
            AnswerValueInput::Ranking(groups) => {
                let group = |group: Vec<u8>| group.into_iter().map(ResponseIndex).collect();
                AnswerValue::Ranking(RankingAnswer(groups.into_iter().map(group).collect()))
            }
            AnswerValueInput::Rating(rating) => AnswerValue::Rating(rating),
            AnswerValueInput::Ratings(ratings) => AnswerValue::Ratings(ratings),
            AnswerValueInput::Scalar(scalar) => AnswerValue::Scalar(scalar),
            AnswerValueInput::Scalars(scalars) => AnswerValue::Scalars(scalars),
            AnswerValueInput::Thumbs(thumbs) => AnswerValue::Thumbs(thumbs.into_iter().map(Into::into).collect()),
            AnswerValueInput::Choice(option) => AnswerValue::Choice(option),
            AnswerValueInput::Choices(options) => AnswerValue::Choices(options),
            AnswerValueInput::Text(text) => AnswerValue::Text(Personal::clear(annotator, text)),
            AnswerValueInput::Spans(spans) => AnswerValue::Spans(spans.into_iter().map(Into::into).collect()),
            AnswerValueInput::Steps(labels) => {
                let of_response = |labels: Vec<StepLabelEnum>| labels.into_iter().map(Into::into).collect();
                AnswerValue::Steps(labels.into_iter().map(of_response).collect())
            }
            AnswerValueInput::Boxes(boxes) => AnswerValue::Boxes(converted(boxes)),
            AnswerValueInput::Polygons(polygons) => AnswerValue::Polygons(converted(polygons)),
            AnswerValueInput::Keypoints(points) => AnswerValue::Keypoints(converted(points)),
            AnswerValueInput::Segments(segments) => AnswerValue::Segments(converted(segments)),
            AnswerValueInput::Tracks(tracks) => AnswerValue::Tracks(converted(tracks)),
        };
        Ok(Answer { question, value })
    };
    inputs.into_iter().map(answer).collect()
}

impl From<SpanObject> for Span {
    fn from(span: SpanObject) -> Self {
        let response = span.response.map(ResponseIndex);
        Self { response, start: span.start, end: span.end, label: span.label }
    }
}

impl From<Span> for SpanObject {
    fn from(span: Span) -> Self {
        let response = span.response.map(|response| response.0);
        Self { response, start: span.start, end: span.end, label: span.label }
    }
}

/// An answer as it was given: the field of its question's kind is there.
#[derive(Default, SimpleObject)]
#[graphql(name = "Answer")]
pub(super) struct AnswerObject {
    /// The question's key.
    question: String,
    /// To a preference question: which response, if any.
    preference: Option<Outcome>,
    /// To a preference question: how strongly.
    strength: Option<u8>,
    /// To a ranking question: groups of responses by their index, the best first; those of one group are equally good.
    ranking: Option<Vec<Vec<u8>>>,
    /// To a rating question about the task.
    rating: Option<i32>,
    /// To a rating question about each response.
    ratings: Option<Vec<i32>>,
    /// To a scalar question about the task.
    scalar: Option<f64>,
    /// To a scalar question about each response.
    scalars: Option<Vec<f64>>,
    /// To a thumbs question.
    thumbs: Option<Vec<ThumbEnum>>,
    /// To a choice question: the option's key.
    choice: Option<String>,
    /// To a choices question: the options' keys, in the order of the form.
    choices: Option<Vec<String>>,
    /// To a text question.
    text: Option<PersonalText>,
    /// To a spans question: the spans, in the order of their places.
    spans: Option<Vec<SpanObject>>,
    /// To a steps question: for each response, the labels of its steps.
    steps: Option<Vec<Vec<StepLabelEnum>>>,
    /// To a boxes question: the boxes, from the top to the bottom.
    boxes: Option<Vec<BoundingBoxObject>>,
    /// To a polygons question: the polygons, from the top to the bottom.
    polygons: Option<Vec<PolygonObject>>,
    /// To a keypoints question: the points, in the order of the form.
    keypoints: Option<Vec<KeypointObject>>,
    /// To a segments question: the segments, in the order of their times.
    segments: Option<Vec<SegmentObject>>,
    /// To a tracks question: the tracks, the one that begins first in front.
    tracks: Option<Vec<TrackObject>>,
}

/// A text that belongs to a person.
#[derive(SimpleObject)]
pub(super) struct PersonalText {
    /// The text; null once its owner has been erased.
    text: Option<String>,
    /// Whether its owner has been erased.
    erased: bool,
}

impl PersonalText {
    /// Opens a sealed text of an event.
    pub(super) async fn open(
        context: &Context<'_>,
        stream: StreamKey,
        event_id: Uuid,
        path: &str,
        mut field: Personal<String>,
    ) -> Result<Self> {
        open_personal(context, stream, event_id, path, &mut field).await?;
        Ok(Self { erased: field.is_erased(), text: field.as_clear().cloned() })
    }
}

/// Opens a sealed field of an event, and takes note that it is shown.
pub(super) async fn open_personal<T>(
    context: &Context<'_>,
    stream: StreamKey,
    event_id: Uuid,
    path: &str,
    field: &mut Personal<T>,
) -> Result<()>
where
    Personal<T>: PersonalField,
{
    let ledger = &context.data::<Api>()?.ledger;
    ledger.open_personal(stream, event_id, path, field).await.map_err(|error| fault::internal(context, &error))?;
    if !field.is_erased() {
        Disclosures::note(context, field.subject(), event_id, path);
    }
    Ok(())
}

impl AnswerObject {
    /// The answers that stand at a `place` in a task's event, with their texts opened.
    pub(super) async fn open_all(
        context: &Context<'_>,
        task: TaskId,
        event_id: Uuid,
        place: &str,
        answers: &[Answer],
    ) -> Result<Vec<Self>> {
        let mut opened = Vec::with_capacity(answers.len());
        for answer in answers {
            opened.push(Self::open(context, task, event_id, place, answer.clone()).await?);
        }
        Ok(opened)
    }

    async fn open(context: &Context<'_>, task: TaskId, event_id: Uuid, place: &str, answer: Answer) -> Result<Self> {
        let mut object = Self { question: answer.question.as_str().to_owned(), ..Self::default() };
        match answer.value {
            AnswerValue::Preference(preference) => {
                object.preference = Some(preference.outcome.into());
                object.strength = preference.strength;
            }
            AnswerValue::Ranking(RankingAnswer(groups)) => {
                let group = |group: Vec<ResponseIndex>| group.into_iter().map(|response| response.0).collect();
                object.ranking = Some(groups.into_iter().map(group).collect());
            }
            AnswerValue::Rating(rating) => object.rating = Some(rating),
            AnswerValue::Ratings(ratings) => object.ratings = Some(ratings),
            AnswerValue::Scalar(scalar) => object.scalar = Some(scalar),
            AnswerValue::Scalars(scalars) => object.scalars = Some(scalars),
            AnswerValue::Thumbs(thumbs) => object.thumbs = Some(thumbs.into_iter().map(Into::into).collect()),
            AnswerValue::Choice(option) => object.choice = Some(option),
            AnswerValue::Choices(options) => object.choices = Some(options),
            AnswerValue::Spans(spans) => object.spans = Some(spans.into_iter().map(Into::into).collect()),
            AnswerValue::Steps(labels) => {
                let of_response = |labels: Vec<StepLabel>| labels.into_iter().map(Into::into).collect();
                object.steps = Some(labels.into_iter().map(of_response).collect());
            }
            AnswerValue::Boxes(boxes) => object.boxes = Some(converted(boxes)),
            AnswerValue::Polygons(polygons) => object.polygons = Some(converted(polygons)),
            AnswerValue::Keypoints(points) => object.keypoints = Some(converted(points)),
            AnswerValue::Segments(segments) => object.segments = Some(converted(segments)),
            AnswerValue::Tracks(tracks) => object.tracks = Some(converted(tracks)),
            AnswerValue::Text(text) => {
                let stream = StreamKey { stream_type: stele_domain::StreamType::Task, id: task.uuid() };
                let path = format!("{place}.{}", answer.question);
                object.text = Some(PersonalText::open(context, stream, event_id, &path, text).await?);
            }
        }
        Ok(object)
    }
}
