//! Why a participant refuses a command.

use super::Role;
use crate::Skill;

/// Why a participant refuses a command.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParticipantRefusal {
    /// There is no such participant.
    #[error("there is no such participant")]
    NotFound,
    /// Their personal data has been erased.
    #[error("the participant has been erased")]
    Erased,
    /// They have been registered already.
    #[error("the participant is registered already")]
    AlreadyRegistered,
    /// A text about them is empty or too long.
    #[error("a participant's {field} has 1 to {longest} characters")]
    Text {
        /// Which text.
        field: &'static str,
        /// The longest possible, in Unicode scalar values.
        longest: usize,
    },
    /// The e-mail address can't be one.
    #[error("an e-mail address has one `@` with text and no spaces on both sides")]
    Email,
    /// They have the role already.
    #[error("the participant has the role `{role}` there already")]
    HasRole {
        /// The role.
        role: Role,
    },
    /// The role can't be held in a single project.
    #[error("the role `{role}` is for the whole workspace, and can't be held in a single project")]
    WorkspaceOnly {
        /// The role.
        role: Role,
    },
    /// They have the skill already.
    #[error("the participant has the skill `{skill}` already")]
    HasSkill {
        /// The skill.
        skill: Skill,
    },
    /// They don't have the skill.
    #[error("the participant does not have the skill `{skill}`")]
    LacksSkill {
        /// The skill.
        skill: Skill,
    },
    /// They don't have the role.
    #[error("the participant does not have the role `{role}` there")]
    LacksRole {
        /// The role.
        role: Role,
    },
}
