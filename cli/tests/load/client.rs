//! A client of the GraphQL API, with the time that every call takes.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::http::Endpoint;

/// One account, signed in.
#[derive(Clone)]
pub(crate) struct Client {
    endpoint: Endpoint,
    pub(crate) token: String,
}

impl Client {
    pub(crate) fn sign_in(url: &str, email: &str) -> Self {
        let mut client = Self { endpoint: Endpoint::new(url), token: String::new() };
        let query = "mutation($email: String!, $password: String!) { login(email: $email, password: $password) {
            ... on Session { token } ... on Refusal { message } } }";
        let answer = client.ask(query, &json!({ "email": email, "password": crate::support::PASSWORD }));
        client.token = answer["login"]["token"].as_str().unwrap_or_else(|| panic!("{answer}")).into();
        client
    }

    /// The data that answers a request. There must be some: nobody here does what the server can't answer.
    pub(crate) fn ask(&self, query: &str, variables: &Value) -> Value {
        let mut answer = self.send(query, variables);
        assert!(answer["errors"].is_null(), "{query} {variables}: {answer}");
        answer["data"].take()
    }

    fn send(&self, query: &str, variables: &Value) -> Value {
        let request = json!({ "query": query, "variables": variables });
        self.endpoint.post(&self.token, &request).expect("an answer")
    }

    /// What a mutation answers with, and how long it took.
    pub(crate) fn timed(&self, mutation: &str, input: &Value, key: &str, fields: &str) -> (Value, Duration) {
        let input_type = format!("{}{}Input", mutation[..1].to_uppercase(), &mutation[1..]);
        let query = format!(
            "mutation($input: {input_type}!, $key: String!) {{ {mutation}(input: $input, idempotencyKey: $key) {{
                {fields} ... on Refusal {{ code message }} }} }}"
        );
        let variables = json!({ "input": input, "key": key });
        let began = Instant::now();
        let answer = self.ask(&query, &variables);
        (answer[mutation].clone(), began.elapsed())
    }

    /// What a mutation answers with that is expected to succeed.
    pub(crate) fn done(&self, mutation: &str, input: &Value, key: &str, fields: &str) -> Value {
        let (answer, _) = self.timed(mutation, input, key, fields);
        assert!(answer["code"].is_null(), "{mutation} {input}: {answer}");
        answer
    }

    /// Returns once the views of a project include a position.
    pub(crate) fn wait_for_views(&self, project: &str, position: u64) {
        let query = "query($id: UUID!, $at: Position) { project(id: $id, atLeast: $at) { id } }";
        let began = Instant::now();
        loop {
            let answer = self.send(query, &json!({ "id": project, "at": position }));
            if answer["errors"].is_null() {
                return;
            }
            assert_eq!(answer["errors"][0]["extensions"]["code"], "NOT_CAUGHT_UP", "{answer}");
            assert!(began.elapsed() < Duration::from_mins(5), "the views stand still: {answer}");
        }
    }
}
