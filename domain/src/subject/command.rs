//! What may be asked about a data subject.

use super::DisclosedField;
use crate::ParticipantId;

/// What may be asked about a data subject.
#[derive(Clone, Debug, PartialEq)]
pub enum SubjectCommand {
    /// Erase them: their key is to be destroyed.
    Erase {
        /// On what legal basis.
        basis: String,
        /// The request's name where requests are kept. Neither may say who the subject is.
        reference: String,
        /// The SHA-256 of the key that is to be destroyed, in hexadecimal, if there is one.
        key_fingerprint: Option<String>,
    },
    /// Note that their data was shown.
    Disclose {
        /// To whom.
        to: ParticipantId,
        /// What was shown.
        fields: Vec<DisclosedField>,
    },
}
