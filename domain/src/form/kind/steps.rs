//! The steps of a response's reasoning, each judged by itself (process supervision: Lightman et al. 2023).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Reason;
use crate::form::Shown;

/// Whether each step of each response is correct.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StepsQuestion {
    /// Whether judging may stop at the first incorrect step: what follows from it says little.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub until_incorrect: bool,
}

/// A verdict on one step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum StepLabel {
    /// It follows and is right.
    Correct,
    /// It is wrong, or does not follow.
    Incorrect,
    /// It is neither, such as a restatement of the problem.
    Neutral,
}

impl StepsQuestion {
    /// The labels of each response's steps, for each response, in order.
    pub(in crate::form) fn accept(
        self,
        given: &[Vec<StepLabel>],
        shown: &Shown,
    ) -> Result<Vec<Vec<StepLabel>>, Reason> {
        super::one_a_response(given.len(), shown.responses.len())?;
        for (index, (labels, response)) in given.iter().zip(&shown.responses).enumerate() {
            let (judged, steps) = (labels.len(), response.steps as usize);
            let stopped = self.until_incorrect && judged < steps && labels.last() == Some(&StepLabel::Incorrect);
            if judged != steps && !stopped {
                return Err(format!("response {index} has {steps} steps, and {judged} are judged"));
            }
        }
        if given.iter().all(Vec::is_empty) {
            return Err("no response of this task has steps".into());
        }
        Ok(given.to_vec())
    }
}

#[cfg(test)]
mod tests {
    use StepLabel::{Correct, Incorrect, Neutral};

    use super::*;
    use crate::form::ShownResponse;

    fn shown(steps: &[u32]) -> Shown {
        let response = |steps: &u32| ShownResponse { length: 100, steps: *steps };
        Shown { content: Vec::new(), responses: steps.iter().map(response).collect() }
    }

    #[test]
    fn every_step_is_judged() {
        let all = StepsQuestion { until_incorrect: false };
        let labels = vec![vec![Correct, Incorrect, Neutral], vec![Correct]];
        assert_eq!(all.accept(&labels, &shown(&[3, 1])), Ok(labels.clone()));
        let error = all.accept(&labels, &shown(&[4, 1])).expect_err("one is missing");
        assert_eq!(error, "response 0 has 4 steps, and 3 are judged");
        assert!(all.accept(&labels, &shown(&[3])).is_err());
        assert!(all.accept(&[vec![]], &shown(&[0])).is_err());
    }

    #[test]
    fn judging_stops_at_the_first_incorrect_step_where_it_may() {
        let question = StepsQuestion { until_incorrect: true };
        assert!(question.accept(&[vec![Correct, Incorrect]], &shown(&[5])).is_ok());
        assert!(question.accept(&[vec![Correct, Neutral]], &shown(&[5])).is_err());
        assert!(question.accept(&[vec![Incorrect; 6]], &shown(&[5])).is_err());
    }
}
