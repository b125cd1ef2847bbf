//! One example of every event, with fixed ids.

use uuid::Uuid;

use crate::{
    Personal, Probability, Sealed, SubjectId, Timestamp,
    dataset::{
        DatasetEvent, DatasetFormat, DatasetReleased, ReleasePlanEnded, ReleasePlanned, ReleaseRequestCancelled,
        ReleaseRequestFailed, ReleaseRequestMet, ReleaseRequested, ReleaseTrigger, ReleaseVersion, ReleaseWithdrawn,
        ReleasedFile, SubjectRows, SubjectsReleased,
    },
    form::{
        Answer, AnswerValue, BoundingBox, BoxesQuestion, ChoiceOption, ChoiceQuestion, ChoicesQuestion, Condition,
        ConditionTest, Form, FormVersion, Keypoint, KeypointsQuestion, Point, Polygon, PolygonsQuestion,
        PreferenceAnswer, PreferenceOutcome, PreferenceQuestion, Question, QuestionKey, QuestionKind, RankingAnswer,
        RankingQuestion, RatingQuestion, ScalarQuestion, Segment, SegmentsQuestion, Span, SpanText, SpansQuestion,
        StepLabel, StepsQuestion, TextQuestion, Thumb, ThumbsQuestion, Track, TrackedBox, TracksQuestion, Visibility,
    },
    history::{HistoryEvent, LedgerRecovered, TreeHead},
    participant::{
        ParticipantErased, ParticipantEvent, ParticipantKind, ParticipantRegistered, Role, RoleGranted, RoleRevoked,
        SkillGranted, SkillRevoked,
    },
    personal::SealAlgorithm,
    project::{
        ConsensusRule, FormRevised, Guidelines, GuidelinesRevised, GuidelinesVersion, ProjectCreated, ProjectEvent,
        Redundancy, RedundancyChanged, ReviewMode, Workflow, WorkflowChanged,
    },
    subject::{DisclosedField, PersonalDataDisclosed, SubjectErased, SubjectEvent},
    task::{
        AdjudicationReversed, AnnotationReviewed, AnnotationRevised, AnnotationSubmitted, AnnotationSuperseded,
        AnnotationWithdrawn, AnnotatorAdded, AssignmentEnd, AssignmentEnded, ChatMessage, ChatRole, ConsensusReached,
        ContentField, ContentKind, EarlierAnnotations, GoldAnswersRemoved, GoldAnswersSet, LeaseExtended, MediaRef,
        PreferenceLabelled, Response, ResponseIndex, ReviewReason, ReviewRequested, Routing, TaskAdjudicated,
        TaskClaimed, TaskClosed, TaskCreated, TaskDisputed, TaskEvent, TaskReopened, TaskRevised, TaskRouted,
        TaskVersion, ToolCall, Verdict,
    },
};

fn id<T: From<Uuid>>(number: u128) -> T {
    Uuid::from_u128(0x0193_0000_0000_7000_8000_0000_0000_0000 | number).into()
}

fn key(text: &str) -> QuestionKey {
    text.try_into().expect("a sample's key is valid")
}

fn at(time: &str) -> Timestamp {
    time.parse().expect("a sample's time is valid")
}

/// The sealed form that stands for every personal text: `"sample"`, not encrypted.
pub(super) fn sealed(subject: SubjectId) -> Sealed {
    Sealed { subject, alg: SealAlgorithm::None, data: "InNhbXBsZSI=".into() }
}

fn form(version: FormVersion) -> Form {
    let question = |name: &str, title: &str, required, kind| Question {
        key: key(name),
        title: title.into(),
        required,
        when: None,
        kind,
    };
    let option = |name: &str| ChoiceOption { key: name.to_lowercase(), label: name.into() };
    let preference = PreferenceQuestion { strengths: 2, tie: true, both_bad: true };
    let rating = |each_response| QuestionKind::Rating(RatingQuestion { min: 1, max: 5, each_response });
    let scalar = |each_response| QuestionKind::Scalar(ScalarQuestion { min: 0.0, max: 1.0, each_response });
    let options = || vec![option("Code"), option("Prose")];
    let spans = |over| QuestionKind::Spans(SpansQuestion { over, labels: options(), overlapping: false });
    let boxes = QuestionKind::Boxes(BoxesQuestion { content: "photo".into(), labels: options() });
    let polygons = QuestionKind::Polygons(PolygonsQuestion { content: "photo".into(), labels: options() });
    let points = vec![option("Left"), option("Right")];
    let keypoints = QuestionKind::Keypoints(KeypointsQuestion { content: "photo".into(), points });
    let segments = SegmentsQuestion { content: "recording".into(), labels: options(), overlapping: true };
    let segments = QuestionKind::Segments(segments);
    let tracks = QuestionKind::Tracks(TracksQuestion { content: "clip".into(), labels: options() });
    let strong = Condition { question: key("better"), answer: ConditionTest::AtLeast(2.0) };
    let reason = question("reason", "Why?", false, QuestionKind::Text(TextQuestion { max_length: 2_000 }));
    Form {
        version,
        questions: vec![
            question("better", "Which response is better?", true, QuestionKind::Preference(preference)),
            question("order", "Which comes first?", false, QuestionKind::Ranking(RankingQuestion { ties: true })),
            question("fluency", "How fluent is the text?", false, rating(false)),
            question("quality", "How good is each response?", false, rating(true)),
            question("certainty", "How sure are you?", false, scalar(false)),
            question("reward", "What is each response worth?", false, scalar(true)),
            question("good", "Is the response good?", false, QuestionKind::Thumbs(ThumbsQuestion {})),
            question(
                "domain",
                "What is it about?",
                false,
                QuestionKind::Choice(ChoiceQuestion { options: options() }),
            ),
            question(
                "topics",
                "What does it touch on?",
                false,
                QuestionKind::Choices(ChoicesQuestion { options: options(), min: 0, max: Some(2) }),
            ),
            Question { when: Some(strong), ..reason },
            question("entities", "What is named?", false, spans(SpanText::Content("prompt".into()))),
            question("errors", "What is wrong?", false, spans(SpanText::Responses)),
            question(
                "steps",
                "Is each step correct?",
                false,
                QuestionKind::Steps(StepsQuestion { until_incorrect: true }),
            ),
            question("objects", "Where is what?", false, boxes),
            question("outlines", "Where does it end?", false, polygons),
            question("face", "Where are its eyes?", false, keypoints),
            question("speakers", "Who speaks when?", false, segments),
            question("vehicles", "What drives where?", false, tracks),
        ],
    }
}

fn answers(outcome: PreferenceOutcome) -> Vec<Answer> {
    let preference = PreferenceAnswer { outcome, strength: outcome.is_decisive().then_some(2) };
    let (first, second) = (ResponseIndex::LEFT, ResponseIndex::RIGHT);
    let span = |response, start, end| Span { response, start, end, label: "prose".into() };
    let (x, y, width, height) = (10.0, 20.5, 30.0, 40.25);
    let bounding_box = BoundingBox { x, y, width, height, label: Some("prose".into()) };
    let outline = [(0.0, 0.0), (10.5, 0.0), (10.5, 10.0)].map(|(x, y)| Point { x, y }).to_vec();
    let eye = Keypoint { point: "left".into(), visibility: Visibility::Occluded, at: Some(Point { x, y }) };
    let no_eye = Keypoint { point: "right".into(), visibility: Visibility::Absent, at: None };
    let tracked = |time_ms| TrackedBox { time_ms, x, y, width, height };
    let values = [
        ("better", AnswerValue::Preference(preference)),
        ("order", AnswerValue::Ranking(RankingAnswer(vec![vec![second], vec![first]]))),
        ("fluency", AnswerValue::Rating(4)),
        ("quality", AnswerValue::Ratings(vec![4, 1])),
        ("certainty", AnswerValue::Scalar(0.75)),
        ("reward", AnswerValue::Scalars(vec![1.0, 0.125])),
        ("good", AnswerValue::Thumbs(vec![Thumb::Up, Thumb::Down])),
        ("domain", AnswerValue::Choice("prose".into())),
        ("topics", AnswerValue::Choices(vec!["code".into(), "prose".into()])),
        ("reason", AnswerValue::Text(Personal::clear(id::<SubjectId>(3), "sample".into()))),
        ("entities", AnswerValue::Spans(vec![span(None, 0, 3), span(None, 11, 14)])),
        ("errors", AnswerValue::Spans(vec![span(Some(first), 0, 8)])),
        ("steps", AnswerValue::Steps(vec![vec![StepLabel::Correct, StepLabel::Incorrect], vec![]])),
        ("objects", AnswerValue::Boxes(vec![bounding_box])),
        ("outlines", AnswerValue::Polygons(vec![Polygon { points: outline, label: "prose".into() }])),
        ("face", AnswerValue::Keypoints(vec![eye, no_eye])),
        ("speakers", AnswerValue::Segments(vec![Segment { start_ms: 0, end_ms: 1_500, label: "prose".into() }])),
        (
            "vehicles",
            AnswerValue::Tracks(vec![Track { label: "prose".into(), boxes: vec![tracked(0), tracked(40)] }]),
        ),
    ];
    values.map(|(question, value)| Answer { question: key(question), value }).to_vec()
}

pub(super) fn project() -> Vec<ProjectEvent> {
    let guidelines =
        Guidelines { version: GuidelinesVersion::FIRST.next(), text: "Prefer the response that is right.".into() };
    let redundancy = |annotators| Redundancy::try_from(annotators).expect("a sample's redundancy is valid");
    let share = |number| Probability::try_from(number).expect("a sample's share is valid");
    let workflow = Workflow {
        lease_seconds: 600,
        gold_rate: share(0.05),
        review: ReviewMode::Sampled(share(0.1)),
        consensus: Some(ConsensusRule {
            question: key("better"),
            min: redundancy(2),
            confidence: share(0.95),
            accuracy: share(0.8),
        }),
    };
    vec![
        ProjectCreated {
            name: "Helpfulness".into(),
            guidelines: Some("Prefer the response that answers the question.".into()),
            form: form(FormVersion::FIRST),
            redundancy: redundancy(3),
            workflow: workflow.clone(),
        }
        .into(),
        FormRevised { form: form(FormVersion::FIRST.next()) }.into(),
        GuidelinesRevised { guidelines }.into(),
        RedundancyChanged { redundancy: redundancy(5) }.into(),
        WorkflowChanged { workflow }.into(),
    ]
}

pub(super) fn task() -> Vec<TaskEvent> {
    let (project, annotator, assignment, annotation) = (id(1), id(3), id(4), id(5));
    let (form_version, task_version) = (FormVersion::FIRST, TaskVersion::FIRST.next());
    let guidelines_version = Some(GuidelinesVersion::FIRST);
    let response = |model: &str, text: &str| Response::new(Some(model.into()), text);
    let in_steps = Response { step_ends: vec![8, 20], ..response("model-a", "Rayleigh scattering.") };
    let expires_at = at("2026-01-02T03:34:05.678901Z");
    let reason = Personal::clear(id::<SubjectId>(3), "sample".to_owned());
    let clip = MediaRef { media_type: "video/mp4".into(), duration_ms: Some(60_000), ..photo() };
    let routing = Routing {
        priority: 5,
        tags: ["batch:7".parse().expect("a tag")].into(),
        skills: ["lang:en".parse().expect("a skill")].into(),
    };
    let asked_by = Personal::clear(id::<SubjectId>(9), "sample".into());
    vec![
        TaskCreated {
            project,
            external_key: Some("row-17".into()),
            content: vec![
                ContentField::new("prompt", ContentKind::Text, "Why is the sky blue?"),
                ContentField { length: Some(6), ..ContentField::new("asked_by", ContentKind::Text, asked_by) },
                ContentField::new("chat", ContentKind::Chat, chat()),
                ContentField::new("photo", ContentKind::Image, photo()),
                ContentField::new("recording", ContentKind::Audio, recording()),
                ContentField::new("clip", ContentKind::Video, clip),
            ],
            responses: vec![in_steps, response("model-b", "")],
            redundancy: Redundancy::try_from(3).expect("a sample's redundancy is valid"),
            starts_with: Some(Redundancy::default()),
            routing: routing.clone(),
        }
        .into(),
        TaskRouted { project, routing }.into(),
        TaskClaimed {
            project,
            assignment,
            annotator,
            form_version,
            task_version,
            guidelines_version,
            expires_at,
            response_order: Some(vec![ResponseIndex::RIGHT, ResponseIndex::LEFT]),
        }
        .into(),
        LeaseExtended { project, assignment, annotator, expires_at }.into(),
        AssignmentEnded { project, assignment, annotator, end: AssignmentEnd::Skipped, reason: Some(reason) }.into(),
        AnnotationSubmitted {
            project,
            annotation,
            annotator,
            assignment: Some(assignment),
            form_version,
            task_version,
            guidelines_version,
            answers: answers(PreferenceOutcome::Left),
        }
        .into(),
        AnnotationRevised {
            project,
            annotation,
            annotator,
            form_version,
            task_version,
            guidelines_version,
            answers: answers(PreferenceOutcome::Tie),
        }
        .into(),
        AnnotationWithdrawn { project, annotation, annotator }.into(),
        AnnotationReviewed {
            project,
            annotation,
            reviewer: id(6),
            verdict: Verdict::ChangesRequested,
            comment: Some(comment()),
            correction: Some(vec![reason_by(6)]),
        }
        .into(),
        PreferenceLabelled {
            project,
            annotation,
            annotator,
            question: key("better"),
            left: ResponseIndex::LEFT,
            right: ResponseIndex::RIGHT,
            outcome: PreferenceOutcome::Left,
            strength: Some(2),
        }
        .into(),
        TaskClosed { project }.into(),
    ]
}

/// What may happen when a task is revised.
pub(super) fn revision() -> Vec<TaskEvent> {
    let (project, annotator, annotation) = (id(1), id(3), id(5));
    let asked_by = Personal::clear(id::<SubjectId>(9), "sample".into());
    vec![
        TaskRevised {
            project,
            version: TaskVersion::FIRST.next(),
            content: vec![
                ContentField::new("prompt", ContentKind::Text, "Why is the sky blue by day?"),
                ContentField { length: Some(6), ..ContentField::new("asked_by", ContentKind::Text, asked_by) },
                ContentField::new("photo", ContentKind::Image, photo()),
            ],
            responses: vec![Response::new(Some("model-a".into()), "Rayleigh scattering.")],
            annotations: EarlierAnnotations::Superseded,
            reason: comment(),
        }
        .into(),
        AnnotationSuperseded { project, annotation, annotator }.into(),
    ]
}

/// A chat with a call of a tool.
fn chat() -> Vec<ChatMessage> {
    let message = |role, text: &str| ChatMessage::new(role, text);
    let call = ToolCall { id: "call-1".into(), name: "weather".into(), arguments: r#"{"city":"Kiel"}"#.into() };
    let name = Some(call.name.clone());
    let answer = ChatMessage { tool_call_id: Some(call.id.clone()), name, ..message(ChatRole::Tool, "18 °C") };
    vec![
        message(ChatRole::System, "Be brief."),
        message(ChatRole::User, "Is it warm in Kiel?"),
        ChatMessage { tool_calls: vec![call], ..message(ChatRole::Assistant, "") },
        answer,
    ]
}

/// An image that belongs to a data subject.
fn photo() -> MediaRef {
    MediaRef {
        digest: [4; 32].into(),
        media_type: "image/png".into(),
        bytes: 4_096,
        width: Some(640),
        height: Some(480),
        duration_ms: None,
        subject: Some(id(9)),
    }
}

fn recording() -> MediaRef {
    let (width, height, duration_ms, subject) = (None, None, Some(2_500), None);
    MediaRef { media_type: "audio/mpeg".into(), width, height, duration_ms, subject, ..photo() }
}

/// What may happen to a task on the way to a settled result.
pub(super) fn settling() -> Vec<TaskEvent> {
    let (project, annotation, form_version) = (id(1), id(5), FormVersion::FIRST);
    let posterior = Probability::try_from(0.9375).expect("a sample's probability is valid");
    vec![
        ReviewRequested { project, annotation, reason: ReviewReason::Sampled }.into(),
        ConsensusReached { project, question: key("better"), answer: "left".into(), posterior }.into(),
        AnnotatorAdded { project, annotators: Redundancy::default() }.into(),
        TaskDisputed { project, question: key("better") }.into(),
        TaskReopened { project }.into(),
        TaskAdjudicated {
            project,
            adjudicator: id(6),
            form_version,
            answers: vec![reason_by(6)],
            comment: Some(comment()),
        }
        .into(),
        AdjudicationReversed { project, adjudicator: id(6), comment: Some(comment()) }.into(),
        GoldAnswersSet { project, form_version, answers: vec![reason_by(2)] }.into(),
        GoldAnswersRemoved { project }.into(),
    ]
}

fn comment() -> Personal<String> {
    Personal::clear(id::<SubjectId>(6), "sample".to_owned())
}

fn reason_by(subject: u128) -> Answer {
    let value = AnswerValue::Text(Personal::clear(id::<SubjectId>(subject), "sample".to_owned()));
    Answer { question: key("reason"), value }
}

pub(super) fn participant() -> Vec<ParticipantEvent> {
    let subject = id::<SubjectId>(3);
    vec![
        ParticipantRegistered {
            kind: ParticipantKind::Human,
            name: Personal::clear(subject, "sample".into()),
            email: Some(Personal::clear(subject, "sample".into())),
        }
        .into(),
        RoleGranted { role: Role::Annotator, project: Some(id(1)) }.into(),
        RoleRevoked { role: Role::Annotator, project: Some(id(1)) }.into(),
        SkillGranted { skill: "lang:en".parse().expect("a skill") }.into(),
        SkillRevoked { skill: "lang:en".parse().expect("a skill") }.into(),
        ParticipantErased {}.into(),
    ]
}

pub(super) fn subject() -> Vec<SubjectEvent> {
    vec![
        SubjectErased {
            basis: "GDPR Art. 17(1)(b)".into(),
            reference: "DSR-2026-17".into(),
            key_fingerprint: Some("9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08".into()),
        }
        .into(),
        PersonalDataDisclosed {
            to: id(7),
            fields: vec![DisclosedField { event: id(8), path: "answers.reason".into() }],
        }
        .into(),
    ]
}

pub(super) fn dataset() -> Vec<DatasetEvent> {
    let version = ReleaseVersion::FIRST;
    vec![
        DatasetReleased {
            name: "helpfulness".into(),
            version,
            format: DatasetFormat::Dpo,
            project: id(1),
            recipe: r#"{"empty_responses":"drop"}"#.into(),
            known_at: TreeHead { size: 300, root: [1; 32].into() },
            happened_by: Some(at("2026-01-02T03:04:05Z")),
            rows: 120,
            rows_digest: [2; 32].into(),
            files: vec![ReleasedFile { path: "train.jsonl".into(), bytes: 4096, sha256: [3; 32].into() }],
        }
        .into(),
        SubjectsReleased { version, subjects: vec![SubjectRows { subject: id(3), rows: 7 }] }.into(),
        ReleaseWithdrawn { version, reason: "a person was erased while it was made".into() }.into(),
    ]
}

/// What may happen to wishes for releases.
pub(super) fn requests() -> Vec<DatasetEvent> {
    let (request, project, version) = (id(11), id(1), ReleaseVersion::FIRST);
    let (name, recipe) = ("helpfulness".to_owned(), r#"{"empty_responses":"drop"}"#.to_owned());
    vec![
        ReleaseRequested {
            request,
            name: name.clone(),
            project,
            recipe: recipe.clone(),
            known_at: 300,
            happened_by: Some(at("2026-01-02T03:04:05Z")),
            requested_by: Some(id(7)),
            plan: true,
        }
        .into(),
        ReleaseRequestMet { request, project, version }.into(),
        ReleaseRequestFailed { request, project, reason: "the recipe does not fit the project".into() }.into(),
        ReleaseRequestCancelled { request, project, cancelled_by: id(7) }.into(),
        ReleasePlanned { name, project, recipe, when: ReleaseTrigger::EveryApproved(100), planned_by: id(7) }.into(),
        ReleasePlanEnded { project, ended_by: id(7) }.into(),
    ]
}

pub(super) fn history() -> Vec<HistoryEvent> {
    let tree = |size, byte| TreeHead { size, root: [byte; 32].into() };
    let reason = "restored from a backup".into();
    vec![LedgerRecovered { reason, epoch: 2, last_signed: Some(tree(300, 1)), found: tree(299, 2) }.into()]
}
