//! Sends messages to the webhooks that are due, as long as there are any.

use std::{fmt, time::Duration};

use futures::{StreamExt, stream};
use stele_domain::Timestamp;
use stele_ledger::{EventFilter, Ledger, Position, SecretError};
use tokio::{sync::watch, time::Instant};
use url::Url;
use uuid::Uuid;

use super::{
    Webhook, WebhookError,
    backoff::{MAX_ATTEMPTS, wait_after},
    check_url,
    delivery::{self, Delivery},
    lease::{self, Standing},
    message::Message,
    request::{Client, Signed},
    store,
};

/// How many webhooks are sent to at a time.
const AT_ONCE: usize = 8;
/// How many messages a webhook is sent before it is looked at others again.
const AT_A_TIME: usize = 100;
/// How many positions are read at a time.
const WINDOW: u64 = 500;
/// How long nobody else sends to a webhook after a process has begun to, in seconds; longer than any message takes.
const HOLD_SECONDS: u32 = 60;
/// How long to rest between two looks at the ledger.
const GATHER: Duration = Duration::from_millis(50);
/// How long to rest after a failure of our own.
const AFTER_FAILURE: Duration = Duration::from_secs(1);

/// Sends messages to webhooks. Any number of processes may: each webhook is sent to by one at a time.
pub struct Deliverer {
    ledger: Ledger,
    client: Client,
    insecure: bool,
}

impl fmt::Debug for Deliverer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Deliverer").field("insecure", &self.insecure).finish_non_exhaustive()
    }
}

/// What came of an attempt.
enum Outcome {
    Taken,
    /// It is not to be sent anything any more.
    Gone(&'static str),
    Failed,
}

impl Deliverer {
    /// A deliverer for one ledger. An insecure one sends without TLS as well, and to addresses that are not public.
    pub fn new(ledger: Ledger, insecure: bool) -> Result<Self, WebhookError> {
        Ok(Self { ledger, client: Client::new(insecure)?, insecure })
    }

    /// The same, but giving up on a receiver that has not answered within this time.
    #[must_use]
    pub fn answered_within(mut self, time: Duration) -> Self {
        self.client.answer_within = time;
        self
    }

    /// Whether addresses without TLS, and those that are not public, are taken.
    #[must_use]
    pub const fn is_insecure(&self) -> bool {
        self.insecure
    }

    /// Sends whatever becomes due until `stop` turns true.
    pub async fn run(&self, mut stop: watch::Receiver<bool>) {
        tokio::select! {
            () = self.keep_sending() => {}
            // a message that is under way may be sent again: it has the same id then
            () = async { drop(stop.wait_for(|stop| *stop).await) } => {}
        }
    }

    async fn keep_sending(&self) {
        let mut seen = Position::START;
        loop {
            match self.step().await {
                Ok((head, 0)) => {
                    seen = head;
                    tokio::time::sleep(GATHER).await;
                    self.ledger.grown_beyond(seen).await;
                }
                Ok(_) => {}
                Err(error) => {
                    tracing::error!(%error, position = %seen, "webhooks are sent nothing for a while");
                    tokio::time::sleep(AFTER_FAILURE).await;
                }
            }
        }
    }

    /// Sends whatever is due now; the ledger's head, and how many attempts were made.
    pub async fn step(&self) -> Result<(Position, usize), WebhookError> {
        let head = self.ledger.head().await?.position();
        let due = lease::due(&self.ledger, self.ledger.clock().now(), head).await?;
        let served = stream::iter(due).map(|id| self.serve(id, head)).buffer_unordered(AT_ONCE);
        let served: Vec<_> = served.collect().await;
        let mut attempts = 0;
        for outcome in served {
            attempts += outcome?;
        }
        Ok((head, attempts))
    }

    /// Sends one webhook what it is due; how many attempts were made.
    async fn serve(&self, id: Uuid, head: Position) -> Result<usize, WebhookError> {
        let holder: Uuid = self.ledger.mint().fresh();
        let served = self.serve_as(id, holder, head).await;
        lease::release(&self.ledger, id, holder).await?;
        served
    }

    async fn serve_as(&self, id: Uuid, holder: Uuid, head: Position) -> Result<usize, WebhookError> {
        let mut attempts = 0;
        while attempts < AT_A_TIME {
            // it may have been changed, and whoever is slow may have lost it
            let Some(webhook) = lease::hold(&self.ledger, id, holder, HOLD_SECONDS).await? else { break };
            let Some(message) = self.next_message(&webhook, holder, head).await? else { break };
            attempts += 1;
            self.attempt(&webhook, holder, message).await?;
        }
        Ok(attempts)
    }

    /// The next message for a webhook. What is none of its business is passed over for good.
    async fn next_message(
        &self,
        webhook: &Webhook,
        holder: Uuid,
        head: Position,
    ) -> Result<Option<Message>, WebhookError> {
        let mut after: Position = webhook.position.cast_unsigned().into();
        while after < head {
            let through = head.min(Position::from(after.get() + WINDOW));
            for event in self.ledger.read(after, through, &EventFilter::all()).await? {
                if let Some(message) = Message::of_event(self.ledger.name(), webhook, &event)? {
                    return Ok(Some(message));
                }
            }
            after = through;
            let standing = Standing { position: after, failures: 0, next_attempt_at: None, disabled: None };
            lease::advance(&self.ledger, webhook.id, holder, &standing).await?;
        }
        Ok(None)
    }

    /// Sends a message once, and takes note of what came of it.
    async fn attempt(&self, webhook: &Webhook, holder: Uuid, message: Message) -> Result<(), WebhookError> {
        let failures = webhook.failures.cast_unsigned();
        let told = message.position.unwrap_or_default();
        let (mut delivery, outcome) = self.send(webhook, message, failures + 1).await?;
        let before = Position::from(told.get().saturating_sub(1));
        let standing = match outcome {
            Outcome::Taken => Standing { position: told, failures: 0, next_attempt_at: None, disabled: None },
            Outcome::Gone(why) => Standing {
                position: before,
                failures: failures + 1,
                next_attempt_at: None,
                disabled: Some(why.into()),
            },
            Outcome::Failed => {
                let wait = wait_after(failures + 1, self.ledger.mint().seed());
                let next_attempt_at = wait.map(|seconds| self.ledger.clock().now().plus_seconds(seconds));
                let given_up = || format!("a message has failed {MAX_ATTEMPTS} times");
                let disabled = next_attempt_at.is_none().then(given_up);
                Standing { position: before, failures: failures + 1, next_attempt_at, disabled }
            }
        };
        delivery.next_attempt_at = standing.next_attempt_at.map(Timestamp::to_utc);
        delivery::note(&self.ledger, webhook.id, &delivery).await?;
        lease::advance(&self.ledger, webhook.id, holder, &standing).await
    }

    /// Sends a webhook a message that tells of nothing. Under the same id it is sent once.
    pub(crate) async fn test(&self, webhook: &Webhook, id: Uuid) -> Result<Delivery, WebhookError> {
        if let Some(sent) = delivery::last_of(&self.ledger, webhook.id, id).await? {
            return Ok(sent);
        }
        let message = Message::of_test(self.ledger.name(), webhook, id, self.ledger.clock().now())?;
        let (delivery, _) = self.send(webhook, message, 1).await?;
        delivery::note(&self.ledger, webhook.id, &delivery).await?;
        Ok(delivery)
    }

    async fn send(
        &self,
        webhook: &Webhook,
        message: Message,
        attempt: u32,
    ) -> Result<(Delivery, Outcome), WebhookError> {
        let (now, started) = (self.ledger.clock().now(), Instant::now());
        let mut delivery = Delivery {
            message_id: message.id,
            position: message.position.map(|position| position.get().cast_signed()),
            attempt: attempt.cast_signed(),
            attempted_at: now.to_utc(),
            duration_millis: 0,
            status: None,
            error: None,
            next_attempt_at: None,
        };
        let outcome = match self.signed(webhook, &message, now).await? {
            Ok((url, signed)) => match self.client.post(&url, &signed, message.body).await {
                Ok(status) => {
                    delivery.status = Some(status.as_u16().into());
                    match status.as_u16() {
                        200..300 => Outcome::Taken,
                        410 => Outcome::Gone("the receiver answered 410 Gone"),
                        _ => Outcome::Failed,
                    }
                }
                Err(error) => {
                    delivery.error = Some(error.to_string());
                    Outcome::Failed
                }
            },
            Err(why) => {
                delivery.error = Some(why.to_owned());
                Outcome::Gone(why)
            }
        };
        delivery.duration_millis = i64::try_from(started.elapsed().as_millis()).unwrap_or(i64::MAX);
        Ok((delivery, outcome))
    }

    /// Where to send a message, and what it is signed with; or why it can't be sent at all.
    async fn signed(
        &self,
        webhook: &Webhook,
        message: &Message,
        now: Timestamp,
    ) -> Result<Result<(Url, Signed), &'static str>, WebhookError> {
        // what was allowed when it was made may no longer be
        let Ok(url) = check_url(&webhook.url, self.insecure) else {
            return Ok(Err("its address is not allowed"));
        };
        let secrets = match store::secrets(&self.ledger, webhook.id, now).await {
            Err(WebhookError::Secret(SecretError::Destroyed(_))) => {
                return Ok(Err("the key to its secret has been destroyed"));
            }
            secrets => secrets?,
        };
        let (id, timestamp) = (message.id.to_string(), now.to_utc().timestamp());
        let signatures: Result<Vec<String>, _> =
            secrets.iter().map(|secret| secret.sign(&id, timestamp, &message.body)).collect();
        Ok(Ok((url, Signed { id, timestamp, signature: signatures?.join(" ") })))
    }
}
