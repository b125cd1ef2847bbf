//! The tasks that are being claimed at this moment, so that those who ask for work at once don't all reach for the same.
//!
//! It is a courtesy, and of this process alone: the tasks themselves see to it that nobody gets a place that is taken.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use stele_domain::TaskId;

/// How many claims are under way, by task.
#[derive(Debug, Default)]
pub struct Claims {
    under_way: Mutex<HashMap<TaskId, usize>>,
}

/// A claim that is under way, until it is dropped.
pub(crate) struct UnderWay<'a> {
    claims: &'a Claims,
    task: TaskId,
}

impl Claims {
    pub(crate) fn under_way(&self, task: TaskId) -> usize {
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner).get(&task).copied().unwrap_or_default()
    }

    pub(crate) fn begin(&self, task: TaskId) -> UnderWay<'_> {
        *self.under_way.lock().unwrap_or_else(PoisonError::into_inner).entry(task).or_default() += 1;
        UnderWay { claims: self, task }
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        let mut under_way = self.claims.under_way.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(claims) = under_way.get_mut(&self.task) {
            *claims -= 1;
            if *claims == 0 {
                under_way.remove(&self.task);
            }
        }
    }
}
