//! What goes wrong with somebody's personal data in it: refused, malformed, of the wrong type, by the wrong person.

use serde_json::{Value, json};

use crate::{
    client::{Client, PASSWORD},
    scan::Canaries,
};

/// Who asks, and for what.
pub(crate) struct Wrong<'a> {
    pub(crate) nobody: &'a Client,
    pub(crate) admin: &'a Client,
    pub(crate) manager: &'a Client,
    /// An annotator and reviewer with a lease on `task`, and with an annotation of a task that they did not submit.
    pub(crate) worker: &'a Client,
    pub(crate) project: &'a Value,
    pub(crate) task: &'a Value,
    pub(crate) assignment: &'a Value,
    /// The worker's own annotation, and its task.
    pub(crate) own: (&'a Value, &'a Value),
    /// An address that somebody has.
    pub(crate) taken: &'a str,
}

impl Wrong<'_> {
    /// Asks for everything that must not be done; none of it is.
    #[expect(clippy::too_many_lines, reason = "a list of what can go wrong, kind by kind")]
    pub(crate) fn ask_all(&self, canaries: &mut Canaries) {
        let before = self.nobody.complaints().len();
        let mut asked = 0;
        let mut refused = |answer: Value| {
            asked += 1;
            assert_eq!(self.nobody.complaints().len(), before + asked, "it was done: {answer}");
        };
        let mut canary = || canaries.fresh();

        refused(self.nobody.login(&canary(), &canary()));
        refused(self.nobody.login(&format!("{}@example.org", canary()), PASSWORD));
        refused(self.nobody.login(self.taken, &canary()));

        let person = |name: String, email: String| json!({ "name": name, "email": email, "password": PASSWORD, "roles": ["ANNOTATOR"] });
        let address = |canary: String| format!("{canary}@example.org");
        let register = |client: &Client, input: Value| {
            client.command("registerParticipant", &input, "... on ParticipantRegistered { participantId }")
        };
        refused(register(self.nobody, person(canary(), address(canary()))));
        refused(register(self.worker, person(canary(), address(canary()))));
        refused(register(&self.nobody.bearing("no token"), person(canary(), address(canary()))));
        refused(register(self.admin, person(canary(), canary())));
        refused(register(self.admin, person(canary(), format!("{} at@example.org", canary()))));
        refused(register(self.admin, person(canary().repeat(20), address(canary()))));
        refused(register(self.admin, person(canary(), address(canary().repeat(20)))));
        refused(register(self.admin, person(canary(), self.taken.to_owned())));
        for (member, value) in [
            ("password", json!("short")),
            ("password", json!({ "is": canary() })),
            ("name", json!([canary()])),
            ("name", json!({ "first": canary() })),
            ("email", json!({ "address": canary() })),
            ("machine", json!(canary())),
            ("roles", json!(canary())),
            ("roles", json!([canary()])),
            ("nickname", json!(canary())),
        ] {
            let mut input = person(canary(), address(canary()));
            input[member] = value;
            refused(register(self.admin, input));
        }
        let again = person(canary(), address(canary()));
        refused(self.admin.command_as("command 1", "registerParticipant", &again, ""));
        refused(self.admin.command_as(&"k".repeat(1_000), "registerParticipant", &again, ""));

        let invite = "mutation($email: String!) { inviteParticipant(input: { email: $email }) {
            ... on Refusal { code message } } }";
        refused(self.worker.ask(invite, &json!({ "email": address(canary()) })));
        refused(self.admin.ask(invite, &json!({ "email": canary() })));
        refused(self.admin.ask(invite, &json!({ "email": self.taken })));
        let accept = "mutation($token: String!, $name: String!, $password: String!) {
            acceptInvitation(token: $token, name: $name, password: $password) { ... on Refusal { code message } } }";
        refused(self.nobody.ask(accept, &json!({ "token": canary(), "name": canary(), "password": canary() })));
        refused(self.nobody.ask(accept, &json!({ "token": canary(), "name": [canary()], "password": canary() })));

        let task = |content: Value| json!({ "projectId": self.project, "content": content });
        let create = |client: &Client, content: Value| {
            client.command("createTask", &task(content), "... on TaskCreated { taskId }")
        };
        let subject = uuid::Uuid::from_u128(7);
        let field = |value: String| json!([{ "name": "prompt", "value": value, "subjectId": subject }]);
        refused(create(self.worker, field(canary())));
        refused(create(self.manager, field(format!("{}\0", canary()))));
        refused(create(self.manager, field(canary().repeat(100_000))));
        refused(create(self.manager, json!([{ "name": "prompt", "value": canary(), "subjectId": canary() }])));
        refused(create(self.manager, json!([{ "name": "prompt", "value": [canary()], "subjectId": subject }])));
        refused(create(self.manager, json!([{ "name": "", "value": canary(), "subjectId": subject }])));

        let answers = |text: Value| {
            let reason = json!({ "question": "reason", "value": { "text": text } });
            json!([{ "question": "better", "value": { "preference": { "outcome": "LEFT" } } }, reason])
        };
        let submit = |client: &Client, assignment: &Value, answers: Value| {
            let input = json!({ "taskId": self.task, "assignmentId": assignment, "answers": answers });
            client.command("submitAnnotation", &input, "... on AnnotationSubmitted { annotationId }")
        };
        refused(submit(self.manager, self.assignment, answers(json!(canary()))));
        refused(submit(self.worker, &json!(subject), answers(json!(canary()))));
        refused(submit(self.worker, self.assignment, answers(json!(canary().repeat(1_000)))));
        refused(submit(self.worker, self.assignment, answers(json!({ "of": canary() }))));
        let misplaced = json!([{ "question": "better", "value": { "text": canary() } }]);
        refused(submit(self.worker, self.assignment, misplaced));
        let twofold = json!([{ "question": "reason", "value": { "text": canary(), "choice": canary() } }]);
        refused(submit(self.worker, self.assignment, twofold));
        let unasked = json!([{ "question": "unasked", "value": { "text": canary() } }]);
        refused(submit(self.worker, self.assignment, unasked));

        let (own_task, own) = self.own;
        let review = |comment: Value| {
            let input = json!({ "taskId": own_task, "annotationId": own, "verdict": "APPROVED", "comment": comment });
            self.worker.command("reviewAnnotation", &input, "... on AnnotationReviewed { receipt { last } }")
        };
        refused(review(json!(canary())));
        refused(review(json!([canary()])));
        let input = json!({ "taskId": self.task, "annotationId": own, "answers": answers(json!(canary())) });
        let revised = "... on AnnotationRevised { receipt { last } }";
        refused(self.worker.command("reviseAnnotation", &input, revised));

        // in the query itself, and in what is no query
        let inline = |text: &str| serde_json::to_string(text).expect("a string");
        for query in [
            format!("mutation {{ login(email: {}, password: 5) {{ __typename }} }}", inline(&canary())),
            format!("mutation {{ login(email: [{}], password: \"\") {{ __typename }} }}", inline(&canary())),
            format!("mutation {{ login(email: {{ a: {} }}) {{ __typename }} }}", inline(&canary())),
            format!("mutation {{ login(email: {} password \"\"", inline(&canary())),
            format!("mutation {{ login(email: \"{}\n", canary()),
            format!("{{ participant(id: {}) {{ id }} }}", inline(&canary())),
            format!("{{ project(id: 5, atLeast: {}) {{ id }} }}", inline(&canary())),
        ] {
            refused(self.admin.ask(&query, &Value::Null));
        }
        let query = "query($id: UUID!, $at: Position, $after: String) {
            participant(id: $id, atLeast: $at) { id } participants(after: $after) { nodes { id } } }";
        for variables in [
            json!({ "id": canary() }),
            json!({ "id": subject, "at": canary() }),
            json!({ "id": subject, "after": canary() }),
            json!({ "id": { "a": canary() } }),
            json!(canary()),
            json!([canary()]),
        ] {
            refused(json!(self.admin.post(&json!({ "query": query, "variables": variables }).to_string(), &[])));
        }
        for body in [
            json!(canary()).to_string(),
            json!({ "query": { "of": canary() } }).to_string(),
            json!({ "query": [canary()] }).to_string(),
            json!({ "query": query, "operationName": [canary()] }).to_string(),
            json!({ "query": query, "extensions": canary() }).to_string(),
            format!(r#"{{ "query": {}"#, inline(&canary())),
            format!(r#"{{ "query": {} {}"#, inline(&canary()), canary()),
            canary(),
        ] {
            refused(json!(self.admin.post(&body, &[])));
        }
        refused(json!(self.admin.post(&canary(), &[("content-type", "multipart/form-data; boundary=a")])));
    }
}
