//! Refusals: what a user asked for and can't have, as data with a stable code.

use async_graphql::{Context, Result, SimpleObject};
use stele_domain::{
    dataset::DatasetRefusal, participant::ParticipantRefusal, project::ProjectRefusal, subject::SubjectRefusal,
    task::TaskRefusal,
};
use stele_ledger::SecretError;

use super::fault;
use crate::{
    Api,
    account::{ExternalLoginError, InvitationError, PasswordError, SecondFactorError},
};

/// Why a command had no effect. Nothing was changed.
#[derive(Debug, SimpleObject)]
pub(super) struct Refusal {
    /// The reason, as a stable code in upper case.
    code: &'static str,
    /// The reason, for a person.
    message: String,
}

impl Refusal {
    pub(super) fn new(code: &'static str, reason: &impl ToString) -> Self {
        Self { code, message: reason.to_string() }
    }

    pub(super) const fn reason(&self) -> &'static str {
        self.code
    }
}

impl From<ProjectRefusal> for Refusal {
    fn from(refusal: ProjectRefusal) -> Self {
        let code = match &refusal {
            ProjectRefusal::NotFound => "PROJECT_NOT_FOUND",
            ProjectRefusal::AlreadyExists => "PROJECT_EXISTS",
            ProjectRefusal::Name => "BAD_NAME",
            ProjectRefusal::Guidelines => "BAD_GUIDELINES",
            ProjectRefusal::Unchanged => "UNCHANGED",
            ProjectRefusal::Workflow(_) => "BAD_WORKFLOW",
            ProjectRefusal::Form(_) | ProjectRefusal::KindChanged { .. } => "BAD_FORM",
        };
        Self::new(code, &refusal)
    }
}

impl From<ParticipantRefusal> for Refusal {
    fn from(refusal: ParticipantRefusal) -> Self {
        let code = match &refusal {
            ParticipantRefusal::NotFound => "PARTICIPANT_NOT_FOUND",
            ParticipantRefusal::AlreadyRegistered => "PARTICIPANT_EXISTS",
            ParticipantRefusal::Erased => "ERASED",
            ParticipantRefusal::Text { .. } => "BAD_NAME",
            ParticipantRefusal::Email => "BAD_EMAIL",
            ParticipantRefusal::WorkspaceOnly { .. } => "WORKSPACE_ROLE",
            ParticipantRefusal::HasRole { .. }
            | ParticipantRefusal::LacksRole { .. }
            | ParticipantRefusal::HasSkill { .. }
            | ParticipantRefusal::LacksSkill { .. } => "UNCHANGED",
        };
        Self::new(code, &refusal)
    }
}

impl From<SubjectRefusal> for Refusal {
    fn from(refusal: SubjectRefusal) -> Self {
        let code = match &refusal {
            SubjectRefusal::Erased => "ERASED",
            SubjectRefusal::Note { .. } => "BAD_NOTE",
            SubjectRefusal::NothingDisclosed => "UNCHANGED",
        };
        Self::new(code, &refusal)
    }
}

impl From<TaskRefusal> for Refusal {
    fn from(refusal: TaskRefusal) -> Self {
        let code = match &refusal {
            TaskRefusal::NotFound => "TASK_NOT_FOUND",
            TaskRefusal::AlreadyExists => "TASK_EXISTS",
            TaskRefusal::Content(_) | TaskRefusal::ExternalKey => "BAD_CONTENT",
            TaskRefusal::Closed => "TASK_CLOSED",
            TaskRefusal::Full => "TASK_FULL",
            TaskRefusal::Skipped => "SKIPPED",
            TaskRefusal::LacksSkill(_) => "LACKS_SKILL",
            TaskRefusal::Routing => "BAD_ROUTING",
            TaskRefusal::Unchanged => "UNCHANGED",
            TaskRefusal::Reason => "BAD_REASON",
            TaskRefusal::AlreadyClaimed => "ALREADY_CLAIMED",
            TaskRefusal::AlreadyAnnotated => "ALREADY_ANNOTATED",
            TaskRefusal::Lease => "BAD_LEASE",
            TaskRefusal::NoSuchAssignment => "ASSIGNMENT_NOT_FOUND",
            TaskRefusal::AssignmentExpired => "ASSIGNMENT_EXPIRED",
            TaskRefusal::NoSuchAnnotation => "ANNOTATION_NOT_FOUND",
            TaskRefusal::NotYours => "NOT_YOURS",
            TaskRefusal::OtherVersion { .. } => "OTHER_VERSION",
            TaskRefusal::CarryOver(_) => "CANT_KEEP_ANNOTATIONS",
            TaskRefusal::OtherForm { .. } => "OTHER_FORM",
            TaskRefusal::Answer(_) | TaskRefusal::NoGoldAnswers => "BAD_ANSWER",
            TaskRefusal::Settled(_) => "ANNOTATION_SETTLED",
            TaskRefusal::OwnWork | TaskRefusal::OwnTask => "OWN_WORK",
            TaskRefusal::NoMoreNeeded(_) => "TASK_SETTLED",
            TaskRefusal::StartsWith => "BAD_REDUNDANCY",
            TaskRefusal::Correction => "BAD_CORRECTION",
            TaskRefusal::Comment => "BAD_COMMENT",
            TaskRefusal::NotAdjudicated => "NOT_ADJUDICATED",
        };
        Self::new(code, &refusal)
    }
}

impl From<DatasetRefusal> for Refusal {
    fn from(refusal: DatasetRefusal) -> Self {
        let code = match &refusal {
            DatasetRefusal::Name => "BAD_NAME",
            DatasetRefusal::Unchanged { .. } => "UNCHANGED",
            DatasetRefusal::TooManySubjects(_) => "TOO_MANY_SUBJECTS",
            DatasetRefusal::NoSuchRelease { .. } => "RELEASE_NOT_FOUND",
            DatasetRefusal::Withdrawn { .. } => "RELEASE_WITHDRAWN",
            DatasetRefusal::Reason => "BAD_REASON",
            DatasetRefusal::OtherProject => "OTHER_PROJECT",
            DatasetRefusal::RequestExists(_) => "REQUEST_EXISTS",
            DatasetRefusal::TooManyRequests => "TOO_MANY_REQUESTS",
            DatasetRefusal::NoSuchRequest(_) => "REQUEST_NOT_FOUND",
            DatasetRefusal::RequestEnded { .. } => "REQUEST_ENDED",
            DatasetRefusal::Trigger => "BAD_PLAN",
            DatasetRefusal::NoPlan => "PLAN_NOT_FOUND",
        };
        Self::new(code, &refusal)
    }
}

/// Why somebody was not signed in with an external identity, or it was not linked or unlinked, counted for the mutation; what
/// is wrong on our side is a fault.
pub(super) fn external_login_refusal(
    context: &Context<'_>,
    mutation: &'static str,
    error: &ExternalLoginError,
) -> Result<Refusal> {
    let code = match error {
        ExternalLoginError::Off => "EXTERNAL_LOGIN_OFF",
        ExternalLoginError::Failed => "EXTERNAL_LOGIN_FAILED",
        ExternalLoginError::Unavailable => "EXTERNAL_ISSUER_UNAVAILABLE",
        ExternalLoginError::WrongPassword => "WRONG_CREDENTIALS",
        ExternalLoginError::SecondFactorNeeded => "SECOND_FACTOR_NEEDED",
        ExternalLoginError::Linked => "EXTERNAL_IDENTITY_LINKED",
        ExternalLoginError::NotLinked => "EXTERNAL_IDENTITY_NOT_FOUND",
        ExternalLoginError::TooMany(_) => "RATE_LIMITED",
        _ => return Err(fault::internal(context, error)),
    };
    context.data::<Api>()?.metrics.command(mutation, code);
    Ok(Refusal::new(code, error))
}

/// Why a second factor was not changed, counted for the mutation; what is wrong on our side is a fault.
pub(super) fn second_factor_refusal(
    context: &Context<'_>,
    mutation: &'static str,
    error: &SecondFactorError,
) -> Result<Refusal> {
    let code = match error {
        SecondFactorError::Wrong => "WRONG_CREDENTIALS",
        SecondFactorError::TooMany(_) => "RATE_LIMITED",
        SecondFactorError::Enrolled => "SECOND_FACTOR_EXISTS",
        SecondFactorError::NotEnrolled => "SECOND_FACTOR_NOT_FOUND",
        SecondFactorError::NotBegun => "SECOND_FACTOR_NOT_BEGUN",
        SecondFactorError::Secret(SecretError::Destroyed(_)) => "ERASED",
        _ => return Err(fault::internal(context, error)),
    };
    context.data::<Api>()?.metrics.command(mutation, code);
    Ok(Refusal::new(code, error))
}

/// Why nobody was invited or taken in, counted for the mutation; what is wrong on our side is a fault.
pub(super) fn invitation_refusal(
    context: &Context<'_>,
    mutation: &'static str,
    error: InvitationError,
) -> Result<Refusal> {
    let refusal = match error {
        InvitationError::Refused(refusal) => refusal.into(),
        error => {
            let code = match &error {
                InvitationError::Invalid => "INVITATION_INVALID",
                InvitationError::Expiry => "BAD_EXPIRY",
                InvitationError::EmailTaken => "EMAIL_TAKEN",
                InvitationError::NotFound => "INVITATION_NOT_FOUND",
                InvitationError::Accepted => "INVITATION_ACCEPTED",
                InvitationError::Password(PasswordError::Length) => "BAD_PASSWORD",
                _ => return Err(fault::internal(context, &error)),
            };
            Refusal::new(code, &error)
        }
    };
    context.data::<Api>()?.metrics.command(mutation, refusal.reason());
    Ok(refusal)
}
