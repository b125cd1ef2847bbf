//! Every kind of question through the API: asked, answered, held against the form and the task, and read back exactly.

mod support;

use serde_json::{Value, json};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use stele_domain::participant::Role;
use stele_ledger::{EventFilter, Position};
use support::Server;

/// Emoji of one and of several scalars, a combining mark, right-to-left words, and line ends of two kinds.
const PROMPT: &str = "Naïve\r\n👩‍👩‍👧 e\u{301}tude — שלום עולם\r\n\u{202b}مرحبا\u{202c} 🇩🇪!\n";

/// Two responses, of which the first has three steps.
const RESPONSES: [&str; 2] = ["1+1=2. 2+2=4. So 8.", "Eight 🎱."];

const KINDS: &str = "kind { __typename
    ... on PreferenceKind { strengths outcomes } ... on RankingKind { ties }
    ... on RatingKind { low: min high: max eachResponse } ... on ScalarKind { min max eachResponse }
    ... on ThumbsKind { of } ... on ChoiceKind { options { key label } }
    ... on ChoicesKind { options { key } fewest: min most: max } ... on TextKind { maxLength }
    ... on SpansKind { content labels { key } overlapping } ... on StepsKind { untilIncorrect } }";

const ANSWERS: &str =
    "answers { question preference strength ranking rating ratings scalar scalars thumbs choice choices
    text { text } spans { response start end label } steps }";

fn questions() -> Value {
    let options = json!([{ "key": "code", "label": "Code" }, { "key": "prose", "label": "Prose" }]);
    let errors = json!([{ "key": "factual", "label": "Factual" }, { "key": "grammar", "label": "Grammar" }]);
    let ask = |key: &str, kind: Value| json!({ "key": key, "title": key, "required": false, "kind": kind });
    let mut why = ask("why", json!({ "text": {} }));
    why["when"] = json!({ "question": "better", "answer": { "atLeast": 3 } });
    why["required"] = json!(true);
    json!([
        ask("better", json!({ "preference": { "strengths": 3, "tie": true } })),
        why,
        ask("order", json!({ "ranking": { "ties": true } })),
        ask("fluency", json!({ "rating": { "min": 1, "max": 5 } })),
        ask("quality", json!({ "rating": { "min": 1, "max": 5, "eachResponse": true } })),
        ask("certainty", json!({ "scalar": { "min": 0, "max": 1 } })),
        ask("reward", json!({ "scalar": { "min": -1, "max": 1, "eachResponse": true } })),
        ask("good", json!({ "thumbs": {} })),
        ask("domain", json!({ "choice": { "options": options } })),
        ask("topics", json!({ "choices": { "options": options, "max": 1 } })),
        ask("names", json!({ "spans": { "content": "prompt", "labels": errors, "overlapping": true } })),
        ask("errors", json!({ "spans": { "labels": errors } })),
        ask("steps", json!({ "steps": { "untilIncorrect": true } })),
    ])
}

/// A project that asks everything, and a task that an annotator holds.
struct Campaign {
    server: Server,
    manager: String,
    annotator: String,
    claimed: Value,
}

impl Campaign {
    async fn begin(options: &PgConnectOptions) -> Self {
        let server = Server::start(options).await;
        let manager = server.sign_in("mary", &[Role::Manager]).await;
        let annotator = server.sign_in("ada", &[Role::Annotator]).await;
        let input = json!({ "name": "Everything", "questions": questions(), "redundancy": 1 });
        let fields = "... on ProjectCreated { projectId }";
        let project = server.mutate(&manager, "createProject", input, "p", fields).await;
        let project = project["projectId"].clone();
        let input = json!({
            "projectId": project,
            "content": [{ "name": "prompt", "value": PROMPT, "subjectId": uuid::Uuid::from_u128(77) }],
            "responses": [{ "text": RESPONSES[0], "stepEnds": [6, 13, 19] }, { "text": RESPONSES[1] }],
        });
        let created = server.mutate(&manager, "createTask", input, "t", "... on TaskCreated { taskId }").await;
        let fields = "... on TaskClaimed { assignmentId task { id content { value } responses { text stepEnds } } }";
        let input = json!({ "projectId": project, "taskId": created["taskId"] });
        let claimed = server.mutate(&annotator, "claimTask", input, "c", fields).await;
        assert_eq!(claimed["task"]["content"][0]["value"], PROMPT);
        assert_eq!(claimed["task"]["responses"][0]["stepEnds"], json!([6, 13, 19]));
        Self { server, manager, annotator, claimed }
    }

    async fn submit(&self, answers: Value, key: &str) -> Value {
        let (task, assignment) = (&self.claimed["task"]["id"], &self.claimed["assignmentId"]);
        let input = json!({ "taskId": task, "assignmentId": assignment, "answers": answers });
        let fields = "... on AnnotationSubmitted { annotationId receipt { last } }";
        self.server.mutate(&self.annotator, "submitAnnotation", input, key, fields).await
    }

    /// What the task's only annotation answers.
    async fn answers(&self) -> Value {
        let at = self.server.ledger.head().await.expect("a head").position();
        let query = format!(
            "query($id: UUID!, $at: Position) {{ task(id: $id, atLeast: $at) {{ annotations {{ {ANSWERS} }} }} }}"
        );
        let task =
            self.server.ask(Some(&self.manager), &query, json!({ "id": self.claimed["task"]["id"], "at": at })).await;
        assert!(task["errors"].is_null(), "{task}");
        task["data"]["task"]["annotations"][0]["answers"].clone()
    }
}

fn answer(question: &str, value: impl Into<Value>) -> Value {
    let value: Value = value.into();
    json!({ "question": question, "value": value })
}

/// Where a part of a text stands, in code points.
fn place(text: &str, part: &str) -> (usize, usize) {
    let start = text[..text.find(part).expect("a part")].chars().count();
    (start, start + part.chars().count())
}

fn cut(text: &str, span: &Value) -> String {
    let number = |name: &str| usize::try_from(span[name].as_u64().expect("a number")).expect("small");
    text.chars().skip(number("start")).take(number("end") - number("start")).collect()
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn every_kind_is_asked_answered_and_read_back(_: PgPoolOptions, options: PgConnectOptions) {
    let campaign = Campaign::begin(&options).await;
    let query = format!(
        "{{ projects {{ nodes {{ form {{ questions {{ key required when {{ question atLeast given oneOf }} {KINDS} }} }} }} }} }}"
    );
    let form = campaign.server.ask(Some(&campaign.manager), &query, json!({})).await;
    let form = &form["data"]["projects"]["nodes"][0]["form"]["questions"];
    let asked = |index: usize| (&form[index]["key"], &form[index]["kind"]);
    assert_eq!(form[1]["when"], json!({ "question": "better", "atLeast": 3.0, "given": false, "oneOf": null }));
    let quality = json!({ "__typename": "RatingKind", "low": 1, "high": 5, "eachResponse": true });
    assert_eq!(asked(4), (&json!("quality"), &quality));
    let topics = json!({ "__typename": "ChoicesKind", "options": [{ "key": "code" }, { "key": "prose" }], "fewest": 0, "most": 1 });
    assert_eq!(asked(9), (&json!("topics"), &topics));
    let labels = json!([{ "key": "factual" }, { "key": "grammar" }]);
    let names = json!({ "__typename": "SpansKind", "content": "prompt", "labels": labels, "overlapping": true });
    assert_eq!(asked(10), (&json!("names"), &names));

    let parts = ["👩‍👩‍👧 e\u{301}tude", "e\u{301}", "שלום", "\r\n\u{202b}مرحبا", "🇩🇪!\n"];
    let spans: Vec<Value> = parts
        .iter()
        .map(|part| place(PROMPT, part))
        .map(|(start, end)| json!({ "start": start, "end": end, "label": "factual" }))
        .collect();
    let (start, end) = place(RESPONSES[1], "🎱.");
    let errors = json!([{ "response": 1, "start": start, "end": end, "label": "grammar" }]);
    let steps = json!([["CORRECT", "INCORRECT"], []]);
    let answers = json!([
        answer("steps", json!({ "steps": steps })),
        answer("better", json!({ "preference": { "outcome": "RIGHT", "strength": 3 } })),
        answer("why", json!({ "text": "Shorter, 🎱." })),
        answer("order", json!({ "ranking": [[1], [0]] })),
        answer("fluency", json!({ "rating": 4 })),
        answer("quality", json!({ "ratings": [1, 5] })),
        answer("certainty", json!({ "scalar": 0.1 })),
        answer("reward", json!({ "scalars": [-0.5, 1] })),
        answer("good", json!({ "thumbs": ["DOWN", "UP"] })),
        answer("domain", json!({ "choice": "prose" })),
        answer("topics", json!({ "choices": ["code"] })),
        answer("names", json!({ "spans": spans })),
        answer("errors", json!({ "spans": errors })),
    ]);
    let submitted = campaign.submit(answers, "s").await;
    assert_eq!(submitted["__typename"], "AnnotationSubmitted", "{submitted}");
    let given = campaign.answers().await;
    let keys: Vec<&Value> = given.as_array().expect("a list").iter().map(|answer| &answer["question"]).collect();
    let asked: Vec<Value> =
        questions().as_array().expect("a list").iter().map(|question| question["key"].clone()).collect();
    assert_eq!(keys, asked.iter().collect::<Vec<_>>(), "in the form's order");
    assert_eq!((&given[0]["preference"], &given[0]["strength"]), (&json!("RIGHT"), &json!(3)));
    assert_eq!(given[1]["text"]["text"], "Shorter, 🎱.");
    assert_eq!(given[2]["ranking"], json!([[1], [0]]));
    assert_eq!((&given[3]["rating"], &given[4]["ratings"]), (&json!(4), &json!([1, 5])));
    assert_eq!((&given[5]["scalar"], &given[6]["scalars"]), (&json!(0.1), &json!([-0.5, 1.0])));
    assert_eq!(given[7]["thumbs"], json!(["DOWN", "UP"]));
    assert_eq!((&given[8]["choice"], &given[9]["choices"]), (&json!("prose"), &json!(["code"])));
    let returned = given[10]["spans"].as_array().expect("spans");
    let cuts: Vec<String> = returned.iter().map(|span| cut(PROMPT, span)).collect();
    assert_eq!(cuts, parts, "each is the text that was marked");
    assert_eq!(given[11]["spans"], errors);
    assert_eq!(given[12]["steps"], steps);

    // the preference and the ranking each are a comparison
    let ledger = &campaign.server.ledger;
    let head = ledger.head().await.expect("a head").position();
    let labels =
        ledger.read(Position::START, head, &EventFilter::named(&["PreferenceLabelled"])).await.expect("read");
    let labels: Vec<Value> = labels.iter().map(|event| serde_json::from_str(&event.payload).expect("JSON")).collect();
    let compared: Vec<_> = labels.iter().map(|label| (&label["question"], &label["outcome"])).collect();
    assert_eq!(compared, [(&json!("better"), &json!("right")), (&json!("order"), &json!("right"))]);
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn what_does_not_answer_is_refused_by_question_and_reason(_: PgPoolOptions, options: PgConnectOptions) {
    let campaign = Campaign::begin(&options).await;
    let span = |start: u32, end: u32, label: &str| json!({ "start": start, "end": end, "label": label });
    let long = u32::try_from(PROMPT.chars().count()).expect("small");
    for (number, (question, value, reason)) in [
        ("better", json!({ "preference": { "outcome": "BOTH_BAD" } }), "\"both bad\" is not an answer to it"),
        (
            "better",
            json!({ "preference": { "outcome": "LEFT", "strength": 4 } }),
            "strength 4 is not between 1 and 3",
        ),
        ("why", json!({ "text": "Nobody asked." }), "it is not asked where `better` is answered as it is"),
        ("order", json!({ "ranking": [[0]] }), "it ranks 1 of the 2 responses"),
        ("order", json!({ "ranking": [[0], [2]] }), "there is no response 2; the last is 1"),
        ("fluency", json!({ "rating": 99 }), "99 is not on the scale from 1 to 5"),
        ("fluency", json!({ "ratings": [1, 2] }), "it takes one value, and not one a response"),
        ("quality", json!({ "ratings": [1] }), "it takes one value a response: 2, not 1"),
        ("certainty", json!({ "scalar": 1.5 }), "1.5 is not in the range from 0 to 1"),
        ("reward", json!({ "scalars": [0, -2] }), "-2 is not in the range from -1 to 1"),
        ("good", json!({ "thumbs": ["UP"] }), "it takes one value a response: 2, not 1"),
        ("domain", json!({ "choice": "verse" }), "`verse` is not one of its options: code, prose"),
        ("topics", json!({ "choices": ["code", "prose"] }), "at most 1 of its options are to be chosen, not 2"),
        ("names", json!({ "spans": [span(0, long + 1, "factual")] }), "the span from 0 to"),
        ("names", json!({ "spans": [span(5, 5, "factual")] }), "the span from 5 to 5 is not in the text"),
        ("names", json!({ "spans": [span(0, 1, "style")] }), "`style` is not one of its options: factual, grammar"),
        ("errors", json!({ "spans": [span(0, 1, "factual")] }), "a span says which response it is in"),
        ("steps", json!({ "steps": [["CORRECT"], []] }), "response 0 has 3 steps, and 1 are judged"),
        ("steps", json!({ "rating": 1 }), "it takes a label for each step"),
        ("colour", json!({ "rating": 1 }), "the form has no such question"),
    ]
    .into_iter()
    .enumerate()
    {
        let refused = campaign.submit(json!([answer(question, value)]), &format!("s{number}")).await;
        assert_eq!(refused["code"], "BAD_ANSWER", "{refused}");
        let message = refused["message"].as_str().expect("a message");
        assert!(message.starts_with(&format!("question `{question}`: ")) && message.contains(reason), "{message}");
    }
    assert_eq!(campaign.answers().await, Value::Null, "nothing was recorded");
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn a_question_that_can_not_be_asked_is_refused(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(&options).await;
    let manager = server.sign_in("mary", &[Role::Manager]).await;
    let option = json!({ "key": "a", "label": "A" });
    let never = json!({ "question": "later", "answer": { "given": true } });
    for (number, (kind, when, reason)) in [
        (json!({ "scalar": { "min": 1, "max": 0 } }), Value::Null, "its range runs from 1 to 0"),
        (json!({ "choices": { "options": [option], "min": 2 } }), Value::Null, "at least 2"),
        (json!({ "choices": { "options": [option, option] } }), Value::Null, "the option `a` stands twice"),
        (json!({ "spans": { "labels": [] } }), Value::Null, "it needs at least one label"),
        (json!({ "thumbs": {} }), never, "it depends on `later`, which is not asked before it"),
    ]
    .into_iter()
    .enumerate()
    {
        let question = json!({ "key": "q", "title": "?", "kind": kind, "when": when });
        let input = json!({ "name": "P", "questions": [question] });
        let refused = server.mutate(&manager, "createProject", input, &format!("p{number}"), "").await;
        assert_eq!(refused["code"], "BAD_FORM", "{refused}");
        assert!(refused["message"].as_str().is_some_and(|message| message.contains(reason)), "{refused}");
    }
    let input = json!({ "name": "P", "questions": [{ "key": "q", "title": "?", "kind": { "thumbs": {} } }] });
    let project = server.mutate(&manager, "createProject", input, "p", "... on ProjectCreated { projectId }").await;
    for (number, ends) in [json!([1, 1, 3]), json!([0, 3]), json!([1, 2]), json!([4])].into_iter().enumerate() {
        let content = json!([{ "name": "prompt", "value": "?" }]);
        let responses = json!([{ "text": "a🎱c", "stepEnds": ends }]);
        let input = json!({ "projectId": project["projectId"], "content": content, "responses": responses });
        let refused = server.mutate(&manager, "createTask", input, &format!("t{number}"), "").await;
        assert_eq!(refused["code"], "BAD_CONTENT", "{refused}");
    }
}
