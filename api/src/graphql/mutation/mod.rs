//! What can be asked to happen: one mutation a file.

mod accept_invitation;
mod adjudicate_task;
mod begin_external_link;
mod begin_external_login;
mod begin_second_factor;
mod cancel_release_request;
mod change_password;
mod change_redundancy;
mod change_workflow;
mod claim_task;
mod close_task;
mod complete_external_link;
mod complete_external_login;
mod confirm_second_factor;
mod create_access_token;
mod create_project;
mod create_task;
mod create_webhook;
mod delete_webhook;
mod end_release_plan;
mod erase_subject;
mod extend_lease;
mod grant_role;
mod grant_skill;
mod invite_participant;
mod login;
mod mark_notifications_read;
mod plan_releases;
mod refresh_session;
mod regenerate_recovery_codes;
mod register_participant;
mod release_task;
mod remove_second_factor;
mod request_release;
mod reverse_adjudication;
mod review_annotation;
mod revise_annotation;
mod revise_form;
mod revise_guidelines;
mod revise_task;
mod revoke_access_token;
mod revoke_invitation;
mod revoke_role;
mod revoke_skill;
mod rotate_webhook_secret;
mod route_task;
mod save_draft;
mod set_gold_answers;
mod shown_form;
mod sign_out;
mod sign_out_everywhere;
mod skip_task;
mod submit_annotation;
mod test_webhook;
mod unlink_external_identity;
mod update_webhook;
mod withdraw_annotation;

pub(super) use login::RoleEnum;

use async_graphql::MergedObject;

/// What can be asked to happen. Every command takes an idempotency key: sent again under the same key, it has no
/// second effect and gets the first receipt.
#[derive(Default, MergedObject)]
pub struct Mutation(
    login::Login,
    register_participant::RegisterParticipant,
    grant_role::GrantRole,
    revoke_role::RevokeRole,
    grant_skill::GrantSkill,
    revoke_skill::RevokeSkill,
    erase_subject::EraseSubject,
    create_project::CreateProject,
    revise_form::ReviseForm,
    revise_guidelines::ReviseGuidelines,
    change_redundancy::ChangeRedundancy,
    change_workflow::ChangeWorkflow,
    create_task::CreateTask,
    revise_task::ReviseTask,
    route_task::RouteTask,
    set_gold_answers::SetGoldAnswers,
    claim_task::ClaimTask,
    extend_lease::ExtendLease,
    release_task::ReleaseTask,
    skip_task::SkipTask,
    save_draft::SaveDraft,
    submit_annotation::SubmitAnnotation,
    revise_annotation::ReviseAnnotation,
    withdraw_annotation::WithdrawAnnotation,
    review_annotation::ReviewAnnotation,
    adjudicate_task::AdjudicateTask,
    reverse_adjudication::ReverseAdjudication,
    close_task::CloseTask,
    Telling,
    Releasing,
    Sessions,
    Joining,
    Elsewhere,
);

/// Who is told what. A part of its own, as the compiler follows a merged object only so deep.
#[derive(Default, MergedObject)]
struct Telling(
    mark_notifications_read::MarkNotificationsRead,
    create_webhook::CreateWebhook,
    update_webhook::UpdateWebhook,
    rotate_webhook_secret::RotateWebhookSecret,
    delete_webhook::DeleteWebhook,
    test_webhook::TestWebhook,
);

/// Which datasets leave.
#[derive(Default, MergedObject)]
struct Releasing(
    request_release::RequestRelease,
    cancel_release_request::CancelReleaseRequest,
    plan_releases::PlanReleases,
    end_release_plan::EndReleasePlan,
);

/// How one stays signed in, and ceases to be, and what one signs in with.
#[derive(Default, MergedObject)]
struct Sessions(
    refresh_session::RefreshSession,
    sign_out::SignOut,
    sign_out_everywhere::SignOutEverywhere,
    change_password::ChangePassword,
    begin_second_factor::BeginSecondFactor,
    confirm_second_factor::ConfirmSecondFactor,
    regenerate_recovery_codes::RegenerateRecoveryCodes,
    remove_second_factor::RemoveSecondFactor,
    create_access_token::CreateAccessToken,
    revoke_access_token::RevokeAccessToken,
);

/// How people sign in with an account elsewhere.
#[derive(Default, MergedObject)]
struct Elsewhere(
    begin_external_login::BeginExternalLogin,
    complete_external_login::CompleteExternalLogin,
    begin_external_link::BeginExternalLink,
    complete_external_link::CompleteExternalLink,
    unlink_external_identity::UnlinkExternalIdentity,
);

/// How people join.
#[derive(Default, MergedObject)]
struct Joining(
    invite_participant::InviteParticipant,
    accept_invitation::AcceptInvitation,
    revoke_invitation::RevokeInvitation,
);

/// Unwraps an outcome, or answers the mutation with the refusal.
macro_rules! or_refuse {
    ($payload:ident, $outcome:expr) => {
        match $outcome {
            Ok(done) => done,
            Err(refusal) => return Ok($payload::Refused(refusal)),
        }
    };
}

pub(super) use or_refuse;
