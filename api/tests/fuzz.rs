//! Every mutation with inputs drawn at random: whatever is asked, the answer is data or a named fault, and the views go on.

mod support;

use std::{collections::BTreeMap, time::Duration};

use async_graphql::parser::{
    parse_schema,
    types::{BaseType, Type, TypeDefinition, TypeKind, TypeSystemDefinition},
};
use axum::http::StatusCode;
use rand::{RngExt, SeedableRng, rngs::StdRng};
use serde_json::{Value, json};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use stele_domain::participant::Role;
use stele_ledger::EventFilter;
use stele_projections::{Runner, ViewName};
use support::Server;

/// How many mutations are sent.
const MUTATIONS: u32 = 6_000;

/// What a request may be answered with but for data.
const FAULTS: [&str; 3] = ["BAD_INPUT", "BAD_REQUEST", "FORBIDDEN"];

/// Texts that have been trouble somewhere.
const TEXTS: [&str; 18] = [
    "",
    " ",
    "a",
    "better",
    "lang:de",
    "batch:7",
    "\0",
    "a\0b",
    "\u{feff}",
    "\u{202e}rtl",
    "e\u{301}",
    "👩‍👩‍👧",
    "'; drop table event; --",
    "{\"a\":1}",
    "\r\n",
    "\u{ffff}",
    "..\\../etc",
    "ada@example.org",
];

/// Texts that are none.
const PLAIN: [&str; 6] = ["a", "better", "lang:de", "batch:7", "ada@example.org", "It says more in fewer words."];

const NUMBERS: [i64; 10] = [0, 1, 2, 3, -1, 10, 255, 70_000, 2_147_483_647, -2_147_483_648];

struct Fuzzer {
    types: BTreeMap<String, TypeDefinition>,
    random: StdRng,
    known: Known,
    /// Whether texts and numbers are such as people send: else nothing large would ever be accepted.
    is_tame: bool,
}

/// Ids of what there is, by the names of the members that speak of it.
#[derive(Default)]
struct Known {
    ids: BTreeMap<&'static str, Vec<Value>>,
    /// What belongs to a task, with the task's id.
    of_tasks: Vec<(&'static str, Value, Value)>,
}

impl Fuzzer {
    fn new(seed: u64) -> Self {
        let document = parse_schema(stele_api::sdl()).expect("the schema is one");
        let types = document.definitions.into_iter().filter_map(|definition| match definition {
            TypeSystemDefinition::Type(definition) => Some((definition.node.name.node.to_string(), definition.node)),
            _ => None,
        });
        Self { types: types.collect(), random: StdRng::seed_from_u64(seed), known: Known::default(), is_tame: false }
    }

    fn chance(&mut self, probability: f64) -> bool {
        self.random.random_bool(probability)
    }

    fn pick<T: Clone>(&mut self, from: &[T]) -> T {
        from[self.random.random_range(0..from.len())].clone()
    }

    fn text(&mut self) -> String {
        if self.is_tame {
            return self.pick(&PLAIN).to_owned();
        }
        match self.random.random_range(0..10) {
            0 => self.pick(&TEXTS).repeat(self.random.random_range(0..600)),
            1 => (0..self.random.random_range(0..20)).map(|_| self.random.random::<char>()).collect(),
            _ => self.pick(&TEXTS).to_owned(),
        }
    }

    /// A value of a type, for a member of this name.
    fn value(&mut self, member: &str, of: &Type, depth: u32) -> Value {
        if of.nullable && self.chance(0.4) {
            return Value::Null;
        }
        match &of.base {
            BaseType::List(item) => {
                let length = if depth > 5 { 0 } else { self.random.random_range(0..4) };
                (0..length).map(|_| self.value(member, item, depth + 1)).collect()
            }
            BaseType::Named(name) => self.named(member, name.as_str(), depth),
        }
    }

    fn named(&mut self, member: &str, name: &str, depth: u32) -> Value {
        match name {
            "Int" | "Position" if self.is_tame => json!(self.random.random_range(0..4)),
            "Int" | "Position" => json!(self.pick(&NUMBERS)),
            "Float" => json!(self.pick(&[0.0, -0.0, 0.5, 1e308, -3.25, 5e-324, 3.0])),
            "Boolean" => json!(self.chance(0.5)),
            "UUID" if self.chance(0.9) && self.known.ids.contains_key(member) => {
                let known = self.known.ids[member].clone();
                self.pick(&known)
            }
            "UUID" => json!(uuid::Uuid::from_u128(self.random.random_range(0..5))),
            "DateTime" => json!(self.pick(&["2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z"])),
            "String" => json!(self.text()),
            _ => self.composed(name, depth),
        }
    }

    fn composed(&mut self, name: &str, depth: u32) -> Value {
        let definition = self.types[name].clone();
        match definition.kind {
            TypeKind::Enum(values) => {
                let names: Vec<String> =
                    values.values.iter().map(|value| value.node.value.node.to_string()).collect();
                json!(self.pick(&names))
            }
            TypeKind::InputObject(object) => {
                let one_of = definition.directives.iter().any(|directive| directive.node.name.node == "oneOf");
                let only = self.random.random_range(0..object.fields.len());
                let fields = object.fields.iter().enumerate().filter(|(place, _)| !one_of || *place == only);
                let mut input = serde_json::Map::new();
                for (_, field) in fields {
                    let (name, mut of) = (field.node.name.node.to_string(), field.node.ty.node.clone());
                    if one_of {
                        of.nullable = false;
                    } else if field.node.default_value.is_some() && self.chance(0.5) {
                        continue;
                    }
                    let value = self.value(&name, &of, depth + 1);
                    input.insert(name, value);
                }
                self.match_up(&mut input);
                Value::Object(input)
            }
            other => panic!("`{name}` is no input: {other:?}"),
        }
    }

    /// Mostly, an assignment or annotation is named with the task that it belongs to.
    fn match_up(&mut self, input: &mut serde_json::Map<String, Value>) {
        let of_tasks = self.known.of_tasks.iter().filter(|(member, ..)| input.contains_key(*member));
        let of_tasks: Vec<_> = of_tasks.cloned().collect();
        if input.contains_key("taskId") && !of_tasks.is_empty() && self.chance(0.9) {
            let (member, id, task) = self.pick(&of_tasks);
            input.insert(member.to_owned(), id);
            input.insert("taskId".to_owned(), task);
        }
    }

    /// A mutation of this name with arguments drawn at random, and with their variables.
    fn mutation(&mut self, name: &str) -> (String, Value) {
        self.is_tame = self.chance(0.5);
        let TypeKind::Object(mutations) = self.types["Mutation"].kind.clone() else { panic!("no mutations") };
        let field = mutations.fields.into_iter().find(|field| field.node.name.node == name).expect("a mutation").node;
        let (mut declared, mut passed, mut variables) = (Vec::new(), Vec::new(), serde_json::Map::new());
        for argument in field.arguments {
            let (name, of) = (argument.node.name.node.to_string(), argument.node.ty.node);
            declared.push(format!("${name}: {of}"));
            passed.push(format!("{name}: ${name}"));
            let value = if name == "idempotencyKey" && self.chance(0.9) {
                json!(uuid::Uuid::from_u128(self.random.random()))
            } else if self.chance(0.01) {
                json!([{ "no": "such thing" }])
            } else {
                self.value(&name, &of, 0)
            };
            variables.insert(name, value);
        }
        let listed = |list: &[String]| if list.is_empty() { String::new() } else { format!("({})", list.join(", ")) };
        let query = format!(
            "mutation{} {{ {name}{} {{ __typename ... on Refusal {{ code message }} }} }}",
            listed(&declared),
            listed(&passed)
        );
        (query, Value::Object(variables))
    }

    fn mutations(&self) -> Vec<String> {
        let TypeKind::Object(mutations) = &self.types["Mutation"].kind else { panic!("no mutations") };
        mutations.fields.iter().map(|field| field.node.name.node.to_string()).collect()
    }
}

/// What the events tell that there is, but for whoever asks: they are not to lose their roles.
async fn known(server: &Server, but: &Value) -> Known {
    let head = server.ledger.head().await.expect("a head").position();
    let events = server.ledger.read(0.into(), head, &EventFilter::all()).await.expect("readable");
    let mut known = Known::default();
    let mut add = |member, id: &Value| {
        if id != but {
            known.ids.entry(member).or_default().push(id.clone());
        }
    };
    for event in &events {
        let stream = json!(event.stream.id);
        let payload: Value = serde_json::from_str(&event.payload).expect("JSON");
        match event.name.as_str() {
            "ProjectCreated" => add("projectId", &stream),
            "TaskCreated" => add("taskId", &stream),
            "ReleaseRequested" => add("requestId", &payload["request"]),
            "ParticipantRegistered" => {
                ["participantId", "subjectId"].into_iter().for_each(|member| add(member, &stream));
            }
            "TaskClaimed" => known.of_tasks.push(("assignmentId", payload["assignment"].clone(), stream)),
            "AnnotationSubmitted" => known.of_tasks.push(("annotationId", payload["annotation"].clone(), stream)),
            _ => {}
        }
    }
    known
}

/// What no event tells of.
async fn add_untold(server: &Server, token: &str, known: &mut Known) {
    let query = "{ viewer { accessTokens { id } } invitations(first: 100) { nodes { id } } }";
    let data = server.ask(Some(token), query, Value::Null).await["data"].clone();
    let lists = [("accessTokenId", &data["viewer"]["accessTokens"]), ("invitationId", &data["invitations"]["nodes"])];
    for (member, list) in lists {
        let ids: Vec<Value> = list.as_array().expect("a list").iter().map(|of| of["id"].clone()).collect();
        if !ids.is_empty() {
            known.ids.insert(member, ids);
        }
    }
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn no_input_is_too_odd(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(&options).await;
    let token = server.sign_in("everyone", &Role::ALL).await;
    let me =
        server.ask(Some(&token), "{ viewer { participantId } }", json!({})).await["data"]["viewer"]["participantId"]
            .clone();
    server.register("somebody", &[Role::Annotator]).await;
    let questions = json!([
        { "key": "better", "title": "?", "required": false, "kind": { "preference": {} } },
        { "key": "a", "title": "?", "required": false, "kind": { "text": {} } },
    ]);
    let input = json!({ "name": "Fuzz", "questions": questions, "redundancy": 3 });
    let project = server.mutate(&token, "createProject", input, "p", "... on ProjectCreated { projectId }").await;
    for number in 0..25 {
        let responses = json!([{ "text": "0" }, { "text": "1" }]);
        let content = json!([{ "name": "better", "value": "?" }]);
        let input = json!({ "projectId": project["projectId"], "content": content, "responses": responses });
        server.mutate(&token, "createTask", input, &format!("t{number}"), "").await;
    }
    let mut fuzzer = Fuzzer::new(20_261_125);
    let (mut answered, mut names) = (BTreeMap::<String, u32>::new(), fuzzer.mutations());
    // a password takes its time to check, by design
    let rare = ["eraseSubject", "closeTask"];
    let slow = [
        "login",
        "registerParticipant",
        "changePassword",
        "beginSecondFactor",
        "regenerateRecoveryCodes",
        "removeSecondFactor",
        "unlinkExternalIdentity",
    ];
    // whoever asks would be signed out
    names.retain(|name| !name.starts_with("signOut"));
    let all = names.len();
    names.retain(|name| !rare.contains(&name.as_str()) && !slow.contains(&name.as_str()));
    for number in 0..MUTATIONS {
        if number % 50 == 0 {
            fuzzer.known = known(&server, &me).await;
            add_untold(&server, &token, &mut fuzzer.known).await;
        }
        let name = match number {
            0..35 => slow[number as usize % slow.len()].to_owned(),
            _ if number % 50 == 0 => rare[number as usize / 50 % 2].to_owned(),
            _ => fuzzer.pick(&names),
        };
        let (query, variables) = fuzzer.mutation(&name);
        let (status, answer) = server.post(Some(&token), &query, variables.clone()).await;
        let code = &answer["errors"][0]["extensions"]["code"];
        let is_named = code.is_null() || code.as_str().is_some_and(|code| FAULTS.contains(&code));
        assert!(status != StatusCode::INTERNAL_SERVER_ERROR && is_named, "{status} {query} {variables}: {answer}");
        let done = answer["data"][&name]["__typename"].as_str().unwrap_or("fault");
        *answered.entry(format!("{name}: {done}")).or_default() += 1;
    }
    // each has been refused, and most have been done
    let done = answered.keys().filter(|key| !key.ends_with("Refusal") && !key.ends_with("fault")).count();
    let refused = answered.keys().filter(|key| key.ends_with("Refusal")).count();
    // but for these, which take a secret that nobody guesses, or an issuer
    let secret = [
        "refreshSession",
        "changePassword",
        "beginSecondFactor",
        "acceptInvitation",
        "confirmSecondFactor",
        "regenerateRecoveryCodes",
        "removeSecondFactor",
        "beginExternalLogin",
        "completeExternalLogin",
        "beginExternalLink",
        "completeExternalLink",
        "unlinkExternalIdentity",
    ]
    .len();
    assert!(
        refused == all && 2 * done >= all - secret,
        "of {all} mutations {done} were done, {refused} refused: {answered:#?}"
    );
    // nothing that was recorded stops a view
    let head = server.ledger.head().await.expect("a head").position();
    Runner::wait_for(&server.ledger, &ViewName::ALL, head, Duration::from_mins(1)).await.expect("the views go on");
}
