//! What may be asked of a project.

use super::{Redundancy, Workflow};
use crate::form::Question;

/// What may be asked of a project.
#[derive(Clone, Debug, PartialEq)]
pub enum ProjectCommand {
    /// Begin a project.
    Create {
        /// What it is called.
        name: String,
        /// What annotators are told about judging well.
        guidelines: Option<String>,
        /// The questions of its first form.
        questions: Vec<Question>,
        /// How many annotators each task gets, at most.
        redundancy: Redundancy,
        /// What happens to its tasks.
        workflow: Workflow,
    },
    /// Ask other questions from now on.
    ReviseForm {
        /// The questions of the form's next version.
        questions: Vec<Question>,
    },
    /// Tell annotators something else about judging well from now on.
    ReviseGuidelines {
        /// What the next version says.
        text: String,
    },
    /// Give tasks created from now on to more or fewer annotators.
    ChangeRedundancy {
        /// How many annotators each new task gets.
        redundancy: Redundancy,
    },
    /// Have other things happen to its tasks from now on, those that exist among them.
    ChangeWorkflow {
        /// All of it, from now on.
        workflow: Workflow,
    },
}
