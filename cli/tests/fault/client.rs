//! A client of the GraphQL API that does not give up: it sends a command again, under its key, until it is answered.

use std::{
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

pub(crate) const PASSWORD: &str = "a long enough password";

/// How long a client waits before it tries again.
const BACK_OFF: Duration = Duration::from_millis(20);

/// How long a client tries; far longer than any restart takes.
const PATIENCE: Duration = Duration::from_secs(90);

/// Where the servers are at present.
#[derive(Clone, Default)]
pub(crate) struct Addresses(Arc<Mutex<Vec<String>>>);

impl Addresses {
    pub(crate) fn set(&self, server: usize, url: String) {
        let mut urls = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match urls.get_mut(server) {
            Some(known) => *known = url,
            None => urls.push(url),
        }
    }

    /// One of the servers; another one with every try.
    fn pick(&self, number: usize) -> String {
        let urls = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        urls[number % urls.len()].clone()
    }
}

/// What came of a command.
#[derive(Clone, Debug)]
pub(crate) enum Answer {
    /// It is recorded; what was answered, with where that is.
    Acknowledged(Value),
    /// It had no effect; why.
    Refused(String),
}

/// A command as it was sent.
#[derive(Clone, Debug)]
pub(crate) struct Command {
    pub(crate) mutation: &'static str,
    pub(crate) key: String,
    pub(crate) input: Value,
    /// What is asked for beside where it is recorded.
    pub(crate) fields: &'static str,
}

/// The first and the last position of a command that was answered with this.
pub(crate) fn positions(answer: &Value) -> (u64, u64) {
    let (first, last) = match &answer["receipt"] {
        Value::Null => (&answer["position"], &answer["position"]),
        receipt => (&receipt["first"], &receipt["last"]),
    };
    let position = |value: &Value| value.as_u64().unwrap_or_else(|| panic!("no position in {answer}"));
    (position(first), position(last))
}

/// One account, signed in.
#[derive(Clone)]
pub(crate) struct Client {
    agent: ureq::Agent,
    addresses: Addresses,
    number: usize,
    token: String,
}

impl Client {
    pub(crate) fn sign_in(addresses: &Addresses, email: &str) -> Self {
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(Duration::from_secs(30)))
            .build()
            .new_agent();
        let mut client = Self { agent, addresses: addresses.clone(), number: 0, token: String::new() };
        let query = "mutation($email: String!, $password: String!) { login(email: $email, password: $password) {
            ... on Session { token } ... on Refusal { message } } }";
        let answer = client.insist(query, &json!({ "email": email, "password": PASSWORD }));
        client.token = answer["login"]["token"].as_str().unwrap_or_else(|| panic!("{answer}")).into();
        client
    }

    /// The same account, used from somewhere else.
    pub(crate) fn numbered(&self, number: usize) -> Self {
        Self { number, ..self.clone() }
    }

    /// The data that answers a request, which is sent until there is an answer.
    pub(crate) fn insist(&self, query: &str, variables: &Value) -> Value {
        let began = Instant::now();
        for attempt in self.number.. {
            let failure = match self.try_once(attempt, query, variables) {
                Ok(data) => return data,
                Err(failure) => failure,
            };
            assert!(began.elapsed() < PATIENCE, "no answer to {query} {variables}\nat last: {failure}");
            thread::sleep(BACK_OFF);
        }
        unreachable!("the numbers don't end")
    }

    fn try_once(&self, attempt: usize, query: &str, variables: &Value) -> Result<Value, String> {
        let mut request = self.agent.post(self.addresses.pick(attempt));
        if !self.token.is_empty() {
            request = request.header("authorization", format!("Bearer {}", self.token));
        }
        let sent = request.send_json(json!({ "query": query, "variables": variables }));
        let answer: Value =
            sent.and_then(|mut response| response.body_mut().read_json()).map_err(|error| error.to_string())?;
        // a fault is an answer that says nothing about what became of the command
        if answer["errors"].is_null() { Ok(answer["data"].clone()) } else { Err(answer["errors"].to_string()) }
    }

    pub(crate) fn send(&self, command: &Command) -> Answer {
        let Command { mutation, key, input, fields } = command;
        let input_type = format!("{}{}Input", mutation[..1].to_uppercase(), &mutation[1..]);
        let receipt = "receipt { first last replayed }";
        let (recorded, position) = match *mutation {
            "eraseSubject" => ("Erasure", "position"),
            "registerParticipant" => ("ParticipantRegistered", receipt),
            "createProject" => ("ProjectCreated", receipt),
            "createTask" => ("TaskCreated", receipt),
            "claimTask" => ("TaskClaimed", receipt),
            "submitAnnotation" => ("AnnotationSubmitted", receipt),
            "reviseAnnotation" => ("AnnotationRevised", receipt),
            "withdrawAnnotation" => ("AnnotationWithdrawn", receipt),
            "reviewAnnotation" => ("AnnotationReviewed", receipt),
            other => panic!("what does {other} answer with?"),
        };
        let query = format!(
            "mutation($input: {input_type}!, $key: String!) {{ {mutation}(input: $input, idempotencyKey: $key) {{
                ... on {recorded} {{ {position} {fields} }}
                ... on Refusal {{ code }} }} }}"
        );
        let answer = self.insist(&query, &json!({ "input": input, "key": key }))[mutation].clone();
        match answer["code"].as_str() {
            Some(code) => Answer::Refused(code.to_owned()),
            None => Answer::Acknowledged(answer),
        }
    }
}
