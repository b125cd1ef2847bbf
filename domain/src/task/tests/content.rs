//! What a task may show, how it is stored, and what answers can be about.

use super::*;
use crate::{
    Event, SubjectId,
    event::subjects,
    form::{BoundingBox, BoxesQuestion, Extent, Frame, Segment, SegmentsQuestion, SpanText, SpansQuestion},
};

fn create(content: Vec<ContentField>) -> TaskCommand {
    let redundancy = Redundancy::default();
    TaskCommand::Create {
        project: id(1),
        external_key: None,
        content,
        responses: Vec::new(),
        redundancy,
        starts_with: None,
        routing: Routing::default(),
    }
}

fn photo(subject: Option<SubjectId>) -> MediaRef {
    MediaRef {
        digest: [7; 32].into(),
        media_type: "image/jpeg".into(),
        bytes: 9_000,
        width: Some(640),
        height: Some(480),
        duration_ms: None,
        subject,
    }
}

fn clip() -> MediaRef {
    MediaRef { media_type: "video/mp4".into(), duration_ms: Some(2_000), width: None, height: None, ..photo(None) }
}

fn chat() -> Vec<ChatMessage> {
    vec![ChatMessage::new(ChatRole::User, "Is it warm in Kiel?"), ChatMessage::new(ChatRole::Assistant, "It is.")]
}

fn decided(content: Vec<ContentField>) -> Result<TaskCreated, TaskRefusal> {
    let events = Task::default().decide(&create(content))?;
    let [TaskEvent::TaskCreated(created)] = events.as_slice() else { panic!("{events:?}") };
    Ok(created.clone())
}

#[test]
fn what_is_shown_is_of_the_kind_it_is_said_to_be() {
    use ContentKind::{Audio, Chat, Image, Markdown, Text, Video};
    let whose = |body: ContentBody| Personal::clear(id::<SubjectId>(9), body);
    for (kind, value) in [
        (Text, ContentValue::from("?")),
        (Markdown, whose("# ?".into()).into()),
        (Chat, chat().into()),
        (Chat, whose(chat().into()).into()),
        (Image, photo(None).into()),
        (Video, clip().into()),
    ] {
        let field = ContentField::new("shown", kind, value);
        assert!(decided(vec![field.clone()]).is_ok(), "{field:?}");
    }
    let odd = ChatMessage::new(ChatRole::Tool, "18 °C");
    for (kind, value, reason) in [
        (Chat, ContentValue::from("?"), "it is said to be a chat, and is none"),
        (Text, chat().into(), "it is said to be a text, and is none"),
        (Text, whose(chat().into()).into(), "it is said to be a text, and is none"),
        (Image, "?".into(), "it is said to be an image, and is none"),
        (Text, photo(None).into(), "its media type `image/jpeg` is not that of a text"),
        (Audio, clip().into(), "its media type `video/mp4` is not that of a sound"),
        (Chat, vec![odd.clone()].into(), "message 0: a tool's message says which call it answers"),
        (Chat, whose(vec![odd].into()).into(), "message 0: a tool's message says which call it answers"),
    ] {
        let error = decided(vec![ContentField::new("shown", kind, value)]).expect_err(reason).to_string();
        assert_eq!(error, format!("content field `shown`: {reason}"));
    }
}

#[test]
fn every_text_of_a_chat_counts() {
    let long = "x".repeat(MAX_BYTES);
    let call = ToolCall { id: "a".into(), name: "t".into(), arguments: format!("\"{long}\"") };
    let calling = ChatMessage { tool_calls: vec![call], ..ChatMessage::new(ChatRole::Assistant, "") };
    let too_large = decided(vec![ContentField::new("chat", ContentKind::Chat, vec![calling])]);
    assert_eq!(too_large, Err(TaskRefusal::Content(ContentError::TooLarge(MAX_BYTES + 4))));
    let call = ToolCall { id: "a\0".into(), name: "t".into(), arguments: "1".into() };
    let calling = ChatMessage { tool_calls: vec![call], ..ChatMessage::new(ChatRole::Assistant, "") };
    let nul = decided(vec![ContentField::new("chat", ContentKind::Chat, vec![calling])]);
    assert!(matches!(nul, Err(TaskRefusal::Content(ContentError::NulCharacter(_)))), "{nul:?}");
    assert!(
        decided(vec![ContentField::new("photo", ContentKind::Image, photo(None))]).is_ok(),
        "a file is something"
    );
}

#[test]
fn content_is_stored_sealed_and_tells_whose_it_is() {
    let ada: SubjectId = id(9);
    let created = decided(vec![
        ContentField::new("talk", ContentKind::Chat, Personal::clear(ada, chat().into())),
        ContentField::new("photo", ContentKind::Image, photo(Some(ada))),
        ContentField::new("clip", ContentKind::Video, clip()),
    ])
    .expect("accepted");
    assert_eq!(created.content[0].length, None, "only a text has a length");
    let mut event = TaskEvent::from(created.clone());
    assert!(event.payload().is_err(), "the chat is clear");
    let mut fields = event.personal_fields();
    let [(path, field)] = fields.as_mut_slice() else { panic!("one field is sealed") };
    assert_eq!(path, "content.talk");
    let bytes = field.clear_bytes().expect("JSON").expect("clear");
    let sealed = crate::Sealed { subject: ada, alg: crate::personal::SealAlgorithm::None, data: "MQ==".into() };
    field.set_sealed(sealed);
    drop(fields);
    let payload = event.payload().expect("sealed");
    assert!(!payload.contains("Kiel"), "{payload}");
    let whose = subjects(StreamType::Task, "TaskCreated", event.schema_version(), &payload).expect("well formed");
    assert_eq!(whose, [(ada, 2)].into(), "her chat and her photo");

    let mut read = TaskEvent::decode("TaskCreated", event.schema_version(), &payload).expect("well formed");
    assert_eq!(read.payload().expect("sealed"), payload);
    assert_eq!(Task::replay([&read]).shown.content[0].extent, Extent::Chat, "sealed or not");
    let mut fields = read.personal_fields();
    fields[0].1.set_clear(&bytes).expect("what was sealed");
    drop(fields);
    assert_eq!(read, created.into());
}

/// Questions about the fields that they name.
fn form_about(fields: [&str; 3]) -> Arc<Form> {
    let labels = || vec![crate::form::ChoiceOption { key: "a".into(), label: "A".into() }];
    let [text, image, video] = fields.map(String::from);
    let kinds = [
        QuestionKind::Spans(SpansQuestion { over: SpanText::Content(text), labels: labels(), overlapping: false }),
        QuestionKind::Boxes(BoxesQuestion { content: image, labels: labels() }),
        QuestionKind::Segments(SegmentsQuestion { content: video, labels: labels(), overlapping: false }),
    ];
    let question = |(key, kind): (&str, QuestionKind)| Question {
        key: key.try_into().expect("a key"),
        title: "?".into(),
        required: false,
        when: None,
        kind,
    };
    let questions = ["spans", "boxes", "segments"].into_iter().zip(kinds).map(question).collect();
    Arc::new(Form::new(FormVersion::FIRST, questions).expect("a form"))
}

#[test]
fn answers_are_about_fields_of_their_questions_kinds() {
    let created = decided(vec![
        ContentField::new("talk", ContentKind::Chat, chat()),
        ContentField::new("photo", ContentKind::Image, photo(None)),
        ContentField::new("clip", ContentKind::Video, clip()),
    ])
    .expect("accepted");
    let state = Task::replay([&created.into()]);
    let frame = Some(Frame { width: 640, height: 480 });
    let extents: Vec<Extent> = state.shown.content.iter().map(|field| field.extent).collect();
    assert_eq!(extents, [Extent::Chat, Extent::Image(frame), Extent::Video(None, Some(2_000))]);
    let whole = BoundingBox { x: 0.0, y: 0.0, width: 640.0, height: 480.0, label: Some("a".into()) };
    let answer = |key: &str, value| Answer { question: key.try_into().expect("a key"), value };
    let boxes = answer("boxes", AnswerValue::Boxes(vec![whole]));
    let segments =
        answer("segments", AnswerValue::Segments(vec![Segment { start_ms: 0, end_ms: 2_000, label: "a".into() }]));
    let span = crate::form::Span { response: None, start: 0, end: 1, label: "a".into() };
    let spans = answer("spans", AnswerValue::Spans(vec![span]));
    let record = |form: &Arc<Form>, answers: Vec<Answer>| {
        let submission = Submission { form: Arc::clone(form), ..submission(20, 2, answers) };
        state.decide(&TaskCommand::Record { submission })
    };
    let form = form_about(["talk", "photo", "clip"]);
    let events = record(&form, vec![segments.clone(), boxes.clone()]).expect("accepted");
    let [TaskEvent::AnnotationSubmitted(submitted)] = events.as_slice() else { panic!("{events:?}") };
    assert_eq!(submitted.answers, [boxes.clone(), segments.clone()], "in the form's order");
    let crossed = form_about(["talk", "clip", "photo"]);
    for (form, answer, reason) in [
        (&form, spans, "question `spans`: it is about a text, and the content field `talk` is a chat"),
        (&crossed, boxes, "question `boxes`: it is about an image, and the content field `clip` is a video"),
        (
            &crossed,
            segments,
            "question `segments`: it is about a sound or a video, and the content field `photo` is an image",
        ),
    ] {
        assert_eq!(record(form, vec![answer]).expect_err(reason).to_string(), reason);
    }
}
