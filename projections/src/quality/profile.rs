//! What is counted of annotators only when it is asked for: it takes a look at every label.

use std::{collections::BTreeMap, num::NonZeroU32};

use stele_agreement::annotator::{Bucket, Durations, Pace, Repeat, Residual, flag::Profile, pace::reading_time};
use stele_domain::{ParticipantId, form::Part};
use uuid::Uuid;

use super::{
    judgment::Judgment,
    tally::{Tally, profile},
};

/// The speed that no reader exceeds who has read a task, in words a minute: twice that of silent reading of English in the
/// mean of 190 studies, which is 238 (Brysbaert, *Journal of Memory and Language* 109, 2019).
const SKIMMING: NonZeroU32 = NonZeroU32::new(476).unwrap();

/// The profiles of all annotators of a question, from its labels as [`Scope::judgments`](super::Scope::judgments) gives them.
///
/// The longest runs are left out: tasks are offered in an order of their own.
#[must_use]
pub fn profiles(judgments: &[Judgment]) -> Vec<Profile<ParticipantId, String>> {
    let mut profiles = Tally::of_judgments(judgments).profiles();
    for unit in judgments.chunk_by(|one, next| (one.task, one.part) == (next.task, next.part)) {
        add_durations(&mut profiles, unit);
        add_leniency(&mut profiles, unit);
    }
    add_repeats(&mut profiles, judgments);
    profiles.into_values().collect()
}

type Profiles = BTreeMap<ParticipantId, Profile<ParticipantId, String>>;

fn add_durations(profiles: &mut Profiles, unit: &[Judgment]) {
    let mut durations = Durations::new();
    let timed: Vec<(&Judgment, u64)> =
        unit.iter().filter_map(|judgment| Some((judgment, u64::try_from(judgment.took()?).ok()?))).collect();
    timed.iter().for_each(|(_, took)| durations.add(Bucket::of(*took)));
    for (judgment, took) in &timed {
        let profile = profile(profiles, judgment.label.annotator);
        profile.durations.add(Bucket::of(*took));
        if let Ok(median) = durations.median() {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a duration in milliseconds")]
            let median = median as u64;
            profile.paces.add(Pace::of(*took, median, reading_time(judgment.words, SKIMMING)));
        }
    }
}

fn add_leniency(profiles: &mut Profiles, unit: &[Judgment]) {
    let ratings: Option<Vec<i64>> = unit.iter().map(|judgment| judgment.category().parse().ok()).collect();
    let Some(ratings) = ratings else { return };
    for (place, judgment) in unit.iter().enumerate() {
        let others: Vec<i64> = [&ratings[..place], &ratings[place + 1..]].concat();
        if let Some(residual) = Residual::against(ratings[place], &others) {
            profile(profiles, judgment.label.annotator).leniency.add(residual);
        }
    }
}

/// What somebody says again of what they have seen before, in another task.
fn add_repeats(profiles: &mut Profiles, judgments: &[Judgment]) {
    let mut last: BTreeMap<(Uuid, Uuid, Part), &Judgment> = BTreeMap::new();
    let mut in_order: Vec<&Judgment> = judgments.iter().collect();
    in_order.sort_by_key(|judgment| (judgment.position, judgment.part));
    for judgment in in_order {
        let seen = (judgment.label.annotator, judgment.content, judgment.part);
        if let Some(before) = last.insert(seen, judgment) {
            let (first, again) = (before.category().to_owned(), judgment.category().to_owned());
            profile(profiles, judgment.label.annotator).repeats.add(Repeat { first, again });
        }
    }
}
