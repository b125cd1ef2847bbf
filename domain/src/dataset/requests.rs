//! The wishes for releases of a dataset, as far as decisions need them.

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};

use super::{
    DatasetRefusal, MAX_REASON_LENGTH, ReleasePlanned, ReleaseRequestCancelled, ReleaseRequestFailed,
    ReleaseRequestMet, ReleaseRequested, ReleaseVersion,
};
use crate::{ParticipantId, ProjectId, ReleaseRequestId};

/// How many requests for releases of a dataset may wait at a time.
pub const MAX_PENDING: usize = 20;

/// What became of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RequestEnd {
    /// It was met.
    Met,
    /// It can't be met.
    Failed,
    /// It was taken back.
    Cancelled,
}

impl RequestEnd {
    /// The name under which it is stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Met => "met",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }
}

impl fmt::Display for RequestEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A request.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Request {
    project: ProjectId,
    /// `None` while it waits.
    end: Option<RequestEnd>,
}

/// Every request that there was.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Requests(BTreeMap<ReleaseRequestId, Request>);

impl Requests {
    /// The project of one that waits.
    fn pending(&self, id: ReleaseRequestId) -> Result<ProjectId, DatasetRefusal> {
        match self.0.get(&id) {
            None => Err(DatasetRefusal::NoSuchRequest(id)),
            Some(Request { end: Some(end), .. }) => Err(DatasetRefusal::RequestEnded { end: *end }),
            Some(Request { project, end: None }) => Ok(*project),
        }
    }

    pub(super) fn is_pending(&self, id: ReleaseRequestId) -> bool {
        self.pending(id).is_ok()
    }

    /// The project of one of those that wait.
    pub(super) fn pending_project(&self) -> Option<ProjectId> {
        self.0.values().find(|request| request.end.is_none()).map(|request| request.project)
    }

    pub(super) fn ask(&self, asked: &ReleaseRequested) -> Result<ReleaseRequested, DatasetRefusal> {
        if self.0.contains_key(&asked.request) {
            return Err(DatasetRefusal::RequestExists(asked.request));
        }
        if self.0.values().filter(|request| request.end.is_none()).count() >= MAX_PENDING {
            return Err(DatasetRefusal::TooManyRequests);
        }
        Ok(asked.clone())
    }

    pub(super) fn meet(
        &self,
        request: ReleaseRequestId,
        version: ReleaseVersion,
    ) -> Result<ReleaseRequestMet, DatasetRefusal> {
        Ok(ReleaseRequestMet { request, project: self.pending(request)?, version })
    }

    pub(super) fn fail(
        &self,
        request: ReleaseRequestId,
        reason: &str,
    ) -> Result<ReleaseRequestFailed, DatasetRefusal> {
        let project = self.pending(request)?;
        let in_line = reason.trim().chars().map(|character| if character.is_control() { ' ' } else { character });
        let reason: String = in_line.take(MAX_REASON_LENGTH).collect();
        if reason.is_empty() {
            return Err(DatasetRefusal::Reason);
        }
        Ok(ReleaseRequestFailed { request, project, reason })
    }

    pub(super) fn cancel(
        &self,
        request: ReleaseRequestId,
        of: ProjectId,
        cancelled_by: ParticipantId,
    ) -> Result<ReleaseRequestCancelled, DatasetRefusal> {
        match self.0.get(&request) {
            // whoever has to do with one project is told nothing of another's
            Some(known) if known.project != of => Err(DatasetRefusal::NoSuchRequest(request)),
            _ => Ok(ReleaseRequestCancelled { request, project: self.pending(request)?, cancelled_by }),
        }
    }

    pub(super) fn begin(&mut self, asked: &ReleaseRequested) {
        self.0.insert(asked.request, Request { project: asked.project, end: None });
    }

    pub(super) fn end(&mut self, id: ReleaseRequestId, end: RequestEnd) {
        if let Some(request) = self.0.get_mut(&id) {
            request.end = Some(end);
        }
    }
}

/// A plan, as far as decisions need it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Plan {
    pub(super) project: ProjectId,
}

impl From<&ReleasePlanned> for Plan {
    fn from(planned: &ReleasePlanned) -> Self {
        Self { project: planned.project }
    }
}
