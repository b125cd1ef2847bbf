//! A labelling project: what is asked, and of how many people.

mod command;
mod event;
mod guidelines;
mod refusal;
#[cfg(test)]
mod tests;
mod workflow;

pub use command::ProjectCommand;
pub use event::{FormRevised, GuidelinesRevised, ProjectCreated, ProjectEvent, RedundancyChanged, WorkflowChanged};
pub use guidelines::{Guidelines, GuidelinesVersion};
pub use refusal::ProjectRefusal;
pub use workflow::{ConsensusRule, ConsensusStandard, ReviewMode, Standards, Workflow, WorkflowError};

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Aggregate, StreamType,
    aggregate::cqrs_aggregate,
    form::{Form, FormVersion},
};

/// A project's state.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Project {
    created: bool,
    name: String,
    /// Every version, in order; annotations are held against the one they were shown.
    forms: Vec<Form>,
    guidelines: Option<Guidelines>,
    redundancy: Redundancy,
    workflow: Workflow,
}

impl Project {
    /// The form now in force; `None` if the project does not exist.
    #[must_use]
    pub fn form(&self) -> Option<&Form> {
        self.forms.last()
    }

    /// The form as it was at a version.
    #[must_use]
    pub fn form_at(&self, version: FormVersion) -> Option<&Form> {
        self.forms.iter().find(|form| form.version == version)
    }

    /// The guidelines now in force; `None` if there are none.
    #[must_use]
    pub const fn guidelines(&self) -> Option<&Guidelines> {
        self.guidelines.as_ref()
    }

    /// Which edition of the guidelines is in force.
    #[must_use]
    pub fn guidelines_version(&self) -> Option<GuidelinesVersion> {
        self.guidelines.as_ref().map(|guidelines| guidelines.version)
    }

    /// The project's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How many annotators each new task gets.
    #[must_use]
    pub const fn redundancy(&self) -> Redundancy {
        self.redundancy
    }

    /// How many annotators each new task gets to begin with; `None` for all of them.
    #[must_use]
    pub fn starts_with(&self) -> Option<Redundancy> {
        self.workflow.consensus.as_ref().map(|rule| rule.min)
    }

    /// What happens to its tasks.
    #[must_use]
    pub const fn workflow(&self) -> &Workflow {
        &self.workflow
    }

    /// What a task needs to know of the workflow.
    #[must_use]
    pub fn standards(&self) -> Standards {
        self.form().map(|form| self.workflow.standards(form)).unwrap_or_default()
    }
}

impl Project {
    /// A question keeps its kind through all versions of the form: what is counted under its key is comparable.
    fn check_kinds(&self, form: &Form) -> Result<(), ProjectRefusal> {
        for question in &form.questions {
            let mut before = self.forms.iter().filter_map(|form| form.question(&question.key));
            if before.any(|before| !before.kind.is_like(&question.kind)) {
                return Err(ProjectRefusal::KindChanged { question: question.key.clone() });
            }
        }
        Ok(())
    }
}

impl Aggregate for Project {
    const STREAM: StreamType = StreamType::Project;
    type Command = ProjectCommand;
    type Event = ProjectEvent;
    type Refusal = ProjectRefusal;

    fn decide(&self, command: &ProjectCommand) -> Result<Vec<ProjectEvent>, ProjectRefusal> {
        match command {
            ProjectCommand::Create { .. } if self.created => Err(ProjectRefusal::AlreadyExists),
            ProjectCommand::Create { name, guidelines, questions, redundancy, workflow } => {
                let name = checked_name(name)?;
                guidelines.as_deref().map_or(Ok(()), check_guidelines)?;
                let form = Form::new(FormVersion::FIRST, questions.clone())?;
                workflow.check(&form, *redundancy)?;
                let (guidelines, redundancy, workflow) = (guidelines.clone(), *redundancy, workflow.clone());
                Ok(vec![ProjectCreated { name, guidelines, form, redundancy, workflow }.into()])
            }
            _ if !self.created => Err(ProjectRefusal::NotFound),
            ProjectCommand::ReviseForm { questions } => {
                let present = self.form().ok_or(ProjectRefusal::NotFound)?;
                let form = Form::new(present.version.next(), questions.clone())?;
                self.check_kinds(&form)?;
                self.workflow.check(&form, self.redundancy)?;
                if form.questions == present.questions {
                    return Err(ProjectRefusal::Unchanged);
                }
                Ok(vec![FormRevised { form }.into()])
            }
            ProjectCommand::ReviseGuidelines { text } => {
                check_guidelines(text)?;
                match &self.guidelines {
                    Some(present) if &present.text == text => Err(ProjectRefusal::Unchanged),
                    present => {
                        let version = present.as_ref().map_or(GuidelinesVersion::FIRST, |now| now.version.next());
                        let guidelines = Guidelines { version, text: text.clone() };
                        Ok(vec![GuidelinesRevised { guidelines }.into()])
                    }
                }
            }
            ProjectCommand::ChangeRedundancy { redundancy } if *redundancy == self.redundancy => {
                Err(ProjectRefusal::Unchanged)
            }
            ProjectCommand::ChangeRedundancy { redundancy } => {
                self.workflow.check(self.form().ok_or(ProjectRefusal::NotFound)?, *redundancy)?;
                Ok(vec![RedundancyChanged { redundancy: *redundancy }.into()])
            }
            ProjectCommand::ChangeWorkflow { workflow } if *workflow == self.workflow => {
                Err(ProjectRefusal::Unchanged)
            }
            ProjectCommand::ChangeWorkflow { workflow } => {
                workflow.check(self.form().ok_or(ProjectRefusal::NotFound)?, self.redundancy)?;
                Ok(vec![WorkflowChanged { workflow: workflow.clone() }.into()])
            }
        }
    }

    fn apply(&mut self, event: &ProjectEvent) {
        match event {
            ProjectEvent::ProjectCreated(created) => {
                self.created = true;
                self.name.clone_from(&created.name);
                self.forms.push(created.form.clone());
                let first = |text: &String| Guidelines { version: GuidelinesVersion::FIRST, text: text.clone() };
                self.guidelines = created.guidelines.as_ref().map(first);
                self.redundancy = created.redundancy;
                self.workflow = created.workflow.clone();
            }
            ProjectEvent::FormRevised(revised) => self.forms.push(revised.form.clone()),
            ProjectEvent::GuidelinesRevised(revised) => self.guidelines = Some(revised.guidelines.clone()),
            ProjectEvent::RedundancyChanged(changed) => self.redundancy = changed.redundancy,
            ProjectEvent::WorkflowChanged(changed) => self.workflow = changed.workflow.clone(),
        }
    }
}

cqrs_aggregate!(Project);

/// The longest project name, in Unicode scalar values.
pub const MAX_NAME_LENGTH: usize = 200;

/// The longest guidelines, in Unicode scalar values.
pub const MAX_GUIDELINES_LENGTH: usize = 200_000;

fn check_guidelines(text: &str) -> Result<(), ProjectRefusal> {
    // PostgreSQL's text can't hold U+0000
    if text.trim().is_empty() || text.chars().count() > MAX_GUIDELINES_LENGTH || text.contains('\0') {
        return Err(ProjectRefusal::Guidelines);
    }
    Ok(())
}

fn checked_name(name: &str) -> Result<String, ProjectRefusal> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > MAX_NAME_LENGTH || name.chars().any(char::is_control) {
        return Err(ProjectRefusal::Name);
    }
    Ok(name.to_owned())
}

/// How many annotators judge a task (overlap): 1 to 1,000.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "u16", into = "u16")]
#[schemars(with = "u16")]
pub struct Redundancy(u16);

/// A number of annotators that no task can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a redundancy is 1 to 1000, not {0}")]
pub struct RedundancyError(u16);

impl Redundancy {
    /// The most annotators that one task can have.
    pub const MAX: u16 = 1_000;

    /// The number of annotators.
    #[must_use]
    pub const fn get(self) -> u16 {
        self.0
    }
}

impl Default for Redundancy {
    fn default() -> Self {
        Self(1)
    }
}

impl TryFrom<u16> for Redundancy {
    type Error = RedundancyError;

    fn try_from(annotators: u16) -> Result<Self, Self::Error> {
        if (1..=Self::MAX).contains(&annotators) { Ok(Self(annotators)) } else { Err(RedundancyError(annotators)) }
    }
}

impl From<Redundancy> for u16 {
    fn from(redundancy: Redundancy) -> Self {
        redundancy.0
    }
}

impl fmt::Display for Redundancy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
