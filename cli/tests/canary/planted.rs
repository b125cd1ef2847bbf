//! People and their work, with a canary in every personal field.

use std::{collections::BTreeSet, fs, path::Path};

use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    client::{Client, PASSWORD},
    issuer::FakeIssuer,
    scan::Canaries,
    staff::Staff,
    support::Home,
    wrong::Wrong,
};

/// How many people there are, how many whom tasks are about and who take no part, and how many tasks are judged.
pub(crate) const PEOPLE: usize = 16;

/// The number of the one who says what the right answers are.
const CURATOR: usize = 0;

/// Larger than what PostgreSQL keeps in a row.
const LARGE: usize = 4_000;

/// Someone who annotates and reviews.
struct Person {
    id: Value,
    email: String,
    client: Client,
}

/// A judged task.
struct Task {
    id: Value,
    annotation: Value,
}

/// What there is of people's data.
pub(crate) struct Planted {
    project: Value,
    people: Vec<Person>,
    strangers: Vec<Uuid>,
    tasks: Vec<Task>,
    /// A task that is nobody's yet.
    free: Value,
    /// A task that shows a chat of the first person's.
    talk: Value,
    /// The canaries in the prompts of judged tasks.
    pub(crate) prompts: BTreeSet<String>,
    /// The canaries in answers that were replaced by others, and in what no answer tells.
    pub(crate) replaced: BTreeSet<String>,
}

impl Planted {
    /// Takes people in, and has each answer a task, think again, and review another's answers.
    pub(crate) fn plant(staff: &Staff, issuer: &FakeIssuer, canaries: &mut Canaries) -> Self {
        let people: Vec<Person> = (0..PEOPLE)
            .map(|number| {
                let (name, email) = (canaries.fresh(), format!("{}@example.org", canaries.fresh()));
                let roles: &[&str] = match number {
                    CURATOR => &["ANNOTATOR", "REVIEWER", "MANAGER"],
                    _ => &["ANNOTATOR", "REVIEWER"],
                };
                let person = json!({ "name": name, "email": email, "password": PASSWORD, "roles": roles });
                let registered = "... on ParticipantRegistered { participantId }";
                let id = staff.admin.done("registerParticipant", &person, registered)["participantId"].clone();
                Person { id, client: staff.admin.bearing_nothing().sign_in(&email), email }
            })
            .collect();
        let questions = json!([
            { "key": "better", "title": "Which is better?", "kind": { "preference": {} } },
            { "key": "reason", "title": "Why?", "kind": { "text": {} } },
        ]);
        let project = json!({ "name": "Canaries", "questions": questions });
        let project = staff.manager.done("createProject", &project, "... on ProjectCreated { projectId }");
        let mut planted = Self {
            project: project["projectId"].clone(),
            people,
            strangers: (1..=PEOPLE as u128).map(Uuid::from_u128).collect(),
            tasks: Vec::new(),
            free: Value::Null,
            talk: Value::Null,
            prompts: BTreeSet::new(),
            replaced: BTreeSet::new(),
        };
        let created: Vec<Value> = (0..PEOPLE).map(|number| planted.create_task(staff, number, canaries)).collect();
        planted.prompts = canaries.given.iter().rev().take(2 * PEOPLE).cloned().collect();
        planted.free = planted.create_task(staff, 0, canaries);
        planted.talk = planted.create_chat(staff, canaries);
        planted.catch_up(&staff.manager);
        for (number, id) in created.into_iter().enumerate() {
            let annotation = planted.judge(number, &id, canaries);
            planted.tasks.push(Task { id, annotation });
        }
        planted.skip_free(canaries);
        planted.revise_free(canaries);
        planted.keep_secrets(canaries);
        planted.link_identity(issuer, canaries);
        planted.send_sounds(&staff.manager, canaries);
        planted.invite(staff, canaries);
        planted
    }

    /// Sends a sound of each of those who take no part; they are shown in no answer of GraphQL.
    fn send_sounds(&mut self, manager: &Client, canaries: &mut Canaries) {
        let project = self.project.as_str().expect("an id");
        for subject in &self.strangers {
            let canary = canaries.fresh();
            manager.send_sound(project, *subject, format!("ID3\u{4}\0\0\0\0\0\0{canary}").as_bytes());
            self.replaced.insert(canary);
        }
    }

    /// Has somebody make a token for a program under a name that says who they are, and begin to enrol a second factor:
    /// what is told of either is told to them alone.
    #[expect(clippy::disallowed_methods, reason = "the server under test goes by the clock")]
    fn keep_secrets(&mut self, canaries: &mut Canaries) {
        let (owner, name) = (&self.people[4].client, canaries.fresh());
        let query = "mutation($input: CreateAccessTokenInput!) { createAccessToken(input: $input) { __typename } }";
        let expires_at = (chrono::Utc::now() + chrono::Duration::days(30)).to_rfc3339();
        let input = json!({ "name": name, "level": "READ", "expiresAt": expires_at });
        let made = owner.ask(query, &json!({ "input": input }));
        assert_eq!(made["data"]["createAccessToken"]["__typename"], "AccessTokenCreated", "{made}");
        let mine = owner.ask("{ viewer { accessTokens { name } } }", &Value::Null);
        assert_eq!(mine["data"]["viewer"]["accessTokens"], json!([{ "name": name }]), "{mine}");
        let query = "mutation($password: String!) { beginSecondFactor(password: $password) {
            ... on SecondFactorBegun { secret } } }";
        let begun = owner.ask(query, &json!({ "password": PASSWORD }));
        let secret = begun["data"]["beginSecondFactor"]["secret"].as_str().unwrap_or_else(|| panic!("{begun}"));
        canaries.given.push(secret.to_owned());
        self.replaced.extend([name, secret.to_owned()]);
    }

    /// Has somebody come back from the external issuer as whom it calls by a name of theirs: first with a token that says so
    /// in a wrong place as well, then with a right one.
    fn link_identity(&mut self, issuer: &FakeIssuer, canaries: &mut Canaries) {
        let owner = &self.people[5].client;
        let (subject, misplaced, code) = (canaries.fresh(), canaries.fresh(), canaries.fresh());
        let come_back = |change: &dyn Fn(&mut Value)| {
            let query = "mutation($password: String!) { beginExternalLink(password: $password) {
                ... on ExternalLoginBegun { authorizationUrl handle } } }";
            let begun = owner.ask(query, &json!({ "password": PASSWORD }))["data"]["beginExternalLink"].clone();
            let url = begun["authorizationUrl"].as_str().unwrap_or_else(|| panic!("{begun}"));
            let parameter = |name: &str| {
                let parameters = url.split(['?', '&']).find_map(|part| part.strip_prefix(name)?.strip_prefix('='));
                parameters.unwrap_or_else(|| panic!("no {name} in {url}"))
            };
            issuer.tell_of(&subject, parameter("nonce"), change);
            let query = "mutation($input: ExternalReturn!) { completeExternalLink(input: $input) {
                __typename ... on Refusal { code } } }";
            let input = json!({ "handle": begun["handle"], "state": parameter("state"), "code": code });
            owner.ask(query, &json!({ "input": input }))["data"]["completeExternalLink"].clone()
        };
        for claim in ["sub", "exp", "nonce"] {
            let refused = come_back(&|claims| claims[claim] = json!({ "is": misplaced }));
            assert_eq!(refused["code"], "EXTERNAL_LOGIN_FAILED", "{claim}: {refused}");
        }
        let refused = come_back(&|claims| claims["exp"] = json!(misplaced));
        assert_eq!(refused["code"], "EXTERNAL_LOGIN_FAILED", "{refused}");
        let linked = come_back(&|_| {});
        assert_eq!(linked["__typename"], "ExternalIdentityLinked", "{linked}");
        self.replaced.extend([subject, misplaced, code]);
    }

    /// Has somebody invited who never comes: their address is told to those who may invite, and the token to nobody again.
    fn invite(&mut self, staff: &Staff, canaries: &mut Canaries) {
        let email = format!("{}@example.org", canaries.fresh());
        let query = "mutation($input: InviteParticipantInput!) { inviteParticipant(input: $input) {
            ... on ParticipantInvited { token } } }";
        let invited = staff.admin.ask(query, &json!({ "input": { "email": email, "roles": ["ANNOTATOR"] } }));
        let token = invited["data"]["inviteParticipant"]["token"].as_str().unwrap_or_else(|| panic!("{invited}"));
        let listed = staff.admin.ask("{ invitations { nodes { email { text } } } }", &Value::Null);
        assert_eq!(listed["data"]["invitations"]["nodes"], json!([{ "email": { "text": email } }]), "{listed}");
        let canary = email.split('@').next().map(str::to_owned);
        self.replaced.extend(canary.into_iter().chain([token.to_owned()]));
        canaries.given.push(token.to_owned());
    }

    /// Has somebody claim the task that is nobody's, and give it back with a reason.
    fn skip_free(&mut self, canaries: &mut Canaries) {
        let (skipper, reason, draft) = (&self.people[3].client, canaries.fresh(), canaries.fresh());
        let claimed = self.claim(skipper, &self.free);
        let assignment = claimed["assignmentId"].clone();
        let query =
            "mutation($input: SaveDraftInput!) { saveDraft(input: $input) { ... on DraftSaved { savedAt } } }";
        let input = json!({ "taskId": self.free, "assignmentId": assignment, "content": draft });
        let saved = skipper.ask(query, &json!({ "input": input }));
        assert!(saved["data"]["saveDraft"]["savedAt"].is_string(), "{saved}");
        let query = "query($at: Position) { viewer(atLeast: $at) { assignments { draft { content } } } }";
        let mine = skipper.ask(query, &json!({ "at": claimed["receipt"]["last"] }));
        assert_eq!(mine["data"]["viewer"]["assignments"][0]["draft"]["content"], json!(draft), "{mine}");
        self.replaced.insert(draft);
        let input = json!({ "taskId": self.free, "assignmentId": assignment, "reason": reason });
        skipper.done("skipTask", &input, "... on TaskSkipped { receipt { last } }");
    }

    /// Has the task that is nobody's show something else. What it showed before is told with why that changed.
    fn revise_free(&self, canaries: &mut Canaries) {
        let input = json!({
            "taskId": self.free,
            "version": 1,
            "content": [
                { "name": "prompt", "value": canaries.fresh(), "subjectId": self.people[0].id },
                { "name": "about", "value": canaries.fresh(), "subjectId": self.strangers[0] },
                { "name": "public", "value": "Nobody's." },
            ],
            "responses": [{ "text": "This." }, { "text": "That." }],
            "annotations": "SUPERSEDED",
            "reason": canaries.fresh(),
        });
        self.people[CURATOR].client.done("reviseTask", &input, "... on TaskRevised { version }");
    }

    /// A task with text of the person of this number, and of somebody who takes no part.
    fn create_task(&self, staff: &Staff, number: usize, canaries: &mut Canaries) -> Value {
        let filling = if number == 0 { ".".repeat(LARGE) } else { String::new() };
        let input = json!({
            "projectId": self.project,
            "content": [
                { "name": "prompt", "value": canaries.fresh() + &filling, "subjectId": self.people[number].id },
                { "name": "about", "value": canaries.fresh(), "subjectId": self.strangers[number] },
                { "name": "public", "value": "Nobody's." },
            ],
            "responses": [{ "text": "This." }, { "text": "That." }],
        });
        staff.manager.done("createTask", &input, "... on TaskCreated { taskId }")["taskId"].clone()
    }

    /// A task that shows a chat with a call of a tool.
    fn create_chat(&self, staff: &Staff, canaries: &mut Canaries) -> Value {
        let call = json!({ "id": "a", "name": canaries.fresh(), "arguments": json!(canaries.fresh()).to_string() });
        let chat = json!([
            { "role": "USER", "text": canaries.fresh() },
            { "role": "ASSISTANT", "toolCalls": [call] },
            { "role": "TOOL", "text": canaries.fresh(), "toolCallId": "a" },
        ]);
        let content = json!([{ "name": "chat", "chat": chat, "subjectId": self.people[0].id }]);
        let input = json!({ "projectId": self.project, "content": content });
        staff.manager.done("createTask", &input, "... on TaskCreated { taskId }")["taskId"].clone()
    }

    /// Has the next person judge a task, and the one after them review it twice; the annotation.
    fn judge(&mut self, number: usize, task: &Value, canaries: &mut Canaries) -> Value {
        let annotator = &self.people[(number + 1) % PEOPLE].client;
        let reviewer = &self.people[(number + 2) % PEOPLE].client;
        let assignment = self.claim(annotator, task)["assignmentId"].clone();
        let filling = if number == 0 { ".".repeat(LARGE) } else { String::new() };
        let answers = |text: String| {
            json!([
                { "question": "better", "value": { "preference": { "outcome": "LEFT" } } },
                { "question": "reason", "value": { "text": text + &filling } },
            ])
        };
        let replaced = [canaries.fresh(), canaries.fresh(), canaries.fresh()];
        let submission =
            json!({ "taskId": task, "assignmentId": assignment, "answers": answers(replaced[0].clone()) });
        let submitted =
            annotator.done("submitAnnotation", &submission, "... on AnnotationSubmitted { annotationId }");
        let annotation = submitted["annotationId"].clone();
        let review = |verdict: &str, comment: &str, correction: Value| {
            let input = json!({
                "taskId": task, "annotationId": annotation, "verdict": verdict, "comment": comment,
                "correction": correction,
            });
            reviewer.done("reviewAnnotation", &input, "... on AnnotationReviewed { receipt { last } }");
        };
        review("CHANGES_REQUESTED", &replaced[1], answers(replaced[2].clone()));
        let revision = json!({ "taskId": task, "annotationId": annotation, "answers": answers(canaries.fresh()) });
        annotator.done("reviseAnnotation", &revision, "... on AnnotationRevised { receipt { last } }");
        review("APPROVED", &canaries.fresh(), Value::Null);
        self.replaced.extend(replaced);
        self.settle(number, task, &answers, canaries);
        annotation
    }

    /// Has somebody decide over a task, take that back, and decide again, and somebody else say what is right.
    fn settle(&mut self, number: usize, task: &Value, answers: &dyn Fn(String) -> Value, canaries: &mut Canaries) {
        let adjudicator = self.people[(number + 3) % PEOPLE].client.clone();
        let author = self.people[CURATOR].client.clone();
        let decide = |answer: String, comment: String| {
            let input = json!({ "taskId": task, "answers": answers(answer), "comment": comment });
            adjudicator.done("adjudicateTask", &input, "... on TaskAdjudicated { receipt { last } }");
        };
        let replaced = [canaries.fresh(), canaries.fresh(), canaries.fresh()];
        decide(replaced[0].clone(), replaced[1].clone());
        let input = json!({ "taskId": task, "comment": replaced[2] });
        adjudicator.done("reverseAdjudication", &input, "... on AdjudicationReversed { receipt { last } }");
        decide(canaries.fresh(), canaries.fresh());
        let input = json!({ "taskId": task, "answers": answers(canaries.fresh()) });
        author.done("setGoldAnswers", &input, "... on GoldAnswersSet { receipt { last } }");
        self.replaced.extend(replaced);
    }

    fn claim(&self, annotator: &Client, task: &Value) -> Value {
        let input = json!({ "projectId": self.project, "taskId": task });
        let fields = "... on TaskClaimed { assignmentId receipt { last } task { content { name value erased } } }";
        annotator.done("claimTask", &input, fields)
    }

    /// Returns once every view includes the whole ledger.
    fn catch_up(&self, client: &Client) {
        let head = client.ask("{ ledger { position } }", &Value::Null)["data"]["ledger"]["position"].clone();
        let query = "query($id: UUID!, $at: Position) { project(id: $id, atLeast: $at) { id } }";
        let answer = client.ask(query, &json!({ "id": self.project, "at": head }));
        assert_eq!(answer["data"]["project"]["id"], self.project, "{answer}");
    }

    /// Asks for what must not be done.
    pub(crate) fn go_wrong(&self, staff: &Staff, canaries: &mut Canaries) {
        let task = self.create_task(staff, 1, canaries);
        self.catch_up(&staff.manager);
        // whose annotation the first task has
        let worker = &self.people[1];
        let assignment = self.claim(&worker.client, &task)["assignmentId"].clone();
        let wrong = Wrong {
            nobody: &staff.admin.bearing_nothing(),
            admin: &staff.admin,
            manager: &staff.manager,
            worker: &worker.client,
            project: &self.project,
            task: &task,
            assignment: &assignment,
            own: (&self.tasks[0].id, &self.tasks[0].annotation),
            taken: &worker.email,
        };
        wrong.ask_all(canaries);
    }

    /// All personal data, asked for by everybody; each question, and the data that answers it.
    pub(crate) fn read(&self, staff: &Staff) -> Vec<(String, Value)> {
        self.catch_up(&staff.manager);
        let text = "{ text erased }";
        let of_participant = [format!("name {text}"), format!("email {text}")];
        let of_task = [
            "content { name value chat { role text toolCalls { id name arguments } toolCallId name } erased }
                responses { text }"
                .to_owned(),
            format!(
                "annotations {{ answers {{ question text {text} }} reviewComment {text}
                    reviewCorrection {{ text {text} }} }}"
            ),
            format!("skips {{ reason {text} }}"),
            format!("earlierVersions {{ content {{ name value erased }} reason {text} }}"),
            format!(
                "settlement {{ adjudication {{ answers {{ text {text} }} comment {text} }}
                    goldAnswers {{ text {text} }} }}"
            ),
        ];
        let page = "(first: 50)";
        let mut questions: Vec<(String, Value)> = Vec::new();
        for fields in &of_participant {
            questions.push((format!("{{ participants{page} {{ nodes {{ id {fields} }} }} }}"), Value::Null));
            for person in &self.people {
                let query = format!("query($id: UUID!) {{ participant(id: $id) {{ id {fields} }} }}");
                questions.push((query, json!({ "id": person.id })));
            }
        }
        for fields in &of_task {
            let tasks = format!("tasks{page} {{ nodes {{ id {fields} }} }}");
            questions.push((
                format!("query($id: UUID!) {{ project(id: $id) {{ {tasks} }} }}"),
                json!({ "id": self.project }),
            ));
            for id in self.tasks.iter().map(|task| &task.id).chain([&self.free, &self.talk]) {
                let query = format!("query($id: UUID!) {{ task(id: $id) {{ id {fields} }} }}");
                questions.push((query, json!({ "id": id })));
            }
        }
        ask_everybody(staff, &questions)
    }

    /// The history and all else that has no personal data in the clear, asked for by everybody.
    pub(crate) fn read_history(&self, staff: &Staff) -> Vec<(String, Value)> {
        let event = "{ name streamId payload metadata }";
        let mut questions = Vec::new();
        for query in [
            "{ viewer { participantId roles } }".to_owned(),
            "{ ledger { name position root checkpoint verifierKey views { view position } } }".to_owned(),
            "{ inclusionProof(position: 1) { hashes } consistencyProof(oldSize: 1) { hashes } }".to_owned(),
            "{ projects { nodes { name guidelines taskCount quality(question: \"better\") { agreement { labels } pairs { both } flags { evidence } } } } }"
                .to_owned(),
        ] {
            questions.push((query, Value::Null));
        }
        // a page at a time; no history here is longer than so many pages
        for page in 0..20 {
            let after = json!({ "after": (50 * page).to_string() });
            let events = format!("query($after: String) {{ events(after: $after, first: 50) {{ nodes {event} }} }}");
            let activity = format!(
                "query($after: String) {{ activity(after: $after, first: 50) {{ nodes {{ name event {event} }} }} }}"
            );
            questions.extend([(events, after.clone()), (activity, after)]);
        }
        let history = format!("history(first: 50) {{ nodes {event} }}");
        for person in &self.people {
            let query = format!(
                "query($id: UUID!) {{ participant(id: $id) {{ {history} }}
                    activity(participant: $id, first: 50) {{ nodes {{ name event {event} }} }} }}"
            );
            questions.push((query, json!({ "id": person.id })));
        }
        for task in &self.tasks {
            let query = format!("query($id: UUID!) {{ task(id: $id) {{ {history} }} }}");
            questions.push((query, json!({ "id": task.id })));
        }
        ask_everybody(staff, &questions)
    }

    /// Has a compliance officer erase everybody whose data there is, who is told of the release that has a prompt of theirs.
    pub(crate) fn erase(&self, staff: &Staff) {
        let people = self.people.iter().map(|person| person.id.clone());
        for subject in people.chain(self.strangers.iter().map(|id| json!(id))) {
            let input = json!({ "subjectId": subject, "basis": "GDPR Art. 17(1)(b)", "reference": "DSR-17" });
            let erased = "... on Erasure { releases { rows release { dataset version } } }";
            let erased = staff.compliance.done("eraseSubject", &input, erased);
            let release = json!({ "dataset": "canaries", "version": "1.0.0" });
            assert_eq!(erased["releases"], json!([{ "rows": 1, "release": release }]), "{subject}");
        }
    }

    /// A task about someone who is erased can still be claimed; it says nothing of them.
    pub(crate) fn claim_about_the_erased(&self, staff: &Staff) {
        let gone = |name: &str| json!({ "name": name, "value": null, "erased": true });
        let public = json!({ "name": "public", "value": "Nobody's.", "erased": false });
        let claimed = self.claim(&staff.annotator, &self.free);
        assert_eq!(claimed["task"]["content"], json!([gone("prompt"), gone("about"), public]));
    }
}

/// Has everybody ask everything; each question with who asks it, and the data that answers it.
fn ask_everybody(staff: &Staff, questions: &[(String, Value)]) -> Vec<(String, Value)> {
    let mut answers = Vec::new();
    for (role, client) in staff.everybody() {
        for (query, variables) in questions {
            let answer = client.ask(query, variables);
            // a query that nobody may ask or that makes no sense would be no test
            let codes = answer["errors"].as_array().into_iter().flatten();
            let codes: Vec<&Value> = codes.map(|error| &error["extensions"]["code"]).collect();
            assert!(codes.iter().all(|code| **code == "FORBIDDEN"), "{role}: {query} {variables}: {answer}");
            answers.push((format!("{role}: {query} {variables}"), answer["data"].clone()));
        }
    }
    answers
}

/// Releases the project's judgments, personal text included, into a folder; the manifest.
pub(crate) fn release(home: &Home, out: &Path) -> Value {
    let recipe = out.with_extension("yaml");
    fs::write(&recipe, "question: better\npersonal_text: include\n").expect("writable");
    let (out, recipe) = (out.to_str().expect("text"), recipe.to_str().expect("text"));
    let release = ["dataset", "release", "canaries", "--project", "Canaries", "--recipe", recipe, "--out", out];
    home.succeed(&release);
    let manifest = fs::read_to_string(Path::new(out).join("manifest.json")).expect("a manifest");
    serde_json::from_str(&manifest).expect("JSON")
}
