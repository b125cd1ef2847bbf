//! `createWebhook`: let a program elsewhere be told of events.

use async_graphql::{Context, InputObject, Object, Result, SimpleObject, Union};
use stele_domain::{
    event,
    project::{Project, ProjectRefusal},
};
use uuid::Uuid;

use super::or_refuse;
use crate::{
    Api,
    graphql::{
        access::{Allow, INTEGRATORS, viewer},
        command::{Call, Outcome, key_reused},
        fault,
        object::{WebhookObject, may_integrate},
        refusal::Refusal,
    },
    webhook::{self, Created, NewWebhook, check_url},
};

/// Whom to tell, and of what.
#[derive(InputObject)]
struct CreateWebhookInput {
    /// Where messages are sent: an `https://` address of the public internet.
    url: String,
    /// The events to tell of, such as `AnnotationSubmitted`; all of them without any.
    #[graphql(default)]
    event_names: Vec<String>,
    /// Only events of this project. Without it, of all of the ledger: that takes an administrator.
    project_id: Option<Uuid>,
}

/// It is told of what happens from now on.
#[derive(SimpleObject)]
struct WebhookCreated {
    webhook: WebhookObject,
    /// What messages are signed with. It is shown this once: null if the command was sent before.
    secret: Option<String>,
}

/// What came of it.
#[derive(Union)]
enum CreateWebhookPayload {
    Created(WebhookCreated),
    Refused(Refusal),
}

#[derive(Default)]
pub(super) struct CreateWebhook;

#[Object]
impl CreateWebhook {
    /// Lets a program elsewhere be told of events from now on, in signed messages (Standard Webhooks).
    #[graphql(guard = "Allow(INTEGRATORS)")]
    async fn create_webhook(
        &self,
        context: &Context<'_>,
        input: CreateWebhookInput,
        idempotency_key: String,
    ) -> Result<CreateWebhookPayload> {
        let call = or_refuse!(CreateWebhookPayload, Call::new(context, "createWebhook", &idempotency_key, &input)?);
        let (api, viewer) = (context.data::<Api>()?, viewer(context)?);
        if !may_integrate(viewer, input.project_id) {
            let reason = "a webhook of the whole ledger is for administrators; name a project";
            return Ok(CreateWebhookPayload::Refused(Refusal::new("WORKSPACE_ROLE", &reason)));
        }
        or_refuse!(CreateWebhookPayload, check(context, Some(&input.url), Some(&input.event_names))?);
        if let Some(project) = input.project_id {
            let (project, _) =
                api.ledger.load::<Project>(project).await.map_err(|error| fault::internal(context, &error))?;
            if project.form().is_none() {
                return Ok(CreateWebhookPayload::Refused(ProjectRefusal::NotFound.into()));
            }
        }
        let new = NewWebhook {
            id: api.ledger.mint().derived("webhook", &[call.context().key.as_str()]),
            url: input.url,
            event_names: input.event_names,
            project_id: input.project_id,
            created_by: viewer.participant,
            fingerprint: call.context().fingerprint,
        };
        let created = webhook::create(&api.ledger, new).await.map_err(|error| fault::internal(context, &error))?;
        Ok(match created {
            Created::New(webhook, secret) => {
                api.metrics.command("createWebhook", "recorded");
                let secret = Some(secret.reveal());
                CreateWebhookPayload::Created(WebhookCreated { webhook: webhook.into(), secret })
            }
            Created::Before(webhook) => {
                api.metrics.command("createWebhook", "replayed");
                CreateWebhookPayload::Created(WebhookCreated { webhook: webhook.into(), secret: None })
            }
            Created::Deleted => {
                let refusal = Refusal::new("WEBHOOK_DELETED", &"the webhook that this made has been deleted since");
                CreateWebhookPayload::Refused(refusal)
            }
            Created::KeyReused => CreateWebhookPayload::Refused(key_reused()),
        })
    }
}

/// Whether an address and names of events can be a webhook's.
pub(super) fn check(context: &Context<'_>, url: Option<&str>, names: Option<&[String]>) -> Result<Outcome<()>> {
    let insecure = context.data::<Api>()?.deliverer.is_insecure();
    if let Some(Err(error)) = url.map(|url| check_url(url, insecure)) {
        return Ok(Err(Refusal::new("BAD_URL", &error)));
    }
    match names.into_iter().flatten().find(|name| !event::is_known(name)) {
        Some(unknown) => Ok(Err(Refusal::new("UNKNOWN_EVENT", &format!("no event is called `{unknown}`")))),
        None => Ok(Ok(())),
    }
}
