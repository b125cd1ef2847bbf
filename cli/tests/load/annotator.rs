//! One annotator: claims and answers, and misbehaves as often as people and their networks do.

use std::{
    collections::BTreeSet,
    sync::{PoisonError, atomic::Ordering},
    thread,
    time::{Duration, Instant},
};

use rand::{RngExt, SeedableRng, rngs::StdRng};
use serde_json::{Value, json};

use crate::{Campaign, client::Client, figures::Figures};

/// How long an annotator waits who has found nothing to do.
const LOOKS_AGAIN_AFTER: Duration = Duration::from_millis(20);

/// How long somebody looks for work that must be there.
const GIVES_UP_AFTER: Duration = Duration::from_mins(1);

const CLAIMED: &str = "... on TaskClaimed { assignmentId task { id content { name value } responses { text } } }";
const SUBMITTED: &str = "... on AnnotationSubmitted { annotationId receipt { first last replayed } }";

/// What an annotator is about to do.
enum Turn {
    Answer,
    AnswerTwice,
    Skip,
    GoSilent,
    Race,
}

/// An annotation that was acknowledged.
pub(crate) struct Acknowledged {
    pub(crate) id: String,
    pub(crate) task: String,
    /// The last position that tells of it.
    pub(crate) last: u64,
    pub(crate) at: Instant,
}

/// What an annotator saw.
#[derive(Default)]
pub(crate) struct Seen {
    pub(crate) acknowledged: Vec<Acknowledged>,
    /// Tasks that somebody was shown again after they had answered or skipped them.
    pub(crate) again: Vec<String>,
    pub(crate) claims: Figures,
    pub(crate) submits: Figures,
}

/// Somebody, with the tasks that they have answered or skipped.
pub(crate) struct Person {
    pub(crate) client: Client,
    pub(crate) finished: BTreeSet<String>,
}

/// A place at which somebody works.
pub(crate) struct Annotator {
    number: usize,
    person: Person,
    random: StdRng,
    commands: u32,
    seen: Seen,
}

impl Annotator {
    pub(crate) fn new(number: usize, person: Person) -> Self {
        Self { number, person, random: StdRng::seed_from_u64(number as u64), commands: 0, seen: Seen::default() }
    }

    /// Works until nothing is missing.
    pub(crate) fn work(mut self, campaign: &Campaign) -> Seen {
        // people don't sit down all at the same moment
        self.think(campaign);
        let mut worked = Instant::now();
        while campaign.missing.load(Ordering::Relaxed) > 0 {
            let turn = match self.random.random_range(0..100) {
                0..10 => Turn::Skip,
                10..15 => Turn::GoSilent,
                15..20 => Turn::AnswerTwice,
                20..25 => Turn::Race,
                _ => Turn::Answer,
            };
            let Some((task, assignment)) = self.claim(campaign, matches!(turn, Turn::Race)) else {
                let idle = worked.elapsed();
                assert!(
                    idle < GIVES_UP_AFTER + 10 * campaign.think,
                    "annotations are missing, and nobody gets a task"
                );
                thread::sleep(LOOKS_AGAIN_AFTER);
                self.think(campaign);
                continue;
            };
            worked = Instant::now();
            self.think(campaign);
            match turn {
                Turn::Skip => self.skip(&task, &assignment),
                Turn::GoSilent => self.go_silent(campaign),
                Turn::AnswerTwice => self.answer(campaign, &task, &assignment, 2),
                Turn::Answer | Turn::Race => self.answer(campaign, &task, &assignment, 1),
            }
        }
        self.seen
    }

    /// Sits before the screen for a while, which is the project's time to think on average.
    fn think(&mut self, campaign: &Campaign) {
        thread::sleep(campaign.think.mul_f64(self.random.random_range(0.0..2.0)));
    }

    fn key(&mut self, what: &str) -> String {
        self.commands += 1;
        format!("{what} {} {}", self.number, self.commands)
    }

    /// The task and the lease, if there was something to claim.
    fn claim(&mut self, campaign: &Campaign, race: bool) -> Option<(String, String)> {
        let hot = campaign.hot.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let mut input = json!({ "projectId": campaign.project });
        if let (true, Some(task)) = (race, &hot) {
            input["taskId"] = json!(task);
        }
        let key = self.key("claim");
        let (claimed, took) = self.person.client.timed("claimTask", &input, &key, CLAIMED);
        self.seen.claims.add(took);
        match claimed["code"].as_str() {
            None => {}
            Some(
                "NOTHING_TO_CLAIM" | "HOLDS_A_LEASE" | "TASK_FULL" | "ALREADY_ANNOTATED" | "ALREADY_CLAIMED"
                | "SKIPPED",
            ) => return None,
            Some(code) => panic!("{code}: {claimed}"),
        }
        let text = |value: &Value| value.as_str().expect("an id").to_owned();
        let (task, assignment) = (text(&claimed["task"]["id"]), text(&claimed["assignmentId"]));
        if self.person.finished.contains(&task) {
            self.seen.again.push(task.clone());
        }
        *campaign.hot.lock().unwrap_or_else(PoisonError::into_inner) = Some(task.clone());
        Some((task, assignment))
    }

    fn skip(&mut self, task: &str, assignment: &str) {
        let input = json!({ "taskId": task, "assignmentId": assignment, "reason": "I can't tell." });
        let key = self.key("skip");
        self.person.client.done("skipTask", &input, &key, "... on TaskSkipped { receipt { last } }");
        self.person.finished.insert(task.to_owned());
    }

    /// Leaves without a word; somebody else takes the seat, and the first comes back some day.
    fn go_silent(&mut self, campaign: &Campaign) {
        let mut idle = campaign.idle.lock().unwrap_or_else(PoisonError::into_inner);
        // those who left first come back first: their leases have lapsed
        if let Some(newcomer) = idle.pop_front() {
            idle.push_back(std::mem::replace(&mut self.person, newcomer));
        }
    }

    fn answer(&mut self, campaign: &Campaign, task: &str, assignment: &str, times: usize) {
        let outcome = ["LEFT", "RIGHT", "TIE"][self.random.random_range(0..3)];
        let preference = json!({ "question": "better", "value": { "preference": { "outcome": outcome } } });
        let reason = json!({ "question": "reason", "value": { "text": "It says more in fewer words." } });
        let input = json!({ "taskId": task, "assignmentId": assignment, "answers": [preference, reason] });
        let key = self.key("submit");
        let (submitted, took) = self.person.client.timed("submitAnnotation", &input, &key, SUBMITTED);
        if submitted["code"] == "ASSIGNMENT_EXPIRED" || submitted["code"] == "ASSIGNMENT_NOT_FOUND" {
            // slower than the short leases here: nothing was acknowledged, and somebody else gets the task
            return;
        }
        assert!(submitted["code"].is_null(), "{submitted}");
        self.seen.submits.add(took);
        for _ in 1..times {
            let again = self.person.client.done("submitAnnotation", &input, &key, SUBMITTED);
            assert_eq!(again["annotationId"], submitted["annotationId"]);
            assert_eq!(again["receipt"]["first"], submitted["receipt"]["first"]);
            assert_eq!(again["receipt"]["replayed"], true);
        }
        let id = submitted["annotationId"].as_str().expect("an id").to_owned();
        let last = submitted["receipt"]["last"].as_u64().expect("a position");
        self.seen.acknowledged.push(Acknowledged { id, task: task.to_owned(), last, at: Instant::now() });
        self.person.finished.insert(task.to_owned());
        if campaign.wanted.contains(task) {
            campaign.missing.fetch_sub(1, Ordering::Relaxed);
        }
    }
}
