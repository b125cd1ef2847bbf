//! Labels out of a list: one of them, or several.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Reason;

/// One of several options.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChoiceQuestion {
    /// The options, in the order shown.
    pub options: Vec<ChoiceOption>,
}

/// Several of some options.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChoicesQuestion {
    /// The options, in the order shown.
    pub options: Vec<ChoiceOption>,
    /// The fewest that can be chosen; 0 lets "none of them" be an answer.
    pub min: u32,
    /// The most that can be chosen; absent for all of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<u32>,
}

/// One option of a choice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChoiceOption {
    /// What is recorded.
    pub key: String,
    /// What is shown.
    pub label: String,
}

impl ChoiceQuestion {
    pub(in crate::form) fn check(&self) -> Result<(), Reason> {
        if self.options.len() < 2 {
            return Err("a choice needs at least two options".into());
        }
        check_options(&self.options)
    }

    pub(in crate::form) fn accept(&self, chosen: &str) -> Result<String, Reason> {
        place(&self.options, chosen).map(|_| chosen.to_owned())
    }
}

impl ChoicesQuestion {
    pub(in crate::form) fn check(&self) -> Result<(), Reason> {
        if self.options.is_empty() {
            return Err("it needs at least one option".into());
        }
        check_options(&self.options)?;
        let (min, options) = (self.min, self.options.len());
        let max = self.max.unwrap_or(u32::MAX);
        if min > max || min as usize > options || self.max.is_some_and(|max| max == 0 || max as usize > options) {
            return Err(format!("it can't be that at least {min} and at most {max} of {options} options are chosen"));
        }
        Ok(())
    }

    /// The options in the order of the form.
    pub(in crate::form) fn accept(&self, chosen: &[String]) -> Result<Vec<String>, Reason> {
        let mut places = BTreeSet::new();
        for key in chosen {
            if !places.insert(place(&self.options, key)?) {
                return Err(format!("`{key}` is chosen twice"));
            }
        }
        let count = places.len();
        if count < self.min as usize {
            return Err(format!("at least {} of its options are to be chosen, not {count}", self.min));
        }
        if let Some(max) = self.max.filter(|max| count > *max as usize) {
            return Err(format!("at most {max} of its options are to be chosen, not {count}"));
        }
        Ok(places.into_iter().map(|place| self.options[place].key.clone()).collect())
    }
}

/// Whether there are labels, and they can be told apart; `noun` says what one is.
pub(super) fn check_labels(labels: &[ChoiceOption], noun: &str) -> Result<(), Reason> {
    if labels.is_empty() {
        return Err(format!("it needs at least one {noun}"));
    }
    check_options(labels)
}

/// Whether options can be told apart.
pub(super) fn check_options(options: &[ChoiceOption]) -> Result<(), Reason> {
    let mut keys = BTreeSet::new();
    for option in options {
        if option.key.trim().is_empty() {
            return Err("an option's key is empty".into());
        }
        if option.key.chars().any(char::is_control) {
            return Err("an option's key has a control character".into());
        }
        if !keys.insert(&option.key) {
            return Err(format!("the option `{}` stands twice", option.key));
        }
    }
    Ok(())
}

/// Where an option stands in its list.
pub(super) fn place(options: &[ChoiceOption], key: &str) -> Result<usize, Reason> {
    options.iter().position(|option| option.key == key).ok_or_else(|| {
        let keys: Vec<_> = options.iter().map(|option| option.key.as_str()).collect();
        format!("`{key}` is not one of its options: {}", keys.join(", "))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options() -> Vec<ChoiceOption> {
        ["code", "prose", "verse"].map(|key| ChoiceOption { key: key.into(), label: key.into() }).to_vec()
    }

    fn chosen(keys: &[&str]) -> Vec<String> {
        keys.iter().map(|key| (*key).to_owned()).collect()
    }

    #[test]
    fn several_options_are_chosen_within_bounds_and_kept_in_order() {
        let question = ChoicesQuestion { options: options(), min: 1, max: Some(2) };
        assert_eq!(question.check(), Ok(()));
        assert_eq!(question.accept(&chosen(&["verse", "code"])), Ok(chosen(&["code", "verse"])));
        for (keys, reason) in [
            (&[][..], "at least 1"),
            (&["code", "prose", "verse"][..], "at most 2"),
            (&["code", "code"], "`code` is chosen twice"),
            (&["song"], "`song` is not one of its options: code, prose, verse"),
        ] {
            let error = question.accept(&chosen(keys)).expect_err(reason);
            assert!(error.contains(reason), "{error}");
        }
        let none = ChoicesQuestion { options: options(), min: 0, max: None };
        assert_eq!(none.accept(&[]), Ok(vec![]), "none of them is an answer");
    }

    #[test]
    fn bounds_that_nobody_can_meet_are_no_question() {
        for (min, max) in [(4, None), (2, Some(1)), (0, Some(0)), (1, Some(4))] {
            assert!(ChoicesQuestion { options: options(), min, max }.check().is_err(), "{min} {max:?}");
        }
        let twice = [options(), options()].concat();
        assert!(ChoicesQuestion { options: twice, min: 0, max: None }.check().is_err());
    }
}
