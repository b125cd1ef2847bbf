//! All that is counted of one annotator and question.

use crate::annotator::{Answers, Durations, Gold, LeaveOneOut, Leniency, Paces, Position, Repeats};

/// The counts of one annotator on one question; what a question doesn't have stays empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile<A, C> {
    /// Who it is.
    pub annotator: A,
    /// Agreement with the others.
    pub agreement: LeaveOneOut,
    /// Answers to gold tasks.
    pub gold: Gold,
    /// Answers to what had been answered before.
    pub repeats: Repeats<C>,
    /// Sides preferred.
    pub position: Position,
    /// Answers given.
    pub answers: Answers<C>,
    /// The longest run of equal answers, where the order of tasks is known and was left to chance.
    ///
    /// Tasks in an order of their own, such as by prompt, have runs of the same right answer: then leave it out.
    pub longest_run: Option<u64>,
    /// Durations of answers.
    pub durations: Durations,
    /// Hasty and unhurried answers.
    pub paces: Paces,
    /// Ratings against the others'.
    pub leniency: Leniency,
}

impl<A, C: Ord + Clone> Profile<A, C> {
    /// Someone of whom nothing is known.
    #[must_use]
    pub const fn new(annotator: A) -> Self {
        Self {
            annotator,
            agreement: LeaveOneOut::new(),
            gold: Gold::new(),
            repeats: Repeats::new(),
            position: Position::new(),
            answers: Answers::new(),
            longest_run: None,
            durations: Durations::new(),
            paces: Paces::new(),
            leniency: Leniency::new(),
        }
    }
}
