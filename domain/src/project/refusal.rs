//! Why a project refuses a command.

use super::{MAX_GUIDELINES_LENGTH, MAX_NAME_LENGTH, WorkflowError};
use crate::form::{FormError, QuestionKey};

/// Why a project refuses a command.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ProjectRefusal {
    /// There is no such project.
    #[error("there is no such project")]
    NotFound,
    /// The project has been created already.
    #[error("the project exists already")]
    AlreadyExists,
    /// The name is empty, too long, or no single line.
    #[error("a project's name has 1 to {MAX_NAME_LENGTH} characters, on one line")]
    Name,
    /// The guidelines are empty or too long.
    #[error("guidelines have 1 to {MAX_GUIDELINES_LENGTH} characters, U+0000 not among them")]
    Guidelines,
    /// The command asks for what is already so.
    #[error("nothing would change")]
    Unchanged,
    /// A question was of another kind in an earlier version of the form.
    #[error("question `{question}`: it was of another kind in an earlier version; give the new one another key")]
    KindChanged {
        /// The question's key.
        question: QuestionKey,
    },
    /// The questions don't make a form.
    #[error(transparent)]
    Form(#[from] FormError),
    /// The workflow does not suit the form or the redundancy.
    #[error(transparent)]
    Workflow(#[from] WorkflowError),
}
