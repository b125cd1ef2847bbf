//! What may have happened to a participant.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{ParticipantKind, Role};
use crate::{
    ProjectId, Skill,
    event::{Payload, events},
    personal::{Personal, PersonalField, PersonalFields},
};

events! {
    /// What may have happened to a participant.
    ParticipantEvent {
        /// They were taken in.
        ParticipantRegistered @ 1,
        /// They may do more.
        RoleGranted @ 2 since 1,
        /// They may do less.
        RoleRevoked @ 2 since 1,
        /// They were found able to do something.
        SkillGranted @ 1,
        /// They no longer count as able to do something.
        SkillRevoked @ 1,
        /// Their personal data was erased.
        ParticipantErased @ 1,
    }
}

/// Someone was taken in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ParticipantRegistered {
    /// A person or a program.
    pub kind: ParticipantKind,
    /// What they are called.
    pub name: Personal<String>,
    /// Where they can be reached; also what they sign in with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<Personal<String>>,
}

/// A participant may do more.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RoleGranted {
    /// What they may do from now on.
    pub role: Role,
    /// In which project alone; without it, in the whole workspace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<ProjectId>,
}

/// A participant may do less.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RoleRevoked {
    /// What they may no longer do.
    pub role: Role,
    /// The project for which it had been granted; without it, the whole workspace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<ProjectId>,
}

/// A participant was found able to do something that tasks may ask for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SkillGranted {
    /// What they are able to do.
    pub skill: Skill,
}

/// A participant no longer counts as able to do something.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SkillRevoked {
    /// What it was.
    pub skill: Skill,
}

/// A participant's personal data was erased: they do nothing any more. What they did stays.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ParticipantErased {}

impl Payload for ParticipantRegistered {
    fn personal_fields(&mut self) -> PersonalFields<'_> {
        let name = ("name".to_owned(), &mut self.name as &mut dyn PersonalField);
        let email = self.email.as_mut().map(|email| ("email".to_owned(), email as &mut dyn PersonalField));
        std::iter::once(name).chain(email).collect()
    }
}

impl Payload for RoleGranted {}
impl Payload for RoleRevoked {}
impl Payload for SkillGranted {}
impl Payload for SkillRevoked {}
impl Payload for ParticipantErased {}
