//! The plans that hold, and how far each is from asking.

use std::collections::{BTreeMap, HashSet};

use serde::Deserialize;
use stele_domain::{
    AnnotationId, ProjectId, ReleaseRequestId, Timestamp,
    dataset::{DatasetEvent, ReleasePlanned, ReleaseRequested, ReleaseTrigger},
    task::Verdict,
};
use stele_ledger::{IdempotencyKey, Ledger, Position, Recorded};
use uuid::Uuid;

/// The event that tells of approvals.
pub(super) const APPROVALS: &str = "AnnotationReviewed";

/// How many seconds an hour has.
const HOUR: u32 = 60 * 60;

/// What matters here of a review.
#[derive(Deserialize)]
struct Review {
    project: ProjectId,
    annotation: AnnotationId,
    verdict: Verdict,
}

/// The plans that hold, by their datasets' streams.
#[derive(Default)]
pub(super) struct Plans(BTreeMap<Uuid, Plan>);

struct Plan {
    planned: ReleasePlanned,
    /// When it last asked, or was made.
    since: Position,
    since_at: Timestamp,
    /// What has been approved since then.
    approved: HashSet<AnnotationId>,
    /// What it asked for, while that waits.
    waits_for: Option<ReleaseRequestId>,
}

/// A plan that asks for a release now.
pub(super) struct Due {
    pub(super) dataset: Uuid,
    pub(super) planned: ReleasePlanned,
    since: Position,
}

impl Plan {
    const fn counts_approvals(&self) -> bool {
        matches!(self.planned.when, ReleaseTrigger::EveryApproved(_))
    }

    fn is_due(&self, now: Timestamp) -> bool {
        // whoever is late with one release has no use for more of them
        self.waits_for.is_none()
            && match self.planned.when {
                ReleaseTrigger::EveryApproved(count) => self.approved.len() as u64 >= u64::from(count),
                ReleaseTrigger::EveryHours(hours) => now >= self.since_at.plus_seconds(hours.saturating_mul(HOUR)),
            }
    }

    fn ask(&mut self, recorded: &Recorded, request: ReleaseRequestId) {
        self.approved.clear();
        (self.since, self.since_at, self.waits_for) = (recorded.position, recorded.recorded_at, Some(request));
    }
}

impl Plans {
    pub(super) fn fold(&mut self, recorded: &Recorded, event: &DatasetEvent) {
        let dataset = recorded.stream.id;
        match event {
            DatasetEvent::ReleasePlanned(planned) => {
                let (since, since_at) = (recorded.position, recorded.recorded_at);
                let (planned, approved) = (planned.clone(), HashSet::new());
                self.0.insert(dataset, Plan { planned, since, since_at, approved, waits_for: None });
            }
            DatasetEvent::ReleasePlanEnded(_) => drop(self.0.remove(&dataset)),
            DatasetEvent::ReleaseRequested(asked) if asked.plan => {
                self.0.entry(dataset).and_modify(|plan| plan.ask(recorded, asked.request));
            }
            DatasetEvent::ReleaseRequestMet(met) => self.end(dataset, met.request),
            DatasetEvent::ReleaseRequestFailed(failed) => self.end(dataset, failed.request),
            DatasetEvent::ReleaseRequestCancelled(cancelled) => self.end(dataset, cancelled.request),
            _ => {}
        }
    }

    fn end(&mut self, dataset: Uuid, request: ReleaseRequestId) {
        self.0.entry(dataset).and_modify(|plan| {
            plan.waits_for.take_if(|waited| *waited == request);
        });
    }

    /// From where on approvals count for some plan; `None` if they count for none.
    pub(super) fn approvals_since(&self) -> Option<Position> {
        self.0.values().filter(|plan| plan.counts_approvals()).map(|plan| plan.since).min()
    }

    /// Counts a review, if it is an approval. One that this build can't read counts for nothing.
    pub(super) fn hear(&mut self, position: Position, payload: &str) {
        let counting = self.0.values_mut().filter(|plan| plan.counts_approvals() && position > plan.since);
        let mut counting = counting.peekable();
        if counting.peek().is_none() {
            return;
        }
        let Ok(Review { project, annotation, verdict: Verdict::Approved }) = serde_json::from_str(payload) else {
            return;
        };
        for plan in counting.filter(|plan| plan.planned.project == project) {
            plan.approved.insert(annotation);
        }
    }

    pub(super) fn due(&self, now: Timestamp) -> Vec<Due> {
        let due = self.0.iter().filter(|(_, plan)| plan.is_due(now));
        due.map(|(dataset, plan)| Due { dataset: *dataset, planned: plan.planned.clone(), since: plan.since })
            .collect()
    }
}

impl Due {
    /// The same for every worker that finds the plan due: it asks once.
    pub(super) fn key(&self, ledger: &Ledger) -> IdempotencyKey {
        let since = self.since.to_string();
        ledger.mint().derived::<Uuid>("release plan", &[&self.dataset.to_string(), &since]).into()
    }

    /// What it asks for, as of a position.
    pub(super) fn request(&self, ledger: &Ledger, known_at: Position) -> ReleaseRequested {
        let key = self.key(ledger);
        ReleaseRequested {
            request: ledger.mint().derived("release request", &[key.as_str()]),
            name: self.planned.name.clone(),
            project: self.planned.project,
            recipe: self.planned.recipe.clone(),
            known_at: known_at.get(),
            happened_by: None,
            requested_by: Some(self.planned.planned_by),
            plan: true,
        }
    }
}
