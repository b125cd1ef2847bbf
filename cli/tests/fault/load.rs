//! The load: annotators at work on tasks that they partly fight over.

use std::sync::{
    atomic::{AtomicBool, Ordering},
    mpsc::Sender,
};

use rand::{RngExt, SeedableRng, rngs::StdRng};
use serde_json::{Value, json};

use crate::client::{Answer, Client, Command};

/// How many tasks a client sees through at least.
const ROUNDS: usize = 3;

/// Why a claim may be refused: somebody else was faster, or the queue does not show the task yet.
const MISSED: [&str; 5] =
    ["NOTHING_TO_CLAIM", "TASK_FULL", "TASK_ALREADY_CLAIMED", "ALREADY_CLAIMED", "ALREADY_ANNOTATED"];

/// The accounts that the clients use.
#[derive(Clone)]
pub(crate) struct Accounts {
    /// A manager who annotates.
    pub(crate) manager: Client,
    pub(crate) reviewer: Client,
}

/// A command with its final answer.
pub(crate) struct Answered {
    pub(crate) command: Command,
    pub(crate) by_reviewer: bool,
    pub(crate) answer: Answer,
}

/// One of the clients.
pub(crate) struct Annotator {
    accounts: Accounts,
    project: Value,
    name: String,
    random: StdRng,
    answers: Sender<()>,
    pub(crate) answered: Vec<Answered>,
}

impl Annotator {
    pub(crate) fn new(accounts: &Accounts, project: &Value, seed: u64, number: usize, answers: Sender<()>) -> Self {
        Self {
            accounts: Accounts {
                manager: accounts.manager.numbered(number),
                reviewer: accounts.reviewer.numbered(number),
            },
            project: project.clone(),
            name: format!("{seed}/{number}"),
            random: StdRng::seed_from_u64(seed.wrapping_mul(1_000).wrapping_add(number as u64)),
            answers,
            answered: Vec::new(),
        }
    }

    /// Works until the last blow has fallen, and at least for a while; then sends everything again, as a client would
    /// that lost the answers.
    pub(crate) fn work(mut self, is_over: &AtomicBool) -> Vec<Answered> {
        for round in 0.. {
            self.see_through(round);
            if round >= ROUNDS && is_over.load(Ordering::SeqCst) {
                break;
            }
        }
        for Answered { command, by_reviewer, answer } in &self.answered {
            let Answer::Acknowledged(first) = answer else { continue };
            match self.account(*by_reviewer).send(command) {
                Answer::Acknowledged(again) => {
                    let expected = json!({
                        "first": first["receipt"]["first"], "last": first["receipt"]["last"], "replayed": true,
                    });
                    assert_eq!(again["receipt"], expected, "{command:?} was answered with {first}");
                }
                refused @ Answer::Refused(_) => panic!("{command:?}: {refused:?}, after {first}"),
            }
        }
        self.answered
    }

    /// One task, from its creation to what becomes of the annotation.
    fn see_through(&mut self, round: usize) {
        let project = self.project.clone();
        let task = json!({
            "projectId": project,
            "content": [{ "name": "prompt", "value": format!("What is {}/{round}?", self.name) }],
            "responses": [{ "text": "This." }, { "text": "That." }],
        });
        let created = self.acknowledged("createTask", round, task, "taskId");
        // its own task, or whichever is next in everybody's queue
        let claim = if self.random.random_ratio(1, 2) {
            json!({ "projectId": project, "taskId": created["taskId"] })
        } else {
            json!({ "projectId": project })
        };
        let claimed = match self.send("claimTask", round, claim, "assignmentId task { id }", false) {
            Answer::Acknowledged(claimed) => claimed,
            Answer::Refused(code) if MISSED.contains(&code.as_str()) => return,
            Answer::Refused(code) => panic!("{}/{round}: the claim was refused: {code}", self.name),
        };
        let task_id = &claimed["task"]["id"];
        let submission =
            json!({ "taskId": task_id, "assignmentId": claimed["assignmentId"], "answers": self.judgment() });
        let submitted = self.acknowledged("submitAnnotation", round, submission, "annotationId");
        let annotation = json!({ "taskId": task_id, "annotationId": submitted["annotationId"] });
        match self.random.random_range(0..4) {
            0 => {
                let mut revision = annotation;
                revision["answers"] = self.judgment();
                self.acknowledged("reviseAnnotation", round, revision, "");
            }
            1 => {
                self.acknowledged("withdrawAnnotation", round, annotation, "");
            }
            2 => {
                let mut review = annotation;
                review["verdict"] = json!("APPROVED");
                let reviewed = self.send("reviewAnnotation", round, review, "", true);
                assert!(matches!(reviewed, Answer::Acknowledged(_)), "{}/{round}: {reviewed:?}", self.name);
            }
            _ => {}
        }
    }

    fn judgment(&mut self) -> Value {
        let outcome = if self.random.random() { "LEFT" } else { "RIGHT" };
        json!([{ "question": "better", "value": { "preference": { "outcome": outcome } } }])
    }

    fn account(&self, by_reviewer: bool) -> &Client {
        if by_reviewer { &self.accounts.reviewer } else { &self.accounts.manager }
    }

    fn acknowledged(&mut self, mutation: &'static str, round: usize, input: Value, fields: &'static str) -> Value {
        match self.send(mutation, round, input, fields, false) {
            Answer::Acknowledged(answer) => answer,
            Answer::Refused(code) => panic!("{}/{round}: {mutation} was refused: {code}", self.name),
        }
    }

    fn send(
        &mut self,
        mutation: &'static str,
        round: usize,
        input: Value,
        fields: &'static str,
        by_reviewer: bool,
    ) -> Answer {
        let command = Command { mutation, key: format!("{}/{round}/{mutation}", self.name), input, fields };
        let answer = self.account(by_reviewer).send(&command);
        // nobody counts any more once the last blow has fallen
        let _ = self.answers.send(());
        self.answered.push(Answered { command, by_reviewer, answer: answer.clone() });
        answer
    }
}
