//! The order of a task's responses, from the best to the worst.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{PreferenceOutcome, Reason};
use crate::task::ResponseIndex;

/// In which order a task's responses stand, from the best to the worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RankingQuestion {
    /// Whether several responses may share a rank.
    pub ties: bool,
}

/// A ranking: groups of responses, the best first; those of one group are equally good. It has every response once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct RankingAnswer(pub Vec<Vec<ResponseIndex>>);

impl RankingQuestion {
    pub(in crate::form) fn accept(self, given: &RankingAnswer, responses: usize) -> Result<RankingAnswer, Reason> {
        if responses < 2 {
            return Err(format!("a ranking has at least two responses, and this task has {responses}"));
        }
        let mut ranked = BTreeSet::new();
        for group in &given.0 {
            match group.as_slice() {
                [] => return Err("a rank has no response".into()),
                [_, _, ..] if !self.ties => return Err("responses that share a rank are not an answer to it".into()),
                _ => {}
            }
            for response in group {
                if usize::from(response.0) >= responses {
                    return Err(format!("there is no response {response}; the last is {}", responses - 1));
                }
                if !ranked.insert(*response) {
                    return Err(format!("response {response} is ranked twice"));
                }
            }
        }
        if ranked.len() != responses {
            return Err(format!("it ranks {} of the {responses} responses", ranked.len()));
        }
        let mut groups = given.0.clone();
        groups.iter_mut().for_each(|group| group.sort_unstable());
        Ok(RankingAnswer(groups))
    }
}

impl RankingAnswer {
    /// Each pair of responses, the lower index on the left, with what the ranking says of it; in the order of the indices.
    #[must_use]
    pub fn comparisons(&self) -> Vec<(ResponseIndex, ResponseIndex, PreferenceOutcome)> {
        let ranks = self.0.iter().enumerate();
        let mut ranked: Vec<(ResponseIndex, usize)> =
            ranks.flat_map(|(rank, group)| group.iter().map(move |response| (*response, rank))).collect();
        ranked.sort_unstable();
        let mut comparisons = Vec::new();
        for (place, (left, left_rank)) in ranked.iter().enumerate() {
            for (right, right_rank) in &ranked[place + 1..] {
                let outcome = match left_rank.cmp(right_rank) {
                    std::cmp::Ordering::Less => PreferenceOutcome::Left,
                    std::cmp::Ordering::Greater => PreferenceOutcome::Right,
                    std::cmp::Ordering::Equal => PreferenceOutcome::Tie,
                };
                comparisons.push((*left, *right, outcome));
            }
        }
        comparisons
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ranking(groups: &[&[u8]]) -> RankingAnswer {
        RankingAnswer(groups.iter().map(|group| group.iter().copied().map(ResponseIndex).collect()).collect())
    }

    #[test]
    fn every_response_has_one_rank() {
        let (strict, loose) = (RankingQuestion { ties: false }, RankingQuestion { ties: true });
        assert_eq!(strict.accept(&ranking(&[&[1], &[2], &[0]]), 3), Ok(ranking(&[&[1], &[2], &[0]])));
        assert_eq!(loose.accept(&ranking(&[&[2, 0], &[1]]), 3), Ok(ranking(&[&[0, 2], &[1]])), "in one form");
        for (groups, reason) in [
            (&[&[2, 0][..], &[1]][..], "share a rank"),
            (&[&[0], &[1]], "ranks 2 of the 3"),
            (&[&[0], &[1], &[0], &[2]], "response 0 is ranked twice"),
            (&[&[0], &[1], &[3]], "no response 3; the last is 2"),
            (&[&[0], &[], &[1], &[2]], "has no response"),
        ] {
            let error = strict.accept(&ranking(groups), 3).expect_err(reason);
            assert!(error.contains(reason), "{error}");
        }
        assert!(loose.accept(&ranking(&[&[0]]), 1).is_err());
    }

    #[test]
    fn a_ranking_compares_every_pair() {
        use PreferenceOutcome::{Left, Right, Tie};
        let pairs: Vec<_> = ranking(&[&[3], &[0, 2], &[1]])
            .comparisons()
            .into_iter()
            .map(|(left, right, outcome)| (left.0, right.0, outcome))
            .collect();
        let expected = [(0, 1, Left), (0, 2, Tie), (0, 3, Right), (1, 2, Right), (1, 3, Right), (2, 3, Right)];
        assert_eq!(pairs, expected);
    }
}
