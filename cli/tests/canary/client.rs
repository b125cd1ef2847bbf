//! A client of the GraphQL API that keeps every answer which tells of something wrong.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use serde_json::{Value, json};
use uuid::Uuid;

pub(crate) const PASSWORD: &str = "a long enough password";

/// What all clients have in common.
#[derive(Default)]
struct Shared {
    /// What the server has said of requests that it did not carry out.
    complaints: RefCell<Vec<String>>,
    commands: Cell<u32>,
}

/// One account, or nobody's.
#[derive(Clone)]
pub(crate) struct Client {
    agent: ureq::Agent,
    /// Where the server is, up to the path.
    server: String,
    token: Option<String>,
    shared: Rc<Shared>,
}

impl Client {
    /// Nobody yet.
    pub(crate) fn of(graphql: &str) -> Self {
        let agent = ureq::Agent::config_builder().http_status_as_error(false).build().new_agent();
        let server = graphql.strip_suffix("/graphql").expect("an address").to_owned();
        Self { agent, server, token: None, shared: Rc::default() }
    }

    /// The same account, at a server that was started since.
    pub(crate) fn at(&self, graphql: &str) -> Self {
        Self { server: Self::of(graphql).server, ..self.clone() }
    }

    /// Someone who signs in.
    pub(crate) fn sign_in(&self, email: &str) -> Self {
        let answer = self.login(email, PASSWORD);
        let token = answer["data"]["login"]["token"].as_str().unwrap_or_else(|| panic!("{answer}"));
        self.bearing(token)
    }

    /// Someone with this access token.
    pub(crate) fn bearing(&self, token: &str) -> Self {
        Self { token: Some(token.to_owned()), ..self.clone() }
    }

    /// Nobody again.
    pub(crate) fn bearing_nothing(&self) -> Self {
        Self { token: None, ..self.clone() }
    }

    pub(crate) fn login(&self, email: &str, password: &str) -> Value {
        let query = "mutation($email: String!, $password: String!) { login(email: $email, password: $password) {
            ... on Session { token } ... on Refusal { code message } } }";
        self.ask(query, &json!({ "email": email, "password": password }))
    }

    /// The whole answer to a request.
    pub(crate) fn ask(&self, query: &str, variables: &Value) -> Value {
        let answer = self.post(&json!({ "query": query, "variables": variables }).to_string(), &[]);
        serde_json::from_str(&answer).unwrap_or_else(|_| panic!("{query}: {answer}"))
    }

    /// The answer to a body, whatever that is.
    pub(crate) fn post(&self, body: &str, headers: &[(&str, &str)]) -> String {
        let mut request = self.agent.post(format!("{}/graphql", self.server));
        request = request.header("content-type", "application/json");
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut response = request.send(body).expect("an answer");
        let answer = response.body_mut().read_to_string().expect("text");
        let is_fine = serde_json::from_str(&answer).is_ok_and(|answer: Value| answer["errors"].is_null());
        if !is_fine || answer.contains(r#""code":"#) {
            self.shared.complaints.borrow_mut().push(answer.clone());
        }
        answer
    }

    /// Sends a sound of somebody's for a project's tasks, and listens to it.
    pub(crate) fn send_sound(&self, project: &str, subject: Uuid, sound: &[u8]) {
        let address = format!("{}/media?project={project}&subject={subject}", self.server);
        let token = self.token.as_deref().expect("signed in");
        let sent = self.agent.post(address).header("content-type", "audio/mpeg");
        let mut sent = sent.header("authorization", format!("Bearer {token}")).send(sound).expect("an answer");
        let sent: Value = sent.body_mut().read_json().expect("JSON");
        let url = sent["url"].as_str().unwrap_or_else(|| panic!("{sent}"));
        let mut heard = self.agent.get(format!("{}{url}", self.server)).call().expect("an answer");
        assert_eq!(heard.body_mut().read_to_vec().expect("bytes"), sound);
    }

    /// What a path of the server says.
    pub(crate) fn get(&self, path: &str) -> String {
        let mut response = self.agent.get(format!("{}{path}", self.server)).call().expect("an answer");
        response.body_mut().read_to_string().expect("text")
    }

    /// The answer to a command; `fields` are those of what is answered if it is done.
    pub(crate) fn command(&self, mutation: &str, input: &Value, fields: &str) -> Value {
        self.shared.commands.update(|number| number + 1);
        self.command_as(&format!("command {}", self.shared.commands.get()), mutation, input, fields)
    }

    /// The same, under an idempotency key.
    pub(crate) fn command_as(&self, key: &str, mutation: &str, input: &Value, fields: &str) -> Value {
        let input_type = format!("{}{}Input", mutation[..1].to_uppercase(), &mutation[1..]);
        let query = format!(
            "mutation($input: {input_type}!, $key: String!) {{ {mutation}(input: $input, idempotencyKey: $key) {{
                {fields} ... on Refusal {{ code message }} }} }}"
        );
        self.ask(&query, &json!({ "input": input, "key": key }))
    }

    /// The answer to a command that is expected to be done.
    pub(crate) fn done(&self, mutation: &str, input: &Value, fields: &str) -> Value {
        let answer = self.command(mutation, input, fields);
        let done = &answer["data"][mutation];
        assert!(done.is_object() && done["code"].is_null(), "{mutation} {input}: {answer}");
        done.clone()
    }

    /// What the server has complained of until now.
    pub(crate) fn complaints(&self) -> Vec<String> {
        self.shared.complaints.borrow().clone()
    }
}
