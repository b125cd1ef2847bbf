//! Where a task stands as a whole.

use async_graphql::{Context, Object, Result, SimpleObject};
use stele_domain::{StreamType, TaskId, task::Standing};
use stele_ledger::StreamKey;
use stele_projections::settling::{self, Adjudication, Gold, Settlement, Standings};
use uuid::Uuid;

use crate::{
    Api,
    graphql::{
        answer::{AnswerObject, PersonalText},
        fault,
    },
};

/// Where a task stands as a whole.
pub(super) struct SettlementObject {
    task: TaskId,
    settlement: Option<Settlement>,
}

impl SettlementObject {
    pub(super) async fn find(context: &Context<'_>, task: TaskId) -> Result<Self> {
        let ledger = &context.data::<Api>()?.ledger;
        let settlement = settling::settlement(ledger, task).await;
        Ok(Self { task, settlement: settlement.map_err(|error| fault::internal(context, &error))? })
    }
}

/// Where a task stands as a whole.
#[Object(name = "Settlement")]
impl SettlementObject {
    /// open, agreed, disputed or adjudicated.
    async fn standing(&self) -> &str {
        self.settlement.as_ref().map_or(Standing::Open.as_str(), |settlement| &settlement.standing)
    }

    /// What its annotators agree on, while they do: an outcome, an option's key, or a rating in digits.
    async fn answer(&self) -> Option<&str> {
        self.settlement.as_ref()?.answer.as_deref()
    }

    /// How probable it is that this is right, under the project's consensus rule: 0 to 1.
    async fn posterior(&self) -> Option<f64> {
        self.settlement.as_ref()?.posterior
    }

    /// What was decided over it, if that holds.
    async fn adjudication(&self) -> Option<AdjudicationObject<'_>> {
        let adjudication = self.settlement.as_ref()?.adjudication.as_ref()?;
        Some(AdjudicationObject { task: self.task, adjudication })
    }

    /// The answers that are known to be right; null unless it is a gold task.
    async fn gold_answers(&self, context: &Context<'_>) -> Result<Option<Vec<AnswerObject>>> {
        let gold = self.settlement.as_ref().and_then(|settlement| settlement.gold.as_ref());
        let Some(Gold { answers, event, .. }) = gold else { return Ok(None) };
        AnswerObject::open_all(context, self.task, *event, "answers", answers).await.map(Some)
    }
}

/// What was decided over a task.
struct AdjudicationObject<'a> {
    task: TaskId,
    adjudication: &'a Adjudication,
}

/// What was decided over a task, whatever its annotators said.
#[Object(name = "Adjudication")]
impl AdjudicationObject<'_> {
    /// Who decided.
    async fn adjudicator_id(&self) -> Uuid {
        self.adjudication.adjudicator.uuid()
    }

    /// The form version that it answers.
    async fn form_version(&self) -> u32 {
        self.adjudication.form_version
    }

    /// The answers, in the form's order.
    async fn answers(&self, context: &Context<'_>) -> Result<Vec<AnswerObject>> {
        let Adjudication { event, answers, .. } = self.adjudication;
        AnswerObject::open_all(context, self.task, *event, "answers", answers).await
    }

    /// Why.
    async fn comment(&self, context: &Context<'_>) -> Result<Option<PersonalText>> {
        let Some(comment) = &self.adjudication.comment else { return Ok(None) };
        let stream = StreamKey { stream_type: StreamType::Task, id: self.task.uuid() };
        let comment = comment.clone();
        PersonalText::open(context, stream, self.adjudication.event, "comment", comment).await.map(Some)
    }
}

/// How many of a project's tasks stand where.
#[derive(SimpleObject)]
#[graphql(name = "Standings")]
pub(super) struct StandingsObject {
    /// Their annotators agree well enough.
    agreed: u64,
    /// They wait for somebody to adjudicate.
    disputed: u64,
    /// Somebody has.
    adjudicated: u64,
    /// How many annotations wait for a reviewer.
    awaiting_review: u64,
}

impl From<Standings> for StandingsObject {
    fn from(standings: Standings) -> Self {
        let Standings { agreed, disputed, adjudicated, awaiting_review } = standings;
        Self { agreed, disputed, adjudicated, awaiting_review }
    }
}
