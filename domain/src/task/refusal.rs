//! Why a task refuses a command.

use super::{ContentError, MAX_WORDS, TaskVersion};
use crate::{
    Skill,
    form::{AnswerError, CarryOverError, FormVersion},
};

/// The longest lease, in seconds: one day.
pub const MAX_LEASE_SECONDS: u32 = 86_400;

/// The longest reason for skipping or revising a task, in Unicode scalar values.
pub const MAX_REASON_LENGTH: usize = 1_000;

/// The longest comment on a review or an adjudication, in Unicode scalar values.
pub const MAX_COMMENT_LENGTH: usize = 5_000;

/// The longest name of a task in the source it came from, in bytes.
pub const MAX_EXTERNAL_KEY: usize = 500;

/// Why a task refuses a command.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TaskRefusal {
    /// There is no such task.
    #[error("there is no such task")]
    NotFound,
    /// The task has been created already.
    #[error("the task exists already")]
    AlreadyExists,
    /// Its content can't be shown.
    #[error(transparent)]
    Content(#[from] ContentError),
    /// Its name in the source is empty or too long, or can't be stored.
    #[error("a task's external key has 1 to {MAX_EXTERNAL_KEY} bytes, U+0000 not among them")]
    ExternalKey,
    /// The task takes no more annotations.
    #[error("the task is closed")]
    Closed,
    /// As many people hold or have done it as the redundancy asks for.
    #[error("the task has all the annotators it needs")]
    Full,
    /// It needs no more annotators: they agree, somebody has to adjudicate, or somebody has.
    #[error("the task needs no more annotators: it is {0}")]
    NoMoreNeeded(&'static str),
    /// Fewer annotators than one, or more than it may have, would begin it.
    #[error("a task starts with at most as many annotators as it may have")]
    StartsWith,
    /// The annotator would rather not do it.
    #[error("the annotator has skipped the task")]
    Skipped,
    /// The task asks for a skill that the annotator does not have.
    #[error("the task asks for the skill `{0}`, which the annotator does not have")]
    LacksSkill(Skill),
    /// More tags or skills than a task may have.
    #[error("a task has at most {MAX_WORDS} tags and {MAX_WORDS} skills")]
    Routing,
    /// The command asks for what is already so.
    #[error("nothing would change")]
    Unchanged,
    /// No reason was given, or too long a one.
    #[error("a reason has 1 to {MAX_REASON_LENGTH} characters")]
    Reason,
    /// The annotator holds it already.
    #[error("the annotator has claimed the task already")]
    AlreadyClaimed,
    /// The annotator has done it already.
    #[error("the annotator has annotated the task already")]
    AlreadyAnnotated,
    /// The lease would last no time, or too long.
    #[error("a lease lasts 1 to {MAX_LEASE_SECONDS} seconds")]
    Lease,
    /// There is no such lease, or it has ended.
    #[error("there is no such assignment, or it has ended")]
    NoSuchAssignment,
    /// The lease's time has run out.
    #[error("the assignment has expired; claim the task again")]
    AssignmentExpired,
    /// There is no such annotation.
    #[error("there is no such annotation")]
    NoSuchAnnotation,
    /// Someone else's lease or annotation.
    #[error("it belongs to another annotator")]
    NotYours,
    /// The answers are to another version of the form than the one shown.
    #[error("the form shown was version {shown}, and the answers are to version {answered}")]
    OtherForm {
        /// The version that was shown.
        shown: FormVersion,
        /// The version that was answered.
        answered: FormVersion,
    },
    /// Another version of the task was revised than the one that it shows.
    #[error("version {revised} was revised, and the task shows version {current}")]
    OtherVersion {
        /// The version that was revised.
        revised: TaskVersion,
        /// The version that the task shows.
        current: TaskVersion,
    },
    /// The annotations that are to be kept can't be held against the new version.
    #[error(transparent)]
    CarryOver(#[from] CarryOverError),
    /// The answers don't answer the form.
    #[error(transparent)]
    Answer(#[from] AnswerError),
    /// What has become of the annotation does not allow it.
    #[error("the annotation is {0}")]
    Settled(&'static str),
    /// Nobody reviews their own work.
    #[error("nobody reviews their own annotation")]
    OwnWork,
    /// Nobody decides over their own work.
    #[error("nobody adjudicates a task that they have annotated")]
    OwnTask,
    /// A reviewer changes nobody's answers: they propose others, and ask for them.
    #[error("a correction goes with a request for changes")]
    Correction,
    /// The comment is empty or too long.
    #[error("a comment has 1 to {MAX_COMMENT_LENGTH} characters")]
    Comment,
    /// No adjudication is in force.
    #[error("the task has not been adjudicated")]
    NotAdjudicated,
    /// Gold answers that answer nothing.
    #[error("a gold task needs an answer to at least one question")]
    NoGoldAnswers,
}
