//! Why a task gave no row, or a row is not in the dataset.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Why a task gave no row, or a row is not in the dataset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The recipe asks for other tags, models or languages.
    OtherSource,
    /// Nobody's judgment of it counts.
    NotJudged,
    /// It has fewer judgments than the recipe asks for.
    FewJudgments,
    /// It does not have exactly two responses.
    NotAPair,
    /// It has no responses, or none that has steps.
    NoResponses,
    /// The majority found both equally good, or several responses share the first rank.
    MajorityTie,
    /// The majority found both bad.
    MajorityBothBad,
    /// Nothing has more than half of the votes.
    NoMajority,
    /// What won has less of the votes than the recipe asks for.
    LittleAgreement,
    /// What won is less probable than the recipe asks for.
    LittleProbability,
    /// Both responses say the same.
    IdenticalResponses,
    /// A response is empty, and the recipe drops those.
    EmptyResponse,
    /// A response is longer than the recipe allows.
    LongResponse,
    /// Its prompt holds personal text, and the recipe withholds that.
    Personal,
    /// It belongs to someone who has been erased.
    Erased,
    /// Its prompt is empty, which no list of messages may be.
    EmptyPrompt,
    /// Its prompt is longer than the recipe allows.
    LongPrompt,
    /// It says what an earlier row said.
    Duplicate,
    /// Its words are nearly those of an earlier row.
    NearDuplicate,
}

impl Reason {
    /// Every reason.
    pub const ALL: [Self; 19] = [
        Self::OtherSource,
        Self::NotJudged,
        Self::FewJudgments,
        Self::NotAPair,
        Self::NoResponses,
        Self::MajorityTie,
        Self::MajorityBothBad,
        Self::NoMajority,
        Self::LittleAgreement,
        Self::LittleProbability,
        Self::IdenticalResponses,
        Self::EmptyResponse,
        Self::LongResponse,
        Self::Personal,
        Self::Erased,
        Self::EmptyPrompt,
        Self::LongPrompt,
        Self::Duplicate,
        Self::NearDuplicate,
    ];

    /// What is so, for people: "3 tasks that ...".
    #[must_use]
    pub const fn describe(self) -> &'static str {
        match self {
            Self::OtherSource => "tasks that have other tags, models or languages",
            Self::NotJudged => "tasks that were not judged",
            Self::FewJudgments => "tasks that have too few judgments",
            Self::NotAPair => "tasks that do not compare two responses",
            Self::NoResponses => "tasks that have no responses of the kind",
            Self::MajorityTie => "tasks that are ties by majority",
            Self::MajorityBothBad => "tasks that have two bad responses by majority",
            Self::NoMajority => "tasks that have no majority",
            Self::LittleAgreement => "tasks that have too little agreement",
            Self::LittleProbability => "tasks that have an outcome that is too doubtful",
            Self::IdenticalResponses => "tasks that have two responses that say the same",
            Self::EmptyResponse => "tasks that have an empty response",
            Self::LongResponse => "tasks that have a response that is too long",
            Self::Personal => "tasks that hold personal text, which the recipe withholds",
            Self::Erased => "tasks that belong to someone who has been erased",
            Self::EmptyPrompt => "tasks that have an empty prompt",
            Self::LongPrompt => "tasks that have a prompt that is too long",
            Self::Duplicate => "rows that say what an earlier one says",
            Self::NearDuplicate => "rows that say nearly what an earlier one says",
        }
    }
}

/// How many tasks gave no row, each under the first reason that applies; and how many rows repeat an earlier one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LeftOut(BTreeMap<Reason, u64>);

impl Default for LeftOut {
    /// Every reason that there was from the beginning, each with none. A later one is there only where it applies, so that the
    /// manifests of old releases stay as they were.
    fn default() -> Self {
        let is_later = |reason: &Reason| matches!(reason, Reason::LittleProbability | Reason::NearDuplicate);
        Self(Reason::ALL.into_iter().filter(|reason| !is_later(reason)).map(|reason| (reason, 0)).collect())
    }
}

impl LeftOut {
    pub(crate) fn add(&mut self, reason: Reason) {
        *self.0.entry(reason).or_default() += 1;
    }

    /// How many were left out for a reason.
    #[must_use]
    pub fn count(&self, reason: Reason) -> u64 {
        self.0.get(&reason).copied().unwrap_or_default()
    }

    /// The reasons for which something was left out, and how many.
    pub fn iter(&self) -> impl Iterator<Item = (Reason, u64)> {
        self.0.iter().map(|(reason, count)| (*reason, *count)).filter(|(_, count)| *count > 0)
    }
}

impl FromIterator<(Reason, u64)> for LeftOut {
    fn from_iter<I: IntoIterator<Item = (Reason, u64)>>(counts: I) -> Self {
        let mut all = Self::default();
        all.0.extend(counts);
        all
    }
}
