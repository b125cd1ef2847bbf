//! A data subject: whoever personal data is about, whether they take part or are only spoken of.
//!
//! The stream tells what became of their data: that it was shown to someone who audits, and that it was erased.

mod command;
mod event;
mod refusal;
#[cfg(test)]
mod tests;

pub use command::SubjectCommand;
pub use event::{DisclosedField, PersonalDataDisclosed, SubjectErased, SubjectEvent};
pub use refusal::SubjectRefusal;

use serde::{Deserialize, Serialize};

use crate::{Aggregate, StreamType, aggregate::cqrs_aggregate};

/// A data subject's state.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Subject {
    erased: bool,
}

/// The longest basis or reference, in Unicode scalar values.
pub const MAX_NOTE: usize = 500;

impl Subject {
    /// Whether the subject has been erased.
    #[must_use]
    pub const fn is_erased(&self) -> bool {
        self.erased
    }
}

impl Aggregate for Subject {
    const STREAM: StreamType = StreamType::Subject;
    type Command = SubjectCommand;
    type Event = SubjectEvent;
    type Refusal = SubjectRefusal;

    fn decide(&self, command: &SubjectCommand) -> Result<Vec<SubjectEvent>, SubjectRefusal> {
        match command {
            _ if self.erased => Err(SubjectRefusal::Erased),
            SubjectCommand::Erase { basis, reference, key_fingerprint } => {
                let (basis, reference) = (note("basis", basis)?, note("reference", reference)?);
                Ok(vec![SubjectErased { basis, reference, key_fingerprint: key_fingerprint.clone() }.into()])
            }
            SubjectCommand::Disclose { to, fields } if !fields.is_empty() => {
                Ok(vec![PersonalDataDisclosed { to: *to, fields: fields.clone() }.into()])
            }
            SubjectCommand::Disclose { .. } => Err(SubjectRefusal::NothingDisclosed),
        }
    }

    fn apply(&mut self, event: &SubjectEvent) {
        match event {
            SubjectEvent::SubjectErased(_) => self.erased = true,
            SubjectEvent::PersonalDataDisclosed(_) => {}
        }
    }
}

cqrs_aggregate!(Subject);

fn note(field: &'static str, text: &str) -> Result<String, SubjectRefusal> {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > MAX_NOTE || text.chars().any(char::is_control) {
        return Err(SubjectRefusal::Note { field });
    }
    Ok(text.to_owned())
}
