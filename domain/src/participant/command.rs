//! What may be asked of a participant.

use super::{HeldRole, ParticipantKind, Role};
use crate::{Personal, ProjectId, Skill};

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
        /// What they may do from the start, and where.
        roles: Vec<HeldRole>,
    },
    /// Let them do more.
    GrantRole {
        /// What they may do from now on.
        role: Role,
        /// In which project alone; without it, in the whole workspace.
        project: Option<ProjectId>,
    },
    /// Count them as able to do something.
    GrantSkill {
        /// What it is.
        skill: Skill,
    },
    /// Count them as no longer able to do something.
    RevokeSkill {
        /// What it is.
        skill: Skill,
    },
    /// Note that their personal data has been erased.
    Erase,
    /// Let them do less.
    RevokeRole {
        /// What they may no longer do.
        role: Role,
        /// The project for which it was granted; without it, the whole workspace.
        project: Option<ProjectId>,
    },
}
