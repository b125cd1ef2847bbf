//! A client of the GraphQL API, with the time that every call takes.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// One account, signed in.
#[derive(Clone)]
pub(crate) struct Client {
    agent: ureq::Agent,
    url: String,
    pub(crate) token: String,
}

impl Client {
    pub(crate) fn sign_in(url: &str, email: &str) -> Self {
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(Duration::from_secs(30)))
            .build()
            .new_agent();
        let mut client = Self { agent, url: url.to_owned(), token: String::new() };
        let query = "mutation($email: String!, $password: String!) { login(email: $email, password: $password) {
            ... on Session { token } ... on Refusal { message } } }";
        let answer = client.ask(query, &json!({ "email": email, "password": crate::support::PASSWORD }));
        client.token = answer["login"]["token"].as_str().unwrap_or_else(|| panic!("{answer}")).into();
        client
    }

    /// The data that answers a request. There must be some: nobody here does what the server can't answer.
    pub(crate) fn ask(&self, query: &str, variables: &Value) -> Value {
        let mut request = self.agent.post(&self.url);
        if !self.token.is_empty() {
            request = request.header("authorization", format!("Bearer {}", self.token));
        }
        let sent = request.send_json(json!({ "query": query, "variables": variables }));
        let answer: Value = sent.and_then(|mut response| response.body_mut().read_json()).expect("an answer");
        assert!(answer["errors"].is_null(), "{query} {variables}: {answer}");
        answer["data"].clone()
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
            let request = json!({ "query": query, "variables": { "id": project, "at": position } });
            let request_to = self.agent.post(&self.url).header("authorization", format!("Bearer {}", self.token));
            let sent = request_to.send_json(request);
            let answer: Value = sent.and_then(|mut response| response.body_mut().read_json()).expect("an answer");
            if answer["errors"].is_null() {
                return;
            }
            assert_eq!(answer["errors"][0]["extensions"]["code"], "NOT_CAUGHT_UP", "{answer}");
            assert!(began.elapsed() < Duration::from_mins(5), "the views stand still: {answer}");
        }
    }
}
