//! The load: annotators at work on tasks that they partly fight over. The tasks are about people, some of whom are erased
//! meanwhile.

use std::sync::{
    atomic::{AtomicBool, Ordering},
    mpsc::Sender,
};

use rand::{RngExt, SeedableRng, rngs::StdRng};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::client::{Answer, Client, Command, PASSWORD, positions};

/// How many tasks a client sees through at least.
const ROUNDS: usize = 3;

/// Why a claim may be refused: somebody else was faster, perhaps under the same account, or the queue does not show the
/// task yet.
const MISSED: [&str; 5] = ["NOTHING_TO_CLAIM", "TASK_FULL", "ALREADY_CLAIMED", "ALREADY_ANNOTATED", "HOLDS_A_LEASE"];

/// The accounts that the clients use.
#[derive(Clone)]
pub(crate) struct Accounts {
    pub(crate) manager: Client,
    /// Each is shared by a few clients.
    pub(crate) annotators: Vec<Client>,
    pub(crate) reviewer: Client,
    /// Takes people in, and erases them.
    pub(crate) officer: Client,
}

/// Which of them sends a command.
#[derive(Clone, Copy, Debug)]
pub(crate) enum By {
    Manager,
    Annotator,
    Reviewer,
    Officer,
}

/// A command with its final answer.
pub(crate) struct Answered {
    pub(crate) command: Command,
    by: By,
    pub(crate) answer: Answer,
}

/// One of the clients.
pub(crate) struct Annotator {
    accounts: Accounts,
    project: Value,
    seed: u64,
    number: u64,
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
                annotators: vec![accounts.annotators[number % accounts.annotators.len()].numbered(number)],
                reviewer: accounts.reviewer.numbered(number),
                officer: accounts.officer.numbered(number),
            },
            project: project.clone(),
            seed,
            number: number as u64,
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
        // the last one first: what is sent after an erasure must not undo it
        for Answered { command, by, answer } in self.answered.iter().rev() {
            let Answer::Acknowledged(first) = answer else { continue };
            match self.account(*by).send(command) {
                Answer::Acknowledged(again) => {
                    assert_eq!(positions(&again), positions(first), "{command:?} was answered with {first}");
                    assert_ne!(again["receipt"]["replayed"], false, "{command:?} was answered with {first}");
                }
                refused @ Answer::Refused(_) => panic!("{command:?}: {refused:?}, after {first}"),
            }
        }
        self.answered
    }

    /// One task, from its creation to what becomes of the annotation.
    fn see_through(&mut self, round: usize) {
        let (project, person) = (self.project.clone(), self.person(round));
        let task = json!({
            "projectId": project,
            "content": [
                { "name": "prompt", "value": format!("What is {}/{round}?", self.name) },
                { "name": "story", "value": format!("What {} told {}", person, self.name), "subjectId": person },
            ],
            "responses": [{ "text": "This." }, { "text": "That." }],
        });
        let created = match self.send("createTask", round, task, "taskId", By::Manager) {
            Answer::Acknowledged(created) => created,
            // the neighbour was faster in having them erased
            Answer::Refused(code) if code == "ERASED" => return,
            Answer::Refused(code) => panic!("{}/{round}: the task was refused: {code}", self.name),
        };
        self.take_in_or_erase(round, person);
        // its own task, or whichever is next in everybody's queue
        let claim = if self.random.random_ratio(1, 2) {
            json!({ "projectId": project, "taskId": created["taskId"] })
        } else {
            json!({ "projectId": project })
        };
        let claimed = match self.send("claimTask", round, claim, "assignmentId task { id }", By::Annotator) {
            Answer::Acknowledged(claimed) => claimed,
            Answer::Refused(code) if MISSED.contains(&code.as_str()) => return,
            Answer::Refused(code) => panic!("{}/{round}: the claim was refused: {code}", self.name),
        };
        let task_id = &claimed["task"]["id"];
        let submission =
            json!({ "taskId": task_id, "assignmentId": claimed["assignmentId"], "answers": self.judgment() });
        let submitted = self.acknowledged("submitAnnotation", round, submission, "annotationId", By::Annotator);
        let annotation = json!({ "taskId": task_id, "annotationId": submitted["annotationId"] });
        match self.random.random_range(0..4) {
            0 => {
                let mut revision = annotation;
                revision["answers"] = self.judgment();
                self.acknowledged("reviseAnnotation", round, revision, "", By::Annotator);
            }
            1 => {
                self.acknowledged("withdrawAnnotation", round, annotation, "", By::Annotator);
            }
            2 => {
                let mut review = annotation;
                review["verdict"] = json!("APPROVED");
                self.acknowledged("reviewAnnotation", round, review, "", By::Reviewer);
            }
            _ => {}
        }
    }

    /// Whom a task is about: each two neighbours hear of the same people, at about the same time.
    fn person(&self, round: usize) -> Uuid {
        Uuid::from_u64_pair(self.seed, self.number / 2 * 1_000_000 + round as u64)
    }

    /// Now and then someone is taken in, or erased. Nobody is erased by more than one client.
    fn take_in_or_erase(&mut self, round: usize, person: Uuid) {
        let erased = match self.random.random_range(0..16) {
            0 => {
                let name = format!("{}/{round}", self.name);
                let someone = json!({
                    "name": name, "email": format!("{name}@example.org"), "password": PASSWORD, "roles": [],
                });
                let taken_in = self.acknowledged("registerParticipant", round, someone, "participantId", By::Officer);
                let leaves_again: bool = self.random.random();
                leaves_again.then(|| taken_in["participantId"].clone())
            }
            1..4 if self.number.is_multiple_of(2) => Some(json!(person)),
            _ => None,
        };
        if let Some(erased) = erased {
            let why = json!({ "subjectId": erased, "basis": "GDPR Art. 17(1)(b)", "reference": "DSR-17" });
            self.acknowledged("eraseSubject", round, why, "", By::Officer);
        }
    }

    fn judgment(&mut self) -> Value {
        let outcome = if self.random.random() { "LEFT" } else { "RIGHT" };
        let reason = format!("The {}th reason of {}.", self.random.random::<u32>(), self.name);
        json!([
            { "question": "better", "value": { "preference": { "outcome": outcome } } },
            { "question": "reason", "value": { "text": reason } },
        ])
    }

    fn account(&self, by: By) -> &Client {
        match by {
            By::Manager => &self.accounts.manager,
            By::Annotator => &self.accounts.annotators[0],
            By::Reviewer => &self.accounts.reviewer,
            By::Officer => &self.accounts.officer,
        }
    }

    fn acknowledged(
        &mut self,
        mutation: &'static str,
        round: usize,
        input: Value,
        fields: &'static str,
        by: By,
    ) -> Value {
        match self.send(mutation, round, input, fields, by) {
            Answer::Acknowledged(answer) => answer,
            Answer::Refused(code) => panic!("{}/{round}: {mutation} was refused: {code}", self.name),
        }
    }

    fn send(&mut self, mutation: &'static str, round: usize, input: Value, fields: &'static str, by: By) -> Answer {
        let command = Command { mutation, key: format!("{}/{round}/{mutation}", self.name), input, fields };
        let answer = self.account(by).send(&command);
        // nobody counts any more once the last blow has fallen
        let _ = self.answers.send(());
        self.answered.push(Answered { command, by, answer: answer.clone() });
        answer
    }
}
