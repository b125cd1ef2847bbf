//! Which rows are to train with, and which to validate and to test with.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::RecipeError;

/// How rows are divided. Everything is to train with by default.
///
/// A row's side depends on its group and the key alone, so it never changes as data grow; and all rows of a group are on the
/// same side.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Split {
    /// What rows must have in common to be on the same side.
    pub by: SplitBy,
    /// The share of groups to validate with, from 0 to 1.
    pub validation: f64,
    /// The share of groups to test with, from 0 to 1.
    pub test: f64,
    /// Another key gives another division.
    pub key: String,
}

/// What rows must have in common to be on the same side.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SplitBy {
    /// The prompt.
    #[default]
    Prompt,
    /// The task.
    Task,
}

/// A side of a dataset, in the order in which they are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    /// To train with.
    Train,
    /// To choose between models with.
    Validation,
    /// To test with.
    Test,
}

impl Side {
    /// The name of the split that the side is.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Train => "train",
            Self::Validation => "validation",
            Self::Test => "test",
        }
    }
}

impl Split {
    pub(crate) fn check(&self) -> Result<(), RecipeError> {
        for (field, share) in [("split.test", self.test), ("split.validation", self.validation)] {
            if !(0.0..=1.0).contains(&share) {
                return Err(RecipeError::field(field, "a share is between 0 and 1"));
            }
        }
        if self.test + self.validation >= 1.0 {
            let field = if self.validation > 0.0 { "split.validation" } else { "split.test" };
            return Err(RecipeError::field(field, "it leaves nothing to train with"));
        }
        Ok(())
    }

    /// The sides that may have rows.
    #[must_use]
    pub fn sides(&self) -> Vec<Side> {
        let sides = [(Side::Train, true), (Side::Validation, self.validation > 0.0), (Side::Test, self.test > 0.0)];
        sides.into_iter().filter(|(_, is_used)| *is_used).map(|(side, _)| side).collect()
    }

    /// The side of a group: by where its hash falls between 0 and 1.
    #[must_use]
    pub fn side(&self, group: &[u8]) -> Side {
        let key = self.key.as_bytes();
        let hash = Sha256::new().chain_update((key.len() as u64).to_be_bytes()).chain_update(key).chain_update(group);
        let mut leading = [0; 4];
        leading.copy_from_slice(&hash.finalize()[..4]);
        let place = f64::from(u32::from_be_bytes(leading)) / 2f64.powi(32);
        if place < self.test {
            Side::Test
        } else if place < self.test + self.validation {
            Side::Validation
        } else {
            Side::Train
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn share(split: &Split, side: Side) -> f64 {
        let found = (0..10_000_u32).filter(|group| split.side(&group.to_be_bytes()) == side).count();
        f64::from(u32::try_from(found).expect("few")) / 10_000.0
    }

    #[test]
    fn groups_are_divided_as_asked() {
        let split = Split { validation: 0.1, test: 0.2, ..Split::default() };
        for (side, asked) in [(Side::Train, 0.7), (Side::Validation, 0.1), (Side::Test, 0.2)] {
            // four standard deviations
            assert!((share(&split, side) - asked).abs() < 0.02, "{side:?}");
        }
        assert_eq!(split.sides(), [Side::Train, Side::Validation, Side::Test]);
        assert!(share(&Split::default(), Side::Train) >= 1.0);
        assert_eq!(Split::default().sides(), [Side::Train]);
    }

    #[test]
    fn more_to_test_with_moves_nothing_out_of_the_test() {
        let (less, more) = (Split { test: 0.1, ..Split::default() }, Split { test: 0.3, ..Split::default() });
        let tests = |split: &Split, group: u32| split.side(&group.to_be_bytes()) == Side::Test;
        assert!((0..1_000).all(|group| !tests(&less, group) || tests(&more, group)));
        let other = Split { key: "another".into(), ..less.clone() };
        assert!((0..1_000).any(|group| tests(&less, group) != tests(&other, group)), "another key, another division");
    }
}
