//! What a participant may do.

use std::{fmt, str::FromStr};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a participant may do. A participant may have several roles, or none; see [`HeldRole`](super::HeldRole) for where.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Registers people and grants roles.
    Admin,
    /// Creates projects and tasks.
    Manager,
    /// Claims tasks and answers them.
    Annotator,
    /// Judges annotations made by others.
    Reviewer,
    /// Reads results and exports datasets.
    Researcher,
    /// Is a program: creates, routes and closes tasks, and reads results.
    Service,
    /// Reads the history, and changes nothing.
    Auditor,
    /// Erases people, and answers for it.
    Compliance,
}

impl Role {
    /// Every role, in order.
    pub const ALL: [Self; 8] = [
        Self::Admin,
        Self::Manager,
        Self::Annotator,
        Self::Reviewer,
        Self::Researcher,
        Self::Service,
        Self::Auditor,
        Self::Compliance,
    ];

    /// Whether it can be held in a single project. The others are about people, or about the history as a whole.
    #[must_use]
    pub const fn is_for_projects(self) -> bool {
        matches!(self, Self::Manager | Self::Annotator | Self::Reviewer | Self::Researcher | Self::Service)
    }

    /// The name under which it is stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Manager => "manager",
            Self::Annotator => "annotator",
            Self::Reviewer => "reviewer",
            Self::Researcher => "researcher",
            Self::Service => "service",
            Self::Auditor => "auditor",
            Self::Compliance => "compliance",
        }
    }
}

/// A text that names no role.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not a role; the roles are admin, manager, annotator, reviewer, researcher, service, auditor and compliance"
)]
pub struct UnknownRole(String);

impl FromStr for Role {
    type Err = UnknownRole;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|role| role.as_str() == text).ok_or_else(|| UnknownRole(text.to_owned()))
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
