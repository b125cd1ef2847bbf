//! What every store is asked to record: somebody's answer in a labelling task.

use serde::{Deserialize, Serialize};
use stele_ledger::Ledger;
use uuid::{Builder, Uuid};

/// The length of an event's payload, as JSON.
pub(crate) const PAYLOAD_BYTES: usize = 700;
/// What of it isn't the comment.
const FRAME_BYTES: usize = 160;

/// The event.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct AnswerGiven {
    project: Uuid,
    annotator: Uuid,
    question: String,
    choice: String,
    comment: String,
}

/// One request to a store.
#[derive(Clone, Debug)]
pub(crate) struct Command {
    /// The new stream.
    pub(crate) stream: Uuid,
    /// The command's own name, as its client chose it.
    pub(crate) key: String,
    /// Who gives the answer.
    pub(crate) actor: Uuid,
    /// The event to be recorded.
    pub(crate) answer: AnswerGiven,
}

/// Makes commands, each for a stream of its own.
#[derive(Clone)]
pub(crate) struct Workload {
    ledger: Ledger,
    answer: AnswerGiven,
    random_keys: bool,
}

impl Workload {
    /// A workload with ids from the ledger's mint.
    pub(crate) fn new(ledger: Ledger, random_keys: bool) -> Self {
        let answer = AnswerGiven {
            project: ledger.mint().fresh(),
            annotator: ledger.mint().fresh(),
            question: "preference".to_owned(),
            choice: "response-b".to_owned(),
            comment: comment(),
        };
        Self { ledger, answer, random_keys }
    }

    /// The next command.
    pub(crate) fn command(&self) -> Command {
        let mint = self.ledger.mint();
        let key: Uuid = if self.random_keys {
            // these reach the index of receipts in no order
            let mut random = [0; 16];
            random.copy_from_slice(&mint.secret()[..16]);
            Builder::from_random_bytes(random).into_uuid()
        } else {
            mint.fresh()
        };
        Command {
            stream: mint.fresh(),
            key: key.to_string(),
            actor: self.answer.annotator,
            answer: self.answer.clone(),
        }
    }
}

fn comment() -> String {
    let sentence = "The second response answers what was asked, names its source and leaves nothing out. ";
    sentence.chars().cycle().take(PAYLOAD_BYTES - FRAME_BYTES).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_payload_is_as_long_as_the_table_says() {
        let answer = AnswerGiven {
            question: "preference".to_owned(),
            choice: "response-b".to_owned(),
            comment: comment(),
            ..AnswerGiven::default()
        };
        assert_eq!(serde_json::to_string(&answer).expect("serialises").len(), PAYLOAD_BYTES);
    }
}
