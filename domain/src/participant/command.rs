//! What may be asked of a participant.

use super::{ParticipantKind, Role};
use crate::Personal;

/// What may be asked of a participant.
#[derive(Clone, Debug, PartialEq)]
pub enum ParticipantCommand {
    /// Take someone in.
    Register {
        /// A person or a program.
        kind: ParticipantKind,
        /// What they are called.
        name: Personal<String>,
        /// Where they can be reached; also what they sign in with.
        email: Option<Personal<String>>,
        /// What they may do from the start.
        roles: Vec<Role>,
    },
    /// Let them do more.
    GrantRole {
        /// What they may do from now on.
        role: Role,
    },
    /// Note that their personal data has been erased.
    Erase,
    /// Let them do less.
    RevokeRole {
        /// What they may no longer do.
        role: Role,
    },
}
