//! A person or a model that acts in the ledger, and what each may do.

mod command;
mod event;
mod held_role;
mod refusal;
mod role;
#[cfg(test)]
mod tests;

pub use command::ParticipantCommand;
pub use event::{
    ParticipantErased, ParticipantEvent, ParticipantRegistered, RoleGranted, RoleRevoked, SkillGranted, SkillRevoked,
};
pub use held_role::{HeldRole, Roles};
pub use refusal::ParticipantRefusal;
pub use role::{Role, UnknownRole};

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Aggregate, Personal, Skill, StreamType, aggregate::cqrs_aggregate};

/// A participant's state. Their name is not part of it: no decision needs it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Participant {
    registered: bool,
    erased: bool,
    roles: Roles,
    skills: BTreeSet<Skill>,
}

/// Whether a participant is a person or a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ParticipantKind {
    /// A person.
    Human,
    /// A model or another program.
    Machine,
}

impl Participant {
    /// Whether the participant exists.
    #[must_use]
    pub const fn is_registered(&self) -> bool {
        self.registered
    }

    /// Whether the participant's personal data has been erased.
    #[must_use]
    pub const fn is_erased(&self) -> bool {
        self.erased
    }

    /// What the participant is able to do.
    #[must_use]
    pub const fn skills(&self) -> &BTreeSet<Skill> {
        &self.skills
    }

    /// What the participant may do, and where.
    #[must_use]
    pub const fn roles(&self) -> &Roles {
        &self.roles
    }
}

impl Aggregate for Participant {
    const STREAM: StreamType = StreamType::Participant;
    type Command = ParticipantCommand;
    type Event = ParticipantEvent;
    type Refusal = ParticipantRefusal;

    fn decide(&self, command: &ParticipantCommand) -> Result<Vec<ParticipantEvent>, ParticipantRefusal> {
        match command {
            ParticipantCommand::Register { .. } if self.registered => Err(ParticipantRefusal::AlreadyRegistered),
            ParticipantCommand::Register { kind, name, email, roles } => {
                check_text("name", name, 200)?;
                if let Some(email) = email {
                    check_email(email)?;
                }
                let registered = ParticipantRegistered { kind: *kind, name: name.clone(), email: email.clone() };
                if let Some(impossible) = roles.iter().find(|held| !held.is_possible()) {
                    return Err(ParticipantRefusal::WorkspaceOnly { role: impossible.role });
                }
                let granted = roles.iter().map(|&HeldRole { role, project }| RoleGranted { role, project }.into());
                Ok(std::iter::once(registered.into()).chain(granted).collect())
            }
            _ if !self.registered => Err(ParticipantRefusal::NotFound),
            _ if self.erased => Err(ParticipantRefusal::Erased),
            ParticipantCommand::Erase => Ok(vec![ParticipantErased {}.into()]),
            ParticipantCommand::GrantRole { role, project } => {
                self.grant_role(HeldRole { role: *role, project: *project })
            }
            ParticipantCommand::RevokeRole { role, project } => {
                self.revoke_role(HeldRole { role: *role, project: *project })
            }
            ParticipantCommand::GrantSkill { skill } if self.skills.contains(skill) => {
                Err(ParticipantRefusal::HasSkill { skill: skill.clone() })
            }
            ParticipantCommand::GrantSkill { skill } => Ok(vec![SkillGranted { skill: skill.clone() }.into()]),
            ParticipantCommand::RevokeSkill { skill } if !self.skills.contains(skill) => {
                Err(ParticipantRefusal::LacksSkill { skill: skill.clone() })
            }
            ParticipantCommand::RevokeSkill { skill } => Ok(vec![SkillRevoked { skill: skill.clone() }.into()]),
        }
    }

    fn apply(&mut self, event: &ParticipantEvent) {
        match event {
            ParticipantEvent::ParticipantRegistered(_) => self.registered = true,
            ParticipantEvent::RoleGranted(RoleGranted { role, project }) => {
                self.roles.grant(HeldRole { role: *role, project: *project });
            }
            ParticipantEvent::RoleRevoked(RoleRevoked { role, project }) => {
                self.roles.revoke(HeldRole { role: *role, project: *project });
            }
            ParticipantEvent::SkillGranted(granted) => {
                self.skills.insert(granted.skill.clone());
            }
            ParticipantEvent::SkillRevoked(revoked) => {
                self.skills.remove(&revoked.skill);
            }
            ParticipantEvent::ParticipantErased(_) => {
                self.erased = true;
                self.roles.clear();
                self.skills.clear();
            }
        }
    }
}

cqrs_aggregate!(Participant);

impl Participant {
    fn grant_role(&self, held: HeldRole) -> Result<Vec<ParticipantEvent>, ParticipantRefusal> {
        let HeldRole { role, project } = held;
        if !held.is_possible() {
            return Err(ParticipantRefusal::WorkspaceOnly { role });
        }
        if self.roles.contains(held) {
            return Err(ParticipantRefusal::HasRole { role });
        }
        Ok(vec![RoleGranted { role, project }.into()])
    }

    fn revoke_role(&self, held: HeldRole) -> Result<Vec<ParticipantEvent>, ParticipantRefusal> {
        let HeldRole { role, project } = held;
        if !self.roles.contains(held) {
            return Err(ParticipantRefusal::LacksRole { role });
        }
        Ok(vec![RoleRevoked { role, project }.into()])
    }
}

fn check_text(field: &'static str, text: &Personal<String>, longest: usize) -> Result<(), ParticipantRefusal> {
    let clear = text.as_clear().map(|clear| clear.trim()).unwrap_or_default();
    if clear.is_empty() || clear.chars().count() > longest {
        return Err(ParticipantRefusal::Text { field, longest });
    }
    Ok(())
}

/// RFC 5321 §4.5.3.1.3 bounds an address at 254 characters; beyond one `@` with something on both sides, only
/// delivery can tell whether it is real.
fn check_email(email: &Personal<String>) -> Result<(), ParticipantRefusal> {
    check_text("e-mail address", email, 254)?;
    let parts = email.as_clear().and_then(|address| address.split_once('@'));
    match parts {
        Some((local, domain))
            if !local.is_empty()
                && !domain.is_empty()
                && !domain.contains('@')
                && !local.contains(char::is_whitespace)
                && !domain.contains(char::is_whitespace) =>
        {
            Ok(())
        }
        _ => Err(ParticipantRefusal::Email),
    }
}
