//! Which of a task's two responses is better, and by how much.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Reason;

/// The most degrees of strength that can be asked.
const MAX_STRENGTHS: u8 = 10;

/// Which of a task's two responses is better, and by how much.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PreferenceQuestion {
    /// How many degrees of strength there are, 1 (slightest) to this; 0 if strength is not asked. At most 10.
    pub strengths: u8,
    /// Whether "equally good" is an answer.
    pub tie: bool,
    /// Whether "both are bad" is an answer.
    pub both_bad: bool,
}

/// Which response was preferred, and how strongly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PreferenceAnswer {
    /// Which side was preferred, if any.
    pub outcome: PreferenceOutcome,
    /// How strongly, from 1 (slightest); given exactly when the question asks for it and one side is preferred.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub strength: Option<u8>,
}

/// The outcome of comparing two responses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PreferenceOutcome {
    /// The first of the two responses.
    Left,
    /// The second of the two responses.
    Right,
    /// Equally good.
    Tie,
    /// Neither will do.
    BothBad,
}

impl PreferenceOutcome {
    /// The name under which it is stored and counted.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Left => "left",
            Self::Right => "right",
            Self::Tie => "tie",
            Self::BothBad => "both_bad",
        }
    }

    /// Whether one response was preferred over the other.
    #[must_use]
    pub const fn is_decisive(self) -> bool {
        matches!(self, Self::Left | Self::Right)
    }
}

impl PreferenceQuestion {
    pub(in crate::form) fn check(self) -> Result<(), Reason> {
        if self.strengths > MAX_STRENGTHS {
            let strengths = self.strengths;
            return Err(format!("it has {strengths} degrees of strength; at most {MAX_STRENGTHS} can be asked"));
        }
        Ok(())
    }

    pub(in crate::form) fn accept(
        self,
        given: PreferenceAnswer,
        responses: usize,
    ) -> Result<PreferenceAnswer, Reason> {
        if responses != 2 {
            return Err(format!("a preference compares two responses, and this task has {responses}"));
        }
        match given.outcome {
            PreferenceOutcome::Tie if !self.tie => return Err("a tie is not an answer to it".into()),
            PreferenceOutcome::BothBad if !self.both_bad => return Err("\"both bad\" is not an answer to it".into()),
            _ => {}
        }
        match given.strength {
            Some(_) if self.strengths == 0 => Err("it does not ask for a strength".into()),
            Some(_) if !given.outcome.is_decisive() => Err("a strength needs a preferred side".into()),
            Some(strength) if strength == 0 || strength > self.strengths => {
                Err(format!("strength {strength} is not between 1 and {}", self.strengths))
            }
            None if self.strengths > 0 && given.outcome.is_decisive() => {
                Err(format!("it asks for a strength between 1 and {}", self.strengths))
            }
            _ => Ok(given),
        }
    }
}
